"""Stations and observed days as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from fastapi import Response

from plantcast.common.clock import parse_hour
from plantcast.common.errors import InvalidInputError, NotFoundError
from plantcast.common.schema import STATUS
from plantcast.common.stations import STATIONS, Station
from plantcast.forecasting.issued import attribution
from plantcast.observations.published import DAYS_PUBLISHED, ObservedDay, ObservedDays, hours_of
from plantcast_api.csv_answers import about_place, csv_response, file_name, with_units
from plantcast_api.deps import Deps
from plantcast_api.observation_models import (
    MaskedObservation,
    ObservationsResponse,
    ObservedHourly,
    StationEntry,
    StationsResponse,
)
from plantcast_api.present import located, zoned_hours

DAYS_BY_DEFAULT: Final = 3
DAYS_AT_MOST: Final = 31
# Column of the answer by the KMA's name; open-meteo's names where it has one.
_COLUMNS: Final[Mapping[str, str]] = {
    "ta": "temperature_2m",
    "hm": "relative_humidity_2m",
    "td": "dew_point_2m",
    "ws": "wind_speed_10m",
    "wd": "wind_direction_10m",
    "rn": "precipitation",
    "pa": "surface_pressure",
    "ps": "pressure_msl",
}


def stations_response(deps: Deps, *, every: bool) -> StationsResponse:
    """Return the stations served, or with `every` the whole network; one read of the table."""
    shown = [one for one in STATIONS.values() if every or one.number in deps.stations]
    items = deps.table.get_many([(f"STATION#{one.number}", "STATUS") for one in shown])
    held = {
        str(item["pk"]).removeprefix("STATION#"): STATUS.read(item, f"{item['pk']}/{item['sk']}")
        for item in items
    }
    return StationsResponse(
        source=deps.source,
        stations=[_entry(one, deps, held.get(one.number, {})) for one in shown],
        attribution=attribution(deps.source),
    )


def observations_response(
    deps: Deps, station: Station, start: date | None, end: date | None, zone: str
) -> ObservationsResponse:
    """Return the hours of the days from `start` to `end`, both included; the last three left out.

    Raises:
        NotFoundError: nothing was observed yet.
        InvalidInputError: the days are in the wrong order, too many, too old or in the future.
    """
    store = ObservedDays(deps.table)
    newest = store.newest(station.number, DAYS_BY_DEFAULT, until=deps.clock.now().date())
    if not newest:
        raise NotFoundError(
            f"Nothing was observed at station {station.number} yet.",
            remedy="Run the pipeline (its state machine) once.",
        )
    first, last = _span(deps, station, newest[-1].day)
    start, end = _chosen(start, end, first=first, last=last, today=deps.clock.now().date())
    days = newest if newest[0].day <= start else store.between(station.number, start, end)
    by_day = {day.day: day for day in days}
    asked = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    hours = [hour for day in asked for hour in hours_of(day)]
    return ObservationsResponse(
        **located(station, newest[-1].source, zone, hours[0]),
        start=start.isoformat(),
        end=end.isoformat(),
        first=first.isoformat(),
        last=last.isoformat(),
        hourly=ObservedHourly(time=zoned_hours(hours, zone), **_columns([by_day.get(day) for day in asked])),
        masked=[one for day in asked if day in by_day for one in _masked(by_day[day], zone)],
    )


def observations_csv(answer: ObservationsResponse) -> Response:
    """Return the same as a file; what is masked is empty in it, as in the columns."""
    name = file_name("observations", answer.station.id, answer.start, answer.end)
    about = about_place(answer) | {"first": answer.first, "last": answer.last}
    return csv_response(about, with_units(answer.hourly, answer.hourly_units), name=name)


def _entry(station: Station, deps: Deps, status: Mapping[str, Any]) -> StationEntry:
    return StationEntry(
        id=station.number,
        name_ko=station.name_ko,
        name_en=station.name_en,
        latitude=station.latitude,
        longitude=station.longitude,
        elevation=station.elevation,
        served=station.number in deps.stations,
        first_observation=status.get("first_observation"),
        last_observation=status.get("last_observation"),
    )


def _span(deps: Deps, station: Station, last: date) -> tuple[date, date]:
    """Return the first and the last day that available: older items are no longer kept up to date."""
    first = last - timedelta(days=DAYS_PUBLISHED - 1)
    recorded = (deps.status(station.number) or {}).get("first_observation")
    if recorded is not None:
        first = max(first, parse_hour(recorded, name="first_observation").date())
    return min(first, last), last


def _chosen(
    start: date | None, end: date | None, *, first: date, last: date, today: date
) -> tuple[date, date]:
    for name, day in (("start", start), ("end", end)):
        if day is not None and day > today:
            raise InvalidInputError(
                f"{name}={day} is in the future (today is {today}).",
                remedy=f"Use a day from {first} to {last}.",
            )
        if day is not None and day < first:
            raise InvalidInputError(
                f"{name}={day} is before the first day available, {first}.",
                remedy=f"Use a day from {first} to {last}; older ones are in the lake only.",
            )
    if start is not None and end is not None and start > end:
        raise InvalidInputError(f"start={start} is after end={end}.", remedy="Exchange them.")
    if end is None:
        end = last if start is None else max(start, min(last, start + timedelta(days=DAYS_AT_MOST - 1)))
    if start is None:
        start = max(first, end - timedelta(days=DAYS_BY_DEFAULT - 1))
    days = (end - start).days + 1
    if days > DAYS_AT_MOST:
        raise InvalidInputError(
            f"start={start} to end={end} are {days} days; {DAYS_AT_MOST} can be requested at once.",
            remedy=f"Use end={start + timedelta(days=DAYS_AT_MOST - 1)} or send several requests.",
        )
    return start, end


def _columns(days: Sequence[ObservedDay | None]) -> dict[str, list[float | None]]:
    nothing: tuple[float | None, ...] = (None,) * 24
    return {
        column: [value for day in days for value in (nothing if day is None else day.values[name])]
        for name, column in _COLUMNS.items()
    }


def _masked(day: ObservedDay, zone: str) -> list[MaskedObservation]:
    times = zoned_hours(hours_of(day.day), zone)
    return [
        MaskedObservation(time=times[one.hour], variable=_COLUMNS[one.variable], reason=one.reason)
        for one in day.masked
    ]
