"""List prices of Seoul (ap-northeast-2), each with its source; a file of the user's can replace any of them.

`as_of` in prices.json is the date of most of them; a price's `source` says where it is from, and
`confirmed_for_region` whether that source named Seoul.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from plantcast.errors import InvalidInputError

FILE: Final = Path(__file__).with_name("prices.json")
_REMEDY: Final = (
    "Write JSON as infra/operations/cost/prices.json, or only a price a name: "
    '{"s3_gb_month": 0.025, "custom_metric": 0.3}; USD a unit.'
)


class Tier(BaseModel):
    """A step of a price: what a unit costs until so many units a month (None: without end)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    up_to: Annotated[float, Field(gt=0)] | None
    usd: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Price(BaseModel):
    """What a unit of something costs, USD."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    title: str
    unit: str
    tiers: tuple[Tier, ...]
    always_free: Annotated[float, Field(ge=0, allow_inf_nan=False)]  # units a month, in every month
    confirmed_for_region: bool
    source: str

    def cost(self, quantity: float) -> float:
        """Return what so many units cost at list price."""
        total, below = 0.0, 0.0
        for tier in self.tiers:
            end = math.inf if tier.up_to is None else tier.up_to
            total += max(0.0, min(quantity, end) - below) * tier.usd
            below = end
        return total

    def cost_after_free(self, quantity: float) -> float:
        """Return what is left to pay when the always-free units are taken from the first step."""
        return self.cost(quantity) - self.cost(min(quantity, self.always_free))


@dataclass(frozen=True)
class PriceList:
    """All prices, by name."""

    region: str
    as_of: str
    prices: Mapping[str, Price]

    def __getitem__(self, name: str) -> Price:
        return self.prices[name]

    def replaced_by(self, path: Path) -> PriceList:
        """Return the list with the prices of a file in place of those of the same name.

        Raises:
            InvalidInputError: the file cannot be read, names an unknown price, or gives one that is none.
        """
        changes = _changes(path)
        unknown = sorted(set(changes) - set(self.prices))
        if unknown:
            near = difflib.get_close_matches(unknown[0], self.prices, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise InvalidInputError(
                f"{path} names unknown prices: {', '.join(map(repr, unknown))}.{hint}",
                remedy=f"Known are {', '.join(sorted(self.prices))}.",
            )
        replaced = {name: self._changed(path, name, value) for name, value in changes.items()}
        return replace(self, prices={**self.prices, **replaced})

    def _changed(self, path: Path, name: str, value: Any) -> Price:
        whole = self.prices[name].model_dump() | {"source": str(path)}
        if isinstance(value, dict):
            whole |= value
        else:
            whole["tiers"] = ({"up_to": None, "usd": value},)
        return _checked(path, name, whole)


def list_prices() -> PriceList:
    """Return the dated list prices that come with the code."""
    content = json.loads(FILE.read_text("utf-8"))
    prices = {name: _checked(FILE, name, value) for name, value in content["prices"].items()}
    return PriceList(content["region"], content["as_of"], prices)


def _changes(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as fault:
        raise InvalidInputError(
            f"--prices {path} cannot be read: {fault.strerror}.", remedy=_REMEDY
        ) from fault
    except ValueError as fault:
        raise InvalidInputError(f"--prices {path} is no JSON: {fault}.", remedy=_REMEDY) from fault
    if isinstance(content, dict) and isinstance(content.get("prices"), dict):
        content = content["prices"]
    if not isinstance(content, dict):
        raise InvalidInputError(f"--prices {path} holds no object of prices.", remedy=_REMEDY)
    return content


def _checked(path: Path, name: str, value: Any) -> Price:
    try:
        price = Price.model_validate(value)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidInputError(
            f"{path}: {name!r} is no price: {where}: {first['msg']} ({first['input']!r}).", remedy=_REMEDY
        ) from fault
    ends = [math.inf if tier.up_to is None else tier.up_to for tier in price.tiers]
    if not ends or ends[-1] != math.inf or any(one >= after for one, after in pairwise(ends)):
        raise InvalidInputError(
            f"{path}: the tiers of {name!r} do not rise to one without end.", remedy=_REMEDY
        )
    return price
