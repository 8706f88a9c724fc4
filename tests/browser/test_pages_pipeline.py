"""Models, runs and data quality in a browser: what they show is what the API answers."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from plantcast.common.clock import KST
from plantcast.pipeline.runs import Run
from tests.browser.checks import plain, speak, words
from tests.browser.conftest import OpenPage
from tests.browser.page_documents import CHALLENGER, CHAMPION, LAST, fill
from tests.browser.site import Reply, Site

pytestmark = [pytest.mark.browser, pytest.mark.network]

BOTH = ("ko", "en")


def opened(open_site: OpenPage, page_id: str) -> Page:
    page = open_site(f"#/{page_id}")
    expect(page.locator("main .page-head")).to_be_visible()
    return page


# ------------------------------------------------------------------ models


def test_given_models_then_champion_scores_gates_and_challengers_are_the_api_s(
    open_site: OpenPage, site: Site
) -> None:
    fill(site.api.world)
    document = site.api.json("/api/models?station=108")
    page = opened(open_site, "models")
    for language in BOTH:
        speak(page, language)
        _check_models(page, document, language)


def _check_models(page: Page, document: dict[str, Any], language: str) -> None:
    for model in document["targets"]:
        card = page.locator(f"#models-{model['target']}")
        champion = model["champion"]
        assert champion["version"] == CHAMPION
        expect(card.locator(".champion")).to_contain_text(CHAMPION)
        assert words(card.locator(".champion-why")) == plain(champion[f"reason_{language}"])
        for name, rmse in _known(champion["scores"]["leads_1_48"]):
            assert words(card.locator(f"[data-score={name}] .bar-value")).startswith(f"{rmse:.2f} ")
        gates = next(one for one in model["versions"] if one["in_production"])["decision"]["gates"]
        rows = card.locator(".gates").first.locator("tbody tr")
        shown = rows.evaluate_all("rows => rows.map((row) => [row.dataset.gate, row.dataset.passed])")
        assert shown == [[gate["name"], str(gate["passed"]).lower()] for gate in gates]
        entries = card.locator("[data-version]")
        versions = [version["version"] for version in model["versions"]]
        assert entries.evaluate_all("all => all.map((one) => one.dataset.version)") == versions
        refused = card.locator(f"[data-version='{CHALLENGER}']")
        decision = model["versions"][0]["decision"]
        assert plain(decision[f"reason_{language}"]) in words(refused)
        refused.locator("details").evaluate("details => { details.open = true; }")
        failed = refused.locator("[data-passed=false]")
        assert failed.evaluate_all("rows => rows.map((row) => row.dataset.gate)") == ["coverage_80"]
        expect(failed).to_contain_text("탈락" if language == "ko" else "failed")
        expect(failed).to_contain_text("41\u00a0%")


def _known(block: dict[str, Any]) -> list[tuple[str, float]]:
    """The scores that there are: without a benchmark of its own a model has none of it."""
    return [(name, rmse) for name, rmse in block.items() if rmse is not None]


def test_given_a_test_with_nothing_to_compare_with_then_it_does_not_count_as_passed(
    open_site: OpenPage, site: Site
) -> None:
    fill(site.api.world)
    document = site.api.json("/api/models?station=108")
    for model in document["targets"]:
        for version in model["versions"]:
            gate = next(one for one in version["decision"]["gates"] if one["name"] == "champion")
            gate |= {"passed": True, "limit": None, "note": "none"}
    site.api.replies["/api/models"] = Reply(document)
    page = opened(open_site, "models")
    for language, word, note in (
        ("ko", "해당 없음", "비교할 운영 모델이 없음"),
        ("en", "not applicable", "no model in production to compare with"),
    ):
        speak(page, language)
        gates = page.locator("#models-ta .gates").first
        row = gates.locator("[data-gate=champion]")
        expect(row).to_have_attribute("data-passed", "not-applicable")
        expect(row).to_contain_text(word)
        expect(row).to_contain_text(note)
        expect(gates.locator("caption")).to_contain_text(f"1개는 {word}" if language == "ko" else f"1 {word}")


# ------------------------------------------------------------------ runs

OUTCOMES = {"running": "진행 중", "succeeded": "성공", "degraded": "일부 부족", "failed": "실패"}


def test_given_runs_then_outcome_duration_and_message_of_each_are_told(
    open_site: OpenPage, site: Site
) -> None:
    fill(site.api.world)
    runs = site.api.json("/api/runs?limit=20")["runs"]
    page = opened(open_site, "runs")
    rows = page.locator("details.run")
    assert rows.evaluate_all("all => all.map((one) => one.dataset.run)") == [run["run_id"] for run in runs]
    for run in runs:
        row = words(page.locator(f"[data-run='{run['run_id']}'] summary"))
        assert OUTCOMES[run["outcome"]] in row
        if run["outcome"] == "running":
            assert re.search(r"4\d초째", row)  # it began 40 s before the reader's clock
        else:
            minutes, seconds = divmod(round(run["seconds"]), 60)
            assert (f"{minutes}분 {seconds}초" if minutes else f"{seconds}초") in row
            assert "observations_incomplete" not in row  # in words instead
    for outcome, word in OUTCOMES.items():
        tally = words(page.locator(f"#runs-summary [data-outcome={outcome}]"))
        assert tally.startswith(str(sum(run["outcome"] == outcome for run in runs)))
        assert word in tally


def test_when_a_run_is_opened_then_its_steps_lie_on_a_time_axis_and_each_place_is_told(
    open_site: OpenPage, site: Site
) -> None:
    fill(site.api.world)
    run = site.api.json(f"/api/runs/nightly-{LAST}")
    page = opened(open_site, "runs")
    entry = page.locator(f"[data-run='nightly-{LAST}']")
    entry.locator("summary").focus()
    page.keyboard.press("Enter")
    steps = entry.locator("[data-step]")
    expect(steps).to_have_count(len(run["steps"]))
    begun = datetime.fromisoformat(run["started_at"])
    bars = steps.locator(".step-fill").evaluate_all(
        "all => all.map(({style}) => [parseFloat(style.left), parseFloat(style.width)])"
    )
    for bar, step in zip(bars, run["steps"], strict=True):
        offset = (datetime.fromisoformat(step["started_at"]) - begun).total_seconds()
        assert bar == pytest.approx(
            [offset / run["seconds"] * 100, step["seconds"] / run["seconds"] * 100], abs=0.1
        )
    for language, place_name in zip(BOTH, ("인천", "Incheon"), strict=True):
        speak(page, language)  # it stays open
        failed = entry.locator(".step-failed")
        expect(failed).to_have_count(1)
        expect(failed).to_contain_text(place_name)
        for fact in run["facts"]:
            told = words(entry.locator(f"[data-station='{fact['station']}']"))
            for model in fact["models"]:
                assert model[f"reason_{language}"] in told
            for count in (fact["ingest"]["hours_new"], fact["ingest"]["values_masked"]):
                assert re.search(rf"\b{count}\D", told)
    assert site.api.asked.count(f"/api/runs/nightly-{LAST}") == 1


def test_given_more_runs_than_are_listed_then_a_button_brings_them(open_site: OpenPage, site: Site) -> None:
    for number in range(23):
        started = datetime(2025, 5, 1, 2, tzinfo=KST) + timedelta(days=number)
        past = started.date() - timedelta(days=3)
        site.api.world.runs.start(Run(f"run-{number}", started, past, ("108",), retrain=False))
    page = opened(open_site, "runs")
    expect(page.locator("details.run")).to_have_count(20)
    expect(page.locator("details.run").first).to_contain_text("5월 20일 (화)의 예보 · 학습 없이")
    page.get_by_role("button", name="더 보기").click()
    expect(page.locator("details.run")).to_have_count(23)
    expect(page.get_by_role("button", name="더 보기")).to_have_count(0)


# ------------------------------------------------------------------ quality


def test_given_a_report_then_completeness_gaps_and_what_is_not_believed_are_told(
    open_site: OpenPage, site: Site
) -> None:
    fill(site.api.world)
    report = site.api.json("/api/quality?station=108")
    page = opened(open_site, "quality")
    for language in BOTH:
        speak(page, language)
        _check_quality(page, report, language)


def _check_quality(page: Page, report: dict[str, Any], language: str) -> None:
    for name, variable in report["variables"].items():
        row = page.locator(f"[data-variable={name}]")
        shown = words(row.locator(".bar-value"))
        assert float(shown.removesuffix(" %")) == pytest.approx(variable["completeness"] * 100, abs=0.0501)
        assert (shown == "100 %") == (variable["completeness"] == 1)
        note = row.locator(".bar-note")
        if variable["absent"]:
            assert str(variable["absent"]) in words(note)
        if not variable["absent"] and not variable["masked"]:
            expect(note).to_have_count(0)
    sparse = page.locator("#quality-complete h4 ~ .bars [data-variable]")
    assert sparse.evaluate_all("all => all.map((one) => one.dataset.variable)") == [
        "rn",
        "ss",
        "icsr",
        "dsnw",
    ]
    missing = words(page.locator("#quality-missing"))
    assert "(3시간)" in missing if language == "ko" else "(3 hours)" in missing
    masked = words(page.locator("#quality-masked"))
    for told in ("5/25 04:00", "41.3 °C", "-6.1 °C", "“x”"):
        assert told in masked
    reason = "앞뒤 시간과 크게 다름" if language == "ko" else "spike"
    assert reason in masked
    expect(page.locator("#quality-fresh .tag-good")).to_be_visible()
    years = [words(row) for row in page.locator("#quality-lake tbody tr").all()]
    assert years[0] == "2025 3,568 / 3,576 99.8 % 99.7 %"
    assert years[-1] == "2023 8,760 / 8,760 100 % 99.9+ %"
