"""The dashboard's numbers, reach and safety: what holds in every state."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from docs import make_screenshots
from tests.browser.conftest import OpenPage
from tests.browser.forecasts import MORNING, forecast
from tests.browser.site import WEB, Reply, Site

pytestmark = [pytest.mark.browser, pytest.mark.network]

FIRST_LOAD_LIMIT_BYTES = 150_000
WEATHER: dict[str, dict[str, Any]] = {
    "happy": {"temperature": (18.0, 4.0), "humidity": (60.0, 15.0)},
    "thirsty": {"temperature": (18.0, 4.0), "humidity": (40.0, 15.0)},
    "hot": {"temperature": (27.0, 6.0), "humidity": (60.0, 15.0)},
    "cold": {"temperature": (-2.0, 4.0), "humidity": (60.0, 15.0)},
}

# Contrast of every visible text with the nearest opaque background, after WCAG 2.2 (relative luminance).
LOW_CONTRAST = """
() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const linear = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = channels(color).map((c) => linear(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((channels(color)[3] ?? 1) === 1) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const isText = (node) => node.nodeType === 3 && node.data.trim();
  const ownText = (element) => [...element.childNodes].some(isText);
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    if (!ownText(element) || !element.checkVisibility() || element.closest("script, noscript")) continue;
    const style = getComputedStyle(element);
    const ink = element instanceof SVGElement ? style.fill : style.color;
    const [light, dark] = [luminance(ink), luminance(background(element))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) found.push(`${element.outerHTML.slice(0, 80)} ${ratio.toFixed(2)}`);
  }
  return found;
}
"""


TRY_INLINE_SCRIPT = """
() => new Promise((resolve) => {
  document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
  const script = document.createElement("script");
  script.textContent = "document.title = 'owned'";
  document.body.append(script);
})
"""


@pytest.fixture(autouse=True)
def _morning(site: Site) -> None:
    site.api.clock = MORNING
    site.api.replies = {"108": Reply(forecast())}


def _drawn(page: Page) -> Page:
    expect(page.locator("#chart svg")).to_be_visible()
    return page


def test_given_a_forecast_then_the_table_holds_every_number_of_it(open_site: OpenPage, site: Site) -> None:
    document = forecast(**WEATHER["hot"])
    site.api.replies["108"] = Reply(document)
    page = _drawn(open_site())
    page.locator("summary").click()
    shown = [_cells(page, time) for time in document["hourly"]["time"]]
    hourly = document["hourly"]
    expected = [
        [
            f"{int(time[11:13])}시",
            f"{'● ' if ta >= 30 else ''}{_plain(ta, 1)}",
            f"{_plain(low, 1)} – {_plain(high, 1)}",
        ]
        for time, ta, low, high in zip(
            hourly["time"],
            hourly["temperature_2m"],
            hourly["temperature_2m_p10"],
            hourly["temperature_2m_p90"],
            strict=True,
        )
    ]
    assert [row[:3] for row in shown] == expected
    humidities = [float(row[3].removeprefix("● ")) for row in shown]
    assert humidities == pytest.approx(hourly["relative_humidity_2m"], abs=0.5)


def _cells(page: Page, time: str) -> list[str]:
    texts = page.locator(f"tr[data-time='{time}']").locator("th, td").all_inner_texts()
    return [text.replace("\u00a0", " ") for text in texts]


def _plain(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".replace("-", "−")


def test_given_missing_values_then_there_are_gaps_and_no_invented_numbers(
    open_site: OpenPage, site: Site
) -> None:
    document = forecast()
    for name in ("temperature_2m", "temperature_2m_p10", "temperature_2m_p90"):
        document["hourly"][name][10:13] = [None] * 3
    site.api.replies["108"] = Reply(document)
    page = _drawn(open_site())
    line = page.locator(".panel-temperature .line").get_attribute("d") or ""
    assert line.count("M") == 2
    assert "NaN" not in page.locator("#chart").inner_html()
    page.locator("summary").click()
    assert _cells(page, document["hourly"]["time"][11])[1:3] == ["–", "–"]


def test_when_the_chart_is_used_by_keyboard_then_each_hour_is_read_out(open_site: OpenPage) -> None:
    page = _drawn(open_site())
    chart = page.get_by_role("slider", name="시간별 기온과 습도")
    for _ in range(10):
        page.keyboard.press("Tab")
        if chart.evaluate("element => element === document.activeElement"):
            break
    expect(chart).to_be_focused()
    assert chart.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    page.keyboard.press("Home")
    first = chart.get_attribute("aria-valuetext") or ""
    assert first.startswith("오늘 0시. 기온 ")
    for key, words in (
        ("ArrowRight", "오늘 1시"),
        ("PageUp", "오늘 7시"),
        ("End", "내일 23시"),
        ("ArrowRight", "내일 23시"),
    ):
        page.keyboard.press(key)
        expect(chart).to_have_attribute("aria-valuetext", re.compile(f"^{words}"))
        expect(page.locator("#readout")).to_contain_text(words)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#table")).to_be_visible()


def test_when_the_pointer_moves_over_the_chart_then_the_readout_follows(open_site: OpenPage) -> None:
    page = _drawn(open_site())
    page.locator("#chart").scroll_into_view_if_needed()
    box = page.locator("#chart").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 60)
    expect(page.locator("#readout")).to_contain_text("내일 23시")
    page.mouse.move(box["x"] + 2, box["y"] + 60)
    expect(page.locator("#readout")).to_contain_text("오늘 0시")


def test_when_the_window_changes_its_width_then_the_chart_is_drawn_anew(open_site: OpenPage) -> None:
    page = _drawn(open_site())
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function("document.querySelector('#chart svg').clientWidth > 900")
    assert page.locator("#chart svg").count() == 1


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 3840])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_given_any_screen_then_nothing_hangs_over_its_edge(
    open_site: OpenPage, site: Site, width: int, language: str
) -> None:
    site.config["stations"] = ["108", "112"]
    site.api.replies["108"] = Reply(
        forecast(source="synthetic", degraded_reasons=("baseline_only_ta",), **WEATHER["cold"])
    )
    page = _drawn(open_site(viewport={"width": width, "height": 700}))
    if language == "en":
        page.get_by_role("button", name="Switch to English").click()
    page.locator("summary").click()
    over = page.evaluate(
        "() => [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility()"
        " && e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML.slice(0, 80))"
    )
    assert over == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("mood", sorted(WEATHER))
def test_given_any_mood_and_scheme_then_all_text_has_contrast(
    open_site: OpenPage, site: Site, scheme: str, mood: str
) -> None:
    site.api.clock = MORNING.replace(day=31, hour=23)  # stale as well: its notice must be legible too
    document = forecast(source="synthetic", degraded_reasons=("observations_incomplete",), **WEATHER[mood])
    site.api.replies["108"] = Reply(document)
    page = _drawn(open_site(color_scheme=scheme))
    expect(page.locator("[data-notice=stale]")).to_be_visible()
    page.locator("summary").click()
    assert page.evaluate(LOW_CONTRAST) == []


def test_given_a_reader_who_wants_no_motion_then_nothing_moves(open_site: OpenPage) -> None:
    leaves = "getComputedStyle(document.querySelector('.face-leaves')).animationName"
    assert _drawn(open_site()).evaluate(leaves) == "none"
    assert _drawn(open_site(reduced_motion="no-preference")).evaluate(leaves) == "sway"


def test_given_markup_in_the_answer_then_it_is_text_and_nothing_runs(open_site: OpenPage, site: Site) -> None:
    attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    document: dict[str, Any] = forecast(degraded_reasons=(attack,))
    document["attribution"] = attack
    document["station"]["name_ko"] = attack
    document["source"] = attack
    document["days"][0]["label"] = attack
    document["days"][0]["plant"]["reasons_ko"] = [attack]
    document["models"]["ta"]["kind"] = attack
    site.api.replies["108"] = Reply(document)
    page = _drawn(open_site())
    expect(page.locator("#attribution")).to_have_text(attack)
    expect(page.locator("#badge")).to_contain_text(attack)
    assert page.locator("main img, main script").count() == 0
    assert page.title() == "Plantcast · 식물 물 주기 예보"


def test_given_the_policy_then_inline_script_is_refused_and_only_two_origins_are_asked(
    browser: Browser, site: Site
) -> None:
    asked: list[str] = []
    with closing(browser.new_context()) as context:  # not open_page: the refusal belongs in the console
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(site.url)
        refused = _drawn(page).evaluate(TRY_INLINE_SCRIPT)
        title = page.title()
    assert refused.startswith("script-src")
    assert title.startswith("Plantcast")
    bucket = site.url.removesuffix("index.html")
    assert [url for url in asked if not url.startswith((bucket, site.api_url))] == []


def test_given_the_files_then_they_are_small_and_every_module_is_preloaded() -> None:
    files = [path for path in WEB.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < FIRST_LOAD_LIMIT_BYTES
    html = (WEB / "index.html").read_text(encoding="utf-8")
    preloaded = set(re.findall(r'modulepreload" href="([^"]+)"', html))
    assert preloaded == {f"app/{path.name}" for path in (WEB / "app").glob("*.js")}
    assert re.findall(r'(?:src|href)="(?:/|https?:)', html) == []


def test_given_both_languages_then_they_have_the_same_words_to_say(open_site: OpenPage) -> None:
    keys = _drawn(open_site()).evaluate(
        """async () => {
          const { TEXTS } = await import("./app/text.js");
          const paths = (value, at) => (typeof value === "object"
            ? Object.entries(value).flatMap(([key, inner]) => paths(inner, `${at}.${key}`)) : [at]);
          return [paths(TEXTS.ko, ""), paths(TEXTS.en, "")];
        }"""
    )
    assert keys[0] == keys[1]
    assert len(keys[0]) > 50


@pytest.mark.parametrize(
    ("value", "decimals", "limit", "text"),
    [
        (24.94, 1, 30, "24.9"),
        (29.96, 1, 30, "29.96"),
        (30.0, 1, 30, "30.0"),
        (30.4, 0, 30, "30.4"),
        (29.6, 0, 30, "29.6"),
        (30.0, 0, 30, "30"),
        (61.2, 0, 30, "61"),
        (-4.04, 1, 30, "−4.0"),
        (-0.04, 1, 30, "0.0"),
    ],
)
def test_given_a_value_near_a_limit_then_rounding_does_not_move_it_over(
    open_site: OpenPage, value: float, decimals: int, limit: float, text: str
) -> None:
    call = "async (args) => (await import('./app/advice.js')).roundedHonestly(...args)"
    assert open_site().evaluate(call, [value, decimals, limit]) == text


@pytest.mark.parametrize(
    ("values", "bounds", "ticks"),
    [
        ([14.5, 23.9], [-1000, 1000], [12.5 - 2.5, 15, 20, 25]),
        ([3, 97], [0, 100], [0, 50, 100]),
        ([99, 99.5], [0, 100], [99, 99.5]),
        ([-8.4, 8.7], [-1000, 1000], [-10, -5, 0, 5, 10]),
        ([20.0, 20.0], [-1000, 1000], [20, 20.5]),
    ],
)
def test_given_values_then_the_axis_has_round_ticks_around_them(
    open_site: OpenPage, values: list[float], bounds: list[float], ticks: list[float]
) -> None:
    call = "async ([values, bounds]) => (await import('./app/scale.js')).roundTicks(values, 4, bounds)"
    assert open_site().evaluate(call, [values, bounds]) == pytest.approx(ticks)


@pytest.mark.usefixtures("browser")  # skips where Chromium is missing
def test_given_a_dashboard_then_the_script_makes_small_pictures_of_it(site: Site, tmp_path: Path) -> None:
    script = Path(make_screenshots.__file__)
    done = subprocess.run(
        [sys.executable, str(script), site.url, "--out", str(tmp_path)],
        check=False,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    for picture in make_screenshots.PICTURES:
        size = (tmp_path / picture.file_name).stat().st_size
        assert 1_000 < size < make_screenshots.LIMIT_BYTES


@pytest.mark.usefixtures("browser")
def test_given_no_dashboard_there_then_the_script_says_so_and_fails(tmp_path: Path) -> None:
    script = Path(make_screenshots.__file__)
    done = subprocess.run(
        [sys.executable, str(script), "http://127.0.0.1:9/", "--out", str(tmp_path)],
        check=False,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert b"No pictures made" in done.stderr
    assert list(tmp_path.iterdir()) == []
