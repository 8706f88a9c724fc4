"""Every page on any screen, in both languages and schemes: nothing overhangs, axe finds no fault."""

from __future__ import annotations

from threading import Event, Timer

import pytest
from playwright.sync_api import expect

from plantcast.guidance.status import REASONS
from tests.browser.checks import accessibility_findings, overhanging, speak
from tests.browser.conftest import OpenPage
from tests.browser.page_documents import fill, scored
from tests.browser.site import Reply, Site
from tests.browser.weather import MORNING, kma_guidance

pytestmark = [pytest.mark.browser, pytest.mark.network]

PATHS = {
    "record": ["/api/verification"],
    "info": ["/api/models", "/api/runs", "/api/quality"],
}
PAGES = ("home", *PATHS)
# Chromium's own measure, https://web.dev/articles/cls; what follows a reader's input does not count.
OBSERVE = """
window.shifts = [];
new PerformanceObserver((list) => window.shifts.push(...list.getEntries().filter((one) => !one.hadRecentInput)
  .map((one) => [one.value, one.sources.map((source) => source.node?.outerHTML?.slice(0, 80) ?? "")])))
  .observe({ type: "layout-shift", buffered: true });
"""
GOOD_CLS = 0.1


@pytest.mark.parametrize("page_id", PAGES)
def test_given_any_screen_language_scheme_and_letter_size_then_all_fits_and_is_accessible(
    open_site: OpenPage, site: Site, page_id: str
) -> None:
    site.serve_stations("108", "112")
    site.source = "synthetic"
    fill(site.api.world, "synthetic")
    if page_id == "record":
        scored(site.api.world, 9, worse=4.0, source="synthetic")  # alarms and "worse" must be legible too
    site.api.show(
        source="synthetic",
        degraded_reasons=("observations_incomplete",),
        guidance=kma_guidance(),
        guidance_reasons=REASONS,
    )
    page = open_site(f"#/{page_id}", viewport={"width": 320, "height": 700}, color_scheme="dark")
    expect(page.locator("#content > *").first).to_be_visible()
    page.locator("main details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    if page_id == "info":
        expect(page.locator("details.run .small-print")).to_have_count(6)  # the steps of each
    assert overhanging(page) == []
    assert accessibility_findings(page) == []
    speak(page, "en")
    page.emulate_media(color_scheme="light")
    for width in (360, 768, 1280, 3840):
        page.set_viewport_size({"width": width, "height": 900})
        assert overhanging(page) == []
    assert accessibility_findings(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("main details").evaluate_all("all => all.forEach((one) => { one.open = false; })")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert overhanging(page) == []


@pytest.mark.parametrize("page_id", PAGES)
def test_given_a_phone_and_a_slow_api_when_a_page_loads_then_hardly_anything_shifts(
    open_page: OpenPage, site: Site, page_id: str
) -> None:
    site.source = "synthetic"
    fill(site.api.world, "synthetic")
    # After the past forecasts, one of which is from the same origin.
    site.api.show(source=site.source, guidance=kma_guidance())
    held = Event()
    for path in ("forecast", "verification", "models", "runs", "quality"):
        site.api.replies[f"/api/{path}"] = Reply(hold=held)
    page = open_page("about:blank", clock=MORNING, viewport={"width": 360, "height": 740})
    page.add_init_script(OBSERVE)
    Timer(1, held.set).start()
    page.goto(f"{site.url}#/{page_id}")
    expect(page.locator("#content > *").first).to_be_visible()
    if page_id == "home":
        expect(page.locator("#content[aria-busy=false] #hours-chart .uplot").first).to_be_visible()
    page.wait_for_timeout(300)  # the observer is called after the next frame
    found = page.evaluate("window.shifts")

    assert sum(value for value, _ in found) < GOOD_CLS, found


def test_given_an_api_fault_when_retried_then_each_page_appears(open_site: OpenPage, site: Site) -> None:
    fill(site.api.world)
    page = open_site()
    for page_id, paths in PATHS.items():
        fault = {"title": "Fault", "status": 500, "detail": f"No table for {page_id}."}
        site.api.replies |= dict.fromkeys(paths, Reply(fault, 500))
        page.locator(f"#pages [data-page={page_id}]").click()
        panel = page.locator("[data-state=refused]")
        expect(panel).to_contain_text(fault["detail"])
        expect(panel).not_to_contain_text("500")
        site.api.replies |= dict.fromkeys(paths, Reply({"another": "form"}))
        page.get_by_role("button", name="다시 시도").click()
        expect(page.locator("[data-state=unreadable]")).to_be_visible()
        site.api.replies.clear()
        page.get_by_role("button", name="다시 시도").click()
        expect(page.locator("#page-title")).to_be_visible()

    site.api.replies["/api/models"] = Reply(fault, 500)  # the rest of the page does not depend on it
    page.reload()
    expect(page.locator("#info-models > summary")).to_contain_text("받지 못했어요")
    expect(page.locator("#info-runs > summary")).to_contain_text("진행 중")
    site.api.replies.clear()
    page.locator("#info-models > summary").click()
    page.get_by_role("button", name="다시 시도").click()
    expect(page.locator("#info-models > summary")).to_contain_text("학습 모델")


def test_given_a_new_deployment_then_each_page_shows_what_it_waits_for(open_site: OpenPage) -> None:
    page = open_site()
    page.locator("#pages [data-page=record]").click()
    expect(page.locator("[data-state=nothing]").first).to_contain_text("아직 채점한 예보가 없어요")
    page.locator("#pages [data-page=info]").click()
    for section, line, text in (
        ("models", "기온: 기준 모델", "아직 운영 중인 모델이 없어요"),
        ("runs", "아직 실행한 적이 없어요", "첫 실행이 시작되면"),
        ("quality", "아직 받은 관측이 없어요", "첫 관측이 들어오면"),
    ):
        summary = page.locator(f"#info-{section} > summary")
        expect(summary).to_contain_text(line)
        summary.click()
        expect(page.locator(f"#info-{section} [data-state=nothing]").first).to_contain_text(text)
