"""Issued forecasts against what came: RMSE, bias, coverage of the 80 % range, and skill, a day at a time.

Stored as pk `STATION#<station>`, sk `VERIFY#<day>`. The item depends only on forecasts and observations, so
verifying a day again writes the same item, or a better one when observations were late or corrected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from plantcast.clock import iso_hour
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasts import Forecast, ForecastStore
from plantcast.storage import Item, ItemTable

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION: Final = 1
# The KMA corrects values for some days after publishing them; a week takes those corrections in.
DAYS: Final = 7
BLOCKS: Final[Mapping[str, range]] = {"leads_1_24": range(1, 25), "leads_25_48": range(25, 49)}

# Values by hour; an hour without a value is not in it.
Observed = Mapping[Target, Mapping[datetime, float]]


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
class DayVerification:
    """Scores of the forecasts valid on `day`: target → lead block (`leads_1_24`, `leads_25_48`) → scores."""

    station: str
    day: date
    source: str
    origins: tuple[datetime, ...]
    scores: Mapping[Target, Mapping[str, Scores]]


def observed_from(frame: pd.DataFrame) -> Observed:
    """Take the targets out of a lake frame (see docs/contracts.md); missing values are left out."""
    hours = [moment.to_pydatetime() for moment in frame.index]
    return {
        target: {
            hour: float(value)
            for hour, value in zip(hours, frame[target].to_numpy(dtype=float), strict=True)
            if np.isfinite(value)
        }
        for target in TARGETS
    }


def verify_day(forecasts: Sequence[Forecast], observed: Observed, day: date) -> DayVerification | None:
    """Score the hours of `day` (KST) in `forecasts` of one station; None when no such hour was observed."""
    scores: dict[Target, dict[str, Scores]] = {}
    for target in TARGETS:
        blocks = {
            name: _score(pairs)
            for name, leads in BLOCKS.items()
            if (pairs := _pairs(forecasts, observed[target], target, day, leads))
        }
        if blocks:
            scores[target] = blocks
    if not scores:
        return None
    used = [forecast for forecast in forecasts if any(hour.date() == day for hour in forecast.valid_at)]
    return DayVerification(
        station=used[0].station,
        day=day,
        source=used[-1].source,
        origins=tuple(forecast.origin for forecast in used),
        scores=scores,
    )


def verify_station(
    station: str, *, as_of: date, forecasts: ForecastStore, frame: pd.DataFrame, table: ItemTable
) -> list[DayVerification]:
    """Verify and store the last `DAYS` observed days before `as_of`; `frame` must cover `span(as_of)`."""
    observed = observed_from(frame)
    lead_days = timedelta(days=LEADS // 24)
    done: list[DayVerification] = []
    for day in (as_of - timedelta(days=back) for back in range(DAYS, 0, -1)):
        # A path reaches from its origin into the day of origin + 48 h at most.
        origin_days = [day - lead_days + timedelta(days=n) for n in range(lead_days.days + 1)]
        issued = [
            forecast for origin_day in origin_days for forecast in forecasts.of_day(station, origin_day)
        ]
        verified = verify_day(issued, observed, day)
        if verified is not None:
            table.put(to_item(verified))
            done.append(verified)
    return done


def span(as_of: date) -> tuple[date, date]:
    """Return the first and last day whose observations verifying at `as_of` needs, persistence included."""
    return as_of - timedelta(days=DAYS + LEADS // 24), as_of - timedelta(days=1)


def to_item(verified: DayVerification) -> Item:
    """Return the item as stored."""
    return {
        "pk": f"STATION#{verified.station}",
        "sk": f"VERIFY#{verified.day.isoformat()}",
        "schema_version": SCHEMA_VERSION,
        "station": verified.station,
        "day": verified.day.isoformat(),
        "source": verified.source,
        "origins": [iso_hour(origin) for origin in verified.origins],
        "scores": {
            target: {name: _rounded(asdict(scores)) for name, scores in blocks.items()}
            for target, blocks in verified.scores.items()
        },
    }


@dataclass(frozen=True)
class _Pair:
    mean: float
    p10: float
    p90: float
    observed: float
    persistence: float


def _pairs(
    forecasts: Sequence[Forecast], observed: Mapping[datetime, float], target: Target, day: date, leads: range
) -> list[_Pair]:
    pairs: list[_Pair] = []
    for forecast in forecasts:
        path = forecast.path(target)
        for lead in leads:
            valid_at = forecast.valid_at[lead - 1]
            if valid_at.date() != day or valid_at not in observed:
                continue
            # Whole days back until the hour is not after the origin: what persistence could know.
            known = valid_at - timedelta(days=-(-lead // 24))
            pairs.append(
                _Pair(
                    path.mean[lead - 1],
                    path.p10[lead - 1],
                    path.p90[lead - 1],
                    observed[valid_at],
                    observed.get(known, float("nan")),
                )
            )
    return pairs


def _score(pairs: Sequence[_Pair]) -> Scores:
    mean, p10, p90, came, persistence = np.array(
        [(pair.mean, pair.p10, pair.p90, pair.observed, pair.persistence) for pair in pairs], dtype=float
    ).T
    both = np.isfinite(persistence)
    persistence_rmse = _rmse(persistence[both] - came[both]) if both.any() else None
    return Scores(
        hours=len(pairs),
        rmse=_rmse(mean - came),
        bias=float(np.mean(mean - came)),
        coverage_80=float(np.mean((p10 <= came) & (came <= p90))),
        persistence_hours=int(both.sum()),
        persistence_rmse=persistence_rmse,
        skill=1.0 - _rmse(mean[both] - came[both]) / persistence_rmse if persistence_rmse else None,
    )


def _rmse(errors: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))


def _rounded(scores: Mapping[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in scores.items()}
