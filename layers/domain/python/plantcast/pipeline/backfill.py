"""Backfills: years of observations of many stations, in chunks that can be fetched in any order.

A chunk is one station and one calendar year: nine calls of the KMA's service, so that ten years of a hundred
stations are within the 10,000 calls that a key has in a day. Months do not cross years, so two chunks never
write the same file of the lake. The command line and the state machine `Backfill` use the same chunks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from plantcast.aws import ObjectStore
from plantcast.common.clock import HOUR, midnight, parse_day
from plantcast.common.errors import InvalidInputError, PlantcastError
from plantcast.common.schema import BACKFILL_REPORT, FIELD
from plantcast.common.stations import STATIONS
from plantcast.pipeline.contracts.backfill import BackfillOptions
from plantcast.pipeline.prepare import FIRST_DAY
from plantcast.pipeline.run_steps import describe_error

# A message is read in a console or a mail; the report in S3 names them all.
_NAMED: Final = 10

# How many hours the lake holds of a station, from one hour to another, both included.
HoursPresent = Callable[[str, datetime, datetime], int]


@dataclass(frozen=True)
class Chunk:
    """Days of one station in one calendar year, both ends included."""

    station: str
    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.start).days + 1

    @property
    def first_hour(self) -> datetime:
        """The first hour of the first day."""
        return midnight(self.start)

    @property
    def last_hour(self) -> datetime:
        """The last hour of the last day."""
        return midnight(self.end + timedelta(days=1)) - HOUR

    @property
    def hours(self) -> int:
        """How many hours."""
        return (self.last_hour - self.first_hour) // HOUR + 1

    def event(self) -> dict[str, str]:
        """Return it as an event of `ingest`, which is also an item of `chunks.json`."""
        return {"station": self.station, "start": self.start.isoformat(), "end": self.end.isoformat()}


@dataclass(frozen=True)
class BackfillPlan:
    """The days from `start` to `end`, both included, of `stations`."""

    start: date
    end: date
    stations: tuple[str, ...]

    def chunks(self) -> tuple[Chunk, ...]:
        """Return its chunks, the latest year of every station first."""
        return tuple(chunks_of(self.stations, self.start, self.end))


@dataclass(frozen=True)
class Failure:
    """A chunk that failed, and why."""

    station: str
    start: str
    end: str
    reason: str


def chunks_of(stations: Sequence[str], start: date, end: date) -> Iterator[Chunk]:
    """Cut the days from `start` to `end` into chunks: the latest year of all stations, then the one before.

    A backfill that is cut off has then fetched the same, newest years of every station.
    """
    for year in range(end.year, start.year - 1, -1):
        for station in stations:
            yield Chunk(station, max(start, date(year, 1, 1)), min(end, date(year, 12, 31)))


def check_span(
    start: str, end: str | None, *, today: date, names: tuple[str, str] = ("start", "end")
) -> tuple[date, date]:
    """Parse the first and the last day, in messages called by `names`; `end` defaults to yesterday.

    Raises:
        InvalidInputError: no days, in the wrong order, before the KMA's records, or not over yet.
    """
    yesterday = today - timedelta(days=1)
    first = parse_day(start, name=names[0])
    last = parse_day(end, name=names[1]) if end is not None else yesterday
    if last > yesterday:
        raise InvalidInputError(
            f"{names[1]}={last} is not over yet: by this deployment's clock, yesterday is {yesterday}.",
            remedy=f"ASOS serves up to yesterday; give {yesterday} or earlier.",
        )
    if first > last:
        after = f"{names[1]}={last}" if end is not None else f"yesterday, {yesterday}"
        remedy = "Swap them." if end is not None else f"ASOS serves up to yesterday; give {last} or earlier."
        raise InvalidInputError(f"{names[0]}={first} lies after {after}.", remedy=remedy)
    if first < FIRST_DAY:
        raise InvalidInputError(
            f"{names[0]}={first} lies before the KMA's first observations.",
            remedy=f"Give {FIRST_DAY} or later.",
        )
    return first, last


def plan_backfill(given: object, *, today: date) -> BackfillPlan:
    """Check the execution's input and fill in what it leaves out: all known stations, up to yesterday.

    Raises:
        InvalidInputError: a field is unknown, missing or wrong; the message names it and its value.
    """
    options = BackfillOptions.parse(given)
    start, end = check_span(options.start, options.end, today=today)
    return BackfillPlan(start, end, options.stations or tuple(STATIONS))


def build_report(
    plan: BackfillPlan, *, run_id: str, failures: Sequence[Failure], hours_present: HoursPresent
) -> dict[str, Any]:
    """Return the hours that the lake holds of a backfill, by station and year, and what failed.

    `status` is `failed` when a chunk failed, `partial` when the KMA has not all hours, else `complete`.
    """
    stations: dict[str, dict[str, Any]] = {
        number: {"hours_expected": 0, "hours_present": 0, "years": {}, "failures": []}
        for number in plan.stations
    }
    failures = list(failures)
    for chunk in plan.chunks():
        entry = stations[chunk.station]
        counted = {"hours_expected": chunk.hours, "hours_present": 0}
        try:
            counted["hours_present"] = hours_present(chunk.station, chunk.first_hour, chunk.last_hour)
        except PlantcastError as error:  # a damaged file of one station must not hide the others' results
            failures.append(Failure(**chunk.event(), reason=str(error)))
        entry["years"][str(chunk.start.year)] = counted
        for name, hours in counted.items():
            entry[name] += hours
    for failure in failures:
        stations[failure.station]["failures"].append(asdict(failure))
    incomplete = [
        number for number, entry in stations.items() if entry["hours_present"] < entry["hours_expected"]
    ]
    totals = {
        name: sum(entry[name] for entry in stations.values()) for name in ("hours_expected", "hours_present")
    }
    return {
        FIELD: BACKFILL_REPORT.version,
        "run_id": run_id,
        "status": "failed" if failures else "partial" if incomplete else "complete",
        "start": plan.start.isoformat(),
        "end": plan.end.isoformat(),
        **totals,
        "incomplete": incomplete,
        "stations": stations,
        "message": _message(plan, totals, incomplete, failures),
    }


class BackfillStore:
    """Objects of a backfill in the data bucket, under `backfill/run=<run_id>/`; writes can be repeated."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def write_chunks(self, run_id: str, chunks: Sequence[Chunk]) -> str:
        """Write the list of events of `ingest` that the state machine's Map reads; return its key."""
        return self._write(f"{_prefix(run_id)}chunks.json", [chunk.event() for chunk in chunks])

    def record_failure(self, run_id: str, chunk: Mapping[str, Any], error: object) -> Failure:
        """Keep why a chunk failed; `error` is `{"Error", "Cause"}` of Step Functions."""
        station, start, end = (str(chunk[name]) for name in ("station", "start", "end"))
        failure = Failure(station, start, end, describe_error(error))
        self._write(f"{_failures(run_id)}station={station}/{start}.json", asdict(failure))
        return failure

    def failures(self, run_id: str) -> list[Failure]:
        """Return the failures recorded for a run."""
        stored = (self._store.get(key) for key in self._store.list(_failures(run_id)))
        return [Failure(**json.loads(one.body)) for one in stored if one is not None]

    def write_report(self, run_id: str, report: Mapping[str, Any]) -> str:
        """Write the run's report; return its key."""
        return self._write(f"{_prefix(run_id)}report.json", report)

    def _write(self, key: str, content: object) -> str:
        body = json.dumps(content, ensure_ascii=False).encode()
        self._store.put(key, body, content_type="application/json")
        return key


def _message(
    plan: BackfillPlan, totals: Mapping[str, int], incomplete: Sequence[str], failures: Sequence[Failure]
) -> str:
    count = len(plan.stations)
    sentences = [
        f"{totals['hours_present']} of {totals['hours_expected']} hours from {plan.start} to {plan.end} "
        f"of {count} station{'' if count == 1 else 's'} are in the lake."
    ]
    if incomplete:
        sentences.append(f"Incomplete: {_named(incomplete)}.")
    if failures:
        failed = [f"{one.station} ({one.start} to {one.end}): {one.reason.rstrip('.')}" for one in failures]
        sentences.append(
            f"Failed: {_named(failed, '; ')}. Start again with the same input to fetch what is missing."
        )
    return " ".join(sentences)


def _named(entries: Sequence[str], joined_by: str = ", ") -> str:
    rest = len(entries) - _NAMED
    return joined_by.join(entries[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _prefix(run_id: str) -> str:
    return f"backfill/run={run_id}/"


def _failures(run_id: str) -> str:
    return f"{_prefix(run_id)}failures/"
