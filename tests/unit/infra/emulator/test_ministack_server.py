"""The queue in front of the emulator's functions."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from infra.emulator.ministack_server import queued

API = "/_aws/execute-api/abc/prod/health"
INVOKE = "/2015-03-31/functions/plantcast-predict/invocations"


def test_given_more_requests_than_the_limit_then_the_rest_waits_and_nothing_else_does() -> None:
    running: Counter[str] = Counter()
    most: Counter[str] = Counter()

    async def scenario() -> None:
        finish = asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            path = scope.get("path", "lifespan")
            running[path] += 1
            most[path] = max(most[path], running[path])
            await finish.wait()
            running[path] -= 1

        serve = queued(app, limit=4)
        scopes = [{"type": "http", "path": path} for path in (*[API] * 100, INVOKE, "/bucket/key")]
        requests = [
            asyncio.ensure_future(serve(scope, None, None)) for scope in [*scopes, {"type": "lifespan"}]
        ]
        for _ in range(3):  # let each request run until it waits
            await asyncio.sleep(0)
        finish.set()
        await asyncio.gather(*requests)

    # `asyncio.run` would drop the loop that Mangum keeps, unclosed.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(scenario())

    assert most == {API: 4, INVOKE: 1, "/bucket/key": 1, "lifespan": 1}
    assert not running.total()
