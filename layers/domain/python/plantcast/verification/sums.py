"""Sufficient statistics of verification, lead by lead, and the scores made of them.

Sums of any days add up to the sums of all their pairs, so a window pooled from days has exactly the scores of
its raw pairs. Everything is an integer: forecasts are issued to 0.01 and instruments read 0.1 °C and 1 %, so
errors counted in hundredths lose nothing, add up in any order without rounding, and are short in DynamoDB.
Plain Python: the API reads these without numpy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self

from plantcast.forecasting import LEADS

DAY_BLOCKS: Final[Mapping[str, range]] = {"leads_1_24": range(1, 25), "leads_25_48": range(25, 49)}
BLOCKS: Final[Mapping[str, range]] = {**DAY_BLOCKS, "leads_1_48": range(1, LEADS + 1)}

_PER_UNIT: Final = 100  # hundredths, see above


@dataclass(frozen=True)
class Scores:
    """Scores over `hours` pairs of forecast and observation, in the target's unit.

    `bias` is the mean of forecast − observation; `coverage_80` the share of observations inside the 10–90 %
    range. `persistence_rmse` (the same hour of the last whole day known at the origin) and
    `skill` = 1 − RMSE / RMSE of persistence are over the `persistence_hours` pairs for which persistence
    exists, both sides over the same pairs; None without such pairs, or where persistence made no error.
    """

    hours: int
    rmse: float
    bias: float
    coverage_80: float
    persistence_hours: int
    persistence_rmse: float | None
    skill: float | None


@dataclass(frozen=True)
class Comparison:
    """Issued path and shadow over the same `hours`, in the target's unit.

    `rmse` is the issued path's, the rest is the shadow's. `gain` = 1 − shadow's RMSE / issued RMSE: positive
    where the model that was not chosen did better; None where the issued path made no error.
    """

    hours: int
    rmse: float
    shadow_rmse: float
    shadow_bias: float
    shadow_coverage_80: float
    gain: float | None


@dataclass(frozen=True)
class Pair:
    """Forecast `lead` hours ahead and observation; `persistence` is None where it is not known."""

    lead: int
    mean: float
    p10: float
    p90: float
    observed: float
    persistence: float | None


@dataclass(frozen=True)
class _Sums:
    """Columns of 48 integers, one for each lead 1…48."""

    @classmethod
    def pool(cls, parts: Iterable[Self]) -> Self:
        """Return the sums of all parts, those of no pairs when there is none."""
        columns = _columns(cls)
        for part in parts:
            for name, column in columns.items():
                for index, value in enumerate(getattr(part, name)):
                    column[index] += value
        return cls(**columns)

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, tuple(getattr(self, field.name)))

    def to_item(self) -> dict[str, str]:
        """Return the columns as stored: 48 numbers in a text.

        A year of days holds half a million numbers; as DynamoDB's own, each made a Decimal, reading them
        takes seconds.
        """
        return {field.name: " ".join(map(str, getattr(self, field.name))) for field in fields(self)}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read what `to_item` made.

        Raises:
            KeyError, AttributeError, ValueError: it cannot be understood; callers name the item.
        """
        columns = {field.name: tuple(map(int, item[field.name].split())) for field in fields(cls)}
        if any(len(column) != LEADS for column in columns.values()):
            raise ValueError(f"columns of {sorted({len(c) for c in columns.values()})} leads, not {LEADS}")
        return cls(**columns)

    def _total(self, name: str, leads: Iterable[int]) -> int:
        column: tuple[int, ...] = getattr(self, name)
        return sum(column[lead - 1] for lead in leads)


