"""Make the README's pictures of a running dashboard: `python analysis/screenshots.py URL`.

Writes the pictures of `PICTURES`, each under 200 KB, beside this file in `pictures/`.
Needs Playwright's Python package and an installed Chromium (`apt-get install chromium fonts-noto-cjk`).
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

LIMIT_BYTES = 200_000
SCALES = (2.0, 1.5, 1.25, 1.0)  # device pixels a CSS pixel; the sharpest that stays under the limit is kept
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_MISSING = "Chromium was not found. Install it (Debian: apt-get install chromium fonts-noto-cjk)."

# Nothing here may talk to anyone but the page under test; a container gives neither GPU nor user namespaces.
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
    """A picture to make: its file name, the size of the screen in CSS pixels, which page, how, showing what.

    `shows` is a selector of what must be visible before the picture is taken.
    """

    file_name: str
    width: int
    height: int
    page: str = "#/"
    color_scheme: Literal["light", "dark"] = "light"
    shows: str = "#chart .uplot"


PICTURES = (
    Picture("dashboard-phone.png", 390, 844),
    Picture("dashboard-desktop.png", 1280, 1240),
    Picture("dashboard-dark.png", 390, 844, color_scheme="dark"),
    Picture("record-desktop.png", 1280, 900, page="#/record", shows="#content > *"),
    Picture("runs-phone.png", 390, 844, page="#/runs", shows="#content > *"),
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
    # Loopback must not go through a proxy that the shell happens to name.
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=list(CHROMIUM_FLAGS), env=dict(environment)
        )
        try:
            yield browser
        finally:
            browser.close()


def take(browser: Browser, url: str, picture: Picture, *, scale: float) -> bytes:
    """Open `url` afresh, wait until the page is drawn, and return the PNG of the first screen.

    Raises:
        playwright.sync_api.Error: the page shows nothing within 30 s.
    """
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        device_scale_factor=scale,
        color_scheme=picture.color_scheme,
        reduced_motion="reduce",  # otherwise the leaves sway and no two pictures are equal
        locale="ko-KR",
    )
    try:
        page = context.new_page()
        page.goto(url + picture.page)
        page.locator(picture.shows).first.wait_for(state="visible")
        page.wait_for_load_state("networkidle")  # what it adds later, observed hours for example
        return page.screenshot()
    finally:
        context.close()


def make(url: str, folder: Path, pictures: Sequence[Picture] = PICTURES) -> list[Path]:
    """Write `pictures` into `folder`; return their paths.

    Raises:
        FileNotFoundError: no Chromium is installed.
        ValueError: a picture does not fit `LIMIT_BYTES` even at the lowest scale.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        return [_make_one(browser, url, picture, folder) for picture in pictures]


def _make_one(browser: Browser, url: str, picture: Picture, folder: Path) -> Path:
    for scale in SCALES:
        png = take(browser, url, picture, scale=scale)
        if len(png) < LIMIT_BYTES:
            path = folder / picture.file_name
            path.write_bytes(png)
            return path
    raise ValueError(f"{picture.file_name} is {len(png)} bytes at scale {SCALES[-1]}, over {LIMIT_BYTES}.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Make the README's pictures of a running dashboard.")
    parser.add_argument("url", help="address of the dashboard's index.html")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).resolve().parents[1] / "docs" / "pictures",
        help="folder to write to",
    )
    names = [picture.file_name for picture in PICTURES]
    parser.add_argument("--only", action="append", choices=names, help="make this one (repeat for more)")
    options = parser.parse_args(arguments)
    pictures = [picture for picture in PICTURES if picture.file_name in (options.only or names)]
    try:
        paths = make(options.url, options.out, pictures)
    except (FileNotFoundError, ValueError, PlaywrightError) as error:
        print(f"No pictures made: {error}", file=sys.stderr)
        return 1
    for path in paths:
        print(f"{path} {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
