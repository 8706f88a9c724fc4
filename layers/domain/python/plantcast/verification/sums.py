"""Sufficient statistics of verification, lead by lead, and the scores made of them.

Sums of any days add up to the sums of all their pairs, so a window pooled from days has exactly the scores of
its raw pairs. Everything is an integer: forecasts are issued to 0.01 and instruments read 0.1 °C and 1 %, so
errors counted in hundredths lose nothing. Plain Python: the API reads these without numpy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from plantcast.forecasting import LEADS

DAY_BLOCKS: Final[Mapping[str, range]] = {"leads_1_24": range(1, 25), "leads_25_48": range(25, 49)}
BLOCKS: Final[Mapping[str, range]] = {**DAY_BLOCKS, "leads_1_48": range(1, LEADS + 1)}

_PER_UNIT: Final = 100  # hundredths, see above
_DECIMALS: Final = 4


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
class Pair:
    """Forecast `lead` hours ahead and observation; `persistence` is None where it is not known."""

    lead: int
    mean: float
    p10: float
    p90: float
    observed: float
    persistence: float | None


@dataclass(frozen=True)
class LeadSums:
    """Sums over pairs, one integer for each lead 1…48; errors (forecast − observation) in hundredths.

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
        leads: list[list[int]] = [[0] * len(fields(cls)) for _ in range(LEADS)]
        for pair in pairs:
            observed = _hundredths(pair.observed)
            error = _hundredths(pair.mean) - observed
            inside = _hundredths(pair.p10) <= observed <= _hundredths(pair.p90)
            known = pair.persistence is not None
            persistence = 0 if pair.persistence is None else _hundredths(pair.persistence) - observed
            addends = (1, error, error**2, inside, known, persistence**2, error**2 if known else 0)
            sums = leads[pair.lead - 1]
            sums[:] = map(sum, zip(sums, addends, strict=True))
        return cls(*zip(*leads, strict=True))

    @classmethod
    def pool(cls, parts: Iterable[LeadSums]) -> LeadSums:
        """Return the sums of all parts, those of no pairs when there is none."""
        columns = zip(*(part.columns for part in [cls.of(()), *parts]), strict=True)
        return cls(*(tuple(map(sum, zip(*column, strict=True))) for column in columns))

    @property
    def columns(self) -> tuple[tuple[int, ...], ...]:
        """The columns in the order of the fields."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def to_item(self) -> dict[str, str]:
        """Return the columns as stored, 48 numbers in a text.

        A year of days has half a million numbers; as DynamoDB's own, each a Decimal, reading them takes
        seconds.
        """
        return {field.name: " ".join(map(str, getattr(self, field.name))) for field in fields(self)}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> LeadSums:
        """Read what `to_item` made.

        Raises:
            KeyError, AttributeError, ValueError: it cannot be read; callers name the item.
        """
        columns = [tuple(map(int, item[field.name].split())) for field in fields(cls)]
        if any(len(column) != LEADS for column in columns):
            raise ValueError(f"columns of {sorted(set(map(len, columns)))} leads, not {LEADS}")
        return cls(*columns)

    def score(self, leads: Iterable[int]) -> Scores | None:
        """Return the scores over `leads`; None where nothing was verified."""
        at = [lead - 1 for lead in leads]
        hours, errors, squares, inside, known, persistence_squares, paired_squares = (
            sum(column[position] for position in at) for column in self.columns
        )
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

    def blocks(self, blocks: Mapping[str, range] = DAY_BLOCKS) -> dict[str, Scores]:
        """Return the scores of each block of leads in which something was verified."""
        scored = {name: self.score(leads) for name, leads in blocks.items()}
        return {name: scores for name, scores in scored.items() if scores is not None}


@dataclass(frozen=True)
class PairedSums:
    """Sums of an issued path and of its shadow over identical hours."""

    issued: LeadSums
    shadow: LeadSums

    @classmethod
    def pool(cls, parts: Iterable[PairedSums]) -> PairedSums:
        """Return the sums of all parts."""
        parts = list(parts)
        return cls(LeadSums.pool(one.issued for one in parts), LeadSums.pool(one.shadow for one in parts))

    def compare(self, leads: Iterable[int]) -> Comparison | None:
        """Return the comparison over `leads`; None where nothing was verified."""
        leads = list(leads)
        issued, shadow = self.issued.score(leads), self.shadow.score(leads)
        if issued is None or shadow is None:
            return None
        gain = round(1 - shadow.rmse / issued.rmse, _DECIMALS) if issued.rmse else None
        return Comparison(issued.hours, issued.rmse, shadow.rmse, shadow.bias, shadow.coverage_80, gain)

    def blocks(self, blocks: Mapping[str, range] = DAY_BLOCKS) -> dict[str, Comparison]:
        """Return the comparison of each block of leads in which something was verified."""
        compared = {name: self.compare(leads) for name, leads in blocks.items()}
        return {name: comparison for name, comparison in compared.items() if comparison is not None}


def _hundredths(value: float) -> int:
    return round(value * _PER_UNIT)


def _rmse(squares: int, count: int) -> float:
    return math.sqrt(squares / count) / _PER_UNIT
