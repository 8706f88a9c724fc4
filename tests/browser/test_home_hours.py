"""The hours observed and ahead, as a table and as a chart."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.checks import plain
from tests.browser.conftest import OpenPage
from tests.browser.site import Reply, Site
from tests.browser.test_home import drawn
from tests.browser.weather import MOODS

pytestmark = [pytest.mark.browser, pytest.mark.network]


def test_given_observations_and_forecast_then_the_table_holds_every_number_of_both(
    open_site: OpenPage, site: Site
) -> None:
    site.api.show(**MOODS["hot"])
    hourly = site.api.json("/api/forecast?station=108")["hourly"]
    observed = site.api.json("/api/observations?station=108")["hourly"]
    page = drawn(open_site())
    page.locator("details.table summary").click()
    rows = page.locator("tr[data-time]").evaluate_all(
        "rows => rows.map((row) => [row.dataset.time, row.dataset.observed,"
        " ...[...row.querySelectorAll('td')].map((cell) => cell.textContent)])"
    )
    shown = {row[0]: [plain(cell) for cell in row[1:]] for row in rows}
    assert len(shown) == 96
    for index, time in enumerate(observed["time"][-48:], start=len(observed["time"]) - 48):
        assert shown[time][:3] == ["true", f"{observed['temperature_2m'][index]:.1f}", "–"]
    for index, time in enumerate(hourly["time"]):
        mean = hourly["temperature_2m"][index]
        low, high = (hourly[f"temperature_2m_{end}"][index] for end in ("p10", "p90"))
        told = shown[time]
        assert told[:2] == ["false", f"{'● ' if mean >= 30 else ''}{mean:.1f}"]
        ends = [float(end) for end in told[2].split(" – ")]
        assert ends == pytest.approx([low, high], abs=0.051)
        humidity = float(told[3].removeprefix("● "))
        assert humidity == pytest.approx(hourly["relative_humidity_2m"][index], abs=0.5)


def test_given_missing_values_then_they_are_dashes_and_nothing_is_invented(
    open_site: OpenPage, site: Site
) -> None:
    document = site.api.json("/api/forecast?station=108")
    for name in ("temperature_2m", "temperature_2m_p10", "temperature_2m_p90"):
        document["hourly"][name][10:13] = [None] * 3
    site.api.replies["/api/forecast"] = Reply(document)
    page = drawn(open_site())
    page.locator("details.table summary").click()
    cells = page.locator(f"tr[data-time='{document['hourly']['time'][11]}'] td").all_inner_texts()
    assert cells[:2] == ["–", "–"]
    assert "NaN" not in page.locator("main").inner_text()


def test_when_the_chart_is_used_by_keyboard_and_pointer_then_each_hour_is_read_out(
    open_site: OpenPage,
) -> None:
    page = drawn(open_site())
    chart = page.get_by_role("slider", name="시간별 기온과 습도")
    expect(chart).to_have_attribute("aria-valuetext", re.compile("^오늘 9시, 예보. 기온 "))
    chart.focus()
    page.keyboard.press("ArrowRight")  # from code, focus shows no ring; from the keyboard it must
    assert chart.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    for key, words in (
        ("Home", "그제 0시, 관측"),
        ("ArrowRight", "그제 1시"),
        ("PageUp", "그제 7시"),
        ("End", "내일 23시, 예보"),
        ("ArrowRight", "내일 23시"),
    ):
        page.keyboard.press(key)
        expect(chart).to_have_attribute("aria-valuetext", re.compile(f"^{words}"))
        expect(page.locator("#readout")).to_contain_text(words.partition(",")[0])
    page.locator("#chart").scroll_into_view_if_needed()
    box = page.locator("#chart .u-over").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.5, box["y"] + 60)
    expect(page.locator("#readout")).to_contain_text("그제 0시")
    page.mouse.move(box["x"] + box["width"] - 0.5, box["y"] + 60)
    expect(page.locator("#readout")).to_contain_text("내일 23시")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function("document.querySelector('#chart .uplot').clientWidth > 900")
    expect(page.locator("#readout")).to_contain_text("내일 23시")
