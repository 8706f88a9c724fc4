"""How fast the lake is on ten years: PYTHONPATH=layers/domain/python python -m bench.lake_speed 20 1.

Arguments: stations of the larger run (1: leave it out), repeats of the one of a single station, of which the
middle ones are printed. Every phase is a process of its own, on a store in memory or in the emulator's S3;
`peak` is the most memory it had, `before` what it had when the phase began. Reads are medians of three.
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.lake_phases import FIRST, LAST
from bench.measuring import in_a_process, middle
from bench.servers import Servers, counted, running_servers
from bench.synthetic import responses, sent_frame
from infra.stack.environment import DUMMY_AWS
from plantcast.common.stations import STATIONS
from plantcast.observations.lake.raw import RawArchive
from tests.fakes import MemoryObjectStore

SEOUL: Final = "108"
ON_PAGES: Final = ("merge_pages", "read_all", "read_month", "inventory_cold", "inventory_warm")
ON_WHOLE: Final = ("merge_whole", "merge_again")
ON_RAW: Final = ("rebuild",)

Measured = dict[str, dict[str, Any]]


@dataclass
class Bench:
    """Runs phases on new lakes, in memory or in the S3 of `servers`."""

    folder: Path
    raw: Mapping[str, bytes]
    servers: Servers | None = None
    last: Path = field(init=False)

    def run(self, phases: Iterable[str], stations: Sequence[str] = (SEOUL,)) -> Measured:
        """Return what each of the phases measured, one after the other on a new lake."""
        name = _name()
        self.last = self.folder / f"{name}.lake"
        self._fill(name, self.raw if phases is ON_RAW else {})
        environment = dict(os.environ) | DUMMY_AWS
        if self.servers is not None:
            environment["AWS_ENDPOINT_URL"] = self.servers.aws_url
        return {
            phase: in_a_process(
                "bench.lake_phases", phase, str(self.folder), name, *stations, environment=environment
            )
            for phase in phases
        }

    def run_all(self) -> Measured:
        """Return what each phase measured on one station."""
        return self.run(ON_PAGES) | self.run(ON_WHOLE) | self.run(ON_RAW)

    def _fill(self, name: str, objects: Mapping[str, bytes]) -> None:
        if self.servers is None:
            self.last.write_bytes(pickle.dumps(dict(objects)))
        else:
            store = self.servers.store(name)
            for key, body in objects.items():
                store.put(key, body)


_name = counted("lake")


def raw_archive() -> Mapping[str, bytes]:
    """Return ten years of responses of one station as an ingest keeps them."""
    store = MemoryObjectStore()
    for response in responses(SEOUL, FIRST, LAST):
        RawArchive(store).write(response)
    return store.objects


def show(title: str, repeats: Sequence[Measured]) -> None:
    """Print the middle one of the repeats of each phase."""
    print(f"\n{title}")
    for phase in repeats[0]:
        one = middle([repeat[phase] for repeat in repeats], lambda measured: float(measured["seconds"]))
        rate = one["hours"] / one["seconds"]
        print(
            f"  {phase.replace('_', ' '):15}{one['seconds']:9.3f} s {rate:12,.0f} hours/s"
            f"   peak {one['peak_mb']:4.0f} MB, before {one['before_mb']:4.0f}",
            flush=True,
        )


def show_sizes(objects: Mapping[str, bytes], station_years: int) -> None:
    """Print what a station-year takes in the store."""
    for prefix in ("raw", "observations", "inventory"):
        sizes = [len(body) for key, body in objects.items() if key.startswith(f"{prefix}/")]
        if sizes:
            each = sum(sizes) / station_years / 1024
            print(f"  {prefix:15}{each:9.1f} KB a station-year in {len(sizes) / station_years:.1f} objects")


def main(stations: str = "20", repeats: str = "1") -> None:
    """Print seconds, hours a second, memory and bytes."""
    chosen = [SEOUL, *(number for number in STATIONS if number != SEOUL)][: int(stations)]
    with tempfile.TemporaryDirectory() as name, running_servers() as servers:
        for station in chosen:
            sent_frame(station, FIRST, LAST).to_pickle(Path(name) / f"{station}.weather")
        raw = raw_archive()
        in_memory, on_s3 = Bench(Path(name), raw), Bench(Path(name), raw, servers)
        runs = [(in_memory.run_all(), on_s3.run_all()) for _ in range(int(repeats))]
        show(f"10 years of 1 station in memory, middle of {repeats}", [memory for memory, _ in runs])
        show(f"10 years of 1 station on the emulator's S3, middle of {repeats}", [s3 for _, s3 in runs])
        if len(chosen) > 1:
            show(f"10 years of {len(chosen)} stations in memory", [in_memory.run(ON_PAGES, chosen)])
        else:
            in_memory.run(ON_PAGES)
        print("\nBytes")
        show_sizes(raw, 10)
        show_sizes(pickle.loads(in_memory.last.read_bytes()), 10 * len(chosen))


if __name__ == "__main__":
    main(*sys.argv[1:])
