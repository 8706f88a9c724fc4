"""What `monitor` looks at for each station after a run: verification, track record, skill alarms, drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from plantcast.clock import HOUR, Clock, midnight
from plantcast.errors import PlantcastError
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasts import ForecastStore
from plantcast.monitoring.drift import Drift, measure_drift, store_drift
from plantcast.monitoring.emf import count, metric
from plantcast.monitoring.skill import SkillAlarms, judge, open_alarms
from plantcast.observability import logger
from plantcast.observations.lake import ObservationLake
from plantcast.storage import Item, ItemTable
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

# Of each station: 2 windows × 2 targets × 4 scores, 9 PSI, 2 SkillLost, 2 ShadowGain: 29 metrics, 8.70 USD a
# month. The rest (lead blocks and single leads, single days, the year, missing values, the shadow's own
# scores) would be hundreds, and is looked up in DynamoDB.
_COUNTED_WINDOWS: Final = (7, 30)
_SHADOW_WINDOW: Final = 30


@dataclass(frozen=True)
class StationWatch:
    """What was found of one station.

    `judged` are the targets whose skill could be judged, `alarms` the skill alarms that are open, those of
    targets that could not be judged this time among them.
    """

    station: str
    verified: tuple[DayVerification, ...]
    track: Track | None
    judged: tuple[Target, ...]
    alarms: tuple[Item, ...]
    drift: Drift | None


@dataclass(frozen=True)
class Watch:
    """Looks at stations; everything it stores can be stored again."""

    clock: Clock
    lake: ObservationLake
    forecasts: ForecastStore
    table: ItemTable

    def station(self, station: str, as_of: date) -> StationWatch:
        """Verify, pool, judge and measure; a part that cannot be done is logged, counted and left out.

        It all looks back: damage there must not take the forecast away that a run has issued.
        """
        verified: tuple[DayVerification, ...] = ()
        track: Track | None = None
        judged: tuple[Target, ...] = ()
        drift: Drift | None = None
        try:
            verified = tuple(self._verify(station, as_of))
            days = VerificationStore(self.table).newest(station, max(WINDOWS))
            track = track_of(days)
            if track is not None:
                store_track(self.table, track)
            verdicts = judge(days)
            for verdict in verdicts:
                SkillAlarms(self.table).update(verdict, now=self.clock.now())
            judged = tuple(verdict.target for verdict in verdicts)
        except PlantcastError:
            logger.exception("verification failed", extra={"station": station})
            count("VerificationFailed")
        try:
            drift = measure_drift(self.lake, station, as_of)
            store_drift(self.table, drift)
        except PlantcastError:
            logger.exception("drift could not be measured", extra={"station": station})
            count("DriftFailed")
        alarms = tuple(open_alarms(self.table, station))
        return StationWatch(station, verified, track, judged, alarms, drift)

    def _verify(self, station: str, as_of: date) -> list[DayVerification]:
        first, last = span(as_of)
        frame = self.lake.read(station, midnight(first), midnight(last) + 23 * HOUR)
        return verify_station(station, as_of=as_of, forecasts=self.forecasts, frame=frame, table=self.table)


def alarm_words(watches: Sequence[StationWatch]) -> tuple[str, str]:
    """Return a sentence for each open alarm, in Korean and in English; empty when there is none."""
    alarms = [alarm for watch in watches for alarm in watch.alarms]
    return (
        " ".join(str(alarm["words_ko"]) for alarm in alarms),
        " ".join(str(alarm["words_en"]) for alarm in alarms),
    )


def write_metrics(watches: Sequence[StationWatch]) -> None:
    """Write what was found to CloudWatch."""
    # An alarm cannot enumerate stations, so it watches this count.
    count("StationsWithoutSkill", sum(bool(watch.alarms) for watch in watches))
    for watch in watches:
        lost = {str(alarm["target"]) for alarm in watch.alarms}
        for target in TARGETS:
            if target in lost or target in watch.judged:
                count("SkillLost", float(target in lost), {"Station": watch.station, "Target": target})
        if watch.track is not None:
            _write_track(watch.track)
        for name, found in (watch.drift.variables if watch.drift else {}).items():
            if found.psi is not None:
                metric("PSI", found.psi, {"Station": watch.station, "Variable": name})


def _write_track(track: Track) -> None:
    everything = BLOCKS["leads_1_48"]
    for length in _COUNTED_WINDOWS:
        for target, pooled in track.windows[length].targets.items():
            scores = pooled.sums.score(everything)
            if scores is None:
                continue
            names = {"Station": track.station, "Target": target, "Window": str(length)}
            metric("RMSE", scores.rmse, names)
            metric("Bias", scores.bias, names)
            metric("Coverage80", scores.coverage_80, names)
            if scores.skill is not None:
                metric("Skill", scores.skill, names)
    for target, pooled in track.windows[_SHADOW_WINDOW].targets.items():
        compared = None if pooled.shadow is None else pooled.shadow.sums.compare(everything)
        if compared is not None and compared.gain is not None:
            metric("ShadowGain", compared.gain, {"Station": track.station, "Target": target})
