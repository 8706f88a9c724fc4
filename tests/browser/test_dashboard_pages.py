"""What the dashboard shows in each state, against an API that a test scripts (docs/contracts.md)."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Event

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.forecasts import FIRST_DAY, MORNING, forecast
from tests.browser.site import Reply, Site

pytestmark = [pytest.mark.browser, pytest.mark.network]
HANGUL = re.compile(r"[가-힣]")


@pytest.fixture(autouse=True)
def _morning(site: Site) -> None:
    site.api.clock = MORNING
    site.api.replies = {"108": Reply(forecast())}


def test_given_a_calm_day_then_day_face_verdict_and_reasons_are_on_the_first_screen(
    open_site: OpenPage,
) -> None:
    page = open_site()
    today, tomorrow = page.locator(".day").nth(0), page.locator(".day").nth(1)
    expect(today).to_contain_text("오늘")
    expect(today).to_contain_text("5월 30일 금요일")
    expect(today.get_by_role("heading")).to_have_text("물을 안 줘도 돼요")
    expect(today.get_by_role("img")).to_have_accessible_name("편안한 식물")
    expect(today).to_contain_text("최고 기온 23.9\u00a0°C (15:00), 30\u00a0°C 미만")
    expect(tomorrow).to_contain_text("내일")
    expect(tomorrow).to_contain_text("5월 31일 토요일")
    for card in (today, tomorrow):
        box = card.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 844


@pytest.mark.parametrize(
    ("temperature", "humidity", "mood", "verdict"),
    [
        ((18.0, 4.0), (60.0, 15.0), "happy", "물을 안 줘도 돼요"),
        ((18.0, 4.0), (40.0, 15.0), "thirsty", "물을 주세요"),
        ((27.0, 6.0), (60.0, 15.0), "hot", "물을 주세요"),
        ((-2.0, 4.0), (60.0, 15.0), "cold", "물을 안 줘도 돼요"),
        ((-2.0, 4.0), (40.0, 15.0), "thirsty", "물을 주세요"),
    ],
)
def test_given_the_weather_then_the_face_fits_and_the_verdict_is_the_api_s(
    open_site: OpenPage,
    site: Site,
    temperature: tuple[float, float],
    humidity: tuple[float, float],
    mood: str,
    verdict: str,
) -> None:
    site.api.replies["108"] = Reply(forecast(temperature=temperature, humidity=humidity))
    today = open_site().locator(".day").first
    expect(today).to_have_attribute("data-mood", mood)
    expect(today.get_by_role("heading")).to_have_text(verdict)


def test_given_a_day_without_reasons_then_the_rule_is_told(open_site: OpenPage, site: Site) -> None:
    document = forecast()
    document["days"][0]["plant"].update(reasons_ko=[], reasons_en=[])
    site.api.replies["108"] = Reply(document)
    expect(open_site().locator(".day-reasons").first).to_contain_text("물 주기 기준")


@pytest.mark.parametrize(
    ("source", "badge"),
    [
        ("synthetic", "합성 자료 · synthetic weather, not real observations"),
        ("replay", "과거 재연 · replay of past observations, not the present"),
        ("aliens", "자료 출처: aliens"),
    ],
)
def test_given_other_than_real_observations_then_it_says_so_wherever_one_scrolls(
    open_site: OpenPage, site: Site, source: str, badge: str
) -> None:
    site.api.replies["108"] = Reply(forecast(source=source))
    page = open_site()
    expect(page.locator("#badge")).to_have_text(badge)
    page.mouse.wheel(0, 5000)
    page.wait_for_function("scrollY > 300")
    expect(page.locator("#badge")).to_be_in_viewport(ratio=1)


def test_given_real_observations_then_there_is_no_badge_but_the_source(open_site: OpenPage) -> None:
    page = open_site()
    expect(page.locator("[data-fact=data]")).to_contain_text("기상청 관측")
    expect(page.locator("#badge")).to_be_hidden()
    expect(page.locator("#attribution")).to_have_text("기상청 (KMA), data.go.kr")


def test_given_synthetic_data_when_still_loading_then_the_badge_is_there_already(
    open_site: OpenPage, site: Site
) -> None:
    held = Event()
    site.config["source"] = "synthetic"
    site.api.replies["108"] = Reply(forecast(source="synthetic"), hold=held)
    page = open_site()
    expect(page.locator("[data-state=loading]")).to_be_visible()
    expect(page.locator("#badge")).to_contain_text("합성 자료")
    held.set()
    expect(page.locator("#days")).to_be_visible()
    expect(page.locator("#state")).to_be_hidden()


def test_given_a_forecast_then_its_origin_history_and_models_are_told(
    open_site: OpenPage, site: Site
) -> None:
    site.api.replies["108"] = Reply(forecast(degraded_reasons=("baseline_only_hm",)))
    about = open_site().locator("#about-list")
    expect(about.locator("[data-fact=issued]")).to_contain_text("5월 30일 (금) 02:01")
    expect(about.locator("[data-fact=origin]")).to_contain_text("5월 29일 (목) 23:00")
    expect(about.locator("[data-fact=history]")).to_contain_text("365일")
    expect(about.locator("[data-fact=models]")).to_contain_text("기온 LightGBM · 습도 기준 모델")


def test_given_degraded_reasons_then_known_ones_are_translated_and_others_shown_as_they_are(
    open_site: OpenPage, site: Site
) -> None:
    codes = (
        "observations_incomplete",
        "stale_observations",
        "baseline_only_ta",
        "baseline_only_hm",
        "moon_phase",
    )
    site.api.replies["108"] = Reply(forecast(degraded_reasons=codes))
    page = open_site()
    notice = page.locator("[data-notice=degraded]")
    for words in (
        "관측이 일부 빠져",
        "최신 관측이 아직",
        "기온은 학습한 모델 없이",
        "습도는 학습한",
        "moon_phase",
    ):
        expect(notice).to_contain_text(words)
    page.get_by_role("button", name="Switch to English").click()
    expect(notice).to_contain_text("Some observations are missing.")
    expect(page.locator("[data-fact=state]")).to_contain_text("Degraded")


def test_given_a_day_old_forecast_then_it_is_called_stale_and_its_days_are_not_called_today(
    open_site: OpenPage, site: Site
) -> None:
    site.api.clock = MORNING + timedelta(days=3)
    page = open_site()
    expect(page.locator("[data-notice=stale]")).to_contain_text("3일 전에")
    expect(page.locator(".day").first).to_contain_text("5월 30일 금요일")
    expect(page.locator("#days")).not_to_contain_text("오늘")


def test_given_a_replay_of_the_past_then_it_is_not_stale_and_its_own_days_count(
    open_site: OpenPage, site: Site
) -> None:
    site.api.clock = MORNING + timedelta(days=1000)
    site.api.replies["108"] = Reply(forecast(source="replay"))
    page = open_site()
    expect(page.locator(".day").first).to_contain_text("오늘")
    expect(page.locator("[data-notice=stale]")).to_have_count(0)


def test_given_the_hours_between_midnight_and_the_run_then_today_is_the_reader_s(
    open_site: OpenPage, site: Site
) -> None:
    site.api.clock = FIRST_DAY + timedelta(days=1, minutes=30)
    page = open_site()
    expect(page.locator("article.day")).to_have_count(1)
    expect(page.locator("article.day")).to_contain_text("오늘")
    expect(page.locator("article.day")).to_contain_text("5월 31일")
    expect(page.locator(".day-none")).to_contain_text("내일 예보는 아직 없어요")
    expect(page.locator("[data-notice=stale]")).to_have_count(0)
    expect(page.locator("#readout")).to_contain_text("오늘 0시지금")


def test_given_an_api_that_hides_its_clock_then_the_reader_s_clock_decides(
    open_site: OpenPage, site: Site
) -> None:
    site.api.exposes_clock = False
    page = open_site(clock=MORNING)
    expect(page.locator(".day").first).to_contain_text("오늘")
    expect(page.locator("#readout")).to_contain_text("오늘 9시지금")


def test_given_a_deployment_whose_clock_runs_ahead_then_the_api_s_labels_count(
    open_site: OpenPage, site: Site
) -> None:
    site.api.clock = MORNING - timedelta(days=200)
    page = open_site()
    expect(page.locator(".day").first).to_contain_text("오늘")
    expect(page.locator("[data-notice=stale]")).to_have_count(0)


def test_given_no_forecast_yet_then_it_says_so_plainly(open_site: OpenPage, site: Site) -> None:
    site.api.replies = {}
    state = open_site().locator("[data-state=missing]")
    expect(state.get_by_role("heading")).to_have_text("아직 예보가 없어요")
    expect(state).to_contain_text("No forecast was issued yet.")
    expect(state.get_by_role("button", name="다시 시도")).to_be_visible()


def test_given_an_api_fault_when_retried_after_it_is_over_then_the_forecast_appears(
    open_site: OpenPage, site: Site
) -> None:
    site.api.replies["108"] = Reply({"detail": "The table cannot be reached.", "remedy": "Wait."}, 503)
    page = open_site()
    expect(page.locator("[data-state=refused]")).to_contain_text(
        "HTTP 503 The table cannot be reached. Wait."
    )
    expect(page.get_by_role("status")).to_contain_text("예보를 받지 못했어요")
    expect(page.locator("#forecast")).to_be_hidden()
    site.api.replies["108"] = Reply(forecast())
    page.get_by_role("button", name="다시 시도").click()
    expect(page.locator("#chart svg")).to_be_visible()
    expect(page.locator("#main")).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("서울 예보. 오늘: 물을 안 줘도 돼요.")


def test_given_no_connection_then_a_plain_sentence_and_a_retry(open_site: OpenPage, site: Site) -> None:
    site.config["apiUrl"] = "http://127.0.0.1:9/prod"  # the discard port: nothing listens
    state = open_site().locator("[data-state=offline]")
    expect(state).to_contain_text("인터넷 연결을 확인하고")
    expect(state.get_by_role("button", name="다시 시도")).to_be_visible()


def test_given_an_answer_that_never_comes_then_it_stops_waiting(open_site: OpenPage, site: Site) -> None:
    held = Event()
    site.api.replies["108"] = Reply(forecast(), hold=held)
    # AbortSignal.timeout runs on the browser's own clock, which no test can move: shorten it instead.
    page = open_site()
    expect(page.locator("[data-state=loading]")).to_be_visible()
    page.add_init_script(
        "const real = AbortSignal.timeout; AbortSignal.timeout = () => real.call(AbortSignal, 50)"
    )
    page.reload()
    expect(page.locator("[data-state=timeout]")).to_be_visible()
    held.set()


@pytest.mark.parametrize(
    "body", ["<html>Bad gateway</html>", {"message": "hello"}, [], {**forecast(), "days": []}]
)
def test_given_an_answer_that_is_no_forecast_then_it_is_not_shown(
    open_site: OpenPage, site: Site, body: object
) -> None:
    site.api.replies["108"] = Reply(body)
    page = open_site()
    expect(page.locator("[data-state=unreadable]")).to_be_visible()
    expect(page.locator("#forecast")).to_be_hidden()


@pytest.mark.parametrize("config", [{}, {"apiUrl": ""}, {"apiUrl": "javascript:alert(1)"}])
def test_given_no_usable_config_then_it_names_the_file(
    open_site: OpenPage, site: Site, config: dict[str, str]
) -> None:
    site.config = config
    expect(open_site().locator("[data-state=misconfigured]")).to_contain_text("config.json")


def test_given_a_page_left_open_when_the_network_fails_then_the_forecast_stays_and_says_so(
    open_site: OpenPage, site: Site
) -> None:
    page = open_site(clock=MORNING)
    expect(page.locator("#chart svg")).to_be_visible()
    site.api.replies["108"] = Reply({}, 500)
    page.clock.run_for(36 * 60 * 1000)  # it looks every 5 minutes whether 30 have gone by
    notice = page.locator("[data-notice=unrefreshed]")
    expect(notice).to_contain_text("09:20에 받은 예보")
    expect(page.locator("#days")).to_contain_text("오늘")
    site.api.replies["108"] = Reply(forecast(temperature=(27.0, 6.0)))
    notice.get_by_role("button", name="다시 시도").click()
    expect(page.locator(".day").first).to_have_attribute("data-mood", "hot")
    expect(notice).to_have_count(0)


def test_when_the_language_is_switched_then_all_is_english_and_it_is_remembered(open_site: OpenPage) -> None:
    page = open_site()
    page.get_by_role("button", name="Switch to English").click()
    for _ in range(2):
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator(".day").first).to_contain_text("Friday, May 30")
        page.locator("summary").click()
        everything = page.locator("main, header, footer").all_inner_texts()
        without = "".join(everything).replace("한국어", "").replace("기상청", "")
        assert HANGUL.findall(without) == []
        page.reload()


def test_given_several_stations_when_one_is_chosen_then_it_is_shown_and_remembered(
    open_site: OpenPage, site: Site
) -> None:
    site.config["stations"] = ["108", "112", "999"]
    site.api.replies["112"] = Reply(forecast(station="112", temperature=(27.0, 6.0)))
    page = open_site()
    choice = page.get_by_label("지역")
    expect(choice.locator("option")).to_have_text(["서울", "인천", "지점 999"])
    choice.select_option("112")
    expect(page.locator(".day").first).to_have_attribute("data-mood", "hot")
    page.reload()
    expect(page.locator(".day").first).to_have_attribute("data-mood", "hot")
    expect(page.get_by_label("지역")).to_have_value("112")
    assert site.api.asked == ["108", "112", "112"]


def test_given_a_slow_station_when_another_is_chosen_then_the_late_answer_is_dropped(
    open_site: OpenPage, site: Site
) -> None:
    held = Event()
    site.config["stations"] = ["108", "112"]
    site.api.replies = {
        "108": Reply(forecast(), hold=held),
        "112": Reply(forecast(station="112", source="synthetic")),
    }
    page = open_site()
    page.get_by_label("지역").select_option("112")
    expect(page.locator("[data-fact=data]")).to_contain_text("합성 자료")
    held.set()
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-fact=data]")).to_contain_text("합성 자료")
