"""Backfill: years of observations through the ingest function, a chunk for each station and year.

It can be interrupted and repeated at any time: ingest requests only the hours that the lake lacks.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from multiprocessing.pool import ThreadPool
from typing import Any, Final, Literal

from infra.stack.deployment import Deployment
from plantcast.common.errors import KeyRejectedError, PlantcastError, QuotaExhaustedError
from plantcast.pipeline.backfill import Chunk, chunks_of

# Measured on two cores: two take 0.6 of the time of one when a call lasts half a second. More would load a
# public service, and gain nothing here.
WORKERS: Final = 2
# A station is given up after so many failed chunks in a row: one year may be damaged, but a station that
# cannot be fetched at all should fail soon.
GIVE_UP_AFTER: Final = 2


class StationsFailedError(PlantcastError):
    """Some stations' observations could not be fetched; the others' were."""


@dataclass
class StationReport:
    """Result of one station. `incomplete` counts chunks with hours that the KMA does not have.

    `failed` is the reason and the days of the first failed chunk, None when none failed.
    """

    hours_expected: int = 0
    hours_present: int = 0
    hours_new: int = 0
    hours_corrected: int = 0
    values_masked: int = 0
    chunks: int = 0
    incomplete: int = 0
    failed: str | None = None


@dataclass
class BackfillReport:
    """Result of a backfill. `hours_expected` are of all days requested, also of those not reached.

    `stopped_by` is what ended it for all stations, the day's quota or a rejected key; `message` has details.
    """

    start: str
    end: str
    by_station: dict[str, StationReport]
    stopped_by: Literal["none", "quota", "key"] = "none"
    retry_after_seconds: int = 0
    message: str = ""
    seconds: float = 0.0

    def total(self, count: str) -> int:
        """Return a count over all stations."""
        return sum(getattr(one, count) for one in self.by_station.values())

    @property
    def failed(self) -> dict[str, str]:
        """Reasons by failed station."""
        return {number: one.failed for number, one in self.by_station.items() if one.failed is not None}

    @property
    def finished(self) -> bool:
        """Whether everything that the KMA has was fetched."""
        return self.stopped_by == "none" and not self.failed

    def details(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        counts = [name for name in asdict(StationReport()) if name != "failed"]
        return {
            **asdict(self),
            "stations": list(self.by_station),
            **{name: self.total(name) for name in counts},
            "seconds": round(self.seconds, 1),
        }

    def add(self, chunk: Chunk, result: Mapping[str, Any]) -> bool:
        """Count ingest's result of a chunk; return whether the chunk failed."""
        one = self.by_station[chunk.station]
        one.chunks += 1
        for name in ("hours_present", "hours_new", "hours_corrected", "values_masked"):
            setattr(one, name, getattr(one, name) + (result.get(name) or 0))
        message = str(result.get("message") or "no reason was given")
        stopped_by, status = result.get("stopped_by"), result.get("status")
        if stopped_by in ("quota", "key"):
            # Of two chunks under way one may have met the quota, the other a rejected key: report the key.
            if self.stopped_by != "key":
                self.stopped_by = "key" if stopped_by == "key" else "quota"
                self.retry_after_seconds = result.get("retry_after_seconds") or 0
                self.message = message
        elif status == "failed":
            one.failed = one.failed or f"{message} ({chunk.start} to {chunk.end})"
            return True
        else:
            one.incomplete += status != "complete"
        return False

    def raise_if_failed(self) -> None:
        """Raise when not everything that the KMA has was fetched.

        Raises:
            KeyRejectedError: the key was rejected.
            QuotaExhaustedError: the day's calls are used up.
            StationsFailedError: stations failed; the message names each with its reason.
        """
        if self.stopped_by == "key":
            raise KeyRejectedError(self.message, remedy="Then call the same command again.")
        failed = "; ".join(f"station {number}: {why.rstrip('.')}" for number, why in self.failed.items())
        if self.stopped_by == "quota":
            hours, minutes = divmod(-(-self.retry_after_seconds // 60), 60)
            raise QuotaExhaustedError(
                f"The day's calls are used up; {self.total('hours_present')} of "
                f"{self.total('hours_expected')} hours are stored."
                + (f" Failed: {failed}." if failed else ""),
                remedy=f"Call the same command after midnight KST, in {hours} h {minutes} min; stored hours "
                "are not requested again.",
            )
        if failed:
            raise StationsFailedError(
                f"Observations of {len(self.failed)} of {len(self.by_station)} stations could not be "
                f"fetched: {failed}.",
                remedy="Fix the cause and retry; stored hours are not requested again.",
            )


def backfill(
    deployment: Deployment,
    stations: Sequence[str],
    start: date,
    end: date,
    on_chunk: Callable[[Chunk], None] = lambda _: None,
) -> BackfillReport:
    """Ingest every day from `start` to `end` for `stations`; `on_chunk` is called after each chunk.

    A failed station does not stop the others; the day's quota and a rejected key stop all.
    """
    began = time.monotonic()
    report = BackfillReport(
        start.isoformat(), end.isoformat(), {number: StationReport() for number in stations}
    )
    chunks = list(chunks_of(tuple(report.by_station), start, end))
    for chunk in chunks:
        report.by_station[chunk.station].hours_expected += chunk.hours
    failed_in_a_row: Counter[str] = Counter()
    adding = threading.Lock()

    def fetch(chunk: Chunk) -> Chunk:
        if report.stopped_by == "none" and failed_in_a_row[chunk.station] < GIVE_UP_AFTER:
            result = _fetch(deployment, chunk)
            with adding:
                failed = report.add(chunk, result)
                failed_in_a_row[chunk.station] = failed_in_a_row[chunk.station] + 1 if failed else 0
        return chunk

    # Its threads are daemons: an interrupt need not wait for what is under way.
    with ThreadPool(WORKERS) as pool:
        for chunk in pool.imap_unordered(fetch, chunks):
            on_chunk(chunk)
    report.seconds = time.monotonic() - began
    return report


def _fetch(deployment: Deployment, chunk: Chunk) -> dict[str, Any]:
    """Invoke ingest for a chunk, again while it ran out of time and added hours; return the last result.

    Its `hours_new` and `hours_corrected` are those of all calls.
    """
    added: Counter[str] = Counter()
    before = -1
    while True:
        try:
            result = deployment.invoke("ingest", chunk.event())
        except PlantcastError as error:
            return {"status": "failed", "message": error.message, **added}
        for name in ("hours_new", "hours_corrected"):
            added[name] += result.get(name) or 0
        present = result.get("hours_present") or 0
        if result.get("stopped_by") != "time":
            return {**result, **added}
        if present <= before:
            message = f"the function timed out before it added an hour: {result.get('message')}"
            return {**result, **added, "status": "failed", "message": message}
        before = present
