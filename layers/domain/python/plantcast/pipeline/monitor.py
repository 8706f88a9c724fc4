"""The step `monitor`, for each station: verification, track record, skill alarms, drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import HOUR, hours_behind, midnight
from plantcast.common.errors import PlantcastError
from plantcast.common.logging import logger
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.issued import ForecastStore
from plantcast.monitoring.drift import Drift, measure_drift
from plantcast.monitoring.emf import count
from plantcast.monitoring.skill import skill_alarms, skill_lost
from plantcast.observations.lake import ObservationLake
from plantcast.observations.status import read_status
from plantcast.verification.days import newest_days
from plantcast.verification.station import span, verify_station
from plantcast.verification.windows import WINDOWS, track_of

# In the log; the rest (lead blocks and single leads, single days, the year, the shadow's own scores) is in
# DynamoDB.
_LOGGED_WINDOWS: Final = (7, 30)
_SHADOW_WINDOW: Final = 30


@dataclass
class StationWatch:
    """Results for one station: `verified` days, track record, drift by variable, skill alarms."""

    station: str
    verified: int = 0
    track: Item | None = None
    alarms: Sequence[Mapping[str, Any]] = ()
    drift: Mapping[str, Drift] = field(default_factory=dict)
    last_observation: datetime | None = None


@dataclass(frozen=True)
class Watch:
    """Looks at stations; everything it stores can be stored again."""

    lake: ObservationLake
    forecasts: ForecastStore
    table: ItemTable

    def station(self, station: str, as_of: date) -> StationWatch:
        """Verify, pool, assess and measure; a part that fails is logged and left out.

        It all looks back: damage there must not take the forecast away that a run has issued.
        """
        watch = StationWatch(station)
        for part in (self._verify, self._pool, self._drift, self._status):
            try:
                part(watch, as_of)
            except (PlantcastError, TypeError, ValueError):
                name = part.__name__.removeprefix("_")
                logger.exception("monitoring failed", extra={"station": station, "part": name})
        return watch

    def _verify(self, watch: StationWatch, as_of: date) -> None:
        first, last = span(as_of)
        # Hours not confirmed yet are verified in one of the next nights.
        frame = self.lake.read(watch.station, midnight(first), midnight(last) + 23 * HOUR, provisional=False)
        verified = verify_station(
            watch.station, as_of=as_of, forecasts=self.forecasts, frame=frame, table=self.table
        )
        watch.verified = len(verified)

    def _pool(self, watch: StationWatch, as_of: date) -> None:
        track = track_of(newest_days(self.table, watch.station, max(WINDOWS)))
        if track is not None:
            self.table.put(track)
            watch.track, watch.alarms = track, skill_alarms(track)

    def _drift(self, watch: StationWatch, as_of: date) -> None:
        watch.drift = measure_drift(self.lake, watch.station, as_of)

    def _status(self, watch: StationWatch, as_of: date) -> None:
        last = (read_status(self.table, watch.station) or {}).get("last_observation")
        watch.last_observation = None if last is None else datetime.fromisoformat(last)


def alarm_texts(watches: Sequence[StationWatch]) -> tuple[str, str]:
    """Return a sentence for each skill alarm, in Korean and in English; empty when there is none."""
    alarms = [alarm for watch in watches for alarm in watch.alarms]
    return " ".join(alarm["text_ko"] for alarm in alarms), " ".join(alarm["text_en"] for alarm in alarms)


def report(watches: Sequence[StationWatch], *, now: datetime) -> None:
    """Write what an alarm watches as metrics, and the results for each station to the log.

    Metrics are paid by name and dimension: one of each score, station, target and window would be 29 a
    station, 8.70 USD a month. Logs Insights reads the same from the log (docs/operations.md has the queries).
    """
    # An alarm cannot enumerate stations, so it watches how many there are, and the one furthest behind.
    count("StationsWithoutSkill", sum(bool(watch.alarms) for watch in watches))
    behind = [hours for watch in watches if (hours := hours_behind(watch.last_observation, now)) is not None]
    if behind:
        count("HoursBehind", max(behind))
    for watch in watches:
        for target in TARGETS:
            logger.info("scores", extra=_scores(watch, target))
        logger.info(
            "data",
            extra={
                "station": watch.station,
                "hours_behind": hours_behind(watch.last_observation, now),
                "psi": {name: found.psi for name, found in watch.drift.items()},
                "psi_usual": {name: found.usual for name, found in watch.drift.items()},
            },
        )


def _scores(watch: StationWatch, target: Target) -> dict[str, Any]:
    """Return a line of the log: names do not change, queries and the CloudWatch dashboard use them."""
    line: dict[str, Any] = {"station": watch.station, "target": target, "skill_lost": None}
    if watch.track is None:
        return line
    lost = skill_lost(watch.track, target)
    line["skill_lost"] = None if lost is None else bool(lost)
    windows = watch.track["windows"]
    for length in _LOGGED_WINDOWS:
        record = windows[str(length)]["targets"].get(target)
        if record is not None:
            scores = record["leads_1_48"]
            line |= {f"{name}_{length}d": scores[name] for name in ("rmse", "bias", "coverage_80", "skill")}
    shadow = windows[str(_SHADOW_WINDOW)]["targets"].get(target, {}).get("shadow")
    if shadow is not None:
        line[f"shadow_gain_{_SHADOW_WINDOW}d"] = shadow["leads_1_48"]["gain"]
    return line
