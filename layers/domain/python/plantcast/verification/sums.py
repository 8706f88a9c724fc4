"""Sufficient statistics of verification, lead by lead, and the scores made of them.

Sums of any days add up to the sums of all their pairs, so a window pooled from days has exactly the scores of
its raw pairs. Everything is an integer: forecasts are issued to 0.01 and instruments read 0.1 °C and 1 %, so
errors counted in hundredths lose nothing. Plain Python: the API reads these without numpy.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Generic, Self, TypeVar

from plantcast.forecasting import LEADS

DAY_BLOCKS: Final[Mapping[str, range]] = {"leads_1_24": range(1, 25), "leads_25_48": range(25, 49)}
BLOCKS: Final[Mapping[str, range]] = {**DAY_BLOCKS, "leads_1_48": range(1, LEADS + 1)}

_PER_UNIT: Final = 100  # hundredths, see above
_DECIMALS: Final = 4

ScoresT = TypeVar("ScoresT")


@dataclass(frozen=True)
class Scores:
    """Scores over `hours` pairs of forecast and observation, in the target's unit, to four decimals.

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
    """Issued path and shadow over the same `hours`, in the target's unit, to four decimals.

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
class PublishedScores:
    """The KMA's published forecast over `hours` pairs, and ours over the same, in the target's unit, to four
    decimals.

    `rmse` and `bias` are the KMA's, `ours` is our RMSE.
    """

    hours: int
    rmse: float
    bias: float
    ours: float


@dataclass(frozen=True)
class Pair:
    """Forecast `lead` hours ahead and observation.

    `persistence` and `published`, the KMA's forecast of the hour, are None where they are not known.
    """

    lead: int
    mean: float
    p10: float
    p90: float
    observed: float
    persistence: float | None
    published: float | None = None


class Sums(ABC, Generic[ScoresT]):
    """Sums from which scores over any leads are computed."""

    @abstractmethod
    def score(self, leads: Iterable[int]) -> ScoresT | None:
        """Return the scores over `leads`; None where nothing was verified."""

    def blocks(self, blocks: Mapping[str, range] = DAY_BLOCKS) -> dict[str, ScoresT]:
        """Return the scores of each block of leads in which something was verified."""
        scored = {name: self.score(leads) for name, leads in blocks.items()}
        return {name: scores for name, scores in scored.items() if scores is not None}


@dataclass(frozen=True)
class Columns(Sums[ScoresT]):
    """Sums over pairs: each field is a column with an integer for each lead 1…48.

    Errors (forecast − observation) are in hundredths.
    """

    @staticmethod
    @abstractmethod
    def addends(pair: Pair) -> tuple[int, ...] | None:
        """Return what a pair adds to each column, in their order; None where it does not count."""

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> Self:
        """Return the sums of the pairs."""
        leads: list[list[int]] = [[0] * len(fields(cls)) for _ in range(LEADS)]
        for pair in pairs:
            added = cls.addends(pair)
            if added is not None:
                sums = leads[pair.lead - 1]
                sums[:] = map(sum, zip(sums, added, strict=True))
        return cls(*zip(*leads, strict=True))

    @classmethod
    def pool(cls, parts: Iterable[Self]) -> Self:
        """Return the sums of all parts, those of no pairs when there is none."""
        columns = zip(*(part.columns for part in [cls.of(()), *parts]), strict=True)
        return cls(*(tuple(map(sum, zip(*column, strict=True))) for column in columns))

    @property
    def columns(self) -> tuple[tuple[int, ...], ...]:
        """The columns in the order of the fields."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def totals(self, leads: Iterable[int]) -> tuple[int, ...]:
        """Return the sum of each column over `leads`."""
        at = [lead - 1 for lead in leads]
        return tuple(sum(column[position] for position in at) for column in self.columns)

    def to_item(self) -> dict[str, str]:
        """Return the columns as stored, 48 numbers in a text.

        A year of days has half a million numbers; as DynamoDB's own, each a Decimal, reading them takes
        seconds.
        """
        return {field.name: " ".join(map(str, getattr(self, field.name))) for field in fields(self)}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read what `to_item` made.

        Raises:
            KeyError, AttributeError, ValueError: it cannot be read; callers name the item.
        """
        columns = [tuple(map(int, item[field.name].split())) for field in fields(cls)]
        if any(len(column) != LEADS for column in columns):
            raise ValueError(f"columns of {sorted(set(map(len, columns)))} leads, not {LEADS}")
        return cls(*columns)


@dataclass(frozen=True)
class LeadSums(Columns[Scores]):
    """Sums of a path's errors.

    `paired_squares` are the forecast's over the hours that `persistence_squares` are of.
    """

    hours: tuple[int, ...]
    errors: tuple[int, ...]
    squares: tuple[int, ...]
    inside: tuple[int, ...]
    persistence_hours: tuple[int, ...]
    persistence_squares: tuple[int, ...]
    paired_squares: tuple[int, ...]

    @staticmethod
    def addends(pair: Pair) -> tuple[int, ...]:
        """Return what a pair adds to each column."""
        observed = _hundredths(pair.observed)
        error = _hundredths(pair.mean) - observed
        inside = _hundredths(pair.p10) <= observed <= _hundredths(pair.p90)
        known = pair.persistence is not None
        persistence = 0 if pair.persistence is None else _hundredths(pair.persistence) - observed
        return (1, error, error**2, inside, known, persistence**2, error**2 if known else 0)

    def score(self, leads: Iterable[int]) -> Scores | None:
        """Return the scores over `leads`; None where nothing was verified."""
        hours, errors, squares, inside, known, persistence_squares, paired_squares = self.totals(leads)
        if not hours:
            return None
        persistence = _rmse(persistence_squares, known) if known else None
        return Scores(
            hours=hours,
            rmse=round(_rmse(squares, hours), _DECIMALS),
            bias=round(errors / hours / _PER_UNIT, _DECIMALS),
            coverage_80=round(inside / hours, _DECIMALS),
            persistence_hours=known,
            persistence_rmse=None if persistence is None else round(persistence, _DECIMALS),
            skill=round(1 - _rmse(paired_squares, known) / persistence, _DECIMALS) if persistence else None,
        )


@dataclass(frozen=True)
class PublishedSums(Columns[PublishedScores]):
    """Sums of the published forecast's errors, and our squares (`issued_squares`) over the same hours."""

    hours: tuple[int, ...]
    errors: tuple[int, ...]
    squares: tuple[int, ...]
    issued_squares: tuple[int, ...]

    @staticmethod
    def addends(pair: Pair) -> tuple[int, ...] | None:
        """Return what a pair adds to each column; None where nothing was published."""
        if pair.published is None:
            return None
        observed = _hundredths(pair.observed)
        error = _hundredths(pair.published) - observed
        return (1, error, error**2, (_hundredths(pair.mean) - observed) ** 2)

    def score(self, leads: Iterable[int]) -> PublishedScores | None:
        """Return the scores over `leads`; None where nothing was compared."""
        hours, errors, squares, issued_squares = self.totals(leads)
        if not hours:
            return None
        return PublishedScores(
            hours=hours,
            rmse=round(_rmse(squares, hours), _DECIMALS),
            bias=round(errors / hours / _PER_UNIT, _DECIMALS),
            ours=round(_rmse(issued_squares, hours), _DECIMALS),
        )


@dataclass(frozen=True)
class PairedSums(Sums[Comparison]):
    """Sums of an issued path and of its shadow over identical hours."""

    issued: LeadSums
    shadow: LeadSums

    @classmethod
    def pool(cls, parts: Iterable[PairedSums]) -> PairedSums:
        """Return the sums of all parts."""
        parts = list(parts)
        return cls(LeadSums.pool(one.issued for one in parts), LeadSums.pool(one.shadow for one in parts))

    def score(self, leads: Iterable[int]) -> Comparison | None:
        """Return the comparison over `leads`; None where nothing was verified."""
        leads = list(leads)
        issued, shadow = self.issued.score(leads), self.shadow.score(leads)
        if issued is None or shadow is None:
            return None
        gain = round(1 - shadow.rmse / issued.rmse, _DECIMALS) if issued.rmse else None
        return Comparison(issued.hours, issued.rmse, shadow.rmse, shadow.bias, shadow.coverage_80, gain)


def _hundredths(value: float) -> int:
    return round(value * _PER_UNIT)


def _rmse(squares: int, count: int) -> float:
    return math.sqrt(squares / count) / _PER_UNIT
