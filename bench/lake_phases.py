"""One phase of `bench.lake_speed` in a process of its own, so that its peak of memory is its own.

`python -m bench.lake_phases PHASE FOLDER LAKE STATION…`: in FOLDER lie the weather, and the lakes in memory
as they are handed from phase to phase; with AWS_ENDPOINT_URL set, LAKE is a bucket there.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import boto3
import pandas as pd

from bench.measuring import peak_mb, resident_mb
from plantcast.aws import ObjectStore, S3ObjectStore
from plantcast.common.clock import KST
from plantcast.observations.kma.client import MAX_ROWS
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.inventory import take_inventory
from plantcast.observations.lake.rebuild import Rebuild
from tests.fakes import MemoryObjectStore

FIRST: Final = datetime(2015, 1, 1, tzinfo=KST)
LAST: Final = datetime(2024, 12, 31, 23, tzinfo=KST)
_RECEIVED: Final = datetime(2026, 1, 1, tzinfo=KST)
# A month in the middle.
_MONTH: Final = (datetime(2020, 7, 1, tzinfo=KST), datetime(2020, 7, 31, 23, tzinfo=KST))
_READS: Final = 3


@dataclass
class Work:
    """Where a phase works."""

    folder: Path
    name: str
    lake: ObservationLake = field(init=False)
    store: ObjectStore = field(init=False)

    def __post_init__(self) -> None:
        in_memory = MemoryObjectStore()
        if self._saved.exists():
            with self._saved.open("rb") as saved:
                in_memory.objects = pickle.load(saved)
        on_s3 = "AWS_ENDPOINT_URL" in os.environ
        self.store = S3ObjectStore(self.name, boto3.client("s3")) if on_s3 else in_memory
        self.lake = ObservationLake(self.store, "synthetic")

    @cached_property
    def _saved(self) -> Path:
        return self.folder / f"{self.name}.lake"

    def save(self) -> None:
        """Hand the lake on to the next phase."""
        if isinstance(self.store, MemoryObjectStore):
            self._saved.write_bytes(pickle.dumps(self.store.objects))

    def weather(self, station: str) -> pd.DataFrame:
        """Return ten years of a station as a sent frame."""
        frame: pd.DataFrame = pd.read_pickle(self.folder / f"{station}.weather")
        return frame


# What a phase does for a station; it returns what is to be timed, which returns the hours it has dealt with.
Timed = Callable[[], int]


def merge_pages(work: Work, station: str) -> Timed:
    """Merge as a backfill does: a page of the service after the other."""
    sent = work.weather(station)
    pages = [sent.iloc[first : first + MAX_ROWS] for first in range(0, len(sent), MAX_ROWS)]

    def timed() -> int:
        for number, page in enumerate(pages):
            work.lake.merge(station, page, received_at=_RECEIVED + timedelta(seconds=number))
        return len(sent)

    return timed


def merge_whole(work: Work, station: str) -> Timed:
    """Merge all of it in one frame."""
    sent = work.weather(station)

    def timed() -> int:
        work.lake.merge(station, sent, received_at=_RECEIVED)
        return len(sent)

    return timed


def merge_again(work: Work, station: str) -> Timed:
    """Merge in one frame what the lake already holds."""
    return merge_whole(work, station)


def read_all(work: Work, station: str) -> Timed:
    """Read ten years."""
    return lambda: len(work.lake.read(station, FIRST, LAST))


def read_month(work: Work, station: str) -> Timed:
    """Read a month out of ten years."""
    return lambda: len(work.lake.read(station, *_MONTH))


def inventory_cold(work: Work, station: str) -> Timed:
    """Take the inventory for the first time."""
    work.store.delete(f"inventory/station={station}.json")
    return lambda: take_inventory(work.lake, work.store, station).hours


def inventory_warm(work: Work, station: str) -> Timed:
    """Take the inventory when nothing has changed since."""
    take_inventory(work.lake, work.store, station)
    return lambda: take_inventory(work.lake, work.store, station).hours


def rebuild(work: Work, station: str) -> Timed:
    """Make the lake again from the responses alone."""

    def timed() -> int:
        facts = Rebuild(work.store, work.lake).run(station)
        if facts["status"] != "complete":
            raise SystemExit(f"The rebuild is {facts['status']}: {facts['message']}")
        return len(work.lake.hours_present(station, FIRST, LAST))

    return timed


WRITING: Final = (merge_pages, merge_whole, merge_again, rebuild)
PHASES: Final = {
    phase.__name__: phase for phase in (*WRITING, read_all, read_month, inventory_cold, inventory_warm)
}


def main(phase: str, folder: str, name: str, *stations: str) -> None:
    """Do a phase for the stations one after the other; print seconds, hours and memory as JSON."""
    work = Work(Path(folder), name)
    hours, seconds, before = 0, 0.0, resident_mb()
    for station in stations:
        times = []
        for _ in range(1 if PHASES[phase] in WRITING else _READS):
            timed = PHASES[phase](work, station)
            gc.collect()
            began = perf_counter()
            found = timed()
            times.append(perf_counter() - began)
        hours += found
        seconds += median(times)
    result = {"seconds": seconds, "hours": hours, "before_mb": before, "peak_mb": peak_mb()}
    work.save()
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
