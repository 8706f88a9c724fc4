"""How fast the lake is on ten years of one station, in memory: python -m bench.lake_speed [repeats].

Run with PYTHONPATH=layers/domain/python; CPU seconds, of the repeats the median.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from statistics import median
from time import process_time
from typing import Final

import numpy as np
import pandas as pd

from infra.kma_simulator import asos
from infra.kma_simulator.behaviour import Behaviour
from infra.kma_simulator.service import DEFAULT_KEY, Simulator
from infra.kma_simulator.synthetic import SyntheticWeather
from plantcast.common.clock import HOUR, KST
from plantcast.observations import VARIABLES
from plantcast.observations.frame import hour_index
from plantcast.observations.kma.client import MAX_ROWS
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.raw import RawArchive, Response
from plantcast.observations.lake.rebuild import Rebuild
from tests.support.fakes import MemoryObjectStore

STATION: Final = "108"
FIRST: Final = datetime(2015, 1, 1, tzinfo=KST)
LAST: Final = datetime(2024, 12, 31, 23, tzinfo=KST)
RECEIVED: Final = datetime(2026, 1, 1, tzinfo=KST)


def sent_frame(weather: SyntheticWeather) -> pd.DataFrame:
    """Return the station's hours as a sent frame."""
    observed = weather.hours(STATION, FIRST, LAST)
    frame = pd.DataFrame(
        {name: observed[name].to_numpy(np.float64) for name in VARIABLES},
        index=hour_index(pd.DatetimeIndex(observed.index)),
    )
    return frame.assign(qc_flags="", unsent="")


def responses(weather: SyntheticWeather) -> Iterator[Response]:
    """Yield the service's answers to requests for these hours, page by page."""
    simulator = Simulator(weather, behaviour=Behaviour(calls_per_day=None))
    for number, first in enumerate(pd.date_range(FIRST, LAST, freq=MAX_ROWS * HOUR).to_pydatetime()):
        last = min(LAST, first + (MAX_ROWS - 1) * HOUR)
        query = {
            "serviceKey": DEFAULT_KEY,
            "dataCd": "ASOS",
            "dateCd": "HR",
            "dataType": "JSON",
            "stnIds": STATION,
            "startDt": f"{first:%Y%m%d}",
            "startHh": f"{first:%H}",
            "endDt": f"{last:%Y%m%d}",
            "endHh": f"{last:%H}",
            "numOfRows": str(MAX_ROWS),
            "pageNo": "1",
        }
        body = asos.answer(simulator, query).body.encode()
        yield Response(STATION, first, last, 1, body, RECEIVED + timedelta(seconds=number), "synthetic")


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
    weather = SyntheticWeather()
    sent = sent_frame(weather)
    store = MemoryObjectStore()
    lake = ObservationLake(store, "synthetic")

    def merge_pages() -> None:
        store.objects.clear()
        for number, first in enumerate(range(0, len(sent), MAX_ROWS)):
            page = sent.iloc[first : first + MAX_ROWS]
            lake.merge(STATION, page, received_at=RECEIVED + timedelta(seconds=number))

    month = datetime(2020, 7, 1, tzinfo=KST), datetime(2020, 7, 31, 23, tzinfo=KST)
    print(f"merge, page by page  {timed(merge_pages, 1):8.3f} s")
    print(f"read ten years       {timed(lambda: lake.read(STATION, FIRST, LAST), int(repeats)):8.3f} s")
    print(f"read one month       {timed(lambda: lake.read(STATION, *month), int(repeats)):8.3f} s")
    print(f"observations         {sum(map(len, store.objects.values())) / 10 / 1024:8.0f} KB a station-year")
    for response in responses(weather):
        RawArchive(store).write(response)
    print(f"rebuild              {timed(lambda: Rebuild(store, lake).run(STATION), 1):8.3f} s")
    print(f"peak                 {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
