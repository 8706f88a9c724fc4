"""The track record in a browser: what it shows is what the API answers."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.checks import accessibility_findings, overhanging, plain, speak, text_of
from tests.browser.conftest import OpenPage
from tests.browser.page_documents import fill, scored
from tests.browser.site import Reply, Site
from tests.browser.test_home import drawn

pytestmark = [pytest.mark.browser, pytest.mark.network]

VERIFICATION = "/api/verification?station=108&days=30"
UNIT = {"ta": "°C", "hm": "%p"}
BLOCKS = ("leads_1_24", "leads_25_48")


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


def compared_with_the_kma(record: dict[str, Any], factors: dict[str, float]) -> dict[str, Any]:
    """The record with a forecast of the KMA whose RMSE is ours times the target's factor."""

    def beside(scores: dict[str, Any], factor: float) -> dict[str, Any]:
        return {"hours": scores["hours"], "rmse": scores["rmse"] * factor, "ours": scores["rmse"]}

    for window in record["windows"].values():
        for target, scores in window["targets"].items():
            factor, by_lead = factors[target], scores["by_lead"]
            scores["published"] = {
                **{block: beside(scores[block], factor) for block in BLOCKS},
                "by_lead": {
                    "hours": by_lead["hours"],
                    "rmse": [rmse * factor for rmse in by_lead["rmse"]],
                    "ours": by_lead["rmse"],
                },
            }
    for day in record["days"][1:]:
        day["published"] = {
            target: {block: beside(scores[block], factors[target]) for block in scores}
            for target, scores in day["scores"].items()
        }
    return record


def test_given_the_kma_s_forecast_then_each_side_s_win_is_said_with_its_numbers(
    open_site: OpenPage, site: Site, record: dict[str, Any]
) -> None:
    site.api.replies["/api/verification"] = Reply(compared_with_the_kma(record, {"ta": 0.8, "hm": 1.25}))
    page = opened(open_site)
    card = page.locator("#record-published")
    scores = record["windows"]["30"]["targets"]
    for block in BLOCKS:
        ours = scores["ta"][block]["rmse"]
        worse = text_of(card.locator(f"li[data-target=ta][data-block={block}]"))
        assert "기상청 예보가 더 정확했어요" in worse
        assert f"우리 오차({ours:.2f} °C)가 기상청({ours * 0.8:.2f} °C)보다 25 % 커요." in worse
        assert f"({scores['ta'][block]['hours']}시간 비교)" in worse
        better = text_of(card.locator(f"li[data-target=hm][data-block={block}]"))
        assert "우리 예보가 더 정확했어요" in better
        assert "보다 20 % 작아요." in better
    row = table(page.locator(".score[data-target=ta]"))[2]
    assert row == ["기상청과 비교", "-25 %", "-25 %"]
    expect(card.locator("[data-simulated]")).to_have_count(0)
    card.locator("summary").click()
    rows = table(card)
    leads, days = rows[:48], rows[48:]
    by_lead = scores["hm"]["by_lead"]["rmse"]
    assert [float(one[3]) for one in leads] == pytest.approx(by_lead, abs=0.00501)
    assert [float(one[4]) for one in leads] == pytest.approx([rmse * 1.25 for rmse in by_lead], abs=0.00501)
    # Of each block the days that were compared, the newest first.
    newest = record["days"][-1]["scores"]["ta"]["leads_1_24"]["rmse"]
    assert len(days) == 2 * (len(record["days"]) - 1)
    assert [float(value) for value in days[0][1:3]] == pytest.approx([newest, newest * 0.8], abs=0.00501)
    chart = card.get_by_role("slider")
    chart.focus()
    page.keyboard.press("Home")
    assert plain(chart.get_attribute("aria-valuetext") or "").startswith("1시간 앞. 기온 우리 ")
    assert accessibility_findings(page) == []
    speak(page, "en")
    assert "The KMA was more accurate" in text_of(card.locator("li").first)


def tally(hits: int, misses: int, false_alarms: int, correct_rejections: int) -> dict[str, int]:
    names = ("hits", "misses", "false_alarms", "correct_rejections")
    return dict(zip(names, (hits, misses, false_alarms, correct_rejections), strict=True))


