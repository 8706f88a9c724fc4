"""The frame around the pages: failures and recovery, offline use, security policy, size, keyboard."""

from __future__ import annotations

import gzip
import re
from threading import Event

import pytest
from playwright.sync_api import expect

from infra.build.dashboard import site_files
from infra.build.web import ensure_built
from tests.browser.checks import accessibility_findings
from tests.browser.conftest import OpenPage
from tests.browser.site import Reply, Site
from tests.browser.test_home import drawn
from tests.browser.weather import MOODS

pytestmark = [pytest.mark.browser, pytest.mark.network]

FORECAST = "/api/forecast"
LIMIT_BYTES = 150_000  # of the whole dashboard, compressed


def test_given_no_forecast_yet_then_it_says_so_plainly(open_site: OpenPage, site: Site) -> None:
    site.serve_stations("112")
    state = open_site().locator("[data-state=missing]")
    expect(state.get_by_role("heading")).to_have_text("아직 보여 드릴 것이 없어요")
    assert "station" not in state.inner_text()  # what the API says is for those who look after it
    state.locator("summary").click()
    expect(state.locator("details p")).to_contain_text("There is no forecast for station 112 yet.")
    assert accessibility_findings(state.page) == []
    expect(state.get_by_role("button", name="다시 시도")).to_be_visible()


def test_given_an_answer_that_never_comes_then_it_stops_waiting(open_site: OpenPage, site: Site) -> None:
    held = Event()
    site.api.replies[FORECAST] = Reply(hold=held)
    page = open_site()
    expect(page.locator("[data-state=loading]")).to_be_visible()
    # AbortSignal.timeout runs on the browser's own clock, which no test can move: shorten it instead.
    page.add_init_script(
        "const real = AbortSignal.timeout; AbortSignal.timeout = () => real.call(AbortSignal, 300)"
    )
    page.reload()
    expect(page.locator("[data-state=timeout]")).to_be_visible()
    held.set()


def test_given_no_config_then_the_page_names_the_file(open_site: OpenPage, site: Site) -> None:
    site.files["config.json"] = None
    expect(open_site().locator("[data-state=misconfigured]")).to_contain_text("config.json")


def test_given_a_page_left_open_when_the_network_fails_then_the_forecast_stays_and_says_so(
    open_site: OpenPage, site: Site
) -> None:
    page = drawn(open_site())
    site.down = True
    page.clock.run_for(12 * 60 * 1000)  # it looks every 100 s whether 10 minutes have gone by
    notice = page.locator("[data-notice=unrefreshed]")
    expect(notice).to_contain_text("09:20에 받은")
    expect(page.locator(".days")).to_contain_text("오늘")
    site.down = False
    site.api.show(**MOODS["hot"])
    notice.get_by_role("button", name="다시 시도").click()
    expect(page.locator("article.day").first).to_have_attribute("data-mood", "hot")
    expect(notice).to_have_count(0)


def test_given_an_earlier_visit_when_there_is_no_connection_then_the_last_forecast_is_shown_as_old(
    open_site: OpenPage, site: Site
) -> None:
    page = drawn(open_site(service_workers="allow"))
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    site.api.show(**MOODS["hot"])
    page.reload()
    expect(page.locator("article.day").first).to_have_attribute("data-mood", "hot")
    expect(page.locator("[data-notice=kept]")).to_have_count(0)
    site.down = True
    page.reload()
    drawn(page)
    expect(page.locator("[data-notice=kept]")).to_contain_text("저장한 내용")
    expect(page.locator("article.day").first).to_have_attribute("data-mood", "hot")
    site.down = False
    site.api.show(**MOODS["thirsty"])
    page.locator("[data-notice=kept]").get_by_role("button").click()
    expect(page.locator("article.day").first).to_have_attribute("data-mood", "thirsty")
    expect(page.locator("[data-notice=kept]")).to_have_count(0)


def test_given_a_new_version_then_the_next_visit_has_it_and_the_old_one_s_files_are_gone(
    open_site: OpenPage, site: Site
) -> None:
    page = drawn(open_site(service_workers="allow"))
    page.evaluate("navigator.serviceWorker.ready")
    before = page.evaluate("caches.keys()")
    worker = (ensure_built() / "sw.js").read_text("utf-8")
    version = next(name for name in before if "shell" in name).rpartition("-")[2]
    site.files["sw.js"] = worker.replace(version, "0123456789ab").encode()
    page.reload()
    page.wait_for_function(
        "caches.keys().then((names) => names.filter((name) => name.includes('shell')).join()"
        " === 'plantcast-shell-0123456789ab')"
    )
    page.reload()
    drawn(page)


def test_given_the_content_security_policy_then_only_the_site_and_its_api_are_requested(
    open_page: OpenPage, site: Site
) -> None:
    page = open_page("about:blank")
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(site.url)
    policy = drawn(page).locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content") or ""
    assert f"connect-src 'self' {site.api_url.removesuffix('/prod')};" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    own = (site.url.removesuffix("index.html"), site.api_url)
    assert [url for url in requested if not url.startswith(own)] == []


