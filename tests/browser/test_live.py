"""The deployed demo in a browser: each page shows what its API answers."""

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
    # Each concurrent request starts a process of the function the first time, which takes seconds here.
    drawn = opened.locator("#content[aria-busy=false] #chart .uplot").first
    expect(drawn).to_be_visible(timeout=30_000)
    return opened


def _get(page: Page, live_stack: dict[str, Any], path: str) -> dict[str, Any]:
    answer = page.request.get(f"{live_stack['api_url']}{path}")
    assert answer.status == 200
    body: dict[str, Any] = answer.json()
    return body


def test_given_the_deployed_demo_then_home_shows_the_api_s_hours_and_advice(
    page: Page, live_stack: dict[str, Any]
) -> None:
    hourly = _get(page, live_stack, "/api/forecast")["hourly"]
    page.locator("details.table summary").click()
    rows = page.locator("tr[data-observed=false]").evaluate_all(
        "rows => rows.map((row) => [row.dataset.time, row.querySelector('td').textContent])"
    )
    assert [row[0] for row in rows] == hourly["time"]
    shown = [float(plain(row[1]).removeprefix("● ")) for row in rows]
    assert shown == pytest.approx(hourly["temperature_2m"], abs=0.0501)
    assert page.locator("tr[data-observed=true]").count() == 48

    advice = _get(page, live_stack, "/api/plants/default/advice")
    days = {day["date"]: day for day in advice["days"]}
    cards = page.locator("article.day").evaluate_all(
        "cards => cards.map((card) => [card.dataset.date, card.dataset.mood, card.innerText])"
    )
    assert cards
    for date, mood, text in cards:
        assert mood == days[date]["mood"]
        assert days[date]["advice_ko"] in plain(text)
    expect(page.locator("#badge")).to_contain_text(BADGES[advice["source"]])
    expect(page.locator("#attribution")).to_have_text(advice["attribution"])
    assert accessibility_findings(page) == []
    page.get_by_role("switch").click()
    expect(page.locator("#simulation")).to_be_visible()
    expect(page.locator("article.day").first).to_have_attribute("data-water", "true")


def test_given_the_deployed_demo_then_every_page_shows_the_api_s_answer(
    page: Page, live_stack: dict[str, Any]
) -> None:
    def open_tab(name: str) -> None:
        page.locator(f"nav [data-page={name}]").click()
        expect(page.locator(f"#content[data-shown={name}] > *").first).to_be_visible()

    open_tab("record")  # empty after a single run: no forecast's day has been observed yet
    open_tab("models")
    for model in _get(page, live_stack, "/api/models")["targets"]:
        card = page.locator(f"#models-{model['target']}")
        shown = card.locator("[data-version]").evaluate_all("all => all.map((one) => one.dataset.version)")
        assert shown == [version["version"] for version in model["versions"]] != []
    open_tab("runs")
    finished = next(
        run for run in _get(page, live_stack, "/api/runs?limit=20")["runs"] if run["outcome"] != "running"
    )
    row = page.locator(f"[data-run='{finished['run_id']}']")
    row.locator("summary").click()
    steps = _get(page, live_stack, f"/api/runs/{finished['run_id']}")["steps"]
    assert steps
    expect(row.locator("[data-step]")).to_have_count(len(steps))
    open_tab("quality")
    report = _get(page, live_stack, "/api/quality")
    for name, variable in report["variables"].items():
        text = plain(page.locator(f"[data-variable={name}] .bar-value").inner_text())
        shown = float(text.removesuffix(" %").removesuffix("+"))
        assert shown == pytest.approx(variable["completeness"] * 100, abs=0.1001)
    for link in ("#docs", "#health"):
        address = page.locator(link).get_attribute("href") or ""
        assert address.startswith(live_stack["api_url"])
        assert page.request.get(address).status == 200
