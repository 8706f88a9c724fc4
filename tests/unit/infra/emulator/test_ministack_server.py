"""The queue in front of the emulator's functions."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from infra.emulator.ministack_server import queued

API = "/_aws/execute-api/abc/prod/health"
T = TypeVar("T")

INVOKE = "/2015-03-31/functions/plantcast-predict/invocations"


def run(scenario: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a loop of its own; `asyncio.run` would drop the loop that Mangum keeps, unclosed."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(scenario)


class _CountingApp:
    """Counts requests under way; each ends when `finish` is set."""

    def __init__(self) -> None:
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.done = 0
        self.finish = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "lifespan")
        self.running[path] += 1
        self.most[path] = max(self.most[path], self.running[path])
        try:
            await self.finish.wait()
        finally:
            self.running[path] -= 1
            self.done += 1


async def _burst(app: _CountingApp, scopes: list[dict[str, str]], limit: int) -> None:
    serve = queued(app, limit)
    requests = [asyncio.ensure_future(serve(scope, None, None)) for scope in scopes]
    for _ in range(3):  # let each request run until it waits
        await asyncio.sleep(0)
    app.finish.set()
    await asyncio.gather(*requests)


def test_given_a_burst_when_it_exceeds_the_limit_then_the_rest_waits_and_all_are_served() -> None:
    async def scenario() -> _CountingApp:
        app = _CountingApp()
        await _burst(app, [{"type": "http", "path": API}] * 100, limit=4)
        return app

    app = run(scenario())

    assert (app.most[API], app.done) == (4, 100)


@pytest.mark.parametrize(
    "other",
    [{"type": "http", "path": INVOKE}, {"type": "http", "path": "/bucket/key"}, {"type": "lifespan"}],
)
def test_given_a_full_api_queue_when_something_else_is_asked_then_it_does_not_wait(
    other: dict[str, str],
) -> None:
    async def scenario() -> _CountingApp:
        app = _CountingApp()
        await _burst(app, [{"type": "http", "path": API}] * 5 + [other], limit=4)
        return app

    app = run(scenario())

    assert app.most[other.get("path", "lifespan")] == 1
