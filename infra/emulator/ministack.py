"""The embedded emulator (ministack): AWS's APIs on a loopback port, functions as its child processes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.emulator.processes import free_port, port_is_taken, start
from infra.emulator.state import RunningProcess, StateFolder
from infra.stack.environment import REGION, child_environment
from plantcast.common.errors import InvalidInputError

NAME: Final = "emulator"
_HEALTH: Final = "/_ministack/health"
_SERVER: Final = Path(__file__).with_name("ministack_server.py")


def start_emulator(
    folder: StateFolder,
    *,
    reaches_out: bool,
    port: int | None = None,
    extra: Mapping[str, str] | None = None,
) -> RunningProcess:
    """Start the emulator on `port`, or a free one; `processes.await_healthy` waits for it.

    `extra` is added to its environment, and thereby to that of the functions.

    Raises:
        InvalidInputError: `port` is taken.
    """
    if port is not None and port_is_taken(port):
        raise InvalidInputError(
            f"Port {port} on 127.0.0.1 is taken by another program.",
            remedy="Choose another one with --port (or PLANTCAST_PORT), or leave it out for a free one.",
        )
    wipe(folder)
    home = _home(folder)
    (home / "tmp").mkdir(parents=True)
    process = RunningProcess(
        name=NAME, port=port or free_port(), health=_HEALTH, log=str(folder.logs / "emulator.log")
    )
    environment = emulator_environment(folder, process.port, reaches_out=reaches_out) | dict(extra or {})
    # -P: no folder of ours becomes importable for the emulator or the functions.
    return start(process, ["-P", str(_SERVER)], env=environment, cwd=home)


def wipe(folder: StateFolder) -> None:
    """Remove what the emulator keeps on disk (its functions' code, temporary files)."""
    shutil.rmtree(_home(folder), ignore_errors=True)


def _home(folder: StateFolder) -> Path:
    return folder.root / "emulator"


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
