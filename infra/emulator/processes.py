"""Detached processes: start, wait until healthy, stop; never anyone else's.

A process is known by variables in its environment that name the state folder and the process. Its children
inherit them, so what a killed command or emulator left behind is found, and no reused pid is ever signalled.
"""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from infra.emulator.state import RunningProcess
from infra.stack.environment import OWNER_VARIABLE, PROCESS_VARIABLE
from infra.terminal.interrupts import deferred
from plantcast.common.errors import PlantcastError, TemporaryError

# A second on an idle machine; reading a replay of ten years takes a few, a busy machine needs far longer.
START_SECONDS = 90.0
_GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.05
_TAIL_LINES = 12


class StartError(PlantcastError):
    """A process ended, or did not answer in time, while it was being started."""


def free_port() -> int:
    """Return a port that is free on 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_taken(port: int) -> bool:
    """Return whether something listens on `port` of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


def start(
    process: RunningProcess, arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path
) -> RunningProcess:
    """Start this interpreter with `arguments` in a session of its own; return `process` with its pid.

    `env` must carry the owner's mark (see `environment.child_environment`). Output is appended to the log.
    """
    owner, name = env[OWNER_VARIABLE], env[PROCESS_VARIABLE]
    with Path(process.log).open("ab") as output, deferred():
        child = subprocess.Popen(  # noqa: S603 - the arguments are ours
            [sys.executable, *arguments],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        # Until the new program is in place its environment is empty, and it is nobody's.
        while child.poll() is None and not _is_owned(psutil.Process(child.pid), owner, name):
            time.sleep(_POLL_SECONDS / 10)
    # Reaped when it ends, so that it is not left as a zombie while this command runs.
    threading.Thread(target=child.wait, daemon=True).start()
    return process.model_copy(update={"pid": child.pid})


def await_healthy(process: RunningProcess, owner: str, *, seconds: float = START_SECONDS) -> None:
    """Wait until the process answers.

    Raises:
        StartError: it ended, or `seconds` passed; the message carries the end of its log.
    """
    deadline = time.monotonic() + seconds
    while is_alive(process, owner) and time.monotonic() < deadline:
        if is_healthy(process):
            return
        time.sleep(_POLL_SECONDS)
    cause = f"did not answer within {seconds:.0f} s" if is_alive(process, owner) else "ended while starting"
    raise StartError(
        f"The {process.name} {cause}.\n{_log_tail(Path(process.log))}\n",
        remedy=f"Fix the cause named above and retry; whole log: {process.log}",
    )


def is_healthy(process: RunningProcess) -> bool:
    """Return whether this process, and not another program on its port, answers `GET` on its health path."""
    try:
        connections = psutil.Process(process.pid).net_connections("tcp")
    except psutil.Error:
        return False
    if not any(c.status == psutil.CONN_LISTEN and c.laddr.port == process.port for c in connections):
        return False
    connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=5.0)  # without a proxy
    try:
        connection.request("GET", process.health)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def is_alive(process: RunningProcess, owner: str) -> bool:
    """Return whether the process that was recorded still runs."""
    try:
        return _is_owned(psutil.Process(process.pid), owner, process.name)
    except psutil.Error:
        return False


def owned_by(owner: str, name: str | None = None) -> list[psutil.Process]:
    """Return the living processes of a state folder; with `name`, those of one process and its children."""
    return [process for process in psutil.process_iter() if _is_owned(process, owner, name)]


def stop(owner: str, name: str | None = None) -> int:
    """End what `owned_by` finds, recorded or not; return how many there were.

    SIGTERM, and SIGKILL after 5 s. Searched again, because one may just have started another.

    Raises:
        TemporaryError: a process does not end.
    """
    ended = 0
    while found := owned_by(owner, name):
        ended += len(found)
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        _, remaining = psutil.wait_procs(found, timeout=_GRACE_SECONDS)
        for process in remaining:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        _, remaining = psutil.wait_procs(remaining, timeout=_GRACE_SECONDS)
        if remaining:
            left = ", ".join(str(process.pid) for process in remaining)
            raise TemporaryError(
                f"Processes {left} do not end.", remedy="Look at them with `ps`, then retry."
            )
    return ended


def _is_owned(process: psutil.Process, owner: str, name: str | None) -> bool:
    try:
        environ = process.environ()
    except (psutil.Error, OSError):  # another user's, or just ended
        return False
    return environ.get(OWNER_VARIABLE) == owner and name in (None, environ.get(PROCESS_VARIABLE))


def _log_tail(log: Path) -> str:
    lines = log.read_text("utf-8", errors="replace").splitlines()[-_TAIL_LINES:]
    return "\n".join(f"  | {line}" for line in lines) or f"  | ({log} is empty)"
