"""What the benchmarks measure with: wall time split by what was done in it, and a process's memory."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import psutil

ROOT = Path(__file__).resolve().parents[1]
_CHILD_SECONDS = 1800
_POOL = "waiting for its own threads"


class Stopwatch:
    """Splits the wall time of the thread that made it among labels; an inner span is not its outer one's.

    Labels are written `group` or `group: member`; a call made within another one of its group is part of
    that one. While the thread waits for a pool, its time is shared out as the pool's threads spent theirs.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._main = threading.get_ident()
        self._lock = threading.Lock()
        self._own: defaultdict[str, float] = defaultdict(float)
        self._pools: defaultdict[str, float] = defaultdict(float)
        self._thread = threading.local()
        self._patches = ExitStack()

    def __enter__(self) -> Self:
        """Time what is done in pools from now on, until the block ends; see `patch`."""
        submitted = ThreadPoolExecutor.map

        def timed_map(pool: ThreadPoolExecutor, work: Callable[..., Any], *of: Any, **how: Any) -> Any:
            results = submitted(pool, self.timed("rest", work), *of, **how)
            return self._timed_iterator(_POOL, results)

        self._replace(ThreadPoolExecutor, "map", timed_map)
        return self

    def __exit__(self, *_: object) -> None:
        """Put back whatever was replaced."""
        self._patches.close()

    def patch(self, label: str, owner: Any, *names: str) -> None:
        """Time these functions of a module, class or object under `label` until the block ends."""
        for name in names:
            self._replace(owner, name, self.timed(label, getattr(owner, name)))

    def timed(self, label: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return `work` timed under `label`; of an iterator it returns, each step is."""

        @wraps(work)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with self._span(label):
                result = work(*args, **kwargs)
            return self._timed_iterator(label, result) if isinstance(result, Iterator) else result

        return wrapper

    def split(self, seconds: float) -> dict[str, float]:
        """Return the seconds of each group; those of `seconds` without a label are `rest`."""
        own, worked = dict(self._own), sum(self._pools.values())
        waited = own.pop(_POOL, 0.0)
        groups: defaultdict[str, float] = defaultdict(float)
        for label, spent in own.items():
            groups[_group(label)] += spent
        for label, spent in self._pools.items():
            groups[_group(label)] += waited * spent / worked
        return {**groups, "rest": seconds - sum(groups.values()) + groups["rest"]}

    @contextmanager
    def _span(self, label: str, calls: int = 1) -> Iterator[None]:
        open_spans: list[tuple[str, list[float]]] = self._thread.__dict__.setdefault("spans", [])
        calls *= not (open_spans and _group(open_spans[-1][0]) == _group(label))
        inner: list[float] = []
        open_spans.append((label, inner))
        began = perf_counter()
        try:
            yield
        finally:
            took = perf_counter() - began
            open_spans.pop()
            if open_spans:
                open_spans[-1][1].append(took)
            totals = self._own if threading.get_ident() == self._main else self._pools
            with self._lock:
                totals[label] += took - sum(inner)
                self.calls[label] += calls

    def _timed_iterator(self, label: str, iterator: Iterator[Any]) -> Iterator[Any]:
        while True:
            with self._span(label, calls=0):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    def _replace(self, owner: Any, name: str, replacement: Any) -> None:
        had = name in vars(owner)
        before = vars(owner).get(name)
        setattr(owner, name, replacement)
        self._patches.callback(setattr if had else delattr, owner, name, *([before] if had else []))


def _group(label: str) -> str:
    return label.partition(":")[0]


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
