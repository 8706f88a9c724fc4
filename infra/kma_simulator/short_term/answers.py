"""The service without HTTP: parameters in, a finished reply out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from pydantic import Field

from infra.kma_simulator.calls import Reply
from infra.kma_simulator.envelopes import page, refused
from infra.kma_simulator.portal import (
    DAILY_QUOTA,
    KEY_NOT_REGISTERED,
    NO_DATA,
    PageQuery,
    Refusal,
    check_key,
    invalid,
    parse,
)
from infra.kma_simulator.service import Simulator
from infra.kma_simulator.short_term.issues import is_served, leads
from infra.kma_simulator.short_term.items import values_of
from plantcast.common.clock import KST
from plantcast.common.stations import STATIONS
from plantcast.guidance.grid import Cell, cell_at


class Query(PageQuery):
    """The parameters of a request, under the service's names."""

    # Below the 1,052 items of the longest issue: callers have to page.
    max_rows = 1000

    base_date: str = Field(pattern=r"^[0-9]{8}$")
    base_time: str = Field(pattern=r"^[0-9]{4}$")
    nx: int
    ny: int

    @property
    def issue(self) -> datetime:
        """The issue asked for.

        Raises:
            Refusal: 10, date or time is none.
        """
        try:
            return datetime.strptime(self.base_date + self.base_time, "%Y%m%d%H%M").replace(tzinfo=KST)
        except ValueError:
            raise invalid("base_date") from None


def answer(simulator: Simulator, parameters: Mapping[str, str]) -> Reply:
    """Answer one call with a page of items or a refusal, and log it."""
    try:
        reply = _page(simulator, parameters)
    except Refusal as refusal:
        reply = refused(refusal, parameters)
    simulator.logs["short_term"].add(simulator.clock.now(), parameters, reply)
    return reply


def _page(simulator: Simulator, parameters: Mapping[str, str]) -> Reply:
    fault = simulator.behaviour.short_term_fault
    check_key(parameters, simulator.key)
    if fault == "not_applied":
        raise Refusal(KEY_NOT_REGISTERED)
    if not simulator.spend("short_term"):
        raise Refusal(DAILY_QUOTA)
    query = parse(Query, parameters)
    station = _stations().get(Cell(query.nx, query.ny))
    # The service knows every cell of Korea; here only those of stations have weather.
    if station is None or not is_served(query.issue, simulator.clock.now()) or fault == "no_data":
        raise Refusal(NO_DATA)
    items = _items(simulator, station, query)
    if not items:
        raise Refusal(NO_DATA)
    return page(items[query.first : query.first + query.rows], query, total=len(items))


def _items(simulator: Simulator, station: str, query: Query) -> list[dict[str, str | int]]:
    """Return the items of an issue, with the fault that the service has."""
    fault, issue = simulator.behaviour.short_term_fault, query.issue
    wanted = leads(issue)
    forecast = simulator.forecaster.forecast(station, issue, wanted[-1])
    if fault == "half":
        wanted = wanted[: len(wanted) // 2]
    elif fault == "changed" and not forecast.empty:
        forecast["ta"] += 1
    items: list[dict[str, str | int]] = [
        {
            "baseDate": query.base_date,
            "baseTime": query.base_time,
            "category": category,
            "fcstDate": f"{valid:%Y%m%d}",
            "fcstTime": f"{valid:%H%M}",
            "fcstValue": value,
            "nx": query.nx,
            "ny": query.ny,
        }
        for valid, category, value in values_of(forecast, issue, wanted)
    ]
    return items * 2 if fault == "doubled" else items


@lru_cache(maxsize=1)
def _stations() -> Mapping[Cell, str]:
    """Return the station in each cell; the lowest number where two share one."""
    places = sorted(STATIONS.values(), key=lambda station: int(station.number), reverse=True)
    return {cell_at(place.latitude, place.longitude): place.number for place in places}
