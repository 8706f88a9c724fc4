"""The thresholds of quality control, each with its source.

They are set so that a rare true value passes: over 2.2 million real values of five stations (2013-2022) they
reject 60, each of them an error on inspection (docs/observations.md lists them). *Observed* below is the
nearest of those to a threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from plantcast.common.sun import sine_of_elevation
from plantcast.common.vapour import MAGNUS, saturation_vapour_pressure

Values = npt.NDArray[np.float64]

# What cannot be: beyond these a value is an error of the instrument or the transmission, whatever the
# weather. Korean records are the KMA's; gross limits are those of the WMO's guidelines on quality control for
# automatic weather stations (Zahumenský, 2004).
LIMITS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "ta": (-45.0, 50.0),  # records -32.6 (Yangpyeong, 1981) and 41.0 °C (Hongcheon, 2018)
        # Whole per cent; 0 would be air without vapour, whose dew point does not exist. The driest air ever
        # reported anywhere had 0.4 %; observed: 4 %.
        "hm": (1.0, 100.0),
        "td": (-80.0, 35.0),  # WMO gross limits
        "ws": (0.0, 75.0),  # WMO gross limit of a 10-minute mean
        "wd": (0.0, 360.0),  # by definition; 0 is calm, 360 is north
        "pa": (800.0, 1100.0),  # WMO's 1100; no ASOS station lies above 1,000 m (900 hPa, less a typhoon)
        "ps": (870.0, 1085.0),  # lowest and highest ever measured on Earth at sea level
        "rn": (0.0, 300.0),  # heaviest Korean hour: about 146 mm; twice that, one hour has had nowhere
        "ss": (0.0, 1.0),  # hours of sunshine in one hour
        "icsr": (0.0, 4.9),  # solar constant 1361 W/m² × 3600 s
        "dc10Tca": (0.0, 10.0),  # tenths of the sky
        "vs": (0.0, 10_000.0),  # 100 km; the longest reports are 70 km
        "pv": (0.0, 60.0),  # saturation at 36 °C, above the highest dew point
        "ts": (-60.0, 80.0),  # ground; WMO gross limit above, sun-baked ground in Seoul reaches 65 °C
        "dsnw": (0.0, 400.0),  # record 294 cm (Ulleungdo, 1962)
    }
)

# What no month from January to December has ever had at a Korean station, by a margin.
MONTHLY_LIMITS: Final[Mapping[str, tuple[tuple[float, float], ...]]] = MappingProxyType(
    {
        # At least 5 K beyond the month's highest and lowest reports that were found, among them January 23.6
        # (Jeju, 2020) and -32.6 (Yangpyeong, 1981), May 37.4 (Daegu, 2014) and August 41.0 (Hongcheon, 2018);
        # lows from February to November are Daegwallyeong's. Observed: 6.6 K below, 14.5 K above.
        "ta": (
            (-40, 30), (-36, 31), (-30, 35), (-21, 39), (-11, 43), (-7, 44),
            (-1, 46), (-2, 47), (-8, 43), (-16, 38), (-25, 36), (-36, 30),
        ),
        # No list of records is known: the range observed, 5 K more above and 17 K more below.
        "td": (
            (-52, 23), (-52, 23), (-50, 25), (-50, 27), (-42, 30), (-30, 32),
            (-18, 35), (-18, 35), (-28, 33), (-40, 30), (-50, 27), (-52, 24),
        ),
        # Below as the air and 4 K more; above Seoul's range and 15 K more.
        "ts": (
            (-45, 40), (-42, 48), (-36, 58), (-26, 68), (-16, 75), (-11, 78),
            (-5, 80), (-6, 80), (-13, 75), (-22, 62), (-32, 50), (-42, 40),
        ),
        # Lows: typhoons Sarah (951.5 at Busan, 1959) and Maemi (954.0 at Tongyeong, 2003) and 20 hPa less
        # from July to October. Highs: the range observed and 15 hPa more.
        "ps": (
            (960, 1060), (960, 1060), (960, 1055), (960, 1050), (960, 1045), (950, 1035),
            (930, 1035), (930, 1035), (930, 1045), (930, 1050), (955, 1055), (960, 1060),
        ),
        # From June to September no snow lies in Korea; in May 1.8 cm did once (Daegwallyeong, 2021).
        "dsnw": (
            (0, 400), (0, 400), (0, 400), (0, 200), (0, 60), (0, 0),
            (0, 0), (0, 0), (0, 0), (0, 60), (0, 200), (0, 400),
        ),
    }
)  # fmt: skip

# An hour that stands out by more than this against both of its neighbours. The shape of the test is HadISD's
# (Dunn et al., 2012); the limits are two to three times the WMO's hourly tolerances (WMO-No. 305, 1993: 4 K,
# 4 K, 3 hPa), which themselves reject thousands of true fronts and showers; hm and ws are MADIS's limits of
# an hour's change (NOAA, surface quality control: 50 %, 20 knots). Observed: ta 4.9, td 9.3, hm 38, pa 4.6,
# ps 4.8, ws 9.6.
SPIKES: Final = MappingProxyType({"ta": 8.0, "td": 12.0, "hm": 50.0, "pa": 6.0, "ps": 6.0, "ws": 10.3})

# An hour of which only one neighbour is observed, against that one: MADIS's temporal limits (35 °F, 15 hPa in
# an hour). True hours reach 62 % of humidity and 9.6 m/s of wind, so these two have none. Observed: ta 9.5,
# td 14.8, pa and ps 8.1 (typhoon Maysak, 2020).
STEPS: Final = MappingProxyType({"ta": 19.4, "td": 19.4, "pa": 15.0, "ps": 15.0})


@dataclass(frozen=True)
class Streak:
    """How many hours of the same value are too many; values below `least` or above `most` may stand still.

    With `around_zero` values that near to zero may, too.
    """

    hours: int = 24
    least: float = -np.inf
    most: float = np.inf
    around_zero: float = -1.0

    def applies(self, values: Values) -> npt.NDArray[np.bool_]:
        """Return where a standing value is not natural."""
        return (values >= self.least) & (values <= self.most) & (np.abs(values) > self.around_zero)


# HadISD's straight streaks at a resolution of 0.1 (Dunn et al., 2012, table 4): 24 hours of temperature, and
# of wind from 1.0 m/s on; the same is used for what it allows longer, and for humidity and ground by analogy.
# Humidity stands still in fog and rain, the ground at 0 °C under snow, calm for nights. Observed: ta 7, td 6,
# hm 11, pa 7, ps 8, ws 4, ts 7.
STREAKS: Final = MappingProxyType(
    {
        "ta": Streak(),
        "td": Streak(),
        "hm": Streak(most=94.9),
        "pa": Streak(),
        "ps": Streak(),
        "ws": Streak(least=1.0),
        "ts": Streak(around_zero=1.0),
    }
)

# hPa between the vapour pressure sent and one computed. Observed: 0.17.
VAPOUR_PRESSURE_TOLERANCE: Final = 0.3


def vapour_pressure(dew_point: Values) -> Values:
    """Return the vapour pressure, hPa, at a dew point, °C (at an air temperature: of saturation)."""
    return np.asarray(saturation_vapour_pressure(dew_point))


def dew_point(pressure: Values) -> Values:
    """Return the dew point, °C, at a vapour pressure, hPa; NaN where that is zero."""
    a, b, c = MAGNUS
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(pressure / a)
        result = c * ratio / (b - ratio)
    return np.where(pressure > 0, result, np.nan)


def dew_point_tolerance(dew_point: Values, humidity: Values) -> Values:
    """Return how far, in K, a true dew point may lie from that of temperature and humidity.

    Humidity is sent in whole per cent: half of one is worth more the drier the air. Observed: 0.11 K.
    """
    _, b, c = MAGNUS
    with np.errstate(divide="ignore"):
        return np.asarray(0.3 + 0.5 * (c + dew_point) ** 2 / (b * c * humidity))


def sea_level_pressure(pressure: Values, temperature: Values, vapour: Values, elevation: float) -> Values:
    """Reduce station pressure (hPa) at `elevation` (m) to sea level by the hypsometric equation.

    `temperature` in °C, `vapour` pressure in hPa, with 0.65 K/100 m below the station and 0.12 K/hPa for the
    vapour (WMO-No. 8, part I, chapter 3).
    """
    column = temperature + 273.15 + 0.00325 * elevation + 0.12 * vapour
    return np.asarray(pressure * np.exp(9.80665 * elevation / (287.05 * column)))


def sea_level_tolerance(elevation: float) -> float:
    """Return how far, in hPa, the pressures may disagree: stations move, their elevations are known to 10 m.

    Observed: 0.41 hPa.
    """
    return 1.0 + 0.005 * abs(elevation)


@dataclass(frozen=True)
class Sun:
    """The sun over the hours that end at the given times, averaged over each hour.

    `height` is the cosine of the zenith angle, zero below the horizon; `distance` the factor of the solar
    constant for the distance to the sun; `daylight` the share of the hour that the sun is up.
    """

    height: Values
    distance: Values
    daylight: Values

    @classmethod
    def over(cls, times: pd.DatetimeIndex, latitude: float, longitude: float) -> Sun:
        """Compute it for a place in degrees, after Spencer (1971)."""
        utc = times.tz_convert("UTC")
        day = utc.day_of_year.to_numpy() - 1 + utc.hour.to_numpy() / 24
        heights = [sine_of_elevation(day - back / 1440, latitude, longitude) for back in range(5, 60, 10)]
        up = np.maximum(heights, 0)
        angle = 2 * np.pi * day / 365.25
        distance = (
            1.00011
            + 0.034221 * np.cos(angle)
            + 0.00128 * np.sin(angle)
            + 0.000719 * np.cos(2 * angle)
            + 0.000077 * np.sin(2 * angle)
        )
        return cls(np.mean(up, axis=0), np.asarray(distance), np.mean(np.array(heights) > 0, axis=0))

    @property
    def most_radiation(self) -> Values:
        """Global radiation, MJ/m² in the hour, that is physically possible (Long and Shi, 2008).

        Observed: 0.9 of it.
        """
        return 0.0036 * (1361 * self.distance * 1.5 * self.height**1.2 + 100)

    @property
    def most_sunshine(self) -> Values:
        """Hours of sunshine in the hour: while the sun is up, and 12 minutes for terrain and refraction."""
        return self.daylight + 0.2

    def least_radiation(self, sunshine: Values) -> Values:
        """Global radiation, MJ/m² in the hour, that so much sunshine gives at the very least.

        Sunshine is counted from 120 W/m² of direct radiation on (WMO-No. 8); half of that on flat ground.
        """
        return np.where(sunshine >= 0.5, 0.5 * sunshine * 0.0036 * 120 * self.height, 0.0)
