"""The home page against the real API: what to do, why, and the hours it rests on."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Event

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import accessibility_findings, overhanging, text_of
from tests.browser.conftest import OpenPage
from tests.browser.site import Reply, Site
from tests.browser.weather import FIRST_DAY, ISSUED, MOODS, MORNING, kma_guidance

pytestmark = [pytest.mark.browser, pytest.mark.network]
HANGUL = re.compile(r"[가-힣]")
ADVICE = "/api/advice?plant=default&station=108"


def drawn(page: Page) -> Page:
    """Wait until everything is on the page."""
    expect(page.locator("#content[aria-busy=false] #hours-chart .uplot").first).to_be_visible()
    return page


def whole(degrees: float) -> int:
    """Round as the page does: a half goes up, not to the even number."""
    return int(degrees + 0.5)


def test_given_a_calm_day_then_the_answer_its_reason_and_what_to_do_are_on_the_first_screen(
    open_site: OpenPage, site: Site
) -> None:
    site.api.show(guidance=kma_guidance())
    page = drawn(open_site())
    (advice,) = site.api.json(ADVICE)["plants"]
    verdict = page.locator("#verdict")
    expect(verdict.get_by_role("heading", level=2)).to_have_text(advice["water"]["text_ko"])
    expect(verdict.get_by_role("img")).to_have_accessible_name("편안한 식물")
    text = text_of(verdict)
    for part in (advice["water"]["reason_ko"], "오늘 밤", advice["tonight"]["advice_ko"], "내일"):
        assert part in text
    box = verdict.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 844
    low = whole(advice["tonight"]["temperature_min"])
    expect(page.locator("#tonight")).to_contain_text(f"{low}\u00a0°C 안팎")
    cards = page.locator("article.day")
    expect(cards).to_have_count(2)
    days = site.api.json("/api/forecast?station=108")["days"]
    for card, day, name in zip(cards.all(), days, ("오늘 5월 30일 (금)", "내일 5월 31일 (토)"), strict=True):
        expect(card.get_by_role("heading")).to_have_text(name)
        low, high = whole(day["temperature_min"]), whole(day["temperature_max"])
        assert f"최저 {low}° / 최고 {high}°" in text_of(card)
        assert "강수확률 90 %" in text_of(card)
    for note in advice["notes_ko"]:
        assert note in text_of(page.locator("#notes"))


@pytest.mark.parametrize(
    ("mood", "answer", "headline"),
    [
        ("happy", "no", "오늘은 물 안 줘도 돼요"),
        ("thirsty", "yes", "물을 주세요"),
        ("hot", "yes", "물을 주세요"),
        ("cold", "no", "오늘은 물 안 줘도 돼요"),
    ],
)
def test_given_the_weather_then_face_and_answer_are_the_api_s_and_all_is_legible(
    open_site: OpenPage, site: Site, mood: str, answer: str, headline: str
) -> None:
    site.api.show(source="synthetic", degraded_reasons=("observations_incomplete",), **MOODS[mood])
    page = drawn(open_site(viewport={"width": 320, "height": 700}))
    verdict = page.locator("#verdict")
    expect(verdict).to_have_attribute("data-mood", mood)
    expect(verdict).to_have_attribute("data-water", answer)
    expect(verdict.get_by_role("heading", level=2)).to_have_text(headline)
    if mood == "cold":
        assert re.search(r"-\d °C 안팎 추우면 -\d+ °C", text_of(page.locator("#tonight")))
    page.locator("details.table summary").click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert accessibility_findings(page) == []
    assert overhanging(page) == []


def test_given_hours_observed_today_then_the_day_s_extremes_include_them(
    open_site: OpenPage, site: Site
) -> None:
    site.api.show(temperature=(0.0, 0.3))
    observed = site.api.json("/api/observations?station=108")
    observed["hourly"]["time"][-2:] = ["2025-05-30T01:00:00+09:00", "2025-05-30T02:00:00+09:00"]
    observed["hourly"]["temperature_2m"][-2:] = [-11.6, None]
    site.api.replies["/api/observations"] = Reply(observed)
    page = drawn(open_site())
    today, tomorrow = (text_of(card) for card in page.locator("article.day").all())
    assert "최저 -12° / 최고 0°" in today
    assert "최저 0° / 최고 0°" in tomorrow  # no "-0"


def test_given_degraded_reasons_then_known_ones_are_translated_and_others_shown_as_they_are(
    open_site: OpenPage, site: Site
) -> None:
    site.api.show(degraded_reasons=("observations_incomplete", "baseline_only_ta", "moon_phase"))
    page = drawn(open_site())
    notice = page.locator("[data-notice=degraded]")
    for text in ("관측이 일부 빠져", "기온은 학습 모델 없이", "moon_phase"):
        expect(notice).to_contain_text(text)
    about = page.locator("#about")
    for text in ("기상청 관측", "5월 30일 (금) 02:01", "5월 29일 (목) 23:00", "365일", "기온: 기준 모델"):
        expect(about).to_contain_text(text)
    expect(page.locator("#badge")).to_be_hidden()
    expect(page.locator("#attribution")).to_have_text("기상청 (KMA), data.go.kr")
    page.get_by_role("button", name="Switch to English").click()
    expect(notice).to_contain_text("Some observations are missing.")
    expect(about).to_contain_text("degraded")


def test_given_a_replay_then_today_is_the_deployment_s_and_the_badge_stays_in_view(
    open_site: OpenPage, site: Site
) -> None:
    site.api.show(source="replay")
    page = drawn(open_site(clock=MORNING + timedelta(days=1000)))
    expect(page.locator("article.day").first).to_contain_text("오늘")
    expect(page.locator("[data-notice=stale]")).to_have_count(0)
    expect(page.locator("#badge")).to_have_text("과거 재연 · replay of past observations, not the present")
    assert page.evaluate("scrollTo(0, 5000), scrollY") > 300
    expect(page.locator("#badge")).to_be_in_viewport(ratio=1)


def test_given_a_reader_s_clock_that_is_behind_then_days_have_only_their_date(open_site: OpenPage) -> None:
    page = drawn(open_site(clock=MORNING - timedelta(days=200)))
    expect(page.locator("[data-notice=stale]")).to_have_count(0)
    expect(page.locator(".days")).to_contain_text("5월 30일 (금)")


def test_given_the_hours_between_midnight_and_the_run_then_today_is_the_reader_s(
    open_site: OpenPage, site: Site
) -> None:
    site.api.clock = FIRST_DAY + timedelta(days=1, minutes=30)
    page = drawn(open_site())
    expect(page.locator("article.day")).to_have_count(1)
    expect(page.locator("article.day")).to_contain_text("오늘")
    expect(page.locator("article.day")).to_contain_text("5월 31일")
    expect(page.locator(".day-none")).to_contain_text("내일 예보는 아직 없어요")
    expect(page.locator("#hours-picked")).to_contain_text("오늘 0시 지금")


def test_when_the_switch_is_on_then_a_hot_dry_day_is_shown_and_marked_as_a_simulation(
    open_site: OpenPage, site: Site
) -> None:
    page = drawn(open_site())
    switch = page.get_by_role("switch", name="덥고 건조한 날 미리 보기")
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    expect(page.locator("article.day").first).to_have_attribute("data-water", "true")
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(page.locator("#simulation")).to_contain_text("실제 예보가 아니에요")
    expect(page.locator("#simulation")).to_be_in_viewport()
    expect(page.locator("#badge")).to_contain_text("미리 보기")
    expect(page.get_by_role("button", name="공유하기")).to_be_hidden()
    marks = (
        drawn(page)
        .locator("article.day, #hours, #about")
        .evaluate_all("all => all.map((one) => getComputedStyle(one, '::before').content)")
    )
    assert len(marks) == 4
    assert all("실제 예보 아님" in mark for mark in marks)
    expect(page.locator("#attribution")).to_contain_text("재연")
    assert accessibility_findings(page) == []
    page.get_by_role("link", name="예보 성적").click()
    expect(page.locator("#simulation")).to_be_hidden()
    page.get_by_role("link", name="오늘", exact=True).click()
    expect(page.locator("article.day").first).to_have_attribute("data-water", "false")
    expect(page.locator("#simulation")).to_be_hidden()
    page.get_by_role("switch").click()
    page.get_by_role("button", name="그만 보기").click()
    expect(page.locator("#simulation")).to_be_hidden()
    page.get_by_role("switch").click()
    expect(page.locator("#simulation")).to_be_visible()
    page.reload()  # never remembered
    expect(page.locator("article.day").first).to_have_attribute("data-water", "false")
    expect(page.locator("#badge")).to_be_hidden()


def test_given_parts_that_fail_then_the_forecast_is_shown_with_notices(
    open_site: OpenPage, site: Site
) -> None:
    site.api.show(**MOODS["hot"])
    failing = (ADVICE, "/api/observations", "/api/plants", "/api/alerts")
    site.api.replies = dict.fromkeys(failing, Reply({"detail": "broken"}, 500))
    page = drawn(open_site())
    expect(page.locator("[data-notice=no-advice]")).to_contain_text("조언을 받지 못했어요")
    expect(page.locator("[data-notice=no-observations]")).to_be_visible()
    expect(page.locator("main")).to_contain_text("최근 알림을 받지 못했어요")
    card = page.locator("article.day").first
    expect(card).to_have_attribute("data-mood", "unknown")
    expect(card).to_contain_text("최저 ")
    verdict = page.locator("#verdict")
    expect(verdict).to_have_attribute("data-water", "null")
    expect(verdict.get_by_role("heading")).to_have_text("물을 줄지 지금은 알 수 없어요")
    expect(verdict).to_contain_text("물이 필요한지 판단할 수 없어요")
    expect(page.locator("#hours-picked")).to_contain_text("오늘 9시")
    assert accessibility_findings(page) == []


@pytest.mark.parametrize("source", ["kma", "replay"])
def test_given_a_forecast_of_two_days_ago_then_there_is_no_advice_and_a_notice(
    open_site: OpenPage, site: Site, source: str
) -> None:
    late = ISSUED + timedelta(hours=36, minutes=1)
    site.api.show(source=source, **MOODS["hot"])
    if source == "kma":  # cached answers, made before it was late
        for target in ("/api/forecast?station=108", ADVICE):
            site.api.replies[target] = Reply(site.api.json(target))
    site.api.clock = late
    page = drawn(open_site(clock=late if source == "kma" else late + timedelta(days=1000)))
    for card in page.locator("article.day").all():
        expect(card).to_have_attribute("data-mood", "unknown")
        expect(card).to_have_attribute("data-water", "null")
    expect(page.locator("#verdict")).to_have_attribute("data-water", "null")
    expect(page.locator("#verdict")).to_contain_text("예보가 오래되어 조언을 드리지 않아요")
    expect(page.locator("#tonight")).to_have_count(0)
    age = "예보가 오래되어" if source == "replay" else "36시간 전에 발표했고"
    expect(page.locator("[data-notice=stale]")).to_contain_text(age)


def test_given_slow_parts_then_the_advice_does_not_wait_and_nothing_moves_when_they_come(
    open_site: OpenPage, site: Site
) -> None:
    held = Event()
    site.api.replies["/api/observations"] = Reply(hold=held)
    page = open_site()
    expect(page.locator("#verdict h2")).to_have_text("오늘은 물 안 줘도 돼요")
    expect(page.locator("#content")).to_have_attribute("aria-busy", "true")
    expect(page.locator("[data-notice=no-observations]")).to_have_count(0)
    expect(page.locator("#hours-chart .uplot").first).to_be_visible()
    chart = page.get_by_role("slider")
    chart.press("End")
    expect(chart).to_have_attribute("aria-valuetext", re.compile("^내일 23시"))
    where = chart.bounding_box()
    held.set()
    drawn(page)
    assert chart.bounding_box() == where
    expect(chart).to_have_attribute("aria-valuetext", re.compile("^내일 23시"))
    expect(chart).to_be_focused()


def test_given_markup_in_the_answers_then_it_is_text_and_nothing_runs(
    open_site: OpenPage, site: Site
) -> None:
    attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    forecast = site.api.json("/api/forecast?station=108")
    forecast |= {"attribution": attack, "source": attack, "degraded_reasons": [attack]}
    forecast["station"]["name_ko"] = attack
    forecast["models"]["ta"]["kind"] = attack
    advice = site.api.json(ADVICE)
    (plant,) = advice["plants"]
    plant |= {"notes_ko": [attack]}
    plant["water"] |= {"text_ko": attack, "reason_ko": attack}
    plant["days"][0] |= {"advice_ko": attack}
    plant["days"][0]["conditions"][0] |= {"active": True, "reason_ko": attack}
    plants = site.api.json("/api/plants")
    plants["plants"][0] |= {"name_ko": attack, "sources": [{"title": attack, "url": None}]}
    site.api.replies = {
        "/api/forecast": Reply(forecast),
        ADVICE: Reply(advice),
        "/api/plants": Reply(plants),
    }
    page = drawn(open_site())
    expect(page.locator("#attribution")).to_have_text(attack)
    for place in ("#about", "#verdict", "#shelf", "#notes", ".days"):
        expect(page.locator(place)).to_contain_text(attack)
    assert page.locator("img[src=x], main script").count() == 0
    assert page.title() == "Plantcast · 식물 물 주기 예보"


def test_given_a_slow_station_when_another_is_chosen_then_it_is_shown_remembered_and_the_late_one_dropped(
    open_site: OpenPage, site: Site
) -> None:
    held = Event()
    site.serve_stations("108", "112")
    site.api.show(station="112", **MOODS["hot"])
    site.api.replies["/api/forecast?station=108"] = Reply(hold=held)
    page = open_site()
    expect(page.locator("[data-state=loading]")).to_be_visible()
    choice = page.get_by_label("지역")
    expect(choice.locator("option")).to_have_text(["서울", "인천"])
    choice.select_option("112")
    expect(page.locator("article.day").first).to_have_attribute("data-mood", "hot")
    held.set()
    page.wait_for_load_state("networkidle")
    expect(page.locator("article.day").first).to_have_attribute("data-mood", "hot")
    page.reload()
    expect(page.get_by_label("지역")).to_have_value("112")
    expect(page.locator("article.day").first).to_have_attribute("data-mood", "hot")


def test_when_the_language_is_switched_then_all_is_english_and_it_is_remembered(open_site: OpenPage) -> None:
    page = drawn(open_site())
    page.get_by_role("button", name="Switch to English").click()
    for _ in range(2):
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("article.day").first).to_contain_text("Fri, May 30")
        drawn(page)
        page.locator("details.table summary").click()
        everything = page.locator("main, header, footer, nav").all_inner_texts()
        without = "".join(everything).replace("한국어", "").replace("기상청", "")
        assert HANGUL.findall(without) == []
        page.reload()
