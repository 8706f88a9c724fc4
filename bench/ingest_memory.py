"""What the ingest function takes: PYTHONPATH=layers/domain/python python -m bench.ingest_memory 3 0.

Arguments: repeats (the middle one is printed), and 1 to import also the largest file that `plantcast import`
lets through (minutes). Each use is a fresh process on the emulator and the simulated KMA, held against
`MemorySize` and `Timeout` in template.yaml. The peak is of the Python process, Lambda's runtime comes
on top. Lambda gives 1,769 MB one CPU, others in proportion: `there` is the CPU time of the last
event, measured here, divided by that share.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from bench.measuring import ROOT, in_a_process, middle
from bench.servers import Servers, counted, running_servers
from bench.synthetic import portal_csv, responses, years
from infra.stack.localize import load_template
from plantcast.aws import S3ObjectStore
from plantcast.common.settings import Source
from plantcast.common.stations import STATIONS
from plantcast.observations.files import MAX_BYTES
from plantcast.observations.lake.raw import RawArchive
from plantcast.pipeline.backfill import chunks_of

SEOUL: Final = "108"
DECADE: Final = years(2015, 2024)
MB_OF_ONE_CPU: Final = 1769
NIGHT: Final = {"station": SEOUL, "as_of": "2026-05-30"}
REBUILD: Final = {"station": SEOUL, "rebuild": True}
TEN_YEARS: Final = {"station": SEOUL, "start": "2015-01-01", "end": "2024-12-31"}
PORTAL_KEY: Final = "raw/portal/20260101T000000000000-0a1b2c3d.csv.gz"
IMPORT: Final = {"import_key": PORTAL_KEY}

_name = counted("ingest")


@dataclass(frozen=True)
class Limits:
    """What the template gives the function."""

    megabytes: int
    seconds: int

    @classmethod
    def of_template(cls) -> Limits:
        """Read them from template.yaml."""
        properties = load_template(ROOT / "template.yaml")["Resources"]["IngestFunction"]["Properties"]
        return cls(int(properties["MemorySize"]), int(properties["Timeout"]))

    def seconds_there(self, cpu: float) -> float:
        """Return how long so much CPU time of this machine takes on the function's share of one."""
        return cpu / min(1.0, self.megabytes / MB_OF_ONE_CPU)


class Deployment:
    """A new bucket and a new table, and functions on them."""

    def __init__(self, servers: Servers, source: Source) -> None:
        name = _name()
        self.store: S3ObjectStore = servers.store(name)
        servers.table(name)
        self._environment = dict(os.environ) | servers.function_environment(name, name, source)

    def invoke(self, *events: dict[str, Any]) -> dict[str, Any]:
        """Return what a fresh function measured over these events, the last of which must be complete."""
        said = [json.dumps(event) for event in events]
        measured: dict[str, Any] = in_a_process("bench.one_invocation", *said, environment=self._environment)
        facts = measured["facts"]
        if facts["status"] != "complete":
            raise SystemExit(f"{said[-1]} is {facts['status']}: {facts['message']}")
        return measured


def uses(servers: Servers, files: Sequence[tuple[str, bytes]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each use of the function and what was measured, worst cases among them."""
    yield "night, new lake", Deployment(servers, "synthetic").invoke(NIGHT)
    chunks = [chunk.event() for chunk in chunks_of([SEOUL], date(2022, 1, 1), date(2024, 12, 31))]
    yield "backfill of 1 year", Deployment(servers, "synthetic").invoke(chunks[0])
    yield "the third of 3 in a warm one", Deployment(servers, "synthetic").invoke(*chunks)

    responded = Deployment(servers, "synthetic")
    for response in responses(SEOUL, *DECADE):
        RawArchive(responded.store).write(response)
    yield "rebuild of 10 years", responded.invoke(REBUILD)
    yield "night, lake of 10 years", responded.invoke(NIGHT)
    yield "10 years asked again", responded.invoke(TEN_YEARS)
    for title, packed in files:
        imported = Deployment(servers, "kma")
        imported.store.put(PORTAL_KEY, packed)
        yield f"import of {title}", imported.invoke(IMPORT)
        yield f"rebuild from {title}", imported.invoke(REBUILD)


def portal_files(largest: bool) -> Iterator[tuple[str, bytes]]:
    """Yield files of the portal, packed as they are stored: one station's ten years, as many as may be."""
    content = portal_csv([SEOUL], *DECADE)
    yield _packed(content, 1)
    if largest:
        stations = [SEOUL, *(number for number in STATIONS if number != SEOUL)]
        count = MAX_BYTES // len(content)
        yield _packed(portal_csv(stations[:count], *DECADE), count)


def _packed(content: bytes, stations: int) -> tuple[str, bytes]:
    return f"{len(content) / 1024**2:.0f} MB CSV, {stations} station{'s' * (stations > 1)}", gzip.compress(
        content
    )


def show(title: str, runs: Sequence[dict[str, Any]], limits: Limits) -> bool:
    """Print the middle one of the runs of a use; return whether it is within the limits."""
    one = middle(runs, lambda run: float(run["peaks_mb"][-1]))
    peak, there = one["peaks_mb"][-1], limits.seconds_there(one["cpu"][-1])
    within = peak <= limits.megabytes and there <= limits.seconds
    print(
        f"  {title:37} peak {peak:4.0f} MB, {peak / limits.megabytes:4.0%}; "
        f"{one['wall'][-1]:6.1f} s, CPU {one['cpu'][-1]:6.1f} s, there {there:4.0f} s"
        f"  {'within' if within else 'OVER'}",
        flush=True,
    )
    return within


def main(repeats: str = "3", largest: str = "0") -> None:
    """Print memory and time of each use, and whether all of them are within the limits."""
    limits = Limits.of_template()
    files = list(portal_files(largest == "1"))
    with running_servers() as servers:
        runs: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for _ in range(int(repeats)):
            for title, measured in uses(servers, files):
                runs[title].append(measured)
    imported = middle(runs["night, new lake"], lambda run: float(run["imported_mb"]))["imported_mb"]
    print(f"Ingest has {limits.megabytes} MB and {limits.seconds} s; its imports take {imported:.0f} MB")
    over = [title for title, measured in runs.items() if not show(title, measured, limits)]
    print(f"OVER: {', '.join(over)}" if over else f"All within {limits.megabytes} MB and {limits.seconds} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
