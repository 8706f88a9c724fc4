"""What must hold of each page, on any screen: nothing hangs over, axe is content, faults are said."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.checks import accessibility_findings, overhanging
from tests.browser.conftest import OpenPage
from tests.browser.page_documents import fill, scored
from tests.browser.site import Reply, Site

pytestmark = [pytest.mark.browser, pytest.mark.network]

PATHS = {
    "record": "/api/verification",
    "models": "/api/models",
    "runs": "/api/runs",
    "quality": "/api/quality",
}


@pytest.mark.parametrize("page_id", PATHS)
def test_given_any_screen_language_and_scheme_then_all_fits_and_is_accessible(
    open_site: OpenPage, site: Site, page_id: str
) -> None:
    fill(site.api.world)
    if page_id == "record":
        scored(site.api.world, 9, worse=4.0)  # alarms and "worse" must be legible too
    page = open_site(f"#/{page_id}", viewport={"width": 320, "height": 700}, color_scheme="dark")
    expect(page.locator("main .page-head")).to_be_visible()
    page.locator("main details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    if page_id == "runs":
        expect(page.locator("details.run .small-print")).to_have_count(6)  # steps of each are there
    assert overhanging(page) == []
    page.get_by_role("button", name="Switch to English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    if page_id == "runs":
        expect(page.locator("details.run .small-print")).to_have_count(6)
    assert overhanging(page) == []
    assert accessibility_findings(page) == []
    page.emulate_media(color_scheme="light")
    for width in (768, 1280, 3840):
        page.set_viewport_size({"width": width, "height": 900})
        assert overhanging(page) == []
    assert accessibility_findings(page) == []


def test_given_an_api_fault_when_retried_then_each_page_appears(open_site: OpenPage, site: Site) -> None:
    fill(site.api.world)
    page = open_site()
    for page_id, path in PATHS.items():
        away = {"title": "Fault", "status": 500, "detail": f"No table for {page_id}."}
        site.api.replies[path] = Reply(away, 500)
        page.locator(f"#pages [data-page={page_id}]").click()
        expect(page.locator("[data-state=refused]")).to_contain_text(away["detail"])
        site.api.replies[path] = Reply({"another": "form"})
        page.get_by_role("button", name="다시 시도").click()
        expect(page.locator("[data-state=unreadable]")).to_be_visible()
        site.api.replies.clear()
        page.get_by_role("button", name="다시 시도").click()
        expect(page.locator("#page-title")).to_be_visible()


def test_given_a_new_deployment_then_each_page_says_when_there_will_be_something(open_site: OpenPage) -> None:
    page = open_site()
    for page_id, korean, english in (
        ("record", "아직 채점한 예보가 없어요", "No forecast has been scored yet"),
        ("models", "아직 운영 중인 모델이 없어요", "No model is in production yet"),
        ("runs", "아직 실행한 적이 없어요", "Nothing has run yet"),
        ("quality", "아직 받은 관측이 없어요", "No observations yet"),
    ):
        page.locator(f"#pages [data-page={page_id}]").click()
        nothing = page.locator("[data-state=nothing]").first
        expect(nothing).to_contain_text(korean)
        page.get_by_role("button", name="Switch to English").click()
        expect(nothing).to_contain_text(english)
        page.get_by_role("button", name="한국어로 바꾸기").click()
