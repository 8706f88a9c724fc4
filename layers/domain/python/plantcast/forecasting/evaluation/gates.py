"""Gates of a promotion: one check each, with its figures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

from pydantic import BaseModel, ConfigDict

ChampionState = Literal["none", "unreadable", "newer", "scored"]


@dataclass(frozen=True)
class ChampionFound:
    """What is in production before a decision.

    `state`: `none` no version is; `unreadable` its version is damaged or gone, or has no score on these hours
    (`problem`: why); `newer` it has seen these hours; `scored` it was scored on them. `benchmark` is the
    last version that was the best of those compared with when it was promoted, None where that is the
    champion itself.
    """

    state: ChampionState
    version: str | None = None
    problem: str = ""
    benchmark: str | None = None


class Gate(BaseModel):
    """One gate of a decision, passed if `minimum` ≤ `value` ≤ `limit`.

    `reference` names what the limit comes from: a baseline, or a version. A gate that has nothing to compare
    with gives the reason in `note`.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    passed: bool
    value: float | None
    limit: float | None
    minimum: float | None = None
    reference: str | None = None
    note: str | None = None

    @classmethod
    def check(
        cls,
        name: str,
        value: float | None,
        limit: float | None,
        *,
        minimum: float | None = None,
        reference: str | None = None,
        strict: bool = False,
    ) -> Gate:
        """Check figures (`value` < `limit` where `strict`); one that is missing passes nothing."""
        value, limit = known(value), known(limit)
        if value is None or limit is None:
            passed, note = False, "no_score"
        else:
            passed, note = value < limit if strict else value <= limit, None
            passed = passed and (minimum is None or minimum <= value)
        return cls.of(name, passed, value, limit, minimum=minimum, reference=reference, note=note)

    @classmethod
    def of(
        cls, name: str, passed: bool, value: float | None, limit: float | None, **more: float | str | None
    ) -> Gate:
        """Return a gate without the fields that are None."""
        fields: dict[str, Any] = {field: given for field, given in more.items() if given is not None}
        return cls(name=name, passed=passed, value=value, limit=limit, **fields)

    def to_json(self) -> dict[str, Any]:
        """Return `name`, `passed`, `value`, `limit`, and of the others those given (docs/contracts.md)."""
        return self.model_dump(exclude_unset=True)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a score is there: neither None nor NaN nor infinite."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def known(value: object) -> float | None:
    """Return a score that is there, else None."""
    return float(value) if is_number(value) else None
