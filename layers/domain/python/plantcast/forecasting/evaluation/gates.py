"""Gates of a promotion: one check each, with its figures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

ChampionState = Literal["none", "lost", "unreadable", "newer", "scored"]


@dataclass(frozen=True)
class ChampionFound:
    """What stands in production before a decision.

    `state`: `none` nothing ever was; `lost` there was something, but the pointer is gone; `unreadable` the
    pointer or the version is damaged, or has no score on these hours (`problem` says why); `newer` it has
    seen these hours; `scored` it was scored on them. `benchmark` is the last version that was the best of
    those compared with when it was promoted, None where that is the champion itself.
    """

    state: ChampionState
    version: str | None = None
    problem: str = ""
    benchmark: str | None = None


@dataclass(frozen=True)
class Gate:
    """One check: passed if `minimum` ≤ `value` ≤ `limit` (`<` where `strict`); None where there is none.

    `reference` names what the limit comes from: a baseline, or the champion's version. A gate that has
    nothing to compare with says why in `note` (the champion's state, or `no_score`).
    """

    name: str
    passed: bool
    value: float | None
    limit: float | None
    minimum: float | None = None
    reference: str | None = None
    strict: bool = False
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
        """Check figures; a value or a bound that is missing or no number passes nothing."""
        value, limit = known(value), known(limit)
        if value is None or limit is None:
            return cls(name, False, value, limit, minimum, reference, strict, "no_score")
        passed = (value < limit if strict else value <= limit) and (minimum is None or minimum <= value)
        return cls(name, passed, value, limit, minimum, reference, strict)

    def to_json(self) -> dict[str, Any]:
        """Return `name`, `passed`, `value`, `limit`, and of the others what is there (docs/contracts.md)."""
        always = {"name": self.name, "passed": self.passed, "value": self.value, "limit": self.limit}
        more = {"minimum": self.minimum, "reference": self.reference, "note": self.note}
        return {**always, **{name: value for name, value in more.items() if value is not None}}


def is_number(value: object) -> TypeGuard[float]:
    """Whether a score is there: neither None nor NaN nor infinite."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def known(value: object) -> float | None:
    return float(value) if is_number(value) else None
