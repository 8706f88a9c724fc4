"""Backfill: years of observations through the ingest function, a chunk for each station and year.

It can be interrupted and called again at any time: ingest asks the KMA only for hours the lake lacks.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Final, Self

from infra.operations.backfill_report import BackfillReport, StationReport
from infra.stack.deployed import LocalCloud
from plantcast.common.errors import PlantcastError
from plantcast.pipeline.backfill import Chunk, chunks_of

# Measured on two cores, of the time one takes: two take 0.6 when a call lasts half a second, 0.8 when the
# simulated KMA answers at once. More would ask more of a public service, and gain nothing here.
WORKERS: Final = 2
# A station is given up when so many of its chunks have failed one after the other: one year may be damaged,
# but a station that cannot be had at all should not take ten times as long to say so.
GIVE_UP_AFTER: Final = 2


@dataclass
class _Brought:
    """What invoking ingest for one chunk, again as long as that helps, has given."""

    chunk: Chunk
    facts: Mapping[str, Any] = field(default_factory=dict)
    hours_new: int = 0
    hours_corrected: int = 0
    failure: str | None = None

    @property
    def stopped_by(self) -> str:
        return str(self.facts.get("stopped_by") or "none")

    @property
    def message(self) -> str:
        return str(self.facts.get("message") or "no reason was given")

    def count(self, name: str) -> int:
        return int(self.facts.get(name) or 0)


def backfill(
    cloud: LocalCloud,
    stations: Sequence[str],
    start: date,
    end: date,
    on_chunk: Callable[[Chunk], None] = lambda _: None,
) -> BackfillReport:
    """Ingest every day from `start` to `end` for `stations`; `on_chunk` hears of each one done with.

    A station that fails is reported and does not stop the others; the day's quota and a refused key stop all.
    """
    began = time.monotonic()
    progress = _Progress(stations, start, end)
    waiting = deque(chunks_of(stations, start, end))
    with _Workers(lambda chunk: _bring(cloud, chunk)) as workers:
        while True:
            while workers.free and waiting and progress.report.stopped_by == "none":
                chunk = waiting.popleft()
                if progress.given_up(chunk.station):
                    on_chunk(chunk)
                else:
                    workers.submit(chunk)
            if not workers.busy:
                break
            brought = workers.next()
            progress.add(brought)
            on_chunk(brought.chunk)
    progress.report.seconds = time.monotonic() - began
    return progress.report


class _Progress:
    """The report as it grows."""

    def __init__(self, stations: Iterable[str], start: date, end: date) -> None:
        by_station = {number: StationReport() for number in stations}
        for chunk in chunks_of(tuple(by_station), start, end):
            by_station[chunk.station].hours_expected += chunk.hours
        self.report = BackfillReport(start.isoformat(), end.isoformat(), by_station)
        self._failures = dict.fromkeys(by_station, 0)

    def given_up(self, station: str) -> bool:
        return self._failures[station] >= GIVE_UP_AFTER

    def add(self, brought: _Brought) -> None:
        chunk, one = brought.chunk, self.report.by_station[brought.chunk.station]
        one.chunks += 1
        one.hours_present += brought.count("hours_present")
        one.values_masked += brought.count("values_masked")
        one.hours_new += brought.hours_new
        one.hours_corrected += brought.hours_corrected
        if brought.stopped_by in ("quota", "key"):
            self._stop(brought)
        elif brought.failure is not None:
            self._failures[chunk.station] += 1
            one.failed = one.failed or f"{brought.failure} ({chunk.start} to {chunk.end})"
        else:
            self._failures[chunk.station] = 0
            one.incomplete += brought.facts.get("status") != "complete"

    def _stop(self, brought: _Brought) -> None:
        # Of two chunks under way one may have met the quota, the other a refusal: that is what to mend.
        if self.report.stopped_by != "key":
            self.report.stopped_by = "quota" if brought.stopped_by == "quota" else "key"
            self.report.retry_after_seconds = brought.count("retry_after_seconds")
            self.report.message = brought.message


def _bring(cloud: LocalCloud, chunk: Chunk) -> _Brought:
    """Invoke ingest for a chunk, again as long as only its time runs out and it gets on."""
    brought = _Brought(chunk)
    before = -1
    while True:
        try:
            brought.facts = cloud.invoke("ingest", chunk.event())
        except PlantcastError as error:
            brought.failure = error.message
            return brought
        brought.hours_new += brought.count("hours_new")
        brought.hours_corrected += brought.count("hours_corrected")
        present = brought.count("hours_present")
        if brought.stopped_by != "time":
            if brought.facts.get("status") == "failed":
                brought.failure = brought.message
            return brought
        if present <= before:
            brought.failure = f"the function's time ran out before it could add an hour: {brought.message}"
            return brought
        before = present


class _Workers:
    """Does chunks side by side, in daemon threads: an interrupt need not wait for what is under way."""

    def __init__(self, work: Callable[[Chunk], _Brought]) -> None:
        self._work = work
        self._given: SimpleQueue[Chunk | None] = SimpleQueue()
        self._done: SimpleQueue[_Brought | BaseException] = SimpleQueue()
        self.busy = 0

    def __enter__(self) -> Self:
        for _ in range(WORKERS):
            threading.Thread(target=self._run, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _ in range(WORKERS):
            self._given.put(None)

    @property
    def free(self) -> bool:
        """Whether a worker waits for a chunk."""
        return self.busy < WORKERS

    def submit(self, chunk: Chunk) -> None:
        """Have a chunk done."""
        self.busy += 1
        self._given.put(chunk)

    def next(self) -> _Brought:
        """Wait for the next one that is done; a fault of the deployment itself is raised here."""
        done = self._done.get()
        self.busy -= 1
        if isinstance(done, BaseException):
            raise done
        return done

    def _run(self) -> None:
        while (chunk := self._given.get()) is not None:
            try:
                self._done.put(self._work(chunk))
            except BaseException as fault:  # raised again where the command can show it
                self._done.put(fault)
