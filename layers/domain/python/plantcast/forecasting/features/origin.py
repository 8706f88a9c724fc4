"""Features of a forecast origin, computed once for training and inference alike.

A row describes what is known at its hour: the last observation and trailing statistics of what preceded
it. Nothing in a row depends on later hours, nor on hours more than `LOOKBACK` earlier; a frame cut to the
last `LOOKBACK` gives the same last row to the last bit. What depends on the hour forecast (its time of day,
the climatology then, the same hour yesterday) is added for each (origin, lead) in `dataset`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.common.vapour import saturation_vapour_pressure
from plantcast.forecasting.features.windows import (
    Floats,
    enough,
    rolling_max,
    rolling_mean,
    rolling_min,
    rolling_moments,
    rolling_sum,
    shift,
)
from plantcast.observations.quality.limits import dew_point

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LAGS: Final = (1, 2, 3, 6, 12, 24, 48)
DIFFERENCES: Final = (1, 3, 6, 24)
WINDOWS: Final = (6, 24, 72, 168)
RAIN_WINDOWS: Final = (1, 3, 6, 24, 72, 168, 720)  # 720 h: soil that was soaked a month ago still cools
TENDENCIES: Final = (3, 6, 12, 24)  # 3 h is the synoptic standard; 24 h cancels the pressure tide
# The longest window is 720 h; the dataset looks a further week back for the same hour of past days.
LOOKBACK: Final = timedelta(days=45)

# Observed variables taken as they are. `ta` and `hm` keep their names: they are also the truth. Left out are
# ps, vs, ts and dsnw: histories lack them for years on end, so trees tell years apart by them (Seoul 2021,
# lead 24: skill against the damped anomaly 9.5 % without and 8.9 % with them for temperature, 9.8 % and 9.2 %
# for humidity).
_LEVELS: Final = ("ta", "hm", "td", "ws", "pa", "dc10Tca")
_REPORTED: Final = (
    12  # hours of an ASOS day in which sunshine or radiation is reported at least (winter: 10-11)
)


def build_features(observations: pd.DataFrame) -> pd.DataFrame:
    """Compute the features of every hour from the first to the last observation.

    Args:
        observations: indexed by `time` (full hours, KST, unique); columns named as in
            `plantcast.observations.VARIABLES`. Missing hours, values and whole variables are allowed;
            other columns are ignored.

    Returns:
        float64 columns, one row for each hour (missing ones included), NaN where nothing is known. The
        columns are the same whatever variables the station has. `ta` and `hm` are the observations.

    Raises:
        InvalidInputError: the index is not one of unique, zoned, full hours.
    """
    frame = _hourly(observations)
    raw = {name: frame[name].to_numpy(np.float64) for name in frame.columns}
    raw["td"] = np.where(
        np.isnan(raw["td"]), dew_point(saturation_vapour_pressure(raw["ta"]) * raw["hm"] / 100), raw["td"]
    )

    columns: dict[str, Floats] = {name: raw[name] for name in _LEVELS}
    for name in ("ta", "hm", "td"):
        columns |= _history(name, raw[name])
    columns["dew_point_depression"] = raw["ta"] - raw["td"]
    columns |= _means("dew_point_depression", columns["dew_point_depression"], (24, 72))
    columns |= _wind(raw["ws"], raw["wd"])
    columns |= _pressure(raw["pa"], raw["ps"])
    columns |= _means("dc10Tca", raw["dc10Tca"], (3, 6, 24))
    observed = ~(np.isnan(raw["ta"]) & np.isnan(raw["hm"]))
    columns |= _rain(raw["rn"], observed)
    hours = pd.DatetimeIndex(frame.index)
    day = _day_number(hours)
    for name in ("ss", "icsr"):
        columns |= _sunlight(name, raw[name], day)
    hour = 2 * np.pi * hours.hour.to_numpy() / 24
    columns["origin_hour_sin"], columns["origin_hour_cos"] = np.sin(hour), np.cos(hour)
    return pd.DataFrame(columns, index=frame.index)


def _hourly(observations: pd.DataFrame) -> pd.DataFrame:
    """Return the wanted variables with one row for every hour, the index checked."""
    index = observations.index
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None or not index.is_unique:
        raise InvalidInputError(
            "Observations are not indexed by unique, zoned hours.",
            remedy="Read them through the lake, or index them by `time` in KST without duplicates.",
        )
    if len(index) and not (index == index.floor("h")).all():
        raise InvalidInputError(
            f"Observations at {index[index != index.floor('h')][0]} are not on the full hour.",
            remedy="Use hourly observations (ASOS dateCd=HR).",
        )
    index = index.tz_convert(KST)
    hours = pd.date_range(index.min(), index.max(), freq="h", name="time") if len(index) else index
    wanted = [*_LEVELS, "ps", "wd", "rn", "ss", "icsr"]
    return observations.set_axis(index).reindex(index=hours, columns=wanted).astype(np.float64)


def _history(name: str, values: Floats) -> dict[str, Floats]:
    columns = {f"{name}_lag_{lag}": shift(values, lag) for lag in LAGS}
    columns |= {f"{name}_diff_{hours}": values - shift(values, hours) for hours in DIFFERENCES}
    moments = rolling_moments(values, WINDOWS)
    lowest, highest = rolling_min(values, WINDOWS), rolling_max(values, WINDOWS)
    for window in WINDOWS:
        count = moments[window].count
        variance = np.divide(moments[window].m2, count, out=np.zeros_like(count), where=count > 0)
        columns[f"{name}_mean_{window}"] = enough(moments[window].mean, count, window)
        columns[f"{name}_std_{window}"] = enough(np.sqrt(variance), count, window)
        columns[f"{name}_min_{window}"] = enough(lowest[window], count, window)
        columns[f"{name}_max_{window}"] = enough(highest[window], count, window)
    return columns


def _means(name: str, values: Floats, windows: tuple[int, ...]) -> dict[str, Floats]:
    return {f"{name}_mean_{window}": mean for window, mean in rolling_mean(values, windows).items()}


def _wind(ws: Floats, wd: Floats) -> dict[str, Floats]:
    """East- and northward wind in m/s; `wd` is where it blows from, clockwise from north, in degrees."""
    angle = np.deg2rad(wd)
    # A calm is reported as speed 0 with any direction or none.
    u = np.where(ws == 0, 0.0, -ws * np.sin(angle))
    v = np.where(ws == 0, 0.0, -ws * np.cos(angle))
    columns = {"wind_u": u, "wind_v": v}
    for name, values in (("wind_u", u), ("wind_v", v)):
        columns |= _means(name, values, (3, 6, 24))
        columns[f"{name}_diff_6"] = columns[f"{name}_mean_3"] - shift(columns[f"{name}_mean_3"], 6)
    columns |= _means("ws", ws, (6, 24))
    return columns


def _pressure(pa: Floats, ps: Floats) -> dict[str, Floats]:
    columns = _means("pa", pa, (24, 72))
    for hours in TENDENCIES:
        tendency = pa - shift(pa, hours)
        reduced = ps - shift(ps, hours)
        columns[f"pressure_tendency_{hours}"] = np.where(np.isnan(tendency), reduced, tendency)
    return columns


def _rain(rn: Floats, observed: Bools) -> dict[str, Floats]:
    """Sums in mm. A missing `rn` is no rain wherever the station reported at all."""
    fallen = np.where(np.isnan(rn) & observed, 0.0, rn)
    sums = rolling_sum(fallen, RAIN_WINDOWS)
    counts = rolling_sum(np.where(np.isnan(fallen), 0.0, 1.0), RAIN_WINDOWS)
    # Half of a month must not be demanded of a deployment that is a week old: three days suffice.
    return {
        f"rain_{window}": enough(sums[window], counts[window], min(window, 144)) for window in RAIN_WINDOWS
    }


def _sunlight(name: str, values: Floats, day: Ints) -> dict[str, Floats]:
    """Sum of the day so far and of the last 24 h (h of sunshine, MJ/m² of radiation), and the last hour's.

    A missing value is night, unless the last 24 h have hardly any report: then it is not known.
    """
    reports = rolling_sum(np.where(np.isnan(values), 0.0, 1.0), (24,))[24]
    known = reports >= _REPORTED / 2
    filled = np.nan_to_num(values)
    # Trailing sums of the hours since midnight: at most 24 shifted additions, exact for every origin.
    so_far = filled.copy()
    for hours in range(1, 24):
        same_day = shift(day.astype(np.float64), hours) == day
        so_far += np.where(same_day, shift(filled, hours, fill=0.0), 0.0)
    return {
        f"{name}_last": np.where(known, filled, np.nan),
        f"{name}_today": np.where(known, so_far, np.nan),
        f"{name}_24": np.where(known, rolling_sum(values, (24,))[24], np.nan),
        f"{name}_72": np.where(known, rolling_sum(values, (72,))[72], np.nan),
    }


def _day_number(hours: pd.DatetimeIndex) -> Ints:
    """Number the KST days: a day's hours share a number."""
    local = hours.tz_localize(None).to_numpy(dtype="datetime64[D]")
    return local.astype(np.int64)
