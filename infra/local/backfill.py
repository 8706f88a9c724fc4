"""Backfill: years of observations through the ingest function, in chunks that can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from infra.local.cloud import LocalCloud
from plantcast.clock import parse_day
from plantcast.errors import InvalidInputError, PlantcastError

# 30 days are 720 rows, one page of the KMA's service; a chunk that fails loses no more than that.
CHUNK_DAYS = 30


@dataclass(frozen=True)
class Chunk:
    """Days of one station, both ends included."""

    station: str
    start: date
    end: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.end - self.start).days + 1


@dataclass
class BackfillReport:
    """What came of a backfill, over all stations. Hours are counted, `incomplete` names chunks with gaps."""

    start: str
    end: str
    stations: list[str]
    hours_expected: int = 0
    hours_present: int = 0
    hours_new: int = 0
    hours_corrected: int = 0
    values_masked: int = 0
    chunks: int = 0
    incomplete: int = 0

    def facts(self) -> dict[str, Any]:
        """Return it as JSON-ready facts."""
        return asdict(self)


def chunks_of(stations: Sequence[str], start: date, end: date) -> Iterator[Chunk]:
    """Cut the days from `start` to `end` into chunks, the latest first: a cut-off backfill is then of use."""
    for station in stations:
        last = end
        while last >= start:
            first = max(start, last - timedelta(days=CHUNK_DAYS - 1))
            yield Chunk(station, first, last)
            last = first - timedelta(days=1)


def check_span(start: str, end: str | None, *, today: date) -> tuple[date, date]:
    """Parse the days asked for; `end` defaults to yesterday.

    Raises:
        InvalidInputError: not days, in the wrong order, or not over yet.
    """
    yesterday = today - timedelta(days=1)
    first = parse_day(start, name="--from")
    last = parse_day(end, name="--to") if end is not None else yesterday
    if last > yesterday:
        raise InvalidInputError(
            f"--to={last} is not over yet: where this deployment stands, yesterday is {yesterday}.",
            remedy=f"ASOS serves up to yesterday; give {yesterday} or earlier.",
        )
    if first > last:
        raise InvalidInputError(f"--from={first} lies after --to={last}.", remedy="Swap them.")
    return first, last


def backfill(
    cloud: LocalCloud,
    stations: Sequence[str],
    start: date,
    end: date,
    on_chunk: Callable[[Chunk], None] = lambda _: None,
) -> BackfillReport:
    """Ingest every day from `start` to `end` for `stations`; `on_chunk` hears of each chunk when it is in.

    Ingest asks the KMA only for hours the lake lacks, so a backfill that was cut off goes on where it was.

    Raises:
        PlantcastError: a chunk failed; the message is ingest's, what came before is kept.
    """
    report = BackfillReport(start.isoformat(), end.isoformat(), list(stations))
    for chunk in chunks_of(stations, start, end):
        facts = cloud.invoke(
            "ingest",
            {"station": chunk.station, "start": chunk.start.isoformat(), "end": chunk.end.isoformat()},
        )
        if facts.get("status") == "failed":
            raise PlantcastError(
                f"Observations of station {chunk.station} ({chunk.start} to {chunk.end}) "
                f"could not be fetched: {facts.get('message', 'no reason given')}",
                remedy="Then call again; hours that are there already are not asked for twice.",
            )
        for name in ("hours_expected", "hours_present", "hours_new", "hours_corrected", "values_masked"):
            setattr(report, name, getattr(report, name) + int(facts.get(name) or 0))
        report.chunks += 1
        report.incomplete += facts.get("status") != "complete"
        on_chunk(chunk)
    return report
