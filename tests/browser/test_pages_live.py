"""The deployed demo in a browser: track record, models, runs and data quality are what its API says."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import accessibility_findings, overhanging, plain
from tests.browser.conftest import IGNORE_DATE_HEADER, OpenPage
from tests.conftest import LocalDeployment

pytestmark = [pytest.mark.browser, pytest.mark.network, pytest.mark.emulator]

TITLES = {"record": "예보 성적", "models": "모델", "runs": "실행 기록", "quality": "자료 품질"}
OUTCOMES = {"running": "진행 중", "succeeded": "성공", "degraded": "일부 부족", "failed": "실패"}


def _ask(page: Page, live_stack: dict[str, Any], path: str, *, status: int = 200) -> dict[str, Any]:
    answer = page.request.get(f"{live_stack['api_url']}{path}")
    assert answer.status == status
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture
def page(open_page: OpenPage, live_deployment: LocalDeployment, live_stack: dict[str, Any]) -> Page:
    return open_page(live_stack["dashboard_url"], clock=live_deployment.now(), init_script=IGNORE_DATE_HEADER)


def _turn_to(page: Page, page_id: str) -> None:
    page.locator(f"#pages [data-page={page_id}]").click()
    expect(page.locator("#page-title")).to_have_text(TITLES[page_id])


def test_given_the_deployed_demo_then_the_track_record_is_the_api_s(
    page: Page, live_stack: dict[str, Any]
) -> None:
    answer = page.request.get(f"{live_stack['api_url']}/api/verification")
    _turn_to(page, "record")
    if answer.status == 404:  # one run alone: no forecast's day has been observed yet
        expect(page.locator("[data-state=nothing]")).to_be_visible()
        return
    for target, scores in answer.json()["windows"]["30"]["targets"].items():
        block = scores.get("leads_25_48") or scores["leads_1_24"]
        said = plain(page.locator(f".said [data-target={target}]").inner_text())
        assert f"오차(RMSE)는 {block['rmse']:.1f} " in said
    expect(page.locator("#record-leads .uplot").first).to_be_visible()


def test_given_the_deployed_demo_then_the_models_are_the_api_s(
    page: Page, live_stack: dict[str, Any]
) -> None:
    document = _ask(page, live_stack, "/api/models")
    _turn_to(page, "models")
    for model in document["targets"]:
        card = page.locator(f"#models-{model['target']}")
        versions = [version["version"] for version in model["versions"]]
        shown = card.locator("[data-version]").evaluate_all("all => all.map((one) => one.dataset.version)")
        assert shown == versions
        assert versions, "the demo trains"
        if model["champion"] is None:
            expect(card.locator("[data-state=nothing]")).to_be_visible()
            continue
        expect(card.locator(".champion code")).to_have_text(model["champion"]["version"])
        assert plain(model["champion"]["reason_ko"]) == plain(card.locator(".champion-why").inner_text())
    assert overhanging(page) == []
    assert accessibility_findings(page) == []


def test_given_the_deployed_demo_then_its_runs_and_their_steps_are_the_api_s(
    page: Page, live_stack: dict[str, Any]
) -> None:
    runs = _ask(page, live_stack, "/api/runs?limit=20")["runs"]
    _turn_to(page, "runs")
    rows = page.locator("details.run")
    assert rows.evaluate_all("all => all.map((one) => one.dataset.run)") == [run["run_id"] for run in runs]
    finished = next(run for run in runs if run["outcome"] != "running")
    row = page.locator(f"[data-run='{finished['run_id']}']")
    expect(row.locator("summary")).to_contain_text(OUTCOMES[finished["outcome"]])
    row.locator("summary").click()
    steps = _ask(page, live_stack, f"/api/runs/{finished['run_id']}")["steps"]
    assert steps, "the emulator tells at least the outer states"
    expect(row.locator("[data-step]")).to_have_count(len(steps))
    names = row.locator("[data-step]").evaluate_all("all => all.map((one) => one.dataset.step)")
    assert names == [step["name"] for step in steps]
    assert overhanging(page) == []
    assert accessibility_findings(page) == []


def test_given_the_deployed_demo_then_data_quality_is_the_api_s(
    page: Page, live_stack: dict[str, Any]
) -> None:
    report = _ask(page, live_stack, "/api/quality")
    _turn_to(page, "quality")
    for name, variable in report["variables"].items():
        shown = plain(page.locator(f"[data-variable={name}] .bar-value").inner_text())
        share = variable["completeness"] * 100
        assert float(shown.removesuffix(" %").removesuffix("+")) == pytest.approx(share, abs=0.1001)
    last = report["freshness"]["last_observation"]
    fresh = plain(page.locator("#quality-fresh").inner_text())
    assert f"{int(last[5:7])}월 {int(last[8:10])}일" in fresh
    assert last[11:16] in fresh
    expect(page.locator("#attribution")).to_have_text(report["attribution"])
    assert overhanging(page) == []
    assert accessibility_findings(page) == []
