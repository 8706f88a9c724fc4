"""The deployed demo in a browser: what the page shows is what its API says."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import accessibility_findings, plain
from tests.browser.conftest import IGNORE_DATE_HEADER, OpenPage
from tests.conftest import LocalDeployment

pytestmark = [pytest.mark.browser, pytest.mark.network, pytest.mark.emulator]

BADGES = {"synthetic": "합성 자료", "replay": "과거 재연"}


@pytest.fixture
def page(open_page: OpenPage, live_deployment: LocalDeployment, live_stack: dict[str, Any]) -> Page:
    opened = open_page(
        live_stack["dashboard_url"],
        clock=live_deployment.now(),
        init_script=IGNORE_DATE_HEADER,
        viewport={"width": 1280, "height": 900},
        service_workers="allow",
    )
    # Questions asked at once each start a process of the function the first time, which takes seconds here.
    drawn = opened.locator("#content[aria-busy=false] #chart .uplot").first
    expect(drawn).to_be_visible(timeout=30_000)
    return opened


def _ask(page: Page, live_stack: dict[str, Any], path: str) -> dict[str, Any]:
    answer = page.request.get(f"{live_stack['api_url']}{path}")
    assert answer.status == 200
    body: dict[str, Any] = answer.json()
    return body


def test_given_the_deployed_demo_then_the_table_shows_what_was_observed_and_the_48_hours_ahead(
    page: Page, live_stack: dict[str, Any]
) -> None:
    document = _ask(page, live_stack, "/api/forecast")
    observed = _ask(page, live_stack, "/api/observations")["hourly"]
    page.locator("details.table summary").click()
    rows = page.locator("tr[data-time]").evaluate_all(
        "rows => rows.map((row) => [row.dataset.time, row.dataset.observed,"
        " ...[...row.querySelectorAll('td')].map((cell) => cell.textContent)])"
    )
    ahead = [[plain(cell) for cell in row] for row in rows if row[1] == "false"]
    assert [row[0] for row in ahead] == document["hourly"]["time"]
    for column, name, tolerance in ((2, "temperature_2m", 0.0501), (4, "relative_humidity_2m", 0.501)):
        shown = [float(row[column].removeprefix("● ")) for row in ahead]
        assert shown == pytest.approx(document["hourly"][name], abs=tolerance)
        ranges = [[float(end) for end in row[column + 1].split(" – ")] for row in ahead]
        for end, quantile in ((0, "p10"), (1, "p90")):
            assert [pair[end] for pair in ranges] == pytest.approx(
                document["hourly"][f"{name}_{quantile}"], abs=tolerance
            )
    before = {row[0]: plain(row[2]).removeprefix("● ") for row in rows if row[1] == "true"}
    assert len(before) == 48
    known = dict(zip(observed["time"], observed["temperature_2m"], strict=True))
    for time, text in before.items():
        assert text == "–" if known[time] is None else float(text) == pytest.approx(known[time], abs=0.0501)


def test_given_the_deployed_demo_then_faces_advice_and_kind_of_data_are_the_api_s(
    page: Page, live_stack: dict[str, Any]
) -> None:
    advice = _ask(page, live_stack, "/api/plants/default/advice")
    shown = page.locator("article.day").evaluate_all(
        "cards => cards.map((card) =>"
        " [card.dataset.date, card.dataset.mood, card.dataset.water, card.innerText])"
    )
    days = {day["date"]: day for day in advice["days"]}
    # Between midnight and the night's run the first of the two days is over and left out.
    assert shown
    for date, mood, water, text in shown:
        day = days[date]
        assert (mood, water) == (day["mood"], str(day["needs_water"]).lower())
        assert day["advice_ko"] in plain(text)
    expect(page.locator("#badge")).to_contain_text(BADGES[advice["source"]])
    expect(page.locator("#attribution")).to_have_text(advice["attribution"])
    assert accessibility_findings(page) == []


def test_given_the_deployed_demo_when_simulating_then_the_api_s_simulation_is_shown_and_marked(
    page: Page, live_stack: dict[str, Any]
) -> None:
    simulated = _ask(page, live_stack, "/api/plants/monstera/advice?simulate=hot_dry")
    page.get_by_label("내 식물").select_option("monstera")
    page.get_by_role("switch").click()
    expect(page.locator("#simulation")).to_be_visible()
    expect(page.locator("article.day").first).to_have_attribute("data-water", "true")
    assert simulated["source"] == "simulation"
    assert simulated["days"][0]["needs_water"]


def test_given_the_deployed_demo_then_every_page_opens_and_its_links_lead_to_the_api(
    page: Page, live_stack: dict[str, Any]
) -> None:
    for name in ("record", "models", "runs", "quality"):
        page.locator(f"nav [data-page={name}]").click()
        expect(page.locator(f"#content[data-shown={name}] > *").first).to_be_visible()
    for link in ("#docs", "#health"):
        address = page.locator(link).get_attribute("href") or ""
        assert address.startswith(live_stack["api_url"])
        assert page.request.get(address).status == 200
