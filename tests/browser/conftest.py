"""One Chromium a module; a website, an API and a fresh browser profile a test."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from analysis.screenshots import CHROMIUM_MISSING, chromium, find_chromium
from tests.browser.site import Site

OpenPage = Callable[..., Page]
# Set, it names a folder that gets a picture of each page a failed test had open (CI keeps them).
PICTURES_VARIABLE = "PLANTCAST_FAILED_PAGES"
# The emulator's Date header is this machine's clock, which the deployment's is moved away from.
IGNORE_DATE_HEADER = """
const read = Headers.prototype.get;
Headers.prototype.get = function (name) { return name === "Date" ? null : read.call(this, name); };
"""
_FAILED = pytest.StashKey[bool]()

# On a machine busy with other tests a page takes longer than the default 5 s; a test fails by what it sees.
expect.set_options(timeout=20_000)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember for the fixtures' ends that a test failed."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[_FAILED] = True
    return report


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
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """`open_page(url, clock=…, **context_options)`; at the end the console must be free of complaints.

    `clock` sets the reader's clock; `page.clock` moves it on. A failed request writes into the console
    whatever the page does: that alone is no complaint. Service workers are off unless a test asks for them:
    an answer kept from an earlier load would hide what the test scripts.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(
        url: str, *, clock: datetime | None = None, init_script: str | None = None, **options: Any
    ) -> Page:
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
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: _hear(message.type, message.text, complaints))
        if clock is not None:
            page.clock.install(time=clock)
        if init_script is not None:
            page.add_init_script(init_script)
        page.goto(url)
        return page

    yield open_one
    if request.node.stash.get(_FAILED, False):
        _take_pictures(request.node, contexts)
    for context in contexts:
        context.close()
    assert complaints == [], "the page complained in the console"


def _take_pictures(test: pytest.Item, contexts: list[BrowserContext]) -> None:
    """Write `<test>-<number>.png` of every page still open into the folder that the environment may name."""
    folder = os.environ.get(PICTURES_VARIABLE)
    if not folder:
        return
    name = re.sub(r"[^A-Za-z0-9]+", "-", test.name)[:120]
    pages = [page for context in contexts for page in context.pages]
    for number, page in enumerate(pages):
        page.screenshot(path=Path(folder) / f"{name}-{number}.png", full_page=True)


def _hear(kind: str, text: str, complaints: list[str]) -> None:
    expected = ("Failed to load resource", "Service Worker registration blocked")
    if kind in {"error", "warning"} and not text.startswith(expected):
        complaints.append(text)


@pytest.fixture
def open_site(open_page: OpenPage, site: Site) -> OpenPage:
    """`open_site(at="#/record", **options)`: the fixture site's dashboard."""
    return lambda at="", **options: open_page(site.url + at, **options)
