"""One Chromium a module; a website, an API and a fresh browser profile a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from analysis.screenshots import CHROMIUM_MISSING, chromium, find_chromium
from tests.browser.site import Site

OpenPage = Callable[..., Page]
# On a machine busy with other tests a page takes longer than the default 5 s; a test fails by what it sees.
expect.set_options(timeout=20_000)


# Not for the session: while Playwright's sync API is open, this thread counts as running an event loop, and
# Mangum's own could not start in the tests that follow.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if find_chromium() is None:
        pytest.skip(CHROMIUM_MISSING)
    with chromium() as running:
        yield running


@pytest.fixture
def site(browser: Browser) -> Iterator[Site]:
    running = Site()
    yield running
    running.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """`open_page(url, clock=…, **context_options)`; at the end the console must show no errors or warnings.

    `clock` sets the reader's clock; `page.clock` moves it on. Failed requests, which the browser logs itself,
    are allowed. Service workers are off unless a test enables them: a cached answer would hide what the test
    scripts.
    """
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_one(url: str, *, clock: datetime | None = None, **options: Any) -> Page:
        settings = {
            "viewport": {"width": 390, "height": 844},
            "locale": "ko-KR",
            "reduced_motion": "reduce",
            "service_workers": "block",
        }
        context = browser.new_context(**{**settings, **options})
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: _record(message.type, message.text, problems))
        if clock is not None:
            page.clock.install(time=clock)
        page.goto(url)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert problems == [], "errors or warnings in the console"


def _record(kind: str, text: str, problems: list[str]) -> None:
    expected = ("Failed to load resource", "Service Worker registration blocked")
    if kind in {"error", "warning"} and not text.startswith(expected):
        problems.append(text)


@pytest.fixture
def open_site(open_page: OpenPage, site: Site) -> OpenPage:
    """`open_site(at="#/record", **options)`: the fixture site's dashboard, by default at its API's clock."""
    return lambda at="", **options: open_page(site.url + at, **{"clock": site.api.clock, **options})
