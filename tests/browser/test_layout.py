"""What a reader of a small screen or of large letters meets: nothing jumps, nothing is cut off."""

from __future__ import annotations

from threading import Event, Timer

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import accessibility_findings, overhanging, speak
from tests.browser.conftest import OpenPage
from tests.browser.page_documents import fill
from tests.browser.site import Reply, Site

pytestmark = [pytest.mark.browser, pytest.mark.network]

# Chromium's own measure, https://web.dev/articles/cls; what follows a reader's input does not count.
OBSERVE = """
window.shifts = [];
new PerformanceObserver((list) => window.shifts.push(...list.getEntries().filter((one) => !one.hadRecentInput)
  .map((one) => [one.value, one.sources.map((source) => source.node?.outerHTML?.slice(0, 80) ?? "")])))
  .observe({ type: "layout-shift", buffered: true });
"""
GOOD_CLS = 0.1


def shifts(page: Page) -> list[tuple[float, list[str]]]:
    page.wait_for_timeout(300)  # the observer hears after the next frame
    found: list[tuple[float, list[str]]] = page.evaluate("window.shifts")
    return found


@pytest.mark.parametrize(
    ("page_id", "source"),
    [
        *((page_id, "kma") for page_id in ("home", "record", "models", "runs", "quality")),
        *((page_id, "synthetic") for page_id in ("home", "models", "runs")),
    ],
)
def test_given_a_phone_and_a_slow_api_when_a_page_loads_then_hardly_anything_shifts(
    open_page: OpenPage, site: Site, page_id: str, source: str
) -> None:
    site.source = source
    fill(site.api.world)
    site.api.show(source=source)  # after the past forecasts, one of which is from the same origin
    held = Event()
    for path in ("forecast", "verification", "models", "runs", "quality"):
        site.api.replies[f"/api/{path}"] = Reply(hold=held)
    page = open_page("about:blank", viewport={"width": 360, "height": 740})
    page.add_init_script(OBSERVE)
    Timer(1.5, held.set).start()
    page.goto(f"{site.url}#/{page_id}")
    expect(page.locator("#content > *").first).to_be_visible()
    if page_id == "home":
        expect(page.locator("#content[aria-busy=false] #chart .uplot").first).to_be_visible()
    found = shifts(page)

    assert sum(value for value, _ in found) < GOOD_CLS, found


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("page_id", ["home", "record", "models", "runs", "quality"])
def test_given_letters_twice_as_large_on_a_phone_then_nothing_is_cut_off(
    open_site: OpenPage, site: Site, page_id: str, language: str
) -> None:
    site.serve_stations("108", "112")
    site.source = "synthetic"
    site.api.show(source="synthetic", degraded_reasons=("observations_incomplete",))
    fill(site.api.world)
    page = open_site(f"#/{page_id}", viewport={"width": 360, "height": 740})
    page.add_style_tag(content="") if False else page.evaluate(
        "document.documentElement.style.fontSize = '200%'"
    )
    speak(page, language)
    expect(page.locator("#content > *").first).to_be_visible()
    assert overhanging(page) == []


def test_given_made_up_weather_then_all_that_is_said_lies_in_a_landmark(
    open_site: OpenPage, site: Site
) -> None:
    site.api.show(source="synthetic")
    page = open_site()
    expect(page.get_by_role("complementary", name="자료의 종류")).to_contain_text("합성 자료")


def test_given_the_api_s_documentation_then_it_names_its_language_and_can_be_read(
    open_page: OpenPage, site: Site
) -> None:
    page = open_page(f"{site.api_url}/docs", viewport={"width": 1280, "height": 900})
    expect(page.locator(".opblock").first).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    page.locator(".opblock-summary-control").first.click()
    expect(page.locator(".opblock-body").first).to_be_visible()
    findings = [
        one for one in accessibility_findings(page) if one.startswith(("color-contrast", "html-has-lang"))
    ]
    assert findings == []
