"""About the forecast: models, runs and data quality are what the API answers."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import plain, speak, text_of
from tests.browser.conftest import OpenPage
from tests.browser.page_documents import CHALLENGER, CHAMPION, LAST, fill
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.network]
OUTCOMES = {"running": "진행 중", "succeeded": "성공", "degraded": "일부 부족", "failed": "실패"}


@pytest.fixture(autouse=True)
def _filled(site: Site) -> None:
    fill(site.api.world)


def unfold(page: Page, section: str) -> None:
    page.locator(f"#info-{section} > summary").click()
    expect(page.locator(f"#info-{section}")).to_have_attribute("open", "")


def data_of(page: Page, selector: str, name: str) -> list[str]:
    """The attribute `data-<name>` of each element found."""
    values: list[str] = page.locator(selector).evaluate_all(
        "(all, name) => all.map((one) => one.dataset[name])", name
    )
    return values


def test_models_and_quality_are_one_line_each_and_all_of_the_api_s_answer_when_opened(
    open_site: OpenPage, site: Site
) -> None:
    page = open_site("#/info")
    lines = page.locator(".section-line")
    expect(lines).to_have_text(
        [
            re.compile(r"^기온: 학습 모델\(.*부터\)습도: 학습 모델\(.*부터\)$"),
            re.compile("진행 중"),
            re.compile("제때 수집됐어요"),
        ]
    )
    expect(page.locator(".section-body:visible")).to_have_count(0)
    unfold(page, "models")
    models_are_shown(page, site)
    unfold(page, "quality")
    quality_is_shown(page, site)


def models_are_shown(page: Page, site: Site) -> None:
    for model in site.api.json("/api/models?station=108")["targets"]:
        card = f"#models-{model['target']}"
        champion = model["champion"]
        assert champion["version"] == CHAMPION
        expect(page.locator(f"{card} .champion")).to_contain_text(CHAMPION)
        assert text_of(page.locator(f"{card} .champion-why")) == plain(champion["reason_ko"])
        for name, rmse in champion["scores"]["leads_1_48"].items():
            if rmse is not None:
                shown = text_of(page.locator(f"{card} [data-score={name}] .bar-value"))
                assert shown.startswith(f"{rmse:.2f} ")
        assert data_of(page, f"{card} [data-version]", "version") == [
            one["version"] for one in model["versions"]
        ]
        refused = page.locator(f"{card} [data-version='{CHALLENGER}']")
        assert plain(model["versions"][0]["decision"]["reason_ko"]) in text_of(refused)
        refused.locator("details").evaluate("details => { details.open = true; }")
        expect(refused.locator("[data-passed=false]")).to_have_count(1)
        failed = refused.locator("[data-gate=coverage_80]")
        expect(failed).to_contain_text("탈락")
        expect(failed).to_contain_text("41\u00a0%")


def quality_is_shown(page: Page, site: Site) -> None:
    report = site.api.json("/api/quality?station=108")
    for name, variable in report["variables"].items():
        row = page.locator(f"[data-variable={name}]")
        shown = text_of(row.locator(".bar-value"))
        assert float(shown.removesuffix(" %")) == pytest.approx(variable["completeness"] * 100, abs=0.0501)
        assert (shown == "100 %") == (variable["completeness"] == 1)
        if variable["absent"]:
            expect(row.locator(".bar-note")).to_contain_text(f"결측 {variable['absent']}")
    sparse = "#quality-complete h5 ~ .bars [data-variable]"
    assert data_of(page, sparse, "variable") == ["rn", "ss", "icsr", "dsnw"]
    expect(page.locator("#quality-missing")).to_contain_text("(3시간)")
    masked = text_of(page.locator("#quality-masked"))
    for value in ("5/25 04:00", "41.3 °C", "-6.1 °C", "“x”", "앞뒤 시간과 크게 다름"):
        assert value in masked
    years = [text_of(row) for row in page.locator("#quality-lake tbody tr").all()]
    assert years[0] == "2025 3,568 / 3,576 99.8 % 99.7 %"
    assert years[-1] == "2023 8,760 / 8,760 100 % 99.98 %"


def test_runs_are_shown_and_one_that_is_opened_has_its_steps_and_the_result_of_each_station(
    open_site: OpenPage, site: Site
) -> None:
    runs = site.api.json("/api/runs?limit=30")["runs"]
    page = open_site("#/info/runs")
    expect(page.locator("#info-runs .runs")).to_be_visible()
    assert data_of(page, "details.run", "run") == [run["run_id"] for run in runs]
    for run in runs:
        row = text_of(page.locator(f"[data-run='{run['run_id']}'] summary"))
        assert OUTCOMES[run["outcome"]] in row
        if run["outcome"] == "running":
            assert re.search(r"4\d초째", row)  # it began 40 s before the reader's clock
        else:
            minutes, seconds = divmod(round(run["seconds"]), 60)
            assert (f"{minutes}분 {seconds}초" if minutes else f"{seconds}초") in row
            assert "observations_incomplete" not in row  # as text instead
    for outcome in OUTCOMES:
        tally = text_of(page.locator(f".tallies [data-outcome={outcome}]"))
        assert tally.startswith(str(sum(run["outcome"] == outcome for run in runs)))

    run = site.api.json(f"/api/runs/nightly-{LAST}")
    entry = page.locator(f"[data-run='nightly-{LAST}']")
    entry.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(entry.locator("[data-step]")).to_have_count(len(run["steps"]))
    started = datetime.fromisoformat(run["started_at"])
    bars = entry.locator(".step-fill").evaluate_all(
        "all => all.map(({style}) => [parseFloat(style.left), parseFloat(style.width)])"
    )
    for bar, step in zip(bars, run["steps"], strict=True):
        offset = (datetime.fromisoformat(step["started_at"]) - started).total_seconds()
        assert bar == pytest.approx(
            [offset / run["seconds"] * 100, step["seconds"] / run["seconds"] * 100], abs=0.1
        )
    speak(page, "en")  # it stays open
    expect(entry.locator(".step-failed")).to_contain_text("Incheon")
    for fact in run["facts"]:
        shown = text_of(entry.locator(f"[data-station='{fact['station']}']"))
        assert all(model["reason_en"] in shown for model in fact["models"])
        assert f"{fact['ingest']['hours_new']} hours new" in shown
        assert f"{fact['ingest']['values_masked']} values rejected" in shown
    assert site.api.asked.count(f"/api/runs/nightly-{LAST}") == 1


def test_the_address_names_the_section_and_former_addresses_lead_to_it(open_site: OpenPage) -> None:
    page = open_site("#/quality?station=108")
    expect(page.locator("#info-quality")).to_have_attribute("open", "")
    expect(page.locator("#info-quality")).to_be_in_viewport()
    assert page.url.endswith("#/info/quality?station=108")
    unfold(page, "models")
    assert page.url.endswith("#/info/models?station=108")
    page.locator("#info-models > summary").click()
    assert page.url.endswith("#/info?station=108")
    page.evaluate("location.hash = '#/runs'")
    expect(page.locator("#info-runs")).to_have_attribute("open", "")
    expect(page.locator("#info-runs")).to_be_in_viewport()
    expect(page.locator("nav [data-page=info]")).to_have_attribute("aria-current", "page")
    assert page.url.endswith("#/info/runs")