def test_given_decisions_then_days_caught_and_missed_are_said_and_the_kma_s_stand_beside_them(
    open_site: OpenPage, site: Site, record: dict[str, Any]
) -> None:
    # The month's own, of weather made up: each kind of day adds up to the days decided.
    for one in record["windows"]["30"]["decisions"].values():
        assert one["days"] == sum(one[name] for name in tally(0, 0, 0, 0)) == 30
    record["windows"]["30"]["decisions"] = {
        "frost": {
            "days": 30,
            **tally(11, 1, 2, 16),
            "published": {"days": 20, **tally(7, 1, 0, 12), "ours": tally(8, 0, 1, 11)},
        },
        "hot": {"days": 30, **tally(0, 0, 0, 30), "published": None},
        "dry": {
            "days": 29,
            **tally(3, 0, 0, 26),
            "published": {"days": 29, **tally(1, 2, 0, 26), "ours": tally(3, 0, 0, 26)},
        },
    }
    record["windows"]["7"]["decisions"] = {}
    site.api.replies["/api/verification"] = Reply(record)
    page = open_site("#/record", viewport={"width": 320, "height": 700})
    card = page.locator("#record-decisions")
    for name, text in (
        ("frost", "0 °C 이하로 내려간 12일 중 11일을 맞혔고, 1일을 놓쳤어요. 빗나간 예보는 2일이에요."),
        ("hot", "30일 동안 30 °C 이상 오른 날은 없었어요. 빗나간 예보는 없어요."),
        ("dry", "습도가 30 % 이하로 떨어진 3일 중 3일을 모두 맞혔어요. 빗나간 예보는 없어요."),
    ):
        assert text_of(card.locator(f"[data-decision={name}]")) == text
    assert table(card) == [
        ["0 °C 이하우리, 30일", "11", "1", "2", "16"],
        ["0 °C 이하우리(기상청과 같은 날), 20일", "8", "0", "1", "11"],
        ["0 °C 이하기상청, 20일", "7", "1", "0", "12"],
        ["30 °C 이상우리, 30일", "0", "0", "0", "30"],
        ["습도 30 % 이하우리, 29일", "3", "0", "0", "26"],
        ["습도 30 % 이하기상청, 29일", "1", "2", "0", "26"],
    ]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert accessibility_findings(page) == []
    assert overhanging(page) == []
    page.locator(".segments label", has_text="7일").click()
    expect(card).to_contain_text("날이 바뀌기 전에 발표한 예보가 없어요")
    speak(page, "en")
    expect(card).to_contain_text("No forecast of these days was issued before its day began.")


def test_given_a_simulated_kma_and_a_week_without_it_then_both_are_said(
    open_site: OpenPage, site: Site, record: dict[str, Any]
) -> None:
    answer = compared_with_the_kma(record, {"ta": 1.001, "hm": 1.0}) | {"source": "synthetic"}
    for scores in answer["windows"]["7"]["targets"].values():
        scores["published"] = None
    site.api.replies["/api/verification"] = Reply(answer)
    page = open_site("#/record", viewport={"width": 320, "height": 700})
    card = page.locator("#record-published")
    expect(card.locator("[data-simulated]")).to_contain_text("모의로 만든 예보")
    expect(card.locator("li").nth(0)).to_contain_text("거의 같았어요")
    card.locator("summary").click()
    assert overhanging(page) == []
    page.locator(".segments label", has_text="7일").click()
    expect(card).to_contain_text("이 기간에는 비교할 기상청 예보가 없어요")
    expect(card.get_by_role("slider")).to_be_hidden()


def test_given_no_published_forecast_then_the_record_does_not_mention_any(
    open_site: OpenPage, record: dict[str, Any]
) -> None:
    page = opened(open_site)
    expect(page.locator("#record-leads .uplot").first).to_be_visible()
    expect(page.locator("#record-published")).to_have_count(0)
    expect(page.locator(".score").first).not_to_contain_text("기상청")


def test_given_a_first_day_then_nothing_is_scored_and_no_request_fails(open_site: OpenPage) -> None:
    page = drawn(open_site())
    statuses: list[int] = []
    page.on("response", lambda response: statuses.append(response.status))
    page.locator("nav [data-page=record]").click()
    expect(page.locator("[data-state=nothing]")).to_be_visible()
    assert set(statuses) == {200}
