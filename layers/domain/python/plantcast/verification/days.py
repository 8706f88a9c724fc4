"""Issued forecasts and their shadows against observations, a day (KST) at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasting.issued import Forecast
from plantcast.forecasting.path import TargetPath
from plantcast.forecasting.shadows import ShadowForecast
from plantcast.verification.sums import DAY_BLOCKS, Comparison, LeadSums, Pair, PairedSums, Scores

if TYPE_CHECKING:
    import pandas as pd

# Values by hour; an hour without a value is not in it.
Observed = Mapping[Target, Mapping[datetime, float]]


@dataclass(frozen=True)
class ShadowDay:
    """A target's shadow beside what was issued, over identical hours of one day.

    `versions` are those that cast the shadow, `issued` those it is compared with (None: the damped anomaly),
    each in the order of their origins.
    """

    versions: tuple[str, ...]
    issued: tuple[str | None, ...]
    sums: PairedSums

    def blocks(self) -> dict[str, Comparison]:
        """Return the comparison by lead block."""
        return self.sums.blocks(DAY_BLOCKS)


@dataclass(frozen=True)
class DayVerification:
    """Scores of the forecasts valid on `day`: target → lead block (`leads_1_24`, `leads_25_48`) → scores.

    `sums` are what the scores are made of, for pooling days; empty when there is nothing to pool.
    `shadow` has only the targets for which a shadow was cast.
    """

    station: str
    day: date
    source: str
    origins: tuple[datetime, ...]
    scores: Mapping[Target, Mapping[str, Scores]]
    sums: Mapping[Target, LeadSums] = field(default_factory=dict)
    shadow: Mapping[Target, ShadowDay] = field(default_factory=dict)


def observed_from(frame: pd.DataFrame) -> Observed:
    """Take the targets out of a lake frame (see docs/contracts.md); missing values are left out."""
    hours = [moment.to_pydatetime() for moment in frame.index]
    return {
        target: {
            hour: value
            for hour, value in zip(hours, frame[target].astype(float).tolist(), strict=True)
            if math.isfinite(value)
        }
        for target in TARGETS
    }


def verify_day(
    forecasts: Sequence[Forecast],
    observed: Observed,
    day: date,
    shadows: Sequence[ShadowForecast] = (),
) -> DayVerification | None:
    """Score the hours of `day` (KST) in `forecasts` of one station; None when no such hour was observed."""
    used = [forecast for forecast in forecasts if any(hour.date() == day for hour in forecast.valid_at)]
    sums: dict[Target, LeadSums] = {}
    for target in TARGETS:
        pairs = [
            pair
            for forecast in used
            for pair in _pairs(forecast.path(target), forecast, observed[target], day)
        ]
        if pairs:
            sums[target] = LeadSums.of(pairs)
    if not sums:
        return None
    cast = {shadow.origin: shadow for shadow in shadows}
    compared = {target: _compare(used, cast, observed[target], target, day) for target in sums}
    return DayVerification(
        station=used[0].station,
        day=day,
        source=used[-1].source,
        origins=tuple(forecast.origin for forecast in used),
        scores={target: found.blocks(DAY_BLOCKS) for target, found in sums.items()},
        sums=sums,
        shadow={target: shadow for target, shadow in compared.items() if shadow is not None},
    )


def _compare(
    forecasts: Sequence[Forecast],
    shadows: Mapping[datetime, ShadowForecast],
    observed: Mapping[datetime, float],
    target: Target,
    day: date,
) -> ShadowDay | None:
    versions: dict[str, None] = {}
    issued: dict[str | None, None] = {}
    pairs: list[tuple[Pair, Pair]] = []
    for forecast in forecasts:
        shadow = shadows.get(forecast.origin)
        cast = None if shadow is None else shadow.paths.get(target)
        used = forecast.models[target].version
        # Issued again after a promotion, a forecast can stand beside an older shadow of its own model.
        if cast is None or cast.version == used:
            continue
        found = list(
            zip(
                _pairs(forecast.path(target), forecast, observed, day),
                _pairs(cast.path, forecast, observed, day),
                strict=True,
            )
        )
        if found:
            versions[cast.version] = None
            issued[used] = None
            pairs += found
    return ShadowDay(tuple(versions), tuple(issued), PairedSums.of(pairs)) if pairs else None


def _pairs(
    path: TargetPath, forecast: Forecast, observed: Mapping[datetime, float], day: date
) -> Iterator[Pair]:
    for lead, valid_at in zip(range(1, LEADS + 1), forecast.valid_at, strict=True):
        if valid_at.date() != day or valid_at not in observed:
            continue
        # Whole days back until the hour is not after the origin: what persistence could know.
        known = valid_at - timedelta(days=-(-lead // 24))
        yield Pair(
            lead,
            path.mean[lead - 1],
            path.p10[lead - 1],
            path.p90[lead - 1],
            observed[valid_at],
            observed.get(known),
        )
