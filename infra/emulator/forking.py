"""Processes of functions, forked from one that has imported the libraries: a second less for each on Linux.

The emulator starts an interpreter for every function, after each change of its configuration and in place of
each that died; most of their time goes into importing the same libraries. `Forked` stands in for its
`subprocess.Popen`. The code of a function is imported after the fork, from what was deployed.
"""

from __future__ import annotations

import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final

# No library that starts threads or opens connections when it is imported.
_LIBRARIES: Final = (
    *("aws_lambda_powertools", "boto3", "fastapi", "mangum", "pydantic_settings", "requests"),
    *("lightgbm", "pandas", "pyarrow.parquet", "scipy.linalg", "scipy.optimize"),
)
_LONGEST_REQUEST: Final = 1 << 17
_lock = threading.Lock()
_parent: tuple[subprocess.Popen[bytes], socket.socket] | None = None


class Forked:
    """A process that runs one script; what the emulator uses of `subprocess.Popen`."""

    def __init__(self, command: Sequence[str], *, cwd: str, env: Mapping[str, str], **_: object) -> None:
        (read_in, write_in), (read_out, write_out), (read_err, write_err) = (os.pipe() for _ in range(3))
        request = json.dumps({"script": command[1], "cwd": cwd, "env": dict(env)}).encode()
        try:
            with _lock:
                requests = _started()
                socket.send_fds(requests, [request], [read_in, write_out, write_err])
                self.pid = int(requests.recv(32))
            self._handle = os.pidfd_open(self.pid)
        except (OSError, ValueError):
            for pipe in (write_in, read_out, read_err):
                os.close(pipe)
            raise
        finally:
            for pipe in (read_in, write_out, write_err):
                os.close(pipe)
        self.stdin = os.fdopen(write_in, "w", buffering=1)
        self.stdout = os.fdopen(read_out)
        self.stderr = os.fdopen(read_err)

    def poll(self) -> int | None:
        """Return None while it runs; how it ended is not known."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: it still runs after `timeout` seconds.
        """
        ended = self._ended(None if timeout is None else timeout * 1000)
        if ended is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return ended

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)

    def _ended(self, milliseconds: float | None) -> int | None:
        waiting = select.poll()
        waiting.register(self._handle, select.POLLIN)
        return 0 if waiting.poll(milliseconds) else None

    def __del__(self) -> None:
        with suppress(AttributeError):
            os.close(self._handle)


def _started() -> socket.socket:
    """Return the socket of the process to fork from, starting it when it is needed first."""
    global _parent
    if _parent is None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - the arguments are ours
                [sys.executable, "-P", __file__, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        _parent = process, ours
    return _parent[1]


def _serve(requests: socket.socket) -> None:
    """Fork for each request, and answer with the process's id; end when the emulator has."""
    for name in _LIBRARIES:
        with suppress(ImportError, OSError):  # a function that needs it says so itself
            import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: the kernel reaps
    while True:
        request, pipes, _, _ = socket.recv_fds(requests, _LONGEST_REQUEST, 3)
        if not request:
            return
        child = os.fork()
        if child == 0:
            requests.close()
            _become(json.loads(request), pipes)
            return
        for pipe in pipes:
            os.close(pipe)
        requests.send(str(child).encode())


def _become(request: dict[str, str | dict[str, str]], pipes: Sequence[int]) -> None:
    """Run the script as an interpreter of its own would."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, pipe in enumerate(pipes):
        os.dup2(pipe, number)
        os.close(pipe)
    script, cwd, env = str(request["script"]), str(request["cwd"]), request["env"]
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(dict(env))  # type: ignore[arg-type]
    sys.argv = [script]
    sys.path.insert(0, str(Path(script).parent))
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
