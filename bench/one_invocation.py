"""The ingest function as Lambda has it, a fresh process: `python -m bench.one_invocation EVENT…` (JSON).

Invokes it with the events one after the other, as a warm function is, and prints JSON: memory after the
imports and after each event, CPU seconds of each event, and what the last one returned.
"""

from __future__ import annotations

import json
import sys
import time

from bench.measuring import peak_mb, resident_mb
from functions.ingest.handler import handler


def main(*events: str) -> None:
    """Invoke the function with each event."""
    imported, peaks, cpu, wall = resident_mb(), [], [], []
    facts = {}
    for event in events:
        began, used = time.perf_counter(), time.process_time()
        facts = handler(json.loads(event), None)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
        peaks.append(peak_mb())
    print(json.dumps({"imported_mb": imported, "peaks_mb": peaks, "cpu": cpu, "wall": wall, "facts": facts}))


if __name__ == "__main__":
    main(*sys.argv[1:])
