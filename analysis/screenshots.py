"""Make the README's pictures of a running dashboard: `python analysis/screenshots.py URL [FOLDER [CLOCK]]`.

Needs Playwright's Python package and an installed Chromium (`apt-get install chromium fonts-noto-cjk`).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

SCALE = 1.0  # device pixels a CSS pixel: each picture stays under 200 KB
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_MISSING = "Chromium was not found. Install it (Debian: apt-get install chromium fonts-noto-cjk)."

# No connection but to the page under test; a container has neither GPU nor user namespaces.
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Picture:
    """A picture of the first page: file name, size of the screen in CSS pixels."""

    file_name: str
    width: int
    height: int


PICTURES = (
    Picture("dashboard-phone.png", 390, 844),
    Picture("dashboard-desktop.png", 1280, 1240),
)


def find_chromium() -> str | None:
    """Return the path of the installed Chromium (or Chrome), None when there is none."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the installed Chromium without a window.

    Raises:
        FileNotFoundError: no Chromium is installed.
    """
    executable = find_chromium()
    if executable is None:
        raise FileNotFoundError(CHROMIUM_MISSING)
    # Loopback must not go through a proxy of the shell's.
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=list(CHROMIUM_FLAGS), env=dict(environment)
        )
        try:
            yield browser
        finally:
            browser.close()


def take(browser: Browser, url: str, picture: Picture, clock: str | None = None) -> bytes:
    """Open `url` afresh, wait until the page is drawn, and return the PNG of the first screen.

    Raises:
        playwright.sync_api.Error: the page shows nothing within 30 s.
    """
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        device_scale_factor=SCALE,
        reduced_motion="reduce",
        locale="ko-KR",
    )
    try:
        page = context.new_page()
        if clock is not None:
            page.clock.install(time=clock)
        page.goto(url)
        page.locator("#hours-chart .uplot").first.wait_for(state="visible")
        page.wait_for_load_state("networkidle")  # what it adds later, observed hours for example
        return page.screenshot()
    finally:
        context.close()


def main(url: str, folder: str = "docs/pictures", clock: str | None = None) -> None:
    """Write the pictures; `clock` (ISO 8601) is the reader's where the deployment stands at another date."""
    with chromium() as browser:
        for picture in PICTURES:
            (Path(folder) / picture.file_name).write_bytes(take(browser, url, picture, clock))


if __name__ == "__main__":
    main(*sys.argv[1:])
