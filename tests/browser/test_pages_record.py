"""The track record in a browser: what it shows is what the API answers."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.checks import plain, text_of
from tests.browser.conftest import OpenPage
from tests.browser.page_documents import fill, scored
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.network]

VERIFICATION = "/api/verification?station=108&days=30"
UNIT = {"ta": "°C", "hm": "%p"}


def table(place: Locator) -> list[list[str]]:
    """Cells of each row that has any, its heading first."""
    rows: list[list[str]] = place.locator("tbody tr:has(td)").evaluate_all(
        "rows => rows.map((row) => [...row.children].map((cell) => cell.textContent))"
    )
    return [[plain(cell) for cell in row] for row in rows]


@pytest.fixture
def record(site: Site) -> dict[str, Any]:
    """What the API answers for a month of forecasts."""
    fill(site.api.world)
    answer: dict[str, Any] = site.api.json(VERIFICATION)
    return answer


def opened(open_site: OpenPage) -> Page:
    page = open_site("#/record")
    expect(page.locator("main .page-head")).to_be_visible()
    return page


def test_given_a_month_then_error_skill_and_range_are_those_of_the_answer(
    open_site: OpenPage, record: dict[str, Any]
) -> None:
    page = opened(open_site)
    for target, scores in record["windows"]["30"]["targets"].items():
        today, tomorrow = scores["leads_1_24"], scores["leads_25_48"]
        statement = text_of(page.locator(f".statements [data-target={target}]"))
        assert f"{tomorrow['rmse']:.1f} {UNIT[target]}" in statement
        assert f"{tomorrow['skill'] * 100:.0f} % 나아요" in statement
        score = page.locator(f".score[data-target={target}]")
        shown = table(score)
        for column, block in ((1, today), (2, tomorrow)):
            assert shown[0][column] == f"{block['rmse']:.1f} {UNIT[target]}"
            assert shown[1][column] == f"+{block['skill'] * 100:.0f} %"
            assert float(shown[2][column].split()[0]) == pytest.approx(abs(block["bias"]), abs=0.0501)
        assert f"{scores['leads_1_48']['coverage_80'] * 10:.1f}번" in text_of(score)
    compared = record["windows"]["30"]["targets"]["ta"]["shadow"]["leads_1_48"]
    runner_up = text_of(page.locator("#record-shadow li").first)
    assert f"{-compared['gain'] * 100:.0f} % 나빴어요" in runner_up
    for rmse in (compared["shadow_rmse"], compared["rmse"]):
        assert f"{rmse:.2f} °C" in runner_up
    expect(page.locator("#attribution")).to_have_text(record["attribution"])


def test_given_leads_then_table_and_chart_show_each_of_the_48(
    open_site: OpenPage, record: dict[str, Any]
) -> None:
    page = opened(open_site)
    card = page.locator("#record-leads")
    rows = table(card)
    ta, hm = (record["windows"]["30"]["targets"][target]["by_lead"] for target in ("ta", "hm"))
    assert [row[0] for row in rows] == [str(lead) for lead in range(1, 49)]
    assert [float(row[1]) for row in rows] == pytest.approx(ta["rmse"], abs=0.00501)
    assert [float(row[2].split()[0]) / 100 for row in rows] == pytest.approx(ta["skill"], abs=0.00501)
    assert [float(row[3].split()[0]) / 100 for row in rows] == pytest.approx(ta["coverage_80"], abs=0.00501)
    assert [float(row[4]) for row in rows] == pytest.approx(hm["rmse"], abs=0.0501)
    chart = card.get_by_role("slider")
    chart.focus()
    for key, lead in (("Home", 1), ("ArrowRight", 2), ("End", 48)):
        page.keyboard.press(key)
        spoken = plain(chart.get_attribute("aria-valuetext") or "")
        assert spoken.startswith(f"{lead}시간 앞. 기온 {ta['rmse'][lead - 1]:.1f} °C")
        assert f"{lead}시간 앞" in text_of(card.locator(".picked"))


def test_given_nights_when_one_is_chosen_then_its_forecast_and_the_observations_are_shown(
    open_site: OpenPage, site: Site, record: dict[str, Any]
) -> None:
    page = opened(open_site)
    card = page.locator("#record-observed")
    night = card.get_by_role("combobox")
    # The newest night whose 48 hours have all been observed.
    assert night.input_value() == record["days"][-2]["origins"][-1]
    origin = record["days"][10]["origins"][0]
    night.select_option(origin)
    hourly = site.api.json(f"/api/forecast?station=108&origin={origin.replace('+', '%2B')}")["hourly"]
    span = f"start={hourly['time'][0][:10]}&end={hourly['time'][-1][:10]}"
    observed = site.api.json(f"/api/observations?station=108&{span}")["hourly"]
    expect(card.locator(".table-day th").first).to_contain_text(f"{int(hourly['time'][0][8:10])}일")
    rows = table(card)
    assert [row[0] for row in rows] == [time[11:16] for time in hourly["time"]]
    for column, name in ((1, "temperature_2m"), (3, "relative_humidity_2m")):
        for part, suffix in ((0, ""), (1, "_p10"), (3, "_p90")):
            numbers = [float(row[column].split()[part]) for row in rows]
            assert numbers == pytest.approx(hourly[f"{name}{suffix}"], abs=0.0501)
        assert [float(row[column + 1]) for row in rows] == pytest.approx(observed[name], abs=0.0501)
    night.select_option(record["days"][-1]["origins"][-1])  # only its first day is over
    expect(card.locator("tr:has(td) td:nth-child(3)").last).to_have_text("–")
    assert [row[2] == "–" for row in table(card)] == [False] * 24 + [True] * 24


def test_given_forecasts_worse_than_yesterday_then_the_page_shows_it_and_the_alarm(
    open_site: OpenPage, site: Site
) -> None:
    scored(site.api.world, 10, worse=4.0)
    record = site.api.json(VERIFICATION)
    page = opened(open_site)
    skill = record["windows"]["30"]["targets"]["ta"]["leads_25_48"]["skill"]
    assert f"{-skill * 100:.0f} % 나빠요" in text_of(page.locator(".statement").first)
    expect(page.locator("[data-alarm]")).to_have_count(2)
    for alarm in record["alarms"]:
        shown = text_of(page.locator(f"[data-alarm={alarm['target']}]"))
        assert plain(alarm["text_ko"]) in shown


def test_given_few_days_of_synthetic_weather_then_both_are_shown(open_site: OpenPage, site: Site) -> None:
    scored(site.api.world, 2, source="synthetic")
    page = opened(open_site)
    expect(page.locator("[data-caveat]")).to_have_count(2)
    expect(page.locator("[data-caveat]").first).to_contain_text("30일 중 2일만")
    expect(page.locator("[data-caveat]").last).to_contain_text("합성 자료")
    expect(page.locator("#badge")).to_contain_text("합성 자료")
