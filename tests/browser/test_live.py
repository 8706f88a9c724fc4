"""The deployed demo in a browser: each page shows what its API answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import accessibility_findings, plain, text_of
from tests.browser.conftest import OpenPage
from tests.conftest import LocalDeployment

pytestmark = [pytest.mark.browser, pytest.mark.network, pytest.mark.emulator]

BADGES = {"synthetic": "합성 자료", "replay": "과거 재연"}


@pytest.fixture
def page(open_page: OpenPage, live_deployment: LocalDeployment, live_stack: dict[str, Any]) -> Page:
    opened = open_page(
        live_stack["dashboard_url"],
        clock=live_deployment.now(),
        viewport={"width": 1280, "height": 900},
        service_workers="allow",
    )
    # Each concurrent request starts a process of the function the first time, which takes seconds here.
    drawn = opened.locator("#content[aria-busy=false] #hours-chart .uplot").first
    expect(drawn).to_be_visible(timeout=30_000)
    return opened


def _get(page: Page, live_stack: dict[str, Any], path: str) -> dict[str, Any]:
    answer = page.request.get(f"{live_stack['api_url']}{path}")
    assert answer.status == 200
    body: dict[str, Any] = answer.json()
    return body


def test_given_the_deployed_demo_then_every_page_shows_the_api_s_answer(
    page: Page, live_deployment: LocalDeployment, live_stack: dict[str, Any]
) -> None:
    hourly = _get(page, live_stack, "/api/forecast")["hourly"]
    page.locator("details.table summary").click()
    rows = page.locator("#hours tbody tr:has(td)").evaluate_all(
        "rows => rows.map((row) => row.querySelector('td').textContent)"
    )
    running = live_deployment.now().replace(minute=0, second=0, microsecond=0)
    ahead = [
        value
        for time, value in zip(hourly["time"], hourly["temperature_2m"], strict=True)
        if datetime.fromisoformat(time) >= running
    ]
    shown = [float(plain(row).removeprefix("● ")) for row in rows[-len(ahead) :]]
    assert 24 <= len(rows) <= len(ahead) + 1  # from the running hour on, which may be observed
    assert shown == pytest.approx(ahead, abs=0.501)
    advice = _get(page, live_stack, "/api/plants/default/advice")
    today = advice["days"][0]
    card = page.locator(f"article.day[data-date='{today['date']}']")
    expect(card).to_have_attribute("data-mood", today["mood"])
    assert today["advice_ko"] in text_of(card)
    expect(page.locator("#badge")).to_contain_text(BADGES[advice["source"]])
    current = _get(page, live_stack, "/api/current")
    expect(page.locator("#current")).to_contain_text(f"{current['temperature_2m']:.1f}")
    expect(page.locator("#attribution")).to_have_text(advice["attribution"])
    assert accessibility_findings(page) == []

    version = _get(page, live_stack, "/api/models")["targets"][0]["versions"][0]["version"]
    runs = _get(page, live_stack, "/api/runs?limit=30")["runs"]
    finished = next(run["run_id"] for run in runs if run["outcome"] != "running")
    page.locator("nav [data-page=record]").click()
    # No forecast's day has been observed after a single run.
    expect(page.locator("#content[data-shown=record] [data-state=nothing]").first).to_be_visible()
    page.locator("nav [data-page=info]").click()
    for name, selector in {
        "models": f"#models-ta [data-version='{version}']",
        "runs": f"[data-run='{finished}']",
        "quality": "[data-variable=ta] .bar-value",
    }.items():
        page.locator(f"#info-{name} > summary").click()
        expect(page.locator(f"#info-{name} {selector}").first).to_be_visible()
    for link in ("#docs", "#health"):
        address = page.locator(link).get_attribute("href") or ""
        assert address.startswith(live_stack["api_url"])
        assert page.request.get(address).status == 200