def test_given_the_build_then_it_is_small_and_names_nothing_elsewhere() -> None:
    built = site_files(ensure_built(), api_url="http://127.0.0.1:1/prod", source="kma", stations=["108"])
    assert sum(len(gzip.compress(body)) for body in built.values()) < LIMIT_BYTES
    assert re.findall(r'(?:src|href)="(?:/|https?:)', built["index.html"].decode()) == []


def test_given_the_keyboard_alone_then_every_page_can_be_reached(open_site: OpenPage) -> None:
    page = drawn(open_site())
    page.keyboard.press("Tab")
    expect(page.locator("#skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    for name in ("record", "info", "home"):
        page.locator(f"nav [data-page={name}]").focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"nav [data-page={name}]")).to_have_attribute("aria-current", "page")
    page.goto(f"{page.url.partition('#')[0]}#/nonsense")
    expect(page.locator("nav [data-page=home]")).to_have_attribute("aria-current", "page")


def test_a_link_names_plant_and_station_and_what_is_chosen_is_in_the_address(
    open_site: OpenPage, site: Site
) -> None:
    site.serve_stations("108", "112")
    site.api.show(station="112", **MOODS["hot"])
    page = drawn(open_site("#/?plant=cactus&station=112"))
    expect(page.locator("#station")).to_have_value("112")
    expect(page.locator("#plant-card")).to_contain_text("선인장")
    page.locator("#station").select_option("108")
    expect(page.locator("article.day").first).to_have_attribute("data-mood", "happy")
    assert page.url.endswith("#/?plant=cactus&station=108")

    page.locator("nav [data-page=record]").click()
    expect(page.locator("#content[data-shown=record]")).to_be_visible()
    page.go_back()
    expect(page.locator("#plant-card")).to_contain_text("선인장")
    assert page.url.endswith("#/?plant=cactus&station=108")
    page.go_forward()
    expect(page.locator("#content[data-shown=record]")).to_be_visible()
    page.locator("#station").select_option("112")
    assert page.url.endswith("#/record?station=112")

    page.goto(f"{site.url}#/?plant=triffid&station=999")
    expect(page.locator("[data-notice=link]")).to_contain_text("찾지 못했어요")
    drawn(page)
    expect(page.locator("#station")).to_have_value("112")
    expect(page.locator("[data-notice=no-advice]")).to_have_count(0)


def test_the_nearest_station_is_found_on_the_device_when_asked_for(open_site: OpenPage, site: Site) -> None:
    site.serve_stations("108", "112", "159")
    for station in ("112", "159"):
        site.api.show(station=station, **MOODS["hot"])
    page = drawn(open_site(geolocation={"latitude": 35.2, "longitude": 129.1}, permissions=["geolocation"]))
    expect(page.locator("#station")).to_have_value("108")
    page.get_by_role("button", name="가까운 지점").click()
    expect(page.locator("#station")).to_have_value("159")
    expect(page.locator("article.day").first).to_have_attribute("data-mood", "hot")
    assert page.url.endswith("station=159")
    assert not [asked for asked in site.api.asked if "35.2" in asked or "129.1" in asked]

    page.context.clear_permissions()
    page.get_by_role("button", name="가까운 지점").click()
    expect(page.locator("[data-notice=nearestDenied]")).to_contain_text("직접 골라 주세요")
    expect(page.locator("#station")).to_have_value("159")


@pytest.mark.parametrize(("languages", "shown"), [(["fr-FR", "ko-KR", "en"], "ko"), (["fr-FR"], "en")])
def test_the_first_visit_is_in_the_browser_s_language(
    open_page: OpenPage, site: Site, languages: list[str], shown: str
) -> None:
    page = open_page("about:blank", clock=site.api.clock)
    page.add_init_script(f"Object.defineProperty(navigator, 'languages', {{ get: () => {languages} }})")
    page.goto(site.url)
    expect(page.locator("html")).to_have_attribute("lang", shown)
    page.locator("#language").click()
    page.reload()  # the reader's own choice counts
    expect(page.locator("html")).to_have_attribute("lang", "ko" if shown == "en" else "en")


def test_sharing_hands_on_the_first_line_and_a_link_that_shows_the_same(
    open_site: OpenPage, site: Site
) -> None:
    page = drawn(open_site(permissions=["clipboard-read", "clipboard-write"]))
    share = page.get_by_role("button", name="공유하기")
    link = f"{site.url}#/?plant=default&station=108"
    page.evaluate("() => { navigator.share = async (shared) => { window.shared = shared; }; }")
    share.click()
    page.wait_for_function("window.shared")
    title, text, url = page.evaluate("[shared.title, shared.text, shared.url]")
    assert (title, url) == (page.title(), link)
    assert text == page.locator("#content h2").first.inner_text()

    page.evaluate("navigator.share = undefined")
    share.click()
    expect(page.locator("[data-notice=copied]")).to_contain_text("복사했어요")
    assert page.evaluate("navigator.clipboard.readText()") == link
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    share.click()
    expect(page.locator("[data-notice=copyByHand]")).to_be_visible()
    assert page.url == link
