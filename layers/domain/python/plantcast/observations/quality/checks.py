"""Quality control: each value sent is checked by itself, against its neighbours in time, and against others.

A value that fails a check becomes NaN and is named in `masked` as `variable:reason`; `rejected_values` keeps
what was sent. Nothing is ever filled in. Each check looks only at values that passed those before it. A
missing value is NaN, and a comparison with NaN is false: a value is not rejected for want of another to
compare it with; checks that mean otherwise are commented.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from plantcast.common.clock import KST
from plantcast.common.stations import STATIONS, Station
from plantcast.observations import VARIABLES
from plantcast.observations.frame import COLUMNS
from plantcast.observations.quality.limits import (
    LIMITS,
    MONTHLY_LIMITS,
    SPIKES,
    STEPS,
    STREAKS,
    VAPOUR_PRESSURE_TOLERANCE,
    Sun,
    Values,
    dew_point,
    dew_point_tolerance,
    sea_level_pressure,
    sea_level_tolerance,
    vapour_pressure,
)
from plantcast.observations.rows import Mask

# How far around a value the checks look. The longest chain: pressures depend on a spike of a neighbour (1 h),
# that on the hours around it (2 h), and those on being part of a streak (its length less one).
CONTEXT_HOURS: Final = max(streak.hours for streak in STREAKS.values()) - 1 + 2 + 1


def assess(sent: pd.DataFrame, station: str) -> pd.DataFrame:
    """Return the lake frame of what was sent, and `rejected_values`: JSON of variable to the value sent.

    `sent` has the columns `VARIABLES` and `qc_flags`. Limits that depend on the place are those of the ASOS
    station `station`; hours absent from the frame count as not observed.
    """
    assessment = Assessment(sent, STATIONS.get(station))
    assessment.reject_flagged()
    for check in CHECKS:
        check(assessment)
    return assessment.result()


@dataclass
class Assessment:
    """The values still valid, NaN for those rejected so far or not sent, and the reasons by row and variable.

    `station` is None when nothing is known of the place.
    """

    sent: pd.DataFrame
    station: Station | None
    valid: dict[str, Values] = field(init=False)
    reasons: dict[int, dict[str, str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.valid = {name: self.sent[name].to_numpy(np.float64, copy=True) for name in VARIABLES}

    @cached_property
    def times(self) -> pd.DatetimeIndex:
        """The hours, in KST."""
        return pd.DatetimeIndex(self.sent.index).tz_convert(KST)

    @cached_property
    def _hours(self) -> npt.NDArray[np.int64]:
        """The rows' times, in hours."""
        return np.asarray(self.times.as_unit("s").asi8 // 3600, dtype=np.int64)

    def reject_flagged(self) -> None:
        """Reject what the KMA itself flags, and what is no number."""
        for row in np.flatnonzero((self.sent["qc_flags"] != "").to_numpy(np.bool_)):
            for name, (reason, _) in json.loads(self.sent["qc_flags"].iloc[row]).items():
                self._reject(int(row), name, reason)

    def reject(self, name: str, where: Mask, reason: str) -> None:
        """Reject the values of a variable at the rows `where`, as far as they are still valid."""
        for row in np.flatnonzero(where & ~np.isnan(self.valid[name])):
            self._reject(int(row), name, reason)

    def is_rejected(self, name: str) -> Mask:
        """Return where a value of the variable was sent and rejected."""
        rejected = np.zeros(len(self.sent), dtype=np.bool_)
        rejected[[row for row, reasons in self.reasons.items() if name in reasons]] = True
        return rejected

    def shifted(self, name: str, hours: int) -> Values:
        """Return the valid value of `hours` before each row (negative: after), NaN where there is none."""
        values = self.valid[name]
        source = np.arange(len(values)) - hours
        inside = (source >= 0) & (source < len(values))
        source[~inside] = 0
        inside &= self._hours[source] == self._hours - hours
        return np.where(inside, values[source], np.nan) if len(values) else values

    def run_lengths(self, name: str) -> npt.NDArray[np.int64]:
        """Return the length of each row's run of equal values in consecutive hours."""
        begins = ~(self.valid[name] == self.shifted(name, 1))  # NaN begins a run of its own
        run = np.cumsum(begins) - 1
        return np.bincount(run)[run] if len(run) else run

    def result(self) -> pd.DataFrame:
        """Return the frame that `assess` promises."""
        frame = pd.DataFrame(self.valid, index=self.sent.index)
        masked = np.full(len(frame), "", dtype=object)
        rejected = np.full(len(frame), "", dtype=object)
        for row, reasons in self.reasons.items():
            names = [name for name in VARIABLES if name in reasons]
            masked[row] = ";".join(f"{name}:{reasons[name]}" for name in names)
            values = {name: self._sent_value(row, name) for name in names}
            rejected[row] = json.dumps(values, ensure_ascii=False)
        frame["masked"] = pd.array(masked, dtype="str")
        frame["rejected_values"] = pd.array(rejected, dtype="str")
        return frame[[*COLUMNS, "rejected_values"]]

    def _reject(self, row: int, name: str, reason: str) -> None:
        self.valid[name][row] = np.nan
        self.reasons.setdefault(row, {})[name] = reason

    def _sent_value(self, row: int, name: str) -> float | str | None:
        value = float(self.sent[name].iloc[row])
        if not np.isnan(value):
            return value
        text: str | None = json.loads(self.sent["qc_flags"].iloc[row])[name][1]
        return text


def out_of_range(qc: Assessment) -> None:
    """Beyond what can be, whatever the weather."""
    for name, (low, high) in LIMITS.items():
        qc.reject(name, (qc.valid[name] < low) | (qc.valid[name] > high), "out-of-range")


def out_of_season(qc: Assessment) -> None:
    """Beyond what the calendar month has ever had in Korea."""
    month = qc.times.month.to_numpy() - 1
    for name, limits in MONTHLY_LIMITS.items():
        low, high = np.array(limits, dtype=np.float64).T
        values = qc.valid[name]
        qc.reject(name, (values < low[month]) | (values > high[month]), "out-of-season")


def against_the_sun(qc: Assessment) -> None:
    """More radiation or sunshine than the sun can give at that hour, or no radiation under full sunshine."""
    if qc.station is None:
        return
    sun = Sun.over(qc.times, qc.station.latitude, qc.station.longitude)
    qc.reject("icsr", qc.valid["icsr"] > sun.most_radiation, "against-the-sun")
    qc.reject("ss", qc.valid["ss"] > sun.most_sunshine, "against-the-sun")
    least = sun.least_radiation(np.nan_to_num(qc.valid["ss"]))
    qc.reject("icsr", qc.valid["icsr"] < least, "against-the-sun")


def stuck(qc: Assessment) -> None:
    """The same value for longer than weather stands still."""
    for name, streak in STREAKS.items():
        qc.reject(name, (qc.run_lengths(name) >= streak.hours) & streak.applies(qc.valid[name]), "stuck")


def spike(qc: Assessment) -> None:
    """An hour that stands out against both of its neighbours while all is quiet beyond them."""
    for name, limit in SPIKES.items():
        value = qc.valid[name]
        before, after = qc.shifted(name, 1), qc.shifted(name, -1)
        out = np.fmax(np.minimum(value - before, value - after), np.minimum(before - value, after - value))
        quiet = _quiet(before - qc.shifted(name, 2), limit) & _quiet(after - qc.shifted(name, -2), limit)
        qc.reject(name, (out > limit) & quiet, "spike")


def step(qc: Assessment) -> None:
    """An hour far from the only neighbour that is observed; not final until the other one arrives."""
    for name, limit in STEPS.items():
        value = qc.valid[name]
        before, after = qc.shifted(name, 1), qc.shifted(name, -1)
        alone = np.isnan(before) ^ np.isnan(after)
        qc.reject(name, alone & (np.fmax(np.abs(value - before), np.abs(value - after)) > limit), "step")


def humidity(qc: Assessment) -> None:
    """Dew point and vapour pressure that do not fit temperature and humidity.

    The KMA computes them: what is computed from a rejected value is rejected, too. Of humidity, dew point and
    vapour pressure the one is rejected that the two others contradict; of two only, the computed one (of dew
    point and vapour pressure, the dew point).
    """
    rejected = qc.is_rejected("ta") | qc.is_rejected("hm")
    qc.reject("td", rejected, "inconsistent")
    qc.reject("pv", rejected | qc.is_rejected("td"), "inconsistent")
    ta, hm, td, pv = (qc.valid[name] for name in ("ta", "hm", "td", "pv"))
    vapour = vapour_pressure(ta) * hm / 100
    # Temperature and dew point are each rounded to 0.1 °C, so at saturation they may cross by one step.
    above = td > ta + 0.1 + 1e-6
    expected = dew_point(vapour)  # finite wherever ta and hm are: hm is at least 1
    pv_of_hm = np.abs(pv - vapour) <= VAPOUR_PRESSURE_TOLERANCE
    pv_of_td = np.abs(pv - vapour_pressure(td)) <= VAPOUR_PRESSURE_TOLERANCE
    without_hm = np.isnan(vapour) & ~np.isnan(pv) & ~np.isnan(td)
    unfit = above | (np.abs(td - expected) > dew_point_tolerance(expected, hm)) | (without_hm & ~pv_of_td)
    pv_alone = ~np.isnan(pv) & ~np.isnan(vapour) & ~pv_of_hm & ~pv_of_td
    hm_alone = unfit & ~above & pv_of_td & ~pv_of_hm
    qc.reject("hm", hm_alone, "inconsistent")
    qc.reject("td", unfit & ~hm_alone, "inconsistent")
    qc.reject("pv", pv_alone, "inconsistent")


def pressure(qc: Assessment) -> None:
    """Pressures at the station and at sea level that do not belong together: the one that moved more goes."""
    if qc.station is None:
        return
    pa, ps, ta = (qc.valid[name] for name in ("pa", "ps", "ta"))
    vapour = np.nan_to_num(vapour_pressure(qc.valid["td"]))
    expected = sea_level_pressure(pa, ta, vapour, qc.station.elevation)
    unfit = np.abs(ps - expected) > sea_level_tolerance(qc.station.elevation)
    if not unfit.any():
        return
    # Where neither moved more, sea-level pressure goes: it is the computed one.
    pa_moved = _movement(qc, "pa") > _movement(qc, "ps")
    qc.reject("pa", unfit & pa_moved, "inconsistent")
    qc.reject("ps", unfit & ~pa_moved, "inconsistent")


CHECKS: Final[tuple[Callable[[Assessment], None], ...]] = (
    out_of_range,
    out_of_season,
    against_the_sun,
    stuck,
    spike,
    step,
    humidity,
    pressure,
)


def _quiet(difference: Values, limit: float) -> Mask:
    """Whether nothing much happens beyond a neighbour; an hour not observed counts as quiet."""
    return ~(np.abs(difference) > limit / 2)


def _movement(qc: Assessment, name: str) -> Values:
    value = qc.valid[name]
    return np.nan_to_num(np.fmax(np.abs(value - qc.shifted(name, 1)), np.abs(value - qc.shifted(name, -1))))
