"""The step `monitor`, for each station: verification, track record, skill alarms, drift."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import HOUR, Clock, hours_behind, midnight
from plantcast.common.errors import PlantcastError
from plantcast.common.logging import logger
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.issued import ForecastStore
from plantcast.monitoring.drift import Drift, measure_drift, store_drift
from plantcast.monitoring.emf import count
from plantcast.monitoring.skill import SkillAlarms, Verdict, alarm_items, assess, read_alarm
from plantcast.observations.lake import ObservationLake
from plantcast.observations.status import read_status
from plantcast.verification import (
    BLOCKS,
    DayVerification,
    Track,
    VerificationStore,
    span,
    store_track,
    track_of,
    verify_station,
)
from plantcast.verification.windows import WINDOWS

# In the log; the rest (lead blocks and single leads, single days, the year, missing values, the shadow's own
# scores) is looked up in DynamoDB.
_LOGGED_WINDOWS: Final = (7, 30)
_SHADOW_WINDOW: Final = 30


@dataclass(frozen=True)
class StationWatch:
    """Results for one station.

    `assessed` are the targets whose skill could be assessed; `alarms` are the open skill alarms of all
    targets.
    """

    station: str
    verified: tuple[DayVerification, ...]
    track: Track | None
    assessed: tuple[Target, ...]
    alarms: tuple[Item, ...]
    drift: Drift | None
    last_observation: datetime | None


@dataclass(frozen=True)
class Watch:
    """Looks at stations; everything it stores can be stored again."""

    clock: Clock
    lake: ObservationLake
    forecasts: ForecastStore
    table: ItemTable

    def station(self, station: str, as_of: date) -> StationWatch:
        """Verify, pool, assess and measure; a part that fails is logged and left out.

        It all looks back: damage there must not take the forecast away that a run has issued.
        """
        verified: tuple[DayVerification, ...] = ()
        track: Track | None = None
        assessed: tuple[Target, ...] = ()
        drift: Drift | None = None
        try:
            verified = tuple(self._verify(station, as_of))
            days = VerificationStore(self.table).newest(station, max(WINDOWS))
            track = track_of(days)
            if track is not None:
                store_track(self.table, track)
            verdicts = assess(days)
            for verdict in verdicts:
                self._update_alarm(verdict)
            assessed = tuple(verdict.target for verdict in verdicts)
        except PlantcastError:
            logger.exception("verification failed", extra={"station": station})
        try:
            drift = measure_drift(self.lake, station, as_of)
            store_drift(self.table, drift)
        except PlantcastError:
            logger.exception("drift could not be measured", extra={"station": station})
        alarms = tuple(self._open_alarms(station))
        return StationWatch(
            station, verified, track, assessed, alarms, drift, self._last_observation(station)
        )

    def _update_alarm(self, verdict: Verdict) -> None:
        """Open or close a target's alarm; one that cannot be read keeps no other from being updated."""
        try:
            SkillAlarms(self.table).update(verdict, now=self.clock.now())
        except PlantcastError as error:
            _log_unreadable(verdict.station, error)

    def _open_alarms(self, station: str) -> Iterator[Item]:
        for item in alarm_items(self.table, station):
            try:
                alarm = read_alarm(item)
            except PlantcastError as error:
                _log_unreadable(station, error)
                continue
            if alarm["closed_at"] is None:
                yield alarm

    def _last_observation(self, station: str) -> datetime | None:
        try:
            last = (read_status(self.table, station) or {}).get("last_observation")
            return None if last is None else datetime.fromisoformat(last)
        except (PlantcastError, TypeError, ValueError):
            logger.exception("status could not be read", extra={"station": station})
            return None

    def _verify(self, station: str, as_of: date) -> list[DayVerification]:
        first, last = span(as_of)
        frame = self.lake.read(station, midnight(first), midnight(last) + 23 * HOUR)
        return verify_station(station, as_of=as_of, forecasts=self.forecasts, frame=frame, table=self.table)


def _log_unreadable(station: str, error: PlantcastError) -> None:
    logger.exception("skill alarm could not be read", extra={"station": station, "remedy": error.remedy})


def alarm_words(watches: Sequence[StationWatch]) -> tuple[str, str]:
    """Return a sentence for each open alarm, in Korean and in English; empty when there is none."""
    alarms = [alarm for watch in watches for alarm in watch.alarms]
    return (
        " ".join(str(alarm["words_ko"]) for alarm in alarms),
        " ".join(str(alarm["words_en"]) for alarm in alarms),
    )


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
        lost = {str(alarm["target"]) for alarm in watch.alarms}
        for target in TARGETS:
            logger.info("scores", extra=_scores(watch, target, lost=target in lost))
        psi = {name: found.psi for name, found in (watch.drift.variables if watch.drift else {}).items()}
        logger.info(
            "data",
            extra={
                "station": watch.station,
                "hours_behind": hours_behind(watch.last_observation, now),
                "psi": psi,
            },
        )


def _scores(watch: StationWatch, target: Target, *, lost: bool) -> dict[str, Any]:
    """Return a line of the log: names do not change, queries and the CloudWatch dashboard use them."""
    line: dict[str, Any] = {
        "station": watch.station,
        "target": target,
        "skill_lost": lost if lost or target in watch.assessed else None,
    }
    if watch.track is None:
        return line
    everything = BLOCKS["leads_1_48"]
    for length in _LOGGED_WINDOWS:
        pooled = watch.track.windows[length].targets.get(target)
        scores = None if pooled is None else pooled.sums.score(everything)
        if scores is not None:
            line |= {
                f"rmse_{length}d": scores.rmse,
                f"bias_{length}d": scores.bias,
                f"coverage_80_{length}d": scores.coverage_80,
                f"skill_{length}d": scores.skill,
            }
    pooled = watch.track.windows[_SHADOW_WINDOW].targets.get(target)
    if pooled is not None and pooled.shadow is not None:
        compared = pooled.shadow.sums.compare(everything)
        line[f"shadow_gain_{_SHADOW_WINDOW}d"] = None if compared is None else compared.gain
    return line
