"""One function as Lambda has it, a fresh process: `python -m bench.one_function NAME EVENT [EVENT…]` (JSON).

Invokes it with the events one after the other, as a warm function is, and prints JSON: CPU seconds and memory
of start and imports, and of each event CPU seconds (all threads), the peak so far, what it asked of AWS,
how many bytes it logged and what it returned. `TRAIN_THREADS` lets LightGBM use so many threads.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from bench.measuring import peak_mb, resident_mb

# The X-Ray library's decorators and the logger ask for these on Lambda.
CONTEXT = SimpleNamespace(
    function_name="measured",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:ap-northeast-2:000000000000:function:measured",
    aws_request_id="00000000-0000-0000-0000-000000000000",
    log_group_name="/aws/lambda/measured",
    log_stream_name="measured",
    get_remaining_time_in_millis=lambda: 900_000,
)


@dataclass
class _Logged:
    size: int = 0


@contextmanager
def _logged_bytes() -> Iterator[_Logged]:
    """Keep what is written to stdout and stderr, by libraries in C too, out of the reply; count its bytes."""
    logged = _Logged()
    with tempfile.TemporaryFile() as sink:
        kept = os.dup(1), os.dup(2)
        try:
            for stream, number in ((sys.stdout, 1), (sys.stderr, 2)):
                stream.flush()
                os.dup2(sink.fileno(), number)
            yield logged
        finally:
            for stream, number, before in zip((sys.stdout, sys.stderr), (1, 2), kept, strict=True):
                stream.flush()
                os.dup2(before, number)
                os.close(before)
        logged.size = sink.seek(0, os.SEEK_END)


def cpu_seconds() -> float:
    """Return the CPU time of this process with all its threads, and of its ended children, so far."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _more_threads(module: Any, threads: int) -> None:
    step = module._wiring()
    changed = replace(step, parameters=replace(step.parameters, threads=threads))
    module._wiring = lambda: changed


def main(name: str, *events: str) -> None:
    """Import the function and invoke it with each event."""
    began_at, wall = cpu_seconds(), time.perf_counter()
    with _logged_bytes():
        module = importlib.import_module(f"functions.{name}.handler")
    # Only now: the function's own imports are part of what is measured, the recorder's are not.
    imported = {
        "cpu": cpu_seconds() - began_at,
        "wall": time.perf_counter() - wall,
        "resident_mb": resident_mb(),
        "peak_mb": peak_mb(),
    }
    from bench.aws_calls import counted_calls, item_bytes, write_units

    if threads := int(os.environ.get("TRAIN_THREADS", "0")):
        _more_threads(module, threads)
    measured = []
    for event in events:
        with counted_calls() as calls, _logged_bytes() as logged:
            began, wall = cpu_seconds(), time.perf_counter()
            facts = module.handler(json.loads(event), CONTEXT)
            cpu, wall = cpu_seconds() - began, time.perf_counter() - wall
        if calls.updated:
            calls.wru += sum(write_units(item_bytes(_item(*one))) for one in calls.updated)
        measured.append(
            {
                "cpu": cpu,
                "wall": wall,
                "peak_mb": peak_mb(),
                "log_bytes": logged.size,
                **calls.to_json(),
                "facts": facts,
            }
        )
    print(json.dumps({"imported": imported, "events": measured}))


def _item(table: str, key: dict[str, Any]) -> dict[str, Any]:
    import boto3

    make: Any = boto3.client
    item: dict[str, Any] = make("dynamodb").get_item(TableName=table, Key=key).get("Item", {})
    return item


if __name__ == "__main__":
    main(*sys.argv[1:])
