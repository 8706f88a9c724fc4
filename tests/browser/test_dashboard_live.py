"""The deployed demo in a browser: what the page shows is what its API says."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.network, pytest.mark.emulator]

VERDICTS = {"water": "물을 주세요", "ok": "물을 안 줘도 돼요"}
BADGES = {"synthetic": "합성 자료", "replay": "과거 재연"}


@pytest.fixture
def page(open_page: OpenPage, live_stack: dict[str, Any]) -> Page:
    opened = open_page(live_stack["dashboard_url"], viewport={"width": 1280, "height": 900})
    expect(opened.locator("#chart svg")).to_be_visible()
    return opened


@pytest.fixture
def document(page: Page, live_stack: dict[str, Any]) -> dict[str, Any]:
    """What the API answers for the station the page shows."""
    station = page.evaluate("fetch('config.json').then((r) => r.json()).then((config) => config.stations[0])")
    answer = page.request.get(f"{live_stack['api_url']}/api/forecast", params={"station": station})
    assert answer.status == 200
    body: dict[str, Any] = answer.json()
    return body


def test_given_the_deployed_demo_then_the_table_shows_the_api_s_48_hours(
    page: Page, document: dict[str, Any]
) -> None:
    page.locator("summary").click()
    rows = page.locator("tr[data-time]")
    times = rows.evaluate_all("rows => rows.map((row) => row.dataset.time)")
    assert times == document["hourly"]["time"]
    assert len(times) == 48
    numbers = rows.evaluate_all(
        "rows => rows.map((row) => [...row.querySelectorAll('td')]"
        ".map((cell) => cell.textContent.replaceAll('−', '-')))"
    )
    for column, name, tolerance in ((0, "temperature_2m", 0.0501), (2, "relative_humidity_2m", 0.501)):
        shown = [float(row[column].removeprefix("● ")) for row in numbers]
        assert shown == pytest.approx(document["hourly"][name], abs=tolerance)
        ranges = [[float(end) for end in row[column + 1].split("\u00a0–\u00a0")] for row in numbers]
        for end, quantile in ((0, "p10"), (1, "p90")):
            assert [pair[end] for pair in ranges] == pytest.approx(
                document["hourly"][f"{name}_{quantile}"], abs=tolerance
            )


def test_given_the_deployed_demo_then_the_verdicts_are_the_api_s(
    page: Page, document: dict[str, Any]
) -> None:
    cards = page.locator("article.day")
    shown = cards.evaluate_all(
        "cards => cards.map((card) => [card.dataset.date, card.querySelector('h2').textContent])"
    )
    expected = {day["date"]: VERDICTS[day["plant"]["state"]] for day in document["days"]}
    # Between midnight and the night's run the first of the two days is over and left out.
    assert shown
    assert dict(shown).items() <= expected.items()
    for date, _ in shown:
        day = next(day for day in document["days"] if day["date"] == date)
        card = page.locator(f"article.day[data-date='{date}']")
        words = (card.text_content() or "").replace("\u00a0", " ")
        assert all(reason.replace("\u00a0", " ") in words for reason in day["plant"]["reasons_ko"])


def test_given_the_deployed_demo_then_it_says_what_kind_of_data_it_is(
    page: Page, document: dict[str, Any]
) -> None:
    badge = page.locator("#badge")
    if document["source"] == "kma":
        expect(badge).to_be_hidden()
    else:
        expect(badge).to_contain_text(BADGES[document["source"]])
    expect(page.locator("#attribution")).to_have_text(document["attribution"])


def test_given_the_deployed_demo_then_its_links_lead_to_the_api(
    page: Page, live_stack: dict[str, Any]
) -> None:
    for link in ("#docs", "#health"):
        address = page.locator(link).get_attribute("href") or ""
        assert address.startswith(live_stack["api_url"])
        assert page.request.get(address).status == 200
