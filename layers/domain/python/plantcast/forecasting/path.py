"""The path of one target: mean and 80 % range of the 48 hours ahead. Plain Python, without numpy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from plantcast.aws import Item
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import LEADS

DECIMALS: Final = 2  # a tenth of what the instruments resolve (0.1 °C, 1 %); keeps the item under 6 KB


@dataclass(frozen=True)
class TargetPath:
    """Mean, 10 % and 90 % quantile of one target for leads 1…48, in its unit (°C or %).

    Raises:
        InvalidInputError: a series has not 48 values, a value is not finite, or quantiles cross.
    """

    mean: tuple[float, ...]
    p10: tuple[float, ...]
    p90: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("mean", "p10", "p90"):
            series = tuple(float(value) for value in getattr(self, name))
            _check_series(name, series)
            object.__setattr__(self, name, series)
        for lead, (low, high) in enumerate(zip(self.p10, self.p90, strict=True), start=1):
            if low > high:
                raise InvalidInputError(
                    f"At lead {lead} the 10 % quantile {low} lies above the 90 % quantile {high}.",
                    remedy="Sort the quantiles before the forecast is issued.",
                )

    @classmethod
    def first_of(cls, paths: Mapping[str, Iterable[Iterable[float]]]) -> TargetPath:
        """Take the first origin's path out of `mean`, `p10` and `p90`, each [origins, 48]."""
        mean, p10, p90 = (tuple(next(iter(paths[name]))) for name in ("mean", "p10", "p90"))
        return cls(mean, p10, p90)


def _check_series(name: str, series: tuple[float, ...]) -> None:
    if len(series) != LEADS:
        raise InvalidInputError(
            f"{name} has {len(series)} values, not {LEADS}.", remedy="Give one value for each lead 1…48."
        )
    for lead, value in enumerate(series, start=1):
        if not math.isfinite(value):
            raise InvalidInputError(
                f"{name} is {value} at lead {lead}.",
                remedy="Issue only finite values; fall back to the baseline where the model has none.",
            )


def path_to_item(path: TargetPath) -> Item:
    """Return a path as stored, rounded to `DECIMALS`."""
    return {
        name: [round(value, DECIMALS) for value in getattr(path, name)] for name in ("mean", "p10", "p90")
    }


def path_from_item(item: Item) -> TargetPath:
    """Read what `path_to_item` made.

    Raises:
        KeyError, TypeError, ValueError, InvalidInputError: it cannot be understood; callers name the item.
    """
    return TargetPath(mean=tuple(item["mean"]), p10=tuple(item["p10"]), p90=tuple(item["p90"]))
