"""What must hold of any page, whatever it shows."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from infra.build.web import WEB, ensure_built

_AXE = Path("node_modules/axe-core/axe.min.js")


@cache
def _axe_source() -> str:
    ensure_built()  # which installs it
    return (WEB / _AXE).read_text("utf-8")


def accessibility_findings(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical on the page as it stands."""
    page.evaluate(_axe_source())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((run) => run.violations)")
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes']]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


def overhanging(page: Page) -> list[str]:
    """Return the elements that reach over the right edge of the window; the page must not scroll sideways."""
    found: list[str] = page.evaluate(
        "() => [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility()"
        " && !e.closest('.visually-hidden, .u-over')"
        " && e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML.slice(0, 100))"
    )
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found + ([f"scrolls {wide} px sideways"] if wide > 0 else [])


def speak(page: Page, language: str) -> None:
    """Switch from Korean, in which the page opens, to `language`."""
    if language == "en":
        page.get_by_role("button", name="Switch to English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")


def plain(text: str) -> str:
    """Return text with plain spaces and minus signs, as one line."""
    return " ".join(text.replace("\u00a0", " ").replace("−", "-").split())


def text_of(place: Locator) -> str:
    """Return the visible text at a place, plain."""
    return plain(place.inner_text())
