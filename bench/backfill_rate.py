"""How fast a backfill is, and on what: PYTHONPATH=layers/domain/python python -m bench.backfill_rate 3 2 3.

Arguments: years of one station, seconds a call of a slow KMA takes (0: leave it out), repeats. The years are
fetched in the chunks of `plantcast backfill`, one after the other in this process; the simulated KMA and the
emulator are processes of their own. Three ways: into memory, into the emulator's S3, and, once, into S3 from
a KMA that is slow. Of the repeats the one in the middle is printed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from time import perf_counter

from bench.measuring import Stopwatch, middle
from bench.servers import Servers, counted, running_servers
from plantcast.aws import ItemTable, ObjectStore
from plantcast.common.clock import SystemClock
from plantcast.common.logging import logger
from plantcast.observations import fetching
from plantcast.observations.bookkeeping import Bookkeeping
from plantcast.observations.kma import client as asos
from plantcast.observations.kma.client import AsosClient
from plantcast.observations.kma.http import KmaHttp
from plantcast.observations.kma.quota import DailyBudget, TokenBucket
from plantcast.observations.lake import ObservationLake, month_file, observation_lake
from plantcast.observations.lake.raw import RawArchive
from plantcast.pipeline.backfill import chunks_of
from plantcast.pipeline.ingest import Ingest
from tests.fakes import MemoryObjectStore, MemoryTable

LAST_YEAR = 2024
STATION = "108"
# As the function is deployed (CallsPerSecond in template.yaml).
CALLS_PER_SECOND = 5.0
S3_CALLS = {"get": ("get",), "put": ("put", "put_if"), "head": ("etag",), "list": ("list", "etags")}
KMA_CALLS = "waiting for the KMA: call"
PARTS = (
    "waiting for the KMA",
    "reading replies",
    "packing raw",
    "judging",
    "merging",
    "coding Parquet",
    "inventory, report",
    "waiting for S3",
    "the table",
    "rest",
)


@dataclass(frozen=True)
class Run:
    """One backfill: station-years, wall time, its parts, and how often each of them was called."""

    years: int
    seconds: float
    parts: Mapping[str, float]
    calls: Mapping[str, int]

    @property
    def rate(self) -> float:
        """Station-years a minute."""
        return 60 * self.years / self.seconds


def backfill(servers: Servers, store: ObjectStore, table: ItemTable, years: int) -> Run:
    """Fetch the last `years` years into an empty store, on a stopwatch."""
    clock, lake = SystemClock(), ObservationLake(store, "synthetic")
    client = AsosClient(servers.asos_url, servers.key, clock=clock, bucket=TokenBucket(CALLS_PER_SECOND))
    ingest = Ingest(client, DailyBudget(table, clock, 1_000_000), store, lake, table, clock)
    chunks = list(chunks_of([STATION], date(LAST_YEAR - years + 1, 1, 1), date(LAST_YEAR, 12, 31)))
    with Stopwatch() as watch:
        _instrument(watch, store, table)
        began = perf_counter()
        for chunk in chunks:
            report = ingest.days(chunk.station, chunk.start, chunk.end)
            if report.status != "complete":
                raise SystemExit(f"The backfill of {chunk.start.year} is {report.status}: {report.message}")
        seconds = perf_counter() - began
    return Run(years, seconds, watch.split(seconds), watch.calls)


def _instrument(watch: Stopwatch, store: ObjectStore, table: ItemTable) -> None:
    watch.patch(KMA_CALLS, KmaHttp, "get")
    watch.patch("waiting for the KMA: pace", TokenBucket, "take")
    watch.patch("reading replies", KmaHttp, "redact_bytes")
    watch.patch("reading replies", asos, "read_reply")
    watch.patch("reading replies", fetching, "read_rows")
    watch.patch("packing raw", RawArchive, "write")
    watch.patch("judging", observation_lake, "assess")
    watch.patch("merging", ObservationLake, "merge")
    watch.patch("coding Parquet", observation_lake, "encode", "sent_again")
    watch.patch("coding Parquet", month_file.MonthFile, "__init__", "frame")
    watch.patch("inventory, report", Bookkeeping, "record")
    for kind, names in S3_CALLS.items():
        watch.patch(f"waiting for S3: {kind}", store, *names)
    watch.patch("the table", table, "get", "put", "put_if_newer", "put_if_absent", "count_up", "query")


def show(title: str, run: Run) -> None:
    """Print one run."""
    print(f"\n{title}: {run.rate:.1f} station-years a minute, {run.seconds / run.years:.2f} s each")
    for part in PARTS:
        seconds = run.parts.get(part, 0.0) / run.years
        print(f"  {part:20} {seconds:6.3f} s  {seconds * run.years / run.seconds:6.1%}")
    s3 = ", ".join(f"{kind} {run.calls[f'waiting for S3: {kind}'] / run.years:.0f}" for kind in S3_CALLS)
    print(f"  calls a station-year: KMA {run.calls[KMA_CALLS] / run.years:.0f}; S3 {s3}")


def main(years: str = "3", latency: str = "2", repeats: str = "3") -> None:
    """Print station-years a minute and the split of a station-year's time."""
    logger.setLevel("CRITICAL")
    name, count = counted("rate"), int(years)
    with running_servers() as servers:

        def into_s3() -> Run:
            return backfill(servers, servers.store(name()), servers.table(name()), count)

        # The simulator makes up a year's weather when it is first asked for it, as the KMA does not.
        backfill(servers, MemoryObjectStore(), MemoryTable(), count)
        memory, s3 = [], []
        for _ in range(int(repeats)):
            memory.append(backfill(servers, MemoryObjectStore(), MemoryTable(), count))
            s3.append(into_s3())
        print(f"{count} station-years of synthetic weather, middle of {repeats}")
        show("Into memory", middle(memory, lambda run: run.seconds))
        show("Into the emulator's S3", middle(s3, lambda run: run.seconds))
        if float(latency):
            servers.answer_after(float(latency))
            show(f"Into the emulator's S3, a call of the KMA takes {latency} s longer", into_s3())


if __name__ == "__main__":
    main(*sys.argv[1:])
