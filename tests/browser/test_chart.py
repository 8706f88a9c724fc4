"""The chart of home: which hours, whose air, and how an hour is picked and left again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.checks import accessibility_findings, overhanging, text_of
from tests.browser.conftest import OpenPage
from tests.browser.site import Site
from tests.browser.weather import kma_guidance

pytestmark = [pytest.mark.browser, pytest.mark.network]
NOW = re.compile("^오늘 9시, 예보")


def drawn(page: Page) -> Locator:
    """Return the chart, once everything is on the page."""
    expect(page.locator("#content[aria-busy=false] #hours-chart .uplot").first).to_be_visible()
    return page.get_by_role("slider", name="시간별 기온과 습도")


def plot_box(page: Page) -> tuple[float, float, float]:
    """Return left edge, width and the middle's height of the first panel, scrolled into view."""
    over = page.locator("#hours-chart .u-over").first
    over.evaluate("element => element.scrollIntoView({block: 'center'})")
    box = over.bounding_box()
    assert box is not None
    return box["x"], box["width"], box["y"] + box["height"] / 2


def test_given_the_keyboard_then_hours_from_twelve_ago_are_read_out_until_the_chart_is_left(
    open_site: OpenPage, site: Site
) -> None:
    site.api.show(guidance=kma_guidance())
    page = open_site()
    chart = drawn(page)
    expect(chart).to_have_attribute("aria-valuetext", NOW)
    chart.focus()
    page.keyboard.press("ArrowRight")  # from code, focus shows no ring; from the keyboard it must
    assert chart.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    back = page.get_by_role("button", name="지금으로 돌아가기")
    for key, text in (
        ("Home", "어제 21시, 관측"),
        ("PageUp", "오늘 3시, 예보"),
        ("End", "내일 23시, 예보"),
        ("ArrowRight", "내일 23시"),
    ):
        page.keyboard.press(key)
        expect(chart).to_have_attribute("aria-valuetext", re.compile(f"^{text}"))
        expect(page.locator("#hours-picked")).to_contain_text(text.partition(",")[0])
        expect(back).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(back).to_be_focused()
    page.keyboard.press("Enter")
    expect(chart).to_have_attribute("aria-valuetext", NOW)
    expect(chart).to_be_focused()
    expect(back).to_have_count(0)
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    expect(chart).to_have_attribute("aria-valuetext", NOW)
    # Whole degrees and per cent for what is forecast; the table begins with the present hour.
    assert re.search(r"기온 \d+ °C 80 % 범위 \d+ – \d+ 습도 \d+ %", text_of(page.locator("#hours-picked")))
    page.locator("details.table summary").click()
    rows = page.locator("#table tbody tr:not(.table-day)")
    expect(rows).to_have_count(39)
    expect(rows.first).to_contain_text("9시")
    expect(page.locator(".sky-hours li").first).to_contain_text("12시")


def test_given_a_pointer_then_hours_follow_it_and_it_is_now_again_when_it_leaves(open_site: OpenPage) -> None:
    page = open_site(viewport={"width": 1280, "height": 900})
    chart = drawn(page)
    left, width, middle = plot_box(page)
    page.mouse.move(left + 0.5, middle)
    expect(page.locator("#hours-picked")).to_contain_text("어제 21시")
    page.mouse.move(left + width - 0.5, middle)
    expect(page.locator("#hours-picked")).to_contain_text("내일 23시")
    page.mouse.move(5, 5)
    expect(chart).to_have_attribute("aria-valuetext", NOW)


def test_given_a_finger_then_a_drag_ends_at_now_and_a_tap_stays_until_the_button(open_site: OpenPage) -> None:
    page = open_site(has_touch=True, is_mobile=True)
    chart = drawn(page)
    assert chart.evaluate("element => getComputedStyle(element).touchAction") == "pan-y"
    left, width, middle = plot_box(page)
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *places: float) -> None:
        points = [{"x": x, "y": middle} for x in places]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", left + width / 2)
    touch("touchMove", left + width * 0.8)
    touch("touchMove", left + width - 1)
    expect(page.locator("#hours-picked")).to_contain_text("내일 23시")
    touch("touchEnd")
    expect(chart).to_have_attribute("aria-valuetext", NOW)
    page.touchscreen.tap(left + width - 1, middle)
    expect(page.locator("#hours-picked")).to_contain_text("내일 23시")
    page.get_by_role("button", name="지금으로 돌아가기").tap()
    expect(chart).to_have_attribute("aria-valuetext", NOW)


def test_given_a_plant_indoors_then_its_air_is_a_second_line_and_its_limits_are_against_that(
    open_site: OpenPage, site: Site
) -> None:
    site.api.show(temperature=(-3.0, 4.0), humidity=(45.0, 15.0))
    page = open_site(viewport={"width": 320, "height": 800})
    drawn(page)
    expect(page.locator("#hours .legend")).not_to_contain_text("이 식물 자리")
    expect(page.locator("#hours-picked .picked-temperature")).to_contain_text("●")
    page = open_site("#/?plant=monstera", viewport={"width": 320, "height": 800})
    chart = drawn(page)
    expect(page.locator("#hours .legend")).to_contain_text("이 식물 자리")
    expect(chart).to_have_attribute("aria-valuetext", re.compile("이 식물 자리 22\u00a0°C"))
    picked = page.locator("#hours-picked")
    # Far below its cold limit outside, and not so indoors; the heated air is too dry for it.
    expect(picked.locator(".picked-temperature")).to_contain_text("바깥")
    expect(picked.locator(".picked-temperature")).not_to_contain_text("●")
    expect(picked.locator(".picked-dryness")).to_contain_text("●")
    expect(picked.locator(".picked-humidity .picked-inside")).to_contain_text("%")
    page.locator("details.table summary").click()
    row = page.locator("#table tbody tr:not(.table-day)").first
    expect(row.locator("td").nth(1)).to_have_text("22.0")
    expect(row.locator("td").last).to_contain_text("●")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert accessibility_findings(page) == []
    assert overhanging(page) == []
