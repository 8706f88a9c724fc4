"""The track record in a browser: what it shows is what the API answers, in words that fit the figures."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.checks import plain, speak, words
from tests.browser.conftest import OpenPage
from tests.browser.page_documents import fill, scored
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.network]

VERIFICATION = "/api/verification"
BOTH = ("ko", "en")
WORDS = {"ko": ("나아요", "나빠요"), "en": ("better than", "worse than")}


def table(place: Locator) -> list[list[str]]:
    """Cells of each row that has any, its heading first."""
    rows: list[list[str]] = place.locator("tbody tr:has(td)").evaluate_all(
        "rows => rows.map((row) => [...row.children].map((cell) => cell.textContent))"
    )
    return [[plain(cell) for cell in row] for row in rows]


def unfold(card: Locator) -> Locator:
    card.locator("details.table > summary").click()
    return card.locator("details.table table")


@pytest.fixture
def record(site: Site) -> dict[str, Any]:
    """What the API answers for a month of forecasts."""
    fill(site.api.world)
    answer: dict[str, Any] = site.api.json(f"{VERIFICATION}?station=108&days=30")
    return answer


def opened(open_site: OpenPage) -> Page:
    page = open_site("#/record")
    expect(page.locator("main .page-head")).to_be_visible()
    return page


def test_given_a_month_then_error_skill_and_range_are_those_of_the_answer(
    open_site: OpenPage, record: dict[str, Any]
) -> None:
    page = opened(open_site)
    for language in BOTH:
        speak(page, language)
        _check_summary(page, record, language)
        _check_runner_up(page, record, language)
    expect(page.locator("#attribution")).to_have_text(record["attribution"])


def _check_runner_up(page: Page, record: dict[str, Any], language: str) -> None:
    compared = record["windows"]["30"]["targets"]["ta"]["shadow"]["leads_1_48"]
    assert compared["gain"] < 0
    shown_text = words(page.locator("#record-shadow li").first)
    assert f"{compared['shadow_rmse']:.2f} °C" in shown_text
    assert f"{compared['rmse']:.2f} °C" in shown_text
    worse = "나빴어요" if language == "ko" else "worse"
    assert f"{-compared['gain'] * 100:.0f} % {worse}" in shown_text


def _check_summary(page: Page, record: dict[str, Any], language: str) -> None:
    unit = {"ta": "°C", "hm": "%p" if language == "ko" else "points"}
    better = WORDS[language][0]
    for target, scores in record["windows"]["30"]["targets"].items():
        tomorrow = scores["leads_25_48"]
        shown_text = words(page.locator(f".statements [data-target={target}]"))
        assert f"{tomorrow['rmse']:.1f} {unit[target]}" in shown_text
        assert f"{tomorrow['skill']:.0%}".replace("%", " %") in shown_text
        assert better in shown_text
        shown = table(page.locator(f".score-{target}"))
        blocks = [scores["leads_1_24"], tomorrow]
        assert shown[0][1:] == [f"{block['rmse']:.1f} {unit[target]}" for block in blocks]
        assert [cell.split()[1] for cell in shown[1][1:]] == [
            f"{block['skill'] * 100:.0f}" for block in blocks
        ]
        assert [float(cell.split()[0]) for cell in shown[2][1:]] == pytest.approx(
            [abs(block["bias"]) for block in blocks], abs=0.0501
        )
        hits = f"{scores['leads_1_48']['coverage_80'] * 10:.1f}"
        assert hits in words(page.locator(f".score-{target} .range-text"))


def test_given_leads_then_table_and_chart_tell_each_of_the_48(
    open_site: OpenPage, record: dict[str, Any]
) -> None:
    page = opened(open_site)
    card = page.locator("#record-leads")
    rows = table(unfold(card))
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
        shown_text = plain(chart.get_attribute("aria-valuetext") or "")
        assert shown_text.startswith(f"{lead}시간 앞. 기온 오차(RMSE) {ta['rmse'][lead - 1]:.1f} °C")
        assert f"{lead}시간 앞" in words(card.locator(".picked"))
    expect(card.locator(".uplot")).to_have_count(3)


def test_given_nights_when_one_is_chosen_then_its_forecast_and_the_observations_are_shown(
    open_site: OpenPage, site: Site, record: dict[str, Any]
) -> None:
    page = opened(open_site)
    card = page.locator("#record-observed")
    night = card.get_by_role("combobox")
    # The newest night whose 48 hours have all been observed.
    assert night.input_value() == record["days"][-2]["origins"][-1]
    for origin in (night.input_value(), record["days"][10]["origins"][0]):
        night.select_option(origin)
        hourly = site.api.json(f"/api/forecast?station=108&origin={origin.replace('+', '%2B')}")["hourly"]
        span = f"start={hourly['time'][0][:10]}&end={hourly['time'][-1][:10]}"
        observed = site.api.json(f"/api/observations?station=108&{span}")["hourly"]
        first = f"{int(hourly['time'][0][8:10])}일"
        expect(card.locator(".table-day th").first).to_contain_text(first)
        rows = table(card.locator("details.table table"))
        assert [row[0] for row in rows] == [time[11:16] for time in hourly["time"]]
        for column, name in ((1, "temperature_2m"), (3, "relative_humidity_2m")):
            numbers = [row[column].split() for row in rows]
            assert [float(one[0]) for one in numbers] == pytest.approx(hourly[name], abs=0.0501)
            assert [float(one[1]) for one in numbers] == pytest.approx(hourly[f"{name}_p10"], abs=0.0501)
            assert [float(one[3]) for one in numbers] == pytest.approx(hourly[f"{name}_p90"], abs=0.0501)
            assert [float(row[column + 1]) for row in rows] == pytest.approx(observed[name], abs=0.0501)
        pairs = zip(hourly["temperature_2m"], observed["temperature_2m"], strict=True)
        rmse = (sum((ahead - real) ** 2 for ahead, real in pairs) / 48) ** 0.5
        assert f"오차(RMSE)는 {rmse:.1f} °C" in words(card.locator(".observed-text").first)
    night.select_option(record["days"][-1]["origins"][-1])  # only its first day is over
    expect(card.locator(".observed-text").first).to_contain_text("관측된 24시간")
    rows = table(card.locator("details.table table"))
    assert [row[2] == "–" for row in rows] == [False] * 24 + [True] * 24


def test_given_forecasts_worse_than_yesterday_then_it_says_so_and_shows_the_alarm(
    open_site: OpenPage, site: Site
) -> None:
    scored(site.api.world, 10, worse=4.0)
    record = site.api.json(f"{VERIFICATION}?station=108&days=30")
    page = opened(open_site)
    skill = record["windows"]["30"]["targets"]["ta"]["leads_25_48"]["skill"]
    assert skill < 0
    for language in BOTH:
        speak(page, language)
        shown_text = words(page.locator(".statement"))
        assert f"{-skill * 100:.0f} %" in shown_text
        assert WORDS[language][1] in shown_text
        for alarm in record["alarms"]:
            assert plain(alarm[f"words_{language}"]) in words(page.locator(f"[data-alarm={alarm['target']}]"))
        assert page.locator("[data-alarm]").count() == len(record["alarms"]) == 2


def test_given_few_days_of_made_up_weather_then_both_are_said(open_site: OpenPage, site: Site) -> None:
    scored(site.api.world, 2, source="synthetic")
    page = opened(open_site)
    caveats = page.locator("[data-caveat]")
    expect(caveats).to_have_count(2)
    expect(caveats.first).to_contain_text("30일 중 2일만")
    expect(caveats.last).to_contain_text("합성 자료")
    expect(page.locator("#badge")).to_contain_text("합성 자료")
