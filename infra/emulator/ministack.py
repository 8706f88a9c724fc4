"""The embedded emulator (ministack): AWS's APIs on a loopback port, functions as its child processes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from infra.emulator.processes import (
    StartError,
    answers,
    await_healthy,
    free_port,
    listens,
    port_is_taken,
    start,
    stop,
)
from infra.emulator.state import RunningProcess, StateFolder
from infra.stack.environment import REGION, child_environment
from plantcast.common.errors import InvalidInputError

NAME = "emulator"
HEALTH = "/_ministack/health"
_SERVER = Path(__file__).with_name("ministack_server.py")
_START_SECONDS = 60.0  # 0.6 s on an idle machine; a cold disk or a busy one needs far longer
_ATTEMPTS = 5


def start_emulator(
    folder: StateFolder,
    *,
    reaches_out: bool,
    port: int | None = None,
    on_start: Callable[[RunningProcess], None] = lambda _: None,
    extra: Mapping[str, str] | None = None,
) -> RunningProcess:
    """Start the emulator on `port`, or a free one, and wait until it answers.

    `on_start` learns of the process before it is waited for, so that it can be recorded. `extra` is added
    to its environment, and thereby to that of the functions.

    Raises:
        InvalidInputError: `port` is taken.
        StartError: the emulator ended or did not answer.
    """
    if port is not None and port_is_taken(port):
        raise InvalidInputError(
            f"Port {port} on 127.0.0.1 is taken by another program.",
            remedy="Choose another one with --port (or PLANTCAST_PORT), or leave it out for a free one.",
        )
    for attempt in range(_ATTEMPTS):
        chosen = port or free_port()
        try:
            return _start_on(folder, chosen, reaches_out, on_start, extra or {})
        except StartError:
            # Between choosing a port and binding it, someone else may have taken it.
            if port is not None or attempt == _ATTEMPTS - 1 or not port_is_taken(chosen):
                raise
    raise AssertionError("unreachable")


def wipe(folder: StateFolder) -> None:
    """Remove what the emulator keeps on disk (its functions' code, temporary files)."""
    shutil.rmtree(_home(folder), ignore_errors=True)


def is_healthy(process: RunningProcess) -> bool:
    """Say whether this emulator, and not another program on its port, answers."""
    return listens(process, process.port) and answers(process.port, HEALTH, timeout=5.0)


def _home(folder: StateFolder) -> Path:
    return folder.root / "emulator"


def _start_on(
    folder: StateFolder,
    port: int,
    reaches_out: bool,
    on_start: Callable[[RunningProcess], None],
    extra: Mapping[str, str],
) -> RunningProcess:
    home = _home(folder)
    wipe(folder)
    (home / "tmp").mkdir(parents=True)
    process = start(
        NAME,
        ["-P", str(_SERVER)],  # -P: no folder of ours becomes importable for the emulator or the functions
        env={**emulator_environment(folder, port, reaches_out=reaches_out), **extra},
        cwd=home,
        log=folder.logs / "emulator.log",
        port=port,
        on_start=on_start,
    )
    try:
        await_healthy(
            process,
            lambda: is_healthy(process),
            owner=folder.owner,
            seconds=_START_SECONDS,
            remedy="Read the whole log (path below), fix the cause and retry: "
            f"{folder.logs / 'emulator.log'}",
        )
    except BaseException:
        stop(process, folder.owner)
        raise
    return process


def emulator_environment(folder: StateFolder, port: int, *, reaches_out: bool) -> dict[str, str]:
    """Return the emulator's whole environment; nothing of the user's shell but what is listed."""
    home = _home(folder)
    return {
        **child_environment(os.environ, owner=folder.owner, name=NAME, home=home, reaches_out=reaches_out),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "LAMBDA_EXECUTOR": "local",
        # Listeners on fixed ports that nothing here needs: two emulators would collide on them.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        # Their defaults lie in /tmp, shared with every other emulator of this machine.
        "STATE_DIR": str(home / "state"),
        "S3_DATA_DIR": str(home / "s3"),
        # Several functions compute at once on few cores: threads that wait must not spin.
        "OMP_WAIT_POLICY": "PASSIVE",
        # With a Docker daemon in reach the emulator would sweep away containers it takes for its own.
        "DOCKER_HOST": f"unix://{home / 'no-docker.sock'}",
    }
