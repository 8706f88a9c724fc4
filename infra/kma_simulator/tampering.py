"""Pages that are not what they should be: rows left out, doubled, out of order, of elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, zip_longest
from random import Random
from types import MappingProxyType
from typing import Final

import pandas as pd

from infra.kma_simulator.contract import Query
from infra.kma_simulator.envelopes import Page, Row
from infra.kma_simulator.faults import Fault, FaultKind
from infra.kma_simulator.rows import write_rows
from infra.kma_simulator.sources import ObservationSource

# How often `foreign_rows` looks for hours on either side, in multiples of what it needs: rows may be missing.
_SEARCH: Final = 24

Strangers = Callable[[Fault, int], Sequence[Row]]


def tampered(page: Page, fault: Fault, strangers: Strangers) -> Page:
    """Return `page` as `fault` has it; a fault that is not about rows leaves it as it is.

    `strangers(fault, count)` returns up to `count` rows that do not belong on the page.
    """
    if fault.kind == "total_changes":
        return replace(page, total=max(0, page.total + fault.by))
    if fault.kind == "foreign_rows":
        count = _some_of(page.rows, fault.share)
        return replace(page, rows=_mixed(page.rows, strangers(fault, count), _rng(fault)))
    change = _CHANGES.get(fault.kind)
    return page if change is None else replace(page, rows=change(page.rows, fault))


def strangers_to(query: Query, source: ObservationSource, last: datetime) -> Strangers:
    """Return what finds rows that `query` did not ask for: another station's or other hours'."""

    def find(fault: Fault, count: int) -> Sequence[Row]:
        elsewhere = [] if fault.foreign == "hour" else _of_another_station(query, source, last, count)
        otherwise = [] if fault.foreign == "station" else _of_other_hours(query, source, last, count)
        by_turns = chain.from_iterable(zip_longest(elsewhere, otherwise))
        return [row for row in by_turns if row is not None][:count]

    return find


def _of_another_station(query: Query, source: ObservationSource, last: datetime, count: int) -> list[Row]:
    """Rows of the station whose number follows, at hours that were asked for."""
    numbers = sorted(number for number in source.stations if number != query.station)
    if not numbers:
        return []
    other = next((number for number in numbers if number > query.station), numbers[0])
    return _written(source, other, source.hours(other, query.start, min(query.end, last)).head(count))


def _of_other_hours(query: Query, source: ObservationSource, last: datetime, count: int) -> list[Row]:
    hour, reach = timedelta(hours=1), timedelta(hours=count + _SEARCH)
    frame = source.hours(query.station, query.start - reach, query.start - hour).tail(count)
    if frame.empty:
        until = min(query.end + reach, last)
        frame = source.hours(query.station, query.end + hour, until).head(count)
    return _written(source, query.station, frame)


def _written(source: ObservationSource, station: str, frame: pd.DataFrame) -> list[Row]:
    return [*write_rows(frame, station=station, name=source.stations.get(station, station), first_number=1)]


def _short(rows: Sequence[Row], fault: Fault) -> Sequence[Row]:
    kept = min(len(rows) - 1, max(1, int(len(rows) * fault.keep_fraction)))
    return rows[: max(0, kept)]


def _empty(rows: Sequence[Row], fault: Fault) -> Sequence[Row]:
    return []


def _doubled(rows: Sequence[Row], fault: Fault) -> Sequence[Row]:
    twice = set(_rng(fault).sample(range(len(rows)), _some_of(rows, fault.share)))
    return [row for place, row in enumerate(rows) for _ in range(2 if place in twice else 1)]


def _shuffled(rows: Sequence[Row], fault: Fault) -> Sequence[Row]:
    order = list(rows)
    _rng(fault).shuffle(order)
    # Few rows can come out as they were, which would be no fault.
    return order if order != list(rows) else [*order[1:], *order[:1]]


def _mixed(rows: Sequence[Row], others: Sequence[Row], rng: Random) -> Sequence[Row]:
    """Put `others` at random places between `rows`, both in their order."""
    mixed = list(rows)
    for place, row in zip(
        sorted((rng.randint(0, len(rows)) for _ in others), reverse=True), reversed(others), strict=True
    ):
        mixed.insert(place, row)
    return mixed


_CHANGES: Final[Mapping[FaultKind, Callable[[Sequence[Row], Fault], Sequence[Row]]]] = MappingProxyType(
    {
        "short_page": _short,
        "empty_page": _empty,
        "duplicate_rows": _doubled,
        "shuffled_rows": _shuffled,
    }
)


def _some_of(rows: Sequence[Row], share: float) -> int:
    return min(len(rows), max(1, round(len(rows) * share)))


def _rng(fault: Fault) -> Random:
    return Random(f"rows {fault.seed}")  # noqa: S311 - reproducible on purpose
