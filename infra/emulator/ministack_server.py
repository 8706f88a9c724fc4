"""Runs the emulator with a queue in front of its functions; `infra.emulator.ministack` starts this file.

The emulator starts a process for every invocation that finds no idle one, without an upper limit, and its own
cap answers 429 at once. AWS scales out instead; one machine cannot, so requests beyond the limit wait here.
API Gateway and Lambda's Invoke API have a limit each: a handler that invokes another function holds a slot of
the first while it waits for the second, so that a shared limit could deadlock.
"""

from __future__ import annotations

import asyncio
import os
import runpy
import subprocess
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]

# Handlers compute or wait for the emulator itself; more processes than this only take memory (80 MB each).
CONCURRENCY = max(4, 2 * (os.cpu_count() or 1))
_QUEUED_PATHS = ("/_aws/execute-api/", "/2015-03-31/functions/")


def queued(app: App, limit: int = CONCURRENCY) -> App:
    """Return `app` with at most `limit` requests at a time to each group of paths that runs functions."""
    slots = {path: asyncio.Semaphore(limit) for path in _QUEUED_PATHS}

    async def serve(scope: Scope, receive: Any, send: Any) -> None:
        path = next((prefix for prefix in _QUEUED_PATHS if scope.get("path", "").startswith(prefix)), None)
        if scope["type"] != "http" or path is None:
            await app(scope, receive, send)
            return
        async with slots[path]:
            await app(scope, receive, send)

    return serve


def fork_functions() -> None:
    """Let the emulator fork its functions' processes (`infra.emulator.forking`, which is not on its path)."""
    from ministack.core import lambda_runtime

    code = runpy.run_path(str(Path(__file__).with_name("forking.py")), run_name="forking")
    lambda_runtime.subprocess = SimpleNamespace(**vars(subprocess) | {"Popen": code["Forked"]})


if __name__ == "__main__":
    import ministack.app

    if sys.platform == "linux":  # elsewhere a fork is not safe once these libraries are imported
        fork_functions()
    ministack.app.app = queued(ministack.app.app)
    ministack.app.main()
