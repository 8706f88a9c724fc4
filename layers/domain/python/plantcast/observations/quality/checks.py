"""The checks, in the order in which they are made: each looks only at values that passed those before it.

A missing value is NaN, and a comparison with NaN is false: a value is not rejected for want of another to
compare it with. Where that is not what is meant, the check says so.
A check may look at most two hours around (a streak: its own length); `quality.CONTEXT_HOURS` counts on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from plantcast.observations.quality.judge import Judge
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


def out_of_range(judge: Judge) -> None:
    """Beyond what can be, whatever the weather."""
    for name, (low, high) in LIMITS.items():
        judge.mask(name, (judge.believed[name] < low) | (judge.believed[name] > high), "out-of-range")


def out_of_season(judge: Judge) -> None:
    """Beyond what the calendar month has ever had in Korea."""
    month = judge.times.month.to_numpy() - 1
    for name, limits in MONTHLY_LIMITS.items():
        low, high = np.array(limits, dtype=np.float64).T
        values = judge.believed[name]
        judge.mask(name, (values < low[month]) | (values > high[month]), "out-of-season")


def against_the_sun(judge: Judge) -> None:
    """More radiation or sunshine than the sun can give at that hour, or no radiation under full sunshine."""
    if judge.station is None:
        return
    sun = Sun.over(judge.times, judge.station.latitude, judge.station.longitude)
    judge.mask("icsr", judge.believed["icsr"] > sun.most_radiation, "against-the-sun")
    judge.mask("ss", judge.believed["ss"] > sun.most_sunshine, "against-the-sun")
    least = sun.least_radiation(np.nan_to_num(judge.believed["ss"]))
    judge.mask("icsr", judge.believed["icsr"] < least, "against-the-sun")


def stuck(judge: Judge) -> None:
    """The same value for longer than weather stands still."""
    for name, streak in STREAKS.items():
        judge.mask(
            name, (judge.run_lengths(name) >= streak.hours) & streak.applies(judge.believed[name]), "stuck"
        )


def spike(judge: Judge) -> None:
    """An hour that stands out against both of its neighbours while all is quiet beyond them."""
    for name, limit in SPIKES.items():
        value = judge.believed[name]
        before, after = judge.shifted(name, 1), judge.shifted(name, -1)
        out = np.fmax(np.minimum(value - before, value - after), np.minimum(before - value, after - value))
        quiet = _quiet(before - judge.shifted(name, 2), limit) & _quiet(
            after - judge.shifted(name, -2), limit
        )
        judge.mask(name, (out > limit) & quiet, "spike")


def step(judge: Judge) -> None:
    """An hour far from the only neighbour that is observed; judged again once the other one is there."""
    for name, limit in STEPS.items():
        value = judge.believed[name]
        before, after = judge.shifted(name, 1), judge.shifted(name, -1)
        alone = np.isnan(before) ^ np.isnan(after)
        judge.mask(name, alone & (np.fmax(np.abs(value - before), np.abs(value - after)) > limit), "step")


def humidity(judge: Judge) -> None:
    """Dew point and vapour pressure that do not fit temperature and humidity.

    The KMA computes them: what is computed from a rejected value is rejected, too. Of humidity, dew point and
    vapour pressure the one is rejected that the two others contradict; of two only, the computed one (of dew
    point and vapour pressure, the dew point).
    """
    rejected = judge.is_masked("ta") | judge.is_masked("hm")
    judge.mask("td", rejected, "inconsistent")
    judge.mask("pv", rejected | judge.is_masked("td"), "inconsistent")
    ta, hm, td, pv = (judge.believed[name] for name in ("ta", "hm", "td", "pv"))
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
    judge.mask("hm", hm_alone, "inconsistent")
    judge.mask("td", unfit & ~hm_alone, "inconsistent")
    judge.mask("pv", pv_alone, "inconsistent")


def pressure(judge: Judge) -> None:
    """Pressures at the station and at sea level that do not belong together: the one that moved more goes."""
    if judge.station is None:
        return
    pa, ps, ta = (judge.believed[name] for name in ("pa", "ps", "ta"))
    vapour = np.nan_to_num(vapour_pressure(judge.believed["td"]))
    expected = sea_level_pressure(pa, ta, vapour, judge.station.elevation)
    unfit = np.abs(ps - expected) > sea_level_tolerance(judge.station.elevation)
    if not unfit.any():
        return
    # Where neither moved more, sea-level pressure goes: it is the computed one.
    pa_moved = _movement(judge, "pa") > _movement(judge, "ps")
    judge.mask("pa", unfit & pa_moved, "inconsistent")
    judge.mask("ps", unfit & ~pa_moved, "inconsistent")


CHECKS: Final[tuple[Callable[[Judge], None], ...]] = (
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


def _movement(judge: Judge, name: str) -> Values:
    value = judge.believed[name]
    return np.nan_to_num(
        np.fmax(np.abs(value - judge.shifted(name, 1)), np.abs(value - judge.shifted(name, -1)))
    )
