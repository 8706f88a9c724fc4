"""The home page's head: the last observed hour, what the forecast was updated from, the sky ahead."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from plantcast.common.clock import iso_hour
from plantcast.guidance.status import REASONS
from tests.browser.checks import accessibility_findings, overhanging, plain, speak, text_of
from tests.browser.conftest import OpenPage
from tests.browser.site import Reply, Site
from tests.browser.test_home import drawn
from tests.browser.weather import FIRST_DAY, MORNING

pytestmark = [pytest.mark.browser, pytest.mark.network]

FORECAST = "/api/forecast?station=108"
NINE = FIRST_DAY + timedelta(hours=9)
MODEL = {"name": "station_model", "attribution": "기상청 (KMA), data.go.kr", "simulated": False}
KMA = {**MODEL, "name": "kma", "issued_at": iso_hour(FIRST_DAY + timedelta(hours=8))}
OPEN_METEO = {
    **MODEL,
    "name": "open_meteo",
    "attribution": "Open-Meteo.com",
    "issued_at": iso_hour(FIRST_DAY - timedelta(hours=3)),
}


def observe(site: Site, time: datetime = NINE, **changes: Any) -> None:
    """Answer `/api/current` with an observation of `time`."""
    answer = {
        "source": site.source,
        "time": iso_hour(time),
        "age_minutes": int((site.api.clock - time).total_seconds() // 60),
        "temperature_2m": 21.3,
        "relative_humidity_2m": 54.0,
        "provisional": True,
        "feed": "api_hub",
    }
    site.api.replies["/api/current"] = Reply(answer | changes)


def combine(site: Site, *guidance: dict[str, Any], reasons: tuple[str, ...] = (), **changes: Any) -> None:
    """Answer `/api/forecast` with a forecast updated at 09:15 and combined with `guidance`."""
    answer = site.api.json(FORECAST)
    answer |= {"origin": iso_hour(NINE), "issued_at": (NINE + timedelta(minutes=15)).isoformat()}
    answer["sources"] = [
        {"share": {"ta": [0.62] * 48, "hm": [0.7] * 48}, **source} for source in (MODEL, *guidance)
    ]
    answer["guidance_reasons"] = list(reasons)
    site.api.replies["/api/forecast"] = Reply(answer | changes)


def current(page: Page) -> Locator:
    return drawn(page).locator("#current")


def test_given_live_data_and_guidance_then_the_page_leads_with_both(open_site: OpenPage, site: Site) -> None:
    observe(site)
    combine(site, KMA)
    page = open_site()
    shown = text_of(current(page))
    for part in (
        "오전 9시 관측 잠정",
        "21.3 °C",
        "54 %",
        "5분 전 갱신 · 관측 09시까지 + 기상청 단기예보 08시 발표",
    ):
        assert part in shown
    assert "시간 전" not in shown
    assert page.locator(".days ~ #current").count() == 1
    expect(page.locator("#about")).to_contain_text("24시간 앞 비중: 기온 62 %, 습도 70 %")
    speak(page, "en")
    shown = text_of(current(page))
    for part in (
        "Observed at 09:00 provisional",
        "Updated 5 min ago · observations up to 09:00 + KMA short-term forecast of 08:00",
    ):
        assert part in shown
    box = page.locator("#verdict").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 844  # the advice still is on the first screen


def test_given_an_old_observation_then_its_age_and_the_present_hour_s_forecast_are_shown(
    open_site: OpenPage, site: Site
) -> None:
    site.api.replies["/api/forecast"] = Reply(site.api.json(FORECAST) | {"sources": [MODEL | {"share": {}}]})
    observe(site, FIRST_DAY - timedelta(hours=1), provisional=False, relative_humidity_2m=None)
    page = open_site()
    hour = site.api.json(FORECAST)["hourly"]
    shown = text_of(current(page))
    for part in ("어제 오후 11시 관측 10시간 전", "습도 –", "7시간 전 갱신 · 관측 어제 23시까지"):
        assert part in shown
    assert "잠정" not in shown
    assert f"지금은 {hour['temperature_2m'][9]:.1f} °C, {hour['relative_humidity_2m'][9]:.0f} %" in shown
    assert "예보 " not in shown.replace("지금은", "")  # without guidance nothing is said of any
    speak(page, "en")
    assert "Observed yesterday at 23:00 10 hours ago" in text_of(current(page))


def test_given_simulated_guidance_and_others_data_then_both_are_named_as_such(
    open_site: OpenPage, site: Site
) -> None:
    observe(site)
    combine(site, KMA | {"simulated": True}, OPEN_METEO, source="synthetic", attribution="Open-Meteo.com")
    page = open_site()
    shown = text_of(current(page))
    assert "+ 모의 기상청 단기예보 08시 발표 + Open-Meteo 예보 어제 21시 발표 (CC BY 4.0)" in shown
    expect(current(page).get_by_role("link")).to_have_attribute("href", re.compile("creativecommons.org"))
    expect(page.locator("#about")).to_contain_text("모의 기상청 단기예보")
    expect(page.locator("#attribution")).to_contain_text("Open-Meteo.com")
    speak(page, "en")
    assert "simulated KMA short-term forecast of 08:00" in text_of(current(page))


def test_given_a_guidance_without_share_then_the_forecast_is_not_said_to_rest_on_it(
    open_site: OpenPage, site: Site
) -> None:
    observe(site)
    combine(site, KMA | {"share": {"ta": [0.0] * 48, "hm": [0.0] * 48}})
    assert "단기예보" not in text_of(current(open_site()))


def test_given_reasons_then_they_are_sentences_in_both_languages(open_site: OpenPage, site: Site) -> None:
    observe(site)
    combine(site, KMA, reasons=(*REASONS, "moon_phase"))
    page = open_site(viewport={"width": 320, "height": 700})
    lines = current(page).locator("[data-notice=guidance]")
    spoken = {}
    for language in ("ko", "en"):
        speak(page, language)
        spoken[language] = [plain(line) for line in lines.all_inner_texts()]
        assert len(set(spoken[language])) == len(REASONS) + 1
        assert not re.search(r"_|guidance|moon|\d{3}", " ".join(spoken[language]))
        assert accessibility_findings(page) == []
        assert overhanging(page) == []
    assert "인증키가 거부되었어요" in spoken["ko"][0]
    assert "was refused" in spoken["en"][0]


def test_given_a_replay_then_times_are_dates_and_ages_the_deployment_s(
    open_site: OpenPage, site: Site
) -> None:
    observe(site, NINE - timedelta(hours=3))
    combine(site, KMA, source="replay")
    shown = text_of(current(open_site(clock=MORNING + timedelta(days=1000))))
    assert "오전 6시 관측 잠정 3시간 전" in shown
    assert "5월 30일 (금) 09:15 갱신" in shown


def test_given_an_api_without_observations_of_today_then_the_page_works_as_before(
    open_site: OpenPage, site: Site
) -> None:
    site.api.replies["/api/current"] = Reply(status=404)
    forecast = site.api.json(FORECAST)
    for name in ("sources", "guidance_reasons"):
        forecast.pop(name, None)
    site.api.replies["/api/forecast"] = Reply(forecast)
    page = drawn(open_site())
    expect(page.locator("#verdict")).to_contain_text("물 안 줘도 돼요")
    expect(page.locator("#current")).to_have_count(0)
    expect(page.locator(".sky")).to_have_count(0)


def test_given_the_simulation_then_real_observations_are_not_shown_under_its_sign(
    open_site: OpenPage, site: Site
) -> None:
    observe(site)
    page = open_site()
    expect(current(page)).to_be_visible()
    page.get_by_role("switch").click()
    expect(page.locator("article.day").first).to_have_attribute("data-water", "true")
    expect(page.locator("#current")).to_have_count(0)


def test_given_sky_and_precipitation_then_pictures_with_names_lead_the_hours(
    open_site: OpenPage, site: Site
) -> None:
    observe(site)
    forecast = site.api.json(FORECAST)
    sky = [4] * 9 + [1, 3, 3, 3, 4, 4, 4] + [None] * 32
    rain = [*range(48)]
    forecast["hourly"] |= {"sky": sky, "precipitation_probability": [*map(float, rain[:40]), *[None] * 8]}
    site.api.replies["/api/forecast"] = Reply(forecast)
    page = drawn(open_site(viewport={"width": 320, "height": 700}, color_scheme="dark"))
    cells = page.locator(".sky-hours li")
    assert [text_of(cell).split()[0] for cell in cells.all()] == [
        f"{hour % 24:02d}시" for hour in range(12, 36, 3)
    ]
    names = [cell.get_by_role("img") for cell in cells.all()]
    expect(names[0]).to_have_accessible_name("구름많음")
    expect(names[1]).to_have_accessible_name("흐림")
    expect(names[2]).to_have_count(0)
    assert "강수확률 12 %" in text_of(cells.first)
    chart = page.get_by_role("slider")
    expect(chart).to_have_attribute("aria-valuetext", re.compile(r"^오늘 9시, 예보\. 맑음\. 강수확률 9\s%"))
    expect(page.locator("#hours-picked").get_by_role("img")).to_have_accessible_name("맑음")
    expect(page.locator("#hours-picked")).to_contain_text("강수확률")
    chart.press("End")
    assert "강수확률" not in plain(chart.get_attribute("aria-valuetext") or "")
    page.locator("details.table summary").click()
    first = page.locator("#table tr:has(td) th").first  # of the running hour
    assert "9 %" in text_of(first)
    expect(first.get_by_role("img")).to_have_accessible_name("맑음")
    assert overhanging(page) == []
    assert accessibility_findings(page) == []
