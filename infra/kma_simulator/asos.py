"""The ASOS hourly service without HTTP: parameters in, a finished reply out."""

from __future__ import annotations

from collections.abc import Mapping

from infra.kma_simulator.calls import Reply
from infra.kma_simulator.contract import ONLY_UNTIL_YESTERDAY, last_hour_available, parse_query
from infra.kma_simulator.envelopes import page, refused
from infra.kma_simulator.portal import DAILY_QUOTA, NO_DATA, Refusal, check_key
from infra.kma_simulator.rows import write_rows
from infra.kma_simulator.service import Simulator


def answer(simulator: Simulator, parameters: Mapping[str, str]) -> Reply:
    """Answer one call with a page of rows or a refusal, and log it."""
    try:
        reply = _page(simulator, parameters)
    except Refusal as refusal:
        reply = refused(refusal, parameters)
    simulator.calls.add(simulator.clock.now(), parameters, reply)
    return reply


def _page(simulator: Simulator, parameters: Mapping[str, str]) -> Reply:
    now, behaviour = simulator.clock.now(), simulator.behaviour
    check_key(parameters, simulator.key)
    if behaviour.refused_with and behaviour.refused_station in ("", parameters.get("stnIds")):
        raise Refusal(behaviour.refused_with)
    if not simulator.spend("asos"):
        raise Refusal(DAILY_QUOTA)
    query = parse_query(parameters)
    # A range that reaches today is refused as a whole.
    if query.end.date() >= now.date():
        raise Refusal("99", ONLY_UNTIL_YESTERDAY)
    last = last_hour_available(
        now, complete_from_hour=behaviour.complete_from_hour, hours_before=behaviour.hours_before
    )
    source = simulator.source
    frame = source.hours(query.stnIds, query.start, min(query.end, last))
    if frame.empty:
        raise Refusal(NO_DATA)
    rows = write_rows(
        frame.iloc[query.first : query.first + query.rows],
        station=query.stnIds,
        name=source.stations.get(query.stnIds, query.stnIds),
        first_number=query.first + 1,
    )
    return page(rows, query, total=len(frame))
