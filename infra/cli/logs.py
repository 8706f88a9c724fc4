"""The command `logs`: of the processes from their files, of the functions from CloudWatch Logs."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from infra.cli.options import Stack
from infra.emulator import ministack as emulator
from infra.emulator import simulator
from infra.emulator.lifecycle import is_running
from infra.emulator.state import StateFolder
from infra.operations.target import find_deployment
from infra.stack.deployment import Deployment
from infra.stack.outputs import FUNCTIONS
from infra.terminal.console import say
from plantcast.common.errors import InvalidInputError, NotFoundError

PROCESSES: Final = (emulator.NAME, simulator.NAME)
_POLL_SECONDS: Final = 1.0


def logs_command(
    name: Annotated[
        str, typer.Argument(help="emulator, simulator, or a function: ingest, train, api, …")
    ] = emulator.NAME,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for new lines until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last lines.")] = 100,
    stack: Stack = None,
) -> None:
    """Show the log of a function, or of a process of the local deployment."""
    names = FUNCTIONS if stack is not None else PROCESSES + FUNCTIONS
    if name not in names:
        raise InvalidInputError(f"There is no log of {name!r}.", remedy=f"Choose one of {', '.join(names)}.")
    folder = StateFolder.locate(os.environ)
    kept = folder.logs / f"{name}.log"  # of a process, or of a function when a demo failed
    if stack is None and (name in PROCESSES or (kept.exists() and not is_running(folder))):
        found = file_lines(kept, lines, follow=follow)
    else:
        deployment = find_deployment(os.environ, stack)
        found = function_lines(deployment, name, lines, follow=follow)
    empty = True
    for line in found:
        print(line, flush=follow)  # noqa: T201 - log lines as they are
        empty = False
    if empty:
        say(f"The log of {name} is empty.")


def file_lines(path: Path, lines: int, *, follow: bool) -> Iterator[str]:
    """Yield the last `lines` lines of a log file, then, with `follow`, each new one.

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
                return  # removed by `down`
            else:
                time.sleep(_POLL_SECONDS)


def function_lines(deployment: Deployment, function: str, lines: int, *, follow: bool) -> Iterator[str]:
    """Yield the last `lines` lines of a function's log, then, with `follow`, each new one."""
    events = deployment.log_events(function)
    yield from (text for _, text in events[-lines:])
    seen = set(events)
    while follow:
        time.sleep(_POLL_SECONDS)
        newest = max((at for at, _ in seen), default=0)
        fresh = [event for event in deployment.log_events(function, since_ms=newest) if event not in seen]
        yield from (text for _, text in fresh)
        seen = {event for event in seen if event[0] >= newest} | set(fresh)


def keep_function_logs(folder: StateFolder, deployment: Deployment, lines: int = 200) -> None:
    """Save the functions' logs into the state folder, before the emulator that holds them is stopped."""
    for function in FUNCTIONS:
        if events := deployment.log_events(function)[-lines:]:
            (folder.logs / f"{function}.log").write_text("".join(f"{text}\n" for _, text in events), "utf-8")
