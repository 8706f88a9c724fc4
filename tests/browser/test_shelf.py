"""The reader's plants: put on the shelf, watered, shown hour by hour, kept on the device; their calendars."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import accessibility_findings, overhanging, plain, text_of
from tests.browser.conftest import OpenPage
from tests.browser.site import Site
from tests.browser.test_home import drawn
from tests.browser.weather import MOODS

pytestmark = [pytest.mark.browser, pytest.mark.network]

MONSTERA = {"key": "a", "profile": "monstera", "place": "indoor", "watered": ["2025-05-22T08:00"]}
CACTUS = {"key": "b", "profile": "cactus", "name": "창가 선인장", "place": "balcony", "watered": []}
LETTUCE = {"key": "c", "profile": "lettuce", "place": "outdoor", "watered": ["2025-05-30T07:40"]}


def with_shelf(open_site: OpenPage, stored: object, **options: Any) -> Page:
    """Open the page in a browser that has stored a shelf."""
    page = open_site(**options)
    text = stored if isinstance(stored, str) else json.dumps(stored)
    page.evaluate("text => localStorage.setItem('plantcast.shelf', text)", text)
    page.reload()
    return drawn(page)


def shelf_stored(page: Page) -> list[dict[str, Any]]:
    stored: list[dict[str, Any]] = json.loads(page.evaluate("localStorage.getItem('plantcast.shelf')"))
    return stored


def test_given_three_plants_then_one_line_answers_for_all_and_each_has_its_face_and_soil(
    open_site: OpenPage, site: Site
) -> None:
    site.api.show(**MOODS["cold"])
    page = with_shelf(open_site, [MONSTERA, CACTUS, LETTUCE], viewport={"width": 320, "height": 700})
    asked = next(
        target for target in site.api.asked if target.startswith("/api/advice?") and "cactus" in target
    )
    advised = site.api.json(asked)["plants"]
    assert "lettuce%3Bplace%3Doutdoor%3Bwatered%3D2025-05-30T07%3A00" in asked
    head = text_of(page.locator("#verdict h2"))
    assert "창가 선인장의 흙을 만져 보세요" in head
    items = page.locator(".shelf-plant")
    for item, one in zip(items.all(), advised, strict=True):
        drying = (one["soil"] or {}).get("drying")
        shown = text_of(item.locator(".soil-text"))
        if one["soil"] is None:
            assert shown == "물 준 날을 알려 주세요"
        elif drying is not None and drying < 100:
            assert f"흙이 {round(drying)} % 말랐어요" in shown
    assert [text_of(item.locator(".shelf-choose")) for item in items.all()] == [
        "몬스테라 실내", "창가 선인장 베란다", "상추 실외",
    ]  # fmt: skip
    expect(page.locator("#verdict")).to_contain_text("상추: 실내로 들이거나 덮어 주세요.")
    items.nth(2).locator(".shelf-choose").click()
    expect(page.locator("#tonight")).to_contain_text("바깥 공기")
    expect(page.locator("#plant-card")).to_contain_text("상추")
    expect(items.nth(2).locator(".shelf-choose")).to_have_attribute("aria-pressed", "true")
    expect(items.nth(2).locator(".shelf-choose")).to_be_focused()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert accessibility_findings(page) == []
    assert overhanging(page) == []
    page.reload()
    expect(drawn(page).locator("#plant-card")).to_contain_text("상추")  # remembered


def test_when_the_chart_is_scrubbed_then_every_face_follows_and_returns_to_now(
    open_site: OpenPage, site: Site
) -> None:
    site.api.show(**MOODS["cold"])
    page = with_shelf(open_site, [MONSTERA, LETTUCE])
    advised = site.api.json("/api/advice?plant=lettuce;place=outdoor&station=108")["plants"][0]["hourly"]
    faces = page.locator(".shelf-plant [data-face-of=c]")
    at_now = faces.get_attribute("data-mood")
    assert at_now == "cold"
    page.locator("#hours-chart").scroll_into_view_if_needed()
    where = page.locator("#hours-chart").bounding_box()
    chart = page.get_by_role("slider")
    chart.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    index = next(at for at, time in enumerate(advised["time"]) if time.startswith("2025-05-30T15"))
    expect(faces).to_have_attribute("data-mood", advised["mood"][index])
    expect(page.locator(".faces [data-face-of=c]")).to_have_attribute("data-mood", advised["mood"][index])
    assert page.locator("#hours-chart").bounding_box() == where
    page.keyboard.press("Home")
    expect(faces).to_have_attribute("data-mood", "unknown")  # an hour gone by
    page.keyboard.press("Escape")
    expect(faces).to_have_attribute("data-mood", at_now)


def test_when_a_plant_is_watered_then_the_answer_changes_at_once_and_it_can_be_taken_back(
    open_site: OpenPage, site: Site
) -> None:
    long_ago = MONSTERA | {"watered": ["2025-05-10T08:00"]}
    page = with_shelf(open_site, [long_ago, CACTUS])
    item = page.locator("[data-key=a]")
    expect(item).to_contain_text("흙이 마를 때가 됐어요")
    item.get_by_role("button", name="몬스테라에 물 줬어요").click()
    expect(item).to_contain_text("흙이 0\u00a0% 말랐어요")
    assert shelf_stored(page)[0]["watered"] == ["2025-05-10T08:00", "2025-05-30T09:20"]
    undo = item.get_by_role("button", name="몬스테라에 물 준 기록 취소")
    expect(undo).to_be_focused()
    undo.click()
    expect(item).to_contain_text("흙이 마를 때가 됐어요")
    assert shelf_stored(page)[0]["watered"] == ["2025-05-10T08:00"]
    item.get_by_role("button", name="몬스테라에 물 줬어요").click()
    expect(undo).to_be_visible()
    page.clock.run_for(13_000)
    expect(undo).to_have_count(0)


def test_a_first_visitor_adds_changes_and_removes_a_plant_with_the_keyboard(
    open_site: OpenPage, site: Site
) -> None:
    page = drawn(open_site(viewport={"width": 320, "height": 700}))
    expect(page.locator("#shelf")).to_contain_text("내 식물을 추가하면")
    expect(page.locator(".shelf-plant")).to_have_attribute("data-profile", "default")
    page.get_by_role("button", name="식물 추가").press("Enter")
    dialog = page.get_by_role("dialog", name="식물 추가")
    dialog.get_by_label("식물", exact=True).select_option("cactus")
    expect(dialog.get_by_role("radio", name="베란다")).to_be_checked()  # where it usually stands
    dialog.get_by_label("이름").fill("가시")
    dialog.get_by_role("radio", name="실내").check()
    dialog.get_by_label("실내 온도").fill("99")
    dialog.get_by_role("button", name="저장").click()
    expect(dialog).to_be_visible()  # no room is that warm
    dialog.get_by_label("실내 온도").fill("19")
    dialog.get_by_role("button", name="어제").click()
    assert accessibility_findings(page) == []
    assert overhanging(page) == []
    dialog.get_by_role("button", name="저장").press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator(".shelf-plant")).to_have_count(1)
    expect(page.locator(".shelf-choose")).to_be_focused()
    expect(page.locator(".shelf-plant")).to_contain_text("말랐어요")
    (kept,) = shelf_stored(page)
    assert {name: value for name, value in kept.items() if name != "key"} == {
        "profile": "cactus",
        "name": "가시",
        "place": "indoor",
        "roomTemperature": 19,
        "balconyOffset": None,
        "watered": ["2025-05-29T08:00"],
    }
    page.get_by_role("button", name="가시 설정").click()
    dialog = page.get_by_role("dialog", name="식물 설정")
    expect(dialog.get_by_role("button", name="어제")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="가시 설정").click()
    dialog.get_by_role("button", name="지우기").click()
    dialog.get_by_role("button", name="한 번 더").click()
    expect(page.locator(".shelf-plant")).to_have_attribute("data-profile", "default")
    assert shelf_stored(page) == []


@pytest.mark.parametrize(
    "stored",
    [
        "{",
        '{"a": 1}',
        [None, 3, {"profile": "<img src=x>"}, {"profile": ["monstera"]}],
        [{"profile": "cactus", "place": "moon", "roomTemperature": "x", "watered": ["soon", 5], "name": 7}],
        [{"profile": "triffid"}, {"key": "x", "profile": "cactus"}, {"key": "x", "profile": "cactus"}],
    ],
)
def test_given_damaged_storage_then_the_page_works(open_site: OpenPage, stored: object) -> None:
    page = with_shelf(open_site, stored)
    expect(page.locator(".shelf-plant").last).to_have_attribute("data-profile", re.compile("default|cactus"))
    expect(page.locator("#verdict")).to_be_visible()
    expect(page.locator(".shelf-plant [data-mood=happy]").first).to_be_visible()


def test_given_no_connection_then_the_last_advice_is_shown_without_the_soil_that_changed(
    open_site: OpenPage, site: Site
) -> None:
    page = with_shelf(open_site, [MONSTERA, LETTUCE], service_workers="allow")
    page.evaluate("navigator.serviceWorker.ready")
    page.reload()
    drawn(page)
    site.down = True
    page.locator("[data-key=a]").get_by_role("button", name="몬스테라에 물 줬어요").click()
    page.reload()
    drawn(page)
    expect(page.locator("[data-key=a]")).to_contain_text("물 준 날을 적었어요")
    expect(page.locator("[data-key=c]")).to_contain_text("오늘 물을 줬어요")  # it has no interval
    expect(page.locator("[data-key=c] [data-mood=unknown]")).to_have_count(0)


def test_the_calendar_s_links_serve_every_device_and_name_place_and_watering(
    open_site: OpenPage, site: Site
) -> None:
    page = with_shelf(open_site, [MONSTERA], permissions=["clipboard-read", "clipboard-write"])
    card = page.locator("#calendar")
    address = card.locator("[data-action=calendar]").get_attribute("href") or ""
    query = "station=108&lang=ko&place=indoor&watered=2025-05-22T08%3A00"
    assert address == f"{site.api_url}/api/plants/monstera/calendar.ics?{query}"
    answer = page.request.get(address)
    assert answer.status == 200
    assert answer.text().startswith("BEGIN:VCALENDAR")
    card.get_by_role("button", name="주소 복사").click()
    expect(card.get_by_role("status")).to_contain_text("복사했어요")
    assert page.evaluate("navigator.clipboard.readText()") == address
    expect(card.locator("a[href^='webcal:']")).to_have_count(0)  # nothing answers to it here
    expect(card.locator("[data-action=google]")).to_have_count(0)  # Google does not reach loopback

    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"
    card = drawn(open_site(user_agent=agent)).locator("#calendar")
    link = card.locator("[data-action=subscribe]").get_attribute("href") or ""
    assert re.match(r"webcal://127.*/api/plants/default/calendar\.ics\?station=108&lang=ko$", link)


def test_given_a_link_to_a_plant_that_is_not_on_the_shelf_then_it_is_shown_and_can_be_added(
    open_site: OpenPage, site: Site
) -> None:
    page = with_shelf(open_site, [MONSTERA])
    page.goto(f"{site.url}#/?plant=cactus")
    expect(drawn(page).locator("#plant-card")).to_contain_text("선인장")
    expect(page.locator(".shelf-plant")).to_have_count(2)
    assert [one["profile"] for one in shelf_stored(page)] == ["monstera"]
    page.get_by_role("button", name="선인장, 내 식물에 추가").click()
    page.get_by_role("button", name="저장").click()
    expect(page.locator(".shelf-plant [data-mood=unknown]")).to_have_count(0)
    assert [one["profile"] for one in shelf_stored(page)] == ["monstera", "cactus"]
    page.locator("[data-key=a] .shelf-choose").click()
    expect(page.locator("#plant-card")).to_contain_text("몬스테라")
    assert "plant=monstera" in plain(page.url)
