"""Logs: of the processes from their files, of the functions from CloudWatch Logs."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from infra.emulator import ministack as emulator
from infra.emulator import simulator
from infra.emulator.state import StateFolder
from infra.stack.deployed import LocalCloud
from infra.stack.outputs import FUNCTIONS, Outputs
from plantcast.common.errors import InvalidInputError, NotFoundError

PROCESSES = (emulator.NAME, simulator.NAME)
_POLL_SECONDS = 1.0


def check_name(name: str) -> None:
    """Refuse a name that has no log.

    Raises:
        InvalidInputError: neither a process nor a function.
    """
    if name not in PROCESSES + FUNCTIONS:
        raise InvalidInputError(
            f"There is no log of {name!r}.", remedy=f"Choose one of {', '.join(PROCESSES + FUNCTIONS)}."
        )


def file_lines(path: Path, lines: int, *, follow: bool) -> Iterator[str]:
    """Yield the last `lines` lines of a log file, then, with `follow`, each new one as it comes.

    Raises:
        NotFoundError: there is no such file.
    """
    if not path.exists():
        raise NotFoundError(f"There is no log {path}.", remedy="Start something first, with `make demo`.")
    with path.open(encoding="utf-8", errors="replace") as handle:
        for line in deque(handle, maxlen=lines):
            yield line.rstrip("\n")
        while follow:
            line = handle.readline()
            if line:
                yield line.rstrip("\n")
            elif not path.exists():
                return  # `down` took it away
            else:
                time.sleep(_POLL_SECONDS)


def function_lines(cloud: LocalCloud, function: str, lines: int, *, follow: bool) -> Iterator[str]:
    """Yield the last `lines` lines a function logged, then, with `follow`, each new one as it comes."""
    events = cloud.log_events(function)
    yield from (text for _, text in events[-lines:])
    seen = set(events)
    while follow:
        time.sleep(_POLL_SECONDS)
        newest = max((moment for moment, _ in seen), default=0)
        fresh = [event for event in cloud.log_events(function, since_ms=newest) if event not in seen]
        yield from (text for _, text in fresh)
        seen = {event for event in seen if event[0] >= newest} | set(fresh)


def keep_function_logs(folder: StateFolder, outputs: Outputs, lines: int = 200) -> list[Path]:
    """Save what the functions logged into the state folder, before the emulator that holds it is stopped."""
    cloud = LocalCloud(outputs)
    kept = []
    for function in FUNCTIONS:
        events = cloud.log_events(function)[-lines:]
        if events:
            path = folder.logs / f"{function}.log"
            path.write_text("".join(f"{text}\n" for _, text in events), "utf-8")
            kept.append(path)
    return kept


def write_lines(lines: Iterator[str], write: Callable[[str], None]) -> int:
    """Write lines as they come; return how many there were."""
    count = 0
    for line in lines:
        write(line)
        count += 1
    return count
