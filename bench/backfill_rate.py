"""How fast a backfill is: PYTHONPATH=layers/domain/python python -m bench.backfill_rate [years] [seconds].

The years of one station are fetched in the chunks of `plantcast backfill`, one after the other in this
process, from the simulated KMA into the emulator's S3, both processes of their own; then again with a KMA
whose calls take `seconds` longer (0: leave it out).
"""

from __future__ import annotations

import sys
from datetime import date
from time import perf_counter
from typing import Final

from bench.servers import Servers, counted, running_servers
from plantcast.common.clock import SystemClock
from plantcast.common.logging import logger
from plantcast.observations.kma.client import AsosClient
from plantcast.observations.kma.quota import DailyBudget
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.backfill import chunks_of
from plantcast.pipeline.ingest import Ingest

LAST_YEAR: Final = 2024
STATION: Final = "108"
_name = counted("rate")


def backfill(servers: Servers, years: int) -> float:
    """Fetch the last `years` years into an empty bucket; return the seconds it takes."""
    name, clock = _name(), SystemClock()
    store, table = servers.store(name), servers.table(name)
    client = AsosClient(servers.asos_url, servers.key, clock=clock)
    budget = DailyBudget(table, clock, 1_000_000)
    ingest = Ingest(client, budget, store, ObservationLake(store, "synthetic"), table, clock)
    began = perf_counter()
    for chunk in chunks_of([STATION], date(LAST_YEAR - years + 1, 1, 1), date(LAST_YEAR, 12, 31)):
        report = ingest.days(chunk.station, chunk.start, chunk.end)
        if report.status != "complete":
            raise SystemExit(f"The backfill of {chunk.start.year} is {report.status}: {report.message}")
    return perf_counter() - began


def main(years: str = "3", latency: str = "2") -> None:
    """Print station-years a minute."""
    logger.setLevel("CRITICAL")
    count = int(years)
    with running_servers() as servers:
        backfill(servers, count)  # the simulator computes a year's weather at its first request
        print(f"from the simulator: {60 * count / backfill(servers, count):.1f} station-years a minute")
        if float(latency):
            servers.answer_after(float(latency))
            rate = 60 * count / backfill(servers, count)
            print(f"calls {latency} s longer: {rate:.1f} station-years a minute")


if __name__ == "__main__":
    main(*sys.argv[1:])
