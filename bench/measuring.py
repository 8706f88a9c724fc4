"""What the benchmarks measure with: processes of their own, and their memory."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
_CHILD_SECONDS = 1800


def peak_mb() -> float:
    """Return the most memory this process has had resident, MB of 1024² bytes.

    Linux adds to `ru_maxrss` what the parent had when it started us; `VmHWM` is ours alone.
    """
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        if "VmHWM" in fields:
            return int(fields["VmHWM"].split()[0]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def resident_mb() -> float:
    """Return what this process has resident now, MB of 1024² bytes."""
    return psutil.Process().memory_info().rss / 1024**2


def in_a_process(module: str, *arguments: str, environment: Mapping[str, str]) -> Any:
    """Run a module of the benchmarks in a process of its own; return the JSON that its last line is."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=_CHILD_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{module} {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def middle(runs: Sequence[Any], key: Callable[[Any], float]) -> Any:
    """Return the run that is the (upper) median by `key`."""
    return sorted(runs, key=key)[len(runs) // 2]
