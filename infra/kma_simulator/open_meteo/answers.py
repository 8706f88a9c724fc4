"""The services without HTTP: parameters in, a finished reply out."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import pandas as pd

from infra.kma_simulator.calls import Reply
from infra.kma_simulator.open_meteo.request import VARIABLES, BadRequest, Query, parse, split
from infra.kma_simulator.service import Simulator
from plantcast.common.clock import HOUR, KST
from plantcast.common.stations import STATIONS, Station

# Runs begin at 00, 06, 12 and 18 UTC (03, 09, 15 and 21 KST) and are served so much later.
SERVED_AFTER: Final = 6 * HOUR
_RUN_EVERY: Final = 6
_LEADS_AT_ONCE: Final = 96
_KMH: Final = 3.6  # in a metre per second


def answer(simulator: Simulator, parameters: Mapping[str, str]) -> Reply:
    """Answer one call with hourly values or a refusal, and log it."""
    try:
        reply = _forecast(simulator, parameters)
    except BadRequest as refusal:
        reply = _refused(400, str(refusal))
    simulator.logs["open_meteo"].add(simulator.clock.now(), parameters, reply)
    return reply


def _refused(status: int, reason: str) -> Reply:
    return Reply(json.dumps({"error": True, "reason": reason}), str(status), status=status)


def _forecast(simulator: Simulator, parameters: Mapping[str, str]) -> Reply:
    if not simulator.spend("open_meteo"):
        return _refused(429, "Daily API request limit exceeded. Please try again tomorrow.")
    query = parse(parameters)
    now = simulator.clock.now()
    hours = query.hours(now)
    place = _nearest(query, simulator.source.stations)
    columns: dict[str, list[Any]] = {"time": [f"{hour:%Y-%m-%dT%H:%M}" for hour in hours]}
    units = {"time": "iso8601"}
    for model in query.models:
        values = _Values(simulator, place.number, model, hours, now)
        for name in query.hourly:
            variable, day = split(name)
            column = f"{name}_{model}" if len(query.models) > 1 else name
            in_metres = variable == "wind_speed_10m" and query.wind_speed_unit == "ms"
            columns[column] = values.column(variable, day, 1 / _KMH if in_metres else 1)
            units[column] = "m/s" if in_metres else VARIABLES[variable][0]
    offset = hours[0].utcoffset() or timedelta(0)
    document = {
        "latitude": place.latitude,
        "longitude": place.longitude,
        "generationtime_ms": 1.0,
        "utc_offset_seconds": int(offset.total_seconds()),
        "timezone": query.timezone.key,
        "timezone_abbreviation": hours[0].tzname(),
        "elevation": place.elevation,
        "hourly_units": units,
        "hourly": columns,
    }
    return Reply(json.dumps(document, ensure_ascii=False), "200", len(hours))


class _Values:
    """The values of one model at `hours`."""

    def __init__(
        self, simulator: Simulator, station: str, model: str, hours: Sequence[datetime], now: datetime
    ) -> None:
        self._forecaster = simulator.forecaster
        self._station = station
        # Other errors than those of the KMA's forecast, which is model 0.
        self._model = 1 + zlib.crc32(model.encode()) % 900
        self._hours = [hour.astimezone(KST) for hour in hours]
        self._served = now - SERVED_AFTER
        self._days: dict[int, pd.DataFrame] = {}
        self._run = lru_cache(maxsize=None)(self._forecast_of)

    def column(self, variable: str, day: int, factor: float) -> list[float | None]:
        """Return a variable as forecast `day` days or more ahead; null where the weather is not known.

        The probability of precipitation is of ensembles, whose past forecasts are not kept.
        """
        if day and variable == "precipitation_probability":
            return [None] * len(self._hours)
        decimals = VARIABLES[variable][1]
        if day not in self._days:
            self._days[day] = self._forecast(day)
        values = (self._days[day][variable] * factor).round(decimals).tolist()
        return [None if value != value else value for value in values]

    def _forecast(self, day: int) -> pd.DataFrame:
        """Return for each hour the newest run that was served and had begun `day` days before it."""
        by_run: dict[datetime, list[datetime]] = {}
        for hour in self._hours:
            # A run's own hour has no lead, so the run before it is taken.
            by_run.setdefault(_run_before(min(hour - max(24 * day, 1) * HOUR, self._served)), []).append(hour)
        parts = []
        for run, hours in by_run.items():
            lead = int((hours[-1] - run) / HOUR)
            # Rounded up: the columns of previous days share their runs.
            forecast = self._run(run, math.ceil(lead / _LEADS_AT_ONCE) * _LEADS_AT_ONCE)
            parts.append(forecast.reindex(pd.DatetimeIndex(hours)))
        return _converted(pd.concat(parts))

    def _forecast_of(self, run: datetime, last_lead: int) -> pd.DataFrame:
        return self._forecaster.forecast(self._station, run, last_lead, model=self._model)


def _run_before(at: datetime) -> datetime:
    utc = at - 9 * HOUR
    return (at - timedelta(hours=utc.hour % _RUN_EVERY)).replace(minute=0, second=0, microsecond=0)


def _converted(forecast: pd.DataFrame) -> pd.DataFrame:
    """Return a forecast under the service's names and in its units."""
    known = forecast.reindex(columns=["ta", "hm", "rain", "pop", "cloud", "ws", "wd"])
    return pd.DataFrame(
        {
            "temperature_2m": known["ta"],
            "relative_humidity_2m": known["hm"],
            "precipitation": known["rain"],
            "precipitation_probability": 100 * known["pop"],
            "cloud_cover": 10 * known["cloud"],
            "wind_speed_10m": _KMH * known["ws"],
            "wind_direction_10m": known["wd"],
        }
    )


def _nearest(query: Query, stations: Mapping[str, str]) -> Station:
    """Return the station whose weather a place has."""

    def distance(place: Station) -> float:
        east = (place.longitude - query.longitude) * math.cos(math.radians(query.latitude))
        return math.hypot(place.latitude - query.latitude, east)

    return min((STATIONS[number] for number in stations if number in STATIONS), key=distance)
