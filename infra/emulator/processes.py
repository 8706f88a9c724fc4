"""Detached processes: start, wait until healthy, recognise again, stop; never anyone else's.

A process is ours only if its pid, its start time and a mark in its environment agree, so neither a reused
pid nor a neighbour's process is ever signalled. The mark also finds what a killed command left behind.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from infra.emulator.state import RunningProcess
from infra.stack.environment import OWNER_VARIABLE, PROCESS_VARIABLE
from infra.terminal.interrupts import deferred
from plantcast.common.errors import PlantcastError, TemporaryError

# psutil derives start times from the boot time, which moves when the machine's clock is corrected.
_SAME_START_SECONDS = 2.0
_GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.05
_ROUNDS = 5
_TAIL_LINES = 12

# Children of this very process: kept so that they are reaped when they end and not left as zombies.
_children: dict[int, subprocess.Popen[bytes]] = {}


class StartError(PlantcastError):
    """A process ended, or did not answer in time, while it was being started."""


def free_port() -> int:
    """Return a port that is free on 127.0.0.1 at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_taken(port: int) -> bool:
    """Say whether something listens on, or holds, `port` on 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


def start(
    name: str,
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path,
    port: int = 0,
    on_start: Callable[[RunningProcess], None] = lambda _: None,
) -> RunningProcess:
    """Start this interpreter with `arguments` in a session of its own, its output appended to `log`.

    `env` must carry the owner's mark (see `environment.child_environment`). `on_start` records the process;
    an interrupt waits until it has.
    """
    with log.open("ab") as output, deferred():
        child = subprocess.Popen(  # noqa: S603 - the arguments are ours
            [sys.executable, *arguments],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        _children[child.pid] = child
        try:
            created = psutil.Process(child.pid).create_time()
        except psutil.NoSuchProcess:  # pragma: no cover - a zombie still has its start time
            created = time.time()
        process = RunningProcess(name=name, pid=child.pid, create_time=created, port=port, log=str(log))
        on_start(process)
    return process


def is_alive(process: RunningProcess, owner: str) -> bool:
    """Say whether the very process that was recorded still runs."""
    return _leader(process, owner) is not None


def answers(port: int, path: str, *, timeout: float = 2.0) -> bool:
    """Return whether `GET path` on 127.0.0.1:`port` gives 200, without a proxy."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Poll `condition` until it holds or `seconds` have passed; say which."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def await_healthy(
    process: RunningProcess, healthy: Callable[[], bool], *, owner: str, seconds: float, remedy: str
) -> None:
    """Wait until `healthy` holds.

    Raises:
        StartError: the process ended, or `seconds` passed; the message carries the end of its log.
    """
    alive = True

    def settled() -> bool:
        nonlocal alive
        alive = is_alive(process, owner)
        return not alive or healthy()

    in_time = wait_until(settled, seconds=seconds)
    if in_time and alive:
        return
    cause = f"did not answer within {seconds:.0f} s" if alive else "ended while starting"
    raise StartError(f"The {process.name} {cause}.\n{log_tail(Path(process.log))}\n", remedy=remedy)


def listens(process: RunningProcess, port: int) -> bool:
    """Say whether it is this process, and not another one, that listens on `port`."""
    try:
        connections = psutil.Process(process.pid).net_connections("tcp")
    except psutil.Error:
        return False
    return any(c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port for c in connections)


def log_tail(log: Path, lines: int = _TAIL_LINES) -> str:
    """Return the last `lines` lines of a log, indented; a note when it is empty."""
    try:
        text = log.read_text("utf-8", errors="replace").splitlines()[-lines:]
    except OSError:
        text = []
    return "\n".join(f"  | {line}" for line in text) or f"  | ({log} is empty)"


def stop(process: RunningProcess, owner: str) -> bool:
    """End a process and everything in its session; say whether there was anything to end."""
    leader = _leader(process, owner)
    return _end_all(lambda: _session_of(process, owner), first=leader) > 0


def stop_all_owned(owner: str) -> int:
    """End every process that carries the owner's mark, recorded or not; return how many there were."""
    ended = _end_all(lambda: owned_by(owner))
    for pid in list(_children):
        _reap(pid)
    return ended


def owned_by(owner: str) -> list[psutil.Process]:
    """Return this user's living processes that carry the owner's mark."""
    return [process for process in psutil.process_iter() if _mark(process) == owner]


def _leader(process: RunningProcess, owner: str) -> psutil.Process | None:
    _reap(process.pid)
    try:
        candidate = psutil.Process(process.pid)
        created = candidate.create_time()
    except psutil.Error:
        return None
    if abs(created - process.create_time) >= _SAME_START_SECONDS:
        return None
    # For a moment after its start a process shows no environment yet; a child of this one needs no mark.
    return candidate if process.pid in _children or _mark(candidate) == owner else None


def _mark(process: psutil.Process) -> str | None:
    try:
        if process.status() == psutil.STATUS_ZOMBIE or process.uids().real != os.getuid():
            return None
        environ = process.environ()
    except (psutil.Error, OSError):
        return None
    return environ.get(OWNER_VARIABLE) if PROCESS_VARIABLE in environ else None


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _session_of(process: RunningProcess, owner: str) -> list[psutil.Process]:
    members = [member for member in psutil.process_iter() if _session(member.pid) == process.pid]
    if _leader(process, owner) is None:
        # Without its leader a session is known by the mark alone.
        return [member for member in members if _mark(member) == owner]
    return [member for member in members if _runs(member)]


def _end_all(find: Callable[[], list[psutil.Process]], first: psutil.Process | None = None) -> int:
    """End what `find` finds until it finds nothing; return how many there were.

    Looked for again, because a process that was just being started shows no mark yet.
    """
    ended = 0
    for _ in range(_ROUNDS):
        found = find()
        if not found:
            break
        _end(found, first=first if not ended else None)
        ended += len(found)
    return ended


def _end(processes: Iterable[psutil.Process], first: psutil.Process | None = None) -> None:
    """Ask politely (the leader alone, if there is one, so that it can end its children), then insist."""
    remaining = list(processes)
    for process in [first] if first is not None else remaining:
        _signal(process.terminate)
    _wait(remaining, _GRACE_SECONDS)
    for process in remaining:
        _signal(process.kill)
    if not _wait(remaining, _GRACE_SECONDS):
        left = ", ".join(str(process.pid) for process in remaining if process.is_running())
        raise TemporaryError(
            f"These processes do not end: {left}.", remedy="Look at them with `ps`, then call again."
        )


def _wait(processes: list[psutil.Process], seconds: float) -> bool:
    in_time = wait_until(lambda: not any(_runs(process) for process in processes), seconds=seconds)
    for process in processes:
        _reap(process.pid)
    return in_time


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _signal(send: Callable[[], None]) -> None:
    try:
        send()
    except psutil.NoSuchProcess:
        return


def _reap(pid: int) -> None:
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]
