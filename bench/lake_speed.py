"""How fast the lake is on ten years of one station, in memory: python -m bench.lake_speed [repeats].

Run with PYTHONPATH=layers/domain/python; CPU seconds, of the repeats the median.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median
from time import process_time
from typing import Final

from bench.measuring import peak_mb
from bench.synthetic import responses, sent_frame
from plantcast.common.clock import KST
from plantcast.observations.kma.client import MAX_ROWS
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.raw import RawArchive
from plantcast.observations.lake.rebuild import Rebuild
from tests.support.fakes import MemoryObjectStore

STATION: Final = "108"
FIRST: Final = datetime(2015, 1, 1, tzinfo=KST)
LAST: Final = datetime(2024, 12, 31, 23, tzinfo=KST)
_RECEIVED: Final = datetime(2026, 1, 1, tzinfo=KST)


def timed(work: Callable[[], object], repeats: int) -> float:
    """Return the median of the CPU seconds that `work` takes."""
    seconds = []
    for _ in range(repeats):
        began = process_time()
        work()
        seconds.append(process_time() - began)
    return median(seconds)


def main(repeats: str = "3") -> None:
    """Print CPU seconds, bytes and memory."""
    sent = sent_frame(STATION, FIRST, LAST)
    store = MemoryObjectStore()
    lake = ObservationLake(store, "synthetic")

    def merge_pages() -> None:
        store.objects.clear()
        for number, first in enumerate(range(0, len(sent), MAX_ROWS)):
            page = sent.iloc[first : first + MAX_ROWS]
            lake.merge(STATION, page, received_at=_RECEIVED + timedelta(seconds=number))

    month = datetime(2020, 7, 1, tzinfo=KST), datetime(2020, 7, 31, 23, tzinfo=KST)
    print(f"merge, page by page  {timed(merge_pages, 1):8.3f} s")
    print(f"read ten years       {timed(lambda: lake.read(STATION, FIRST, LAST), int(repeats)):8.3f} s")
    print(f"read one month       {timed(lambda: lake.read(STATION, *month), int(repeats)):8.3f} s")
    print(f"observations         {sum(map(len, store.objects.values())) / 10 / 1024:8.0f} KB a station-year")
    for response in responses(STATION, FIRST, LAST):
        RawArchive(store).write(response)
    print(f"rebuild              {timed(lambda: Rebuild(store, lake).run(STATION), 1):8.3f} s")
    print(f"peak                 {peak_mb():8.0f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
