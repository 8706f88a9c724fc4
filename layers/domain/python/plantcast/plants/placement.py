"""Where a plant stands, and the air there, made from the air outside (docs/plants.md gives the sources).

Indoors the air holds what the air outside holds and the moisture that people add, at the temperature of the
room. A glazed balcony is a few degrees warmer than outside. Both are estimates, and their ranges say so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from plantcast.common.vapour import saturation_vapour_pressure
from plantcast.forecasting.issued import Forecast
from plantcast.forecasting.path import TargetPath
from plantcast.plants.profiles import Place, Profile

ROOM_TEMPERATURE: Final = 22.0  # °C, of a heated room
# K, windows closed: measured on Finnish balconies as a couple of degrees in the heating season.
BALCONY_OFFSET: Final = 3.0

# In warm weather rooms follow the outdoor mean: ASHRAE 55's adaptive model, the temperature at which people
# in rooms without heating are comfortable (0.31 · mean + 17.8 °C). It holds from 10 °C outside; below, an
# unheated room is at most that much warmer than outside (assumed), which only matters to cool rooms.
_ADAPTIVE: Final = (0.31, 17.8)
_UNHEATED: Final = 10.0  # K
_ROOM_RANGE: Final = 2.0  # K on either side, 10 to 90 %: rooms and windowsills differ (assumed)
_BALCONY_RANGE: Final = 2.0  # K, likewise
# Moisture excess in hPa: ISO 13788's class 2 (dwellings) ends at 540 Pa, which is the 90 % level measured in
# Finnish flats; its lower end, 270 Pa, is near their mean. Falls to nothing from 0 to 20 °C outside.
_EXCESS: Final = 2.7
_EXCESS_RANGE: Final = 2.7
_EXCESS_FULL, _EXCESS_NONE = 0.0, 20.0
# Balcony windows are closed in the cold and open in the warmth (daily means, °C; assumed).
_WINDOWS_CLOSED, _WINDOWS_OPEN = 10.0, 20.0
_HALF_DAY: Final = 12  # hours


@dataclass(frozen=True)
class Placement:
    """Where a plant stands.

    `room_temperature` is that of the heated room (°C) and counts indoors; `balcony_offset` is how much warmer
    than outside a glazed balcony is with its windows closed (K) and counts there.
    """

    place: Place
    room_temperature: float = ROOM_TEMPERATURE
    balcony_offset: float = BALCONY_OFFSET

    @classmethod
    def of(cls, profile: Profile) -> Placement:
        """Return where a plant usually stands."""
        return cls(profile.place)


def air_at(forecast: Forecast, placement: Placement) -> Forecast:
    """Return the forecast with the air where the plant stands; outdoors it is the forecast itself.

    `ta` (°C) and `hm` (%) are replaced, each with its 10 % and 90 % quantiles; all else stays.
    """
    if placement.place == "outdoor":
        return forecast
    means = _daily_means(forecast.ta.mean)
    hours = [
        _hour(placement, mean, ta, hm, (hm_low, hm_high), (ta_low, ta_high))
        for mean, ta, ta_low, ta_high, hm, hm_low, hm_high in zip(
            means,
            forecast.ta.mean,
            forecast.ta.p10,
            forecast.ta.p90,
            forecast.hm.mean,
            forecast.hm.p10,
            forecast.hm.p90,
            strict=True,
        )
    ]
    ta_path, hm_path = (
        TargetPath(*(tuple(column) for column in zip(*(hour[target] for hour in hours), strict=True)))
        for target in (0, 1)
    )
    return replace(forecast, ta=ta_path, hm=hm_path)


def observed_air_at(
    ta: Sequence[float | None], hm: Sequence[float | None], placement: Placement
) -> tuple[list[float | None], list[float | None]]:
    """Return temperature (°C) and humidity (%) where the plant stands, of consecutive observed hours outside.

    An hour of which either is None is None in both.
    """
    if placement.place == "outdoor":
        return list(ta), list(hm)
    there: list[tuple[float | None, float | None]] = []
    for mean, outside, humidity in zip(_daily_means(ta), ta, hm, strict=True):
        if outside is None or humidity is None:
            there.append((None, None))
        else:
            there.append(_air(placement, mean, outside, _vapour(outside, humidity)))
    return [temperature for temperature, _ in there], [humidity for _, humidity in there]


Quantiles = tuple[float, float, float]  # mean, 10 %, 90 %


def _hour(
    placement: Placement,
    mean: float,
    ta: float,
    hm: float,
    hm_range: tuple[float, float],
    ta_range: tuple[float, float],
) -> tuple[Quantiles, Quantiles]:
    """Return the air of one hour: each cause of error alone, then together as independent ones."""
    vapour = _vapour(ta, hm)
    warmth, humidity = _air(placement, mean, ta, vapour)
    indoors = placement.place == "indoor"
    if indoors:
        below, above = _ROOM_RANGE, _ROOM_RANGE
    else:
        below = math.hypot(max(ta - ta_range[0], 0.0), _BALCONY_RANGE * _closed(mean))
        above = math.hypot(max(ta_range[1] - ta, 0.0), _BALCONY_RANGE * _closed(mean))
    excess = _EXCESS_RANGE * _excess_share(mean) if indoors else 0.0
    inside = vapour + (_EXCESS * _excess_share(mean) if indoors else 0.0)
    drier = (
        _humidity(warmth + above, inside),
        _humidity(warmth, inside - vapour + _vapour(ta, hm_range[0])),
        _humidity(warmth, inside - excess),
    )
    damper = (
        _humidity(warmth - below, inside),
        _humidity(warmth, inside - vapour + _vapour(ta, hm_range[1])),
        _humidity(warmth, inside + excess),
    )
    low = max(humidity - math.hypot(*(max(humidity - one, 0.0) for one in drier)), 0.0)
    high = min(humidity + math.hypot(*(max(one - humidity, 0.0) for one in damper)), 100.0)
    return (warmth, warmth - below, warmth + above), (humidity, low, high)


def _air(placement: Placement, mean: float, ta: float, vapour: float) -> tuple[float, float]:
    """Return temperature and humidity from the air outside: `ta` °C, `vapour` hPa, `mean` of a day °C."""
    if placement.place == "balcony":
        warmth = ta + placement.balcony_offset * _closed(mean)
        return warmth, _humidity(warmth, vapour)
    slope, base = _ADAPTIVE
    warmth = max(placement.room_temperature, min(slope * mean + base, mean + _UNHEATED))
    return warmth, _humidity(warmth, vapour + _EXCESS * _excess_share(mean))


def _vapour(ta: float, hm: float) -> float:
    pressure: float = saturation_vapour_pressure(ta) * min(max(hm, 0.0), 100.0) / 100.0
    return pressure


def _humidity(ta: float, vapour: float) -> float:
    """Return the relative humidity of air at `ta` °C with `vapour` hPa; what is beyond 100 % condenses."""
    saturated: float = saturation_vapour_pressure(ta)
    return min(max(100.0 * vapour / saturated, 0.0), 100.0)


def _closed(mean: float) -> float:
    """Return how far balcony windows are closed, 1 to 0, at a daily mean outside."""
    return _falling(mean, _WINDOWS_CLOSED, _WINDOWS_OPEN)


def _excess_share(mean: float) -> float:
    """Return the share of the moisture excess that is left at a daily mean outside (ISO 13788)."""
    return _falling(mean, _EXCESS_FULL, _EXCESS_NONE)


def _falling(value: float, full: float, none: float) -> float:
    return min(max((none - value) / (none - full), 0.0), 1.0)


def _daily_means(values: Sequence[float | None]) -> list[float]:
    """Return for each hour the mean of the day around it, of the hours that are known (NaN if none are)."""
    means, last = [], max(len(values) - 2 * _HALF_DAY, 0)
    for hour in range(len(values)):
        first = min(max(hour - _HALF_DAY, 0), last)
        around = values[first : first + 2 * _HALF_DAY]
        known = [value for value in around if value is not None]
        means.append(sum(known) / len(known) if known else math.nan)
    return means
