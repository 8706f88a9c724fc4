"""Stations and observed days as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from plantcast.common.clock import parse_hour
from plantcast.common.errors import InvalidInputError, NotFoundError
from plantcast.common.schema import STATUS
from plantcast.common.stations import STATIONS, Station
from plantcast.forecasting import TARGETS
from plantcast.observations.published import DAYS_PUBLISHED, ObservedDay, ObservedDays, hours_of
from plantcast.observations.status import read_status
from plantcast_api.dependencies import Deps
from plantcast_api.http.csv_file import CsvFile, csv_file
from plantcast_api.models import located
from plantcast_api.observations.models import CurrentResponse, ObservationsResponse, StationsResponse

DAYS_BY_DEFAULT: Final = 3
MAX_DAYS: Final = 31
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
_NOTHING_OBSERVED: Final[tuple[float | None, ...]] = (None,) * 24


def stations_response(deps: Deps, *, every: bool) -> StationsResponse:
    """Return the stations served, or with `every` the whole network; one read of the table."""
    shown = [one for one in STATIONS.values() if every or one.number in deps.stations]
    items = deps.table.get_many([(f"STATION#{one.number}", "STATUS") for one in shown])
    status = {
        str(item["pk"]).removeprefix("STATION#"): STATUS.read(item, f"{item['pk']}/{item['sk']}")
        for item in items
    }
    entries = [
        {**status.get(one.number, {}), **vars(one), "served": one.number in deps.stations} for one in shown
    ]
    return StationsResponse.model_validate({"source": deps.source, "stations": entries})


def observations_response(
    deps: Deps, station: Station, start: date | None, end: date | None, zone: str
) -> ObservationsResponse:
    """Return the hours of the days from `start` to `end`, both included; of the last three by default.

    Raises:
        NotFoundError: nothing was observed yet.
        InvalidInputError: the days are in the wrong order, too many, too old or in the future.
    """
    store, today = ObservedDays(deps.table), deps.clock.now().date()
    newest = store.newest(station.number, DAYS_BY_DEFAULT, until=today)
    if not newest:
        raise _nothing_observed(station)
    last = newest[-1].day
    first = _first_day(deps, station, last)
    start, end = _chosen(start, end, first=first, last=last, today=today)
    stored = newest if newest[0].day <= start else store.between(station.number, start, end)
    by_day = {day.day: day for day in stored if start <= day.day <= end}
    days = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    place = located(station, zone, [hour for day in days for hour in hours_of(day)])
    columns = {
        column: [value for day in days for value in _values(by_day.get(day), name)]
        for name, column in _COLUMNS.items()
    }
    masked = [
        {
            "time": place["time"][24 * days.index(day.day) + one.hour],
            "variable": _COLUMNS[one.variable],
            "reason": one.reason,
        }
        for day in by_day.values()
        for one in day.masked
    ]
    answer: dict[str, Any] = {
        **place,
        "source": newest[-1].source,
        "start": start,
        "end": end,
        "first": first,
        "last": last,
        "hourly": {"time": place["time"], **columns},
        "masked": masked,
    }
    return ObservationsResponse.model_validate(answer)


def current_response(deps: Deps, station: Station) -> CurrentResponse:
    """Return the last hour in which temperature or humidity was observed.

    Raises:
        NotFoundError: there is none among the last days stored.
    """
    now = deps.clock.now()
    for day in reversed(ObservedDays(deps.table).newest(station.number, DAYS_BY_DEFAULT, until=now.date())):
        for hour, time in reversed(list(enumerate(hours_of(day.day)))):
            if time > now or all(day.values[target][hour] is None for target in TARGETS):
                continue
            provisional = hour in day.provisional
            return CurrentResponse.model_validate(
                {
                    "station": station,
                    "source": day.source,
                    "time": time,
                    "age_minutes": (now - time) // timedelta(minutes=1),
                    "provisional": provisional,
                    "feed": "api_hub" if provisional else "asos",
                    **{column: day.values[name][hour] for name, column in _COLUMNS.items()},
                }
            )
    raise _nothing_observed(station)


def _nothing_observed(station: Station) -> NotFoundError:
    return NotFoundError(
        f"Nothing was observed at station {station.number} yet.",
        remedy="Run the pipeline (its state machine) once.",
    )


def observations_csv(answer: ObservationsResponse) -> CsvFile:
    """Return the same as a file; a masked value is empty in it, as in the columns."""
    name = ("observations", answer.station.id, str(answer.start), str(answer.end))
    return csv_file(answer, ("first", "last"), *name)


def _values(day: ObservedDay | None, name: str) -> tuple[float | None, ...]:
    return _NOTHING_OBSERVED if day is None else day.values[name]


def _first_day(deps: Deps, station: Station, last: date) -> date:
    """Return the first day available: older items are no longer kept up to date."""
    first = last - timedelta(days=DAYS_PUBLISHED - 1)
    recorded = (read_status(deps.table, station.number) or {}).get("first_observation")
    if recorded is not None:
        first = max(first, parse_hour(recorded, name="first_observation").date())
    return min(first, last)


def _chosen(
    start: date | None, end: date | None, *, first: date, last: date, today: date
) -> tuple[date, date]:
    available = f"Use a day from {first} to {last}"
    for name, day in (("start", start), ("end", end)):
        if day is not None and day > today:
            raise InvalidInputError(
                f"{name}={day} is in the future (today is {today}).", remedy=f"{available}."
            )
        if day is not None and day < first:
            raise InvalidInputError(
                f"{name}={day} is before the first day available, {first}.",
                remedy=f"{available}; older ones are in the lake only.",
            )
    if start is not None and end is not None and start > end:
        raise InvalidInputError(f"start={start} is after end={end}.", remedy="Exchange them.")
    longest = timedelta(days=MAX_DAYS - 1)
    if end is None:
        end = last if start is None else max(start, min(last, start + longest))
    if start is None:
        start = max(first, end - timedelta(days=DAYS_BY_DEFAULT - 1))
    days = (end - start).days + 1
    if days > MAX_DAYS:
        raise InvalidInputError(
            f"start={start} to end={end} are {days} days; {MAX_DAYS} can be requested at once.",
            remedy=f"Use end={start + longest} or send several requests.",
        )
    return start, end