@dataclass(frozen=True)
class LeadSums(_Sums):
    """An issued target's sums. Errors (forecast − observation) in hundredths of the unit.

    `paired_squares` are the forecast's over the hours that `persistence_squares` are of.
    """

    hours: tuple[int, ...]
    errors: tuple[int, ...]
    squares: tuple[int, ...]
    inside: tuple[int, ...]
    persistence_hours: tuple[int, ...]
    persistence_squares: tuple[int, ...]
    paired_squares: tuple[int, ...]

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> LeadSums:
        """Return the sums of the pairs."""
        columns = _columns(cls)
        for pair in pairs:
            at, observed = pair.lead - 1, _hundredths(pair.observed)
            error = _hundredths(pair.mean) - observed
            columns["hours"][at] += 1
            columns["errors"][at] += error
            columns["squares"][at] += error**2
            columns["inside"][at] += _hundredths(pair.p10) <= observed <= _hundredths(pair.p90)
            if pair.persistence is not None:
                columns["persistence_hours"][at] += 1
                columns["persistence_squares"][at] += (_hundredths(pair.persistence) - observed) ** 2
                columns["paired_squares"][at] += error**2
        return cls(**columns)  # type: ignore[arg-type]  # made tuples by the base

    def score(self, leads: Iterable[int]) -> Scores | None:
        """Return the scores over `leads`; None where nothing was verified."""
        wanted = tuple(leads)
        hours = self._total("hours", wanted)
        if not hours:
            return None
        known = self._total("persistence_hours", wanted)
        persistence = _rmse(self._total("persistence_squares", wanted), known) if known else None
        paired = _rmse(self._total("paired_squares", wanted), known) if known else 0.0
        return Scores(
            hours=hours,
            rmse=_rmse(self._total("squares", wanted), hours),
            bias=self._total("errors", wanted) / hours / _PER_UNIT,
            coverage_80=self._total("inside", wanted) / hours,
            persistence_hours=known,
            persistence_rmse=persistence,
            skill=1.0 - paired / persistence if persistence else None,
        )

    def blocks(self, blocks: Mapping[str, range]) -> dict[str, Scores]:
        """Return the scores of each block of leads in which something was verified."""
        scored = {name: self.score(leads) for name, leads in blocks.items()}
        return {name: scores for name, scores in scored.items() if scores is not None}


@dataclass(frozen=True)
class PairedSums(_Sums):
    """Sums of an issued path and of its shadow over identical hours; units as in `LeadSums`."""

    hours: tuple[int, ...]
    issued_squares: tuple[int, ...]
    errors: tuple[int, ...]
    squares: tuple[int, ...]
    inside: tuple[int, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[Pair, Pair]]) -> PairedSums:
        """Return the sums of (issued, shadow), both of the same lead and observation."""
        columns = _columns(cls)
        for issued, shadow in pairs:
            at, observed = issued.lead - 1, _hundredths(issued.observed)
            error = _hundredths(shadow.mean) - observed
            columns["hours"][at] += 1
            columns["issued_squares"][at] += (_hundredths(issued.mean) - observed) ** 2
            columns["errors"][at] += error
            columns["squares"][at] += error**2
            columns["inside"][at] += _hundredths(shadow.p10) <= observed <= _hundredths(shadow.p90)
        return cls(**columns)  # type: ignore[arg-type]  # made tuples by the base

    def compare(self, leads: Iterable[int]) -> Comparison | None:
        """Return the comparison over `leads`; None where nothing was verified."""
        wanted = tuple(leads)
        hours = self._total("hours", wanted)
        if not hours:
            return None
        issued = _rmse(self._total("issued_squares", wanted), hours)
        shadow = _rmse(self._total("squares", wanted), hours)
        return Comparison(
            hours=hours,
            rmse=issued,
            shadow_rmse=shadow,
            shadow_bias=self._total("errors", wanted) / hours / _PER_UNIT,
            shadow_coverage_80=self._total("inside", wanted) / hours,
            gain=1.0 - shadow / issued if issued else None,
        )

    def blocks(self, blocks: Mapping[str, range]) -> dict[str, Comparison]:
        """Return the comparison of each block of leads in which something was verified."""
        compared = {name: self.compare(leads) for name, leads in blocks.items()}
        return {name: comparison for name, comparison in compared.items() if comparison is not None}


def rounded(scores: Mapping[str, Any]) -> dict[str, Any]:
    """Return scores as stored and shown: four decimals are far below what weather lets anyone tell apart."""
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in scores.items()}


def _columns(cls: type[_Sums]) -> dict[str, list[int]]:
    return {field.name: [0] * LEADS for field in fields(cls)}


def _hundredths(value: float) -> int:
    return round(value * _PER_UNIT)


def _rmse(squares: int, count: int) -> float:
    return math.sqrt(squares / count) / _PER_UNIT
