"""What a push message says of plans: only what is to be done, once, labelled, short enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from plantcast.common.clock import KST
from plantcast.common.stations import STATIONS
from plantcast.notifications.push.messages import MAX_LINES, Message, message_of
from plantcast.plants.advice import DayAdvice, advise
from plantcast.plants.care import Care
from plantcast.plants.plan import Plan
from plantcast.plants.profiles import profile, profiles
from plantcast.plants.soil import Soil, Water
from tests.support.forecast_examples import forecast

EVENING = datetime(2025, 5, 30, 21, tzinfo=KST)
TODAY, TOMORROW = EVENING.date(), EVENING.date() + timedelta(days=1)
NO = Water("no", "오늘은 물 안 줘도 돼요.", "No water today.", "", "")
YES = Water("yes", "물을 주세요.", "Water it.", "", "")
CHECK = Water("check", "흙을 만져 보세요.", "Feel the soil.", "", "")


def day(key: str = "monstera", **changes: Any) -> DayAdvice:
    """A mild tomorrow, changed."""
    mild = advise(forecast(), profile(key))[1]
    return replace(mild, **{"mood": "happy", "advice_ko": "-", "advice_en": "-", **changes})


COLD = day(mood="cold", advice_ko="추우니 실내로 들여 주세요.", advice_en="Bring it inside.")
DRY = day(mood="thirsty", advice_ko="습도를 높여 주세요.", advice_en="Raise the humidity.")


def plan(key: str = "monstera", **changes: Any) -> Plan:
    """A plan of a plant with nothing to do, changed."""
    nothing = {"water": NO, "soil": None, "hours": [], "days": [day(key)], "tonight": day(key)}
    return Plan(care=Care.of(profile(key)), **{**nothing, **changes})


def soil(due: Any) -> Soil:
    return Soil(EVENING - timedelta(days=5), False, 0.8, due, due, due, 7.0, "profile", "medium")


def said(*plans: Plan, now: datetime = EVENING, source: str = "kma", lang: Any = "ko") -> Message | None:
    return message_of(plans, STATIONS["108"], source, lang, now)


def lines(*plans: Plan, **how: Any) -> list[str]:
    message = said(*plans, **how)
    assert message is not None
    return message.body.split("\n")


def test_without_anything_to_do_nothing_is_said() -> None:
    assert said(plan(), plan("cactus")) is None
    assert said(plan(water=CHECK, soil=soil(TOMORROW + timedelta(days=1)))) is None
    assert said(plan(days=[replace(COLD, day=TOMORROW + timedelta(days=1))])) is None


def test_tonight_comes_before_tomorrow_and_each_is_said_once() -> None:
    assert lines(plan(tonight=COLD, days=[DRY])) == [
        "몬스테라 · 오늘 밤: 추우니 실내로 들여 주세요.",
        "몬스테라 · 내일: 습도를 높여 주세요.",
    ]
    assert lines(plan(tonight=COLD, days=[COLD])) == ["몬스테라 · 오늘 밤: 추우니 실내로 들여 주세요."]
    assert lines(plan(tonight=COLD), plan(tonight=COLD), lang="en") == [
        "Monstera · Tonight: Bring it inside."
    ]
    today = replace(DRY, day=TODAY)
    assert said(plan(days=[today])) is None, "what is left of today is tonight's"
    morning = EVENING.replace(hour=7)
    assert lines(plan(days=[today]), now=morning) == ["몬스테라 · 오늘: 습도를 높여 주세요."]
    assert lines(plan(tonight=None, days=[COLD])) == ["몬스테라 · 내일: 추우니 실내로 들여 주세요."]


def test_water_today_and_tomorrow() -> None:
    assert lines(plan(water=YES, soil=soil(TODAY))) == ["몬스테라 · 물을 주세요."]
    assert lines(plan(soil=soil(TOMORROW))) == ["몬스테라 · 내일 물을 주세요"]
    assert lines(plan(tonight=COLD, water=YES))[-1] == "몬스테라 · 물을 주세요."
    assert lines(plan(tonight=DRY, water=YES)) == ["몬스테라 · 물을 주세요."]
    how = replace(COLD, needs_water=True, advice_ko="물은 한낮에 조금만 주세요.")
    assert lines(plan(tonight=how, water=YES)) == ["몬스테라 · 오늘 밤: 물은 한낮에 조금만 주세요."]


def test_it_names_the_place_the_kind_of_weather_and_the_first_plant_concerned() -> None:
    plans = (plan("cactus"), plan(tonight=COLD))
    assert said(*plans) == Message(
        "서울 식물 알림", "몬스테라 · 오늘 밤: 추우니 실내로 들여 주세요.", "/?plant=monstera&station=108"
    )
    titles = {
        (source, lang): said(*plans, source=source, lang=lang)
        for source in ("synthetic", "replay")
        for lang in ("ko", "en")
    }
    assert {key: message.title for key, message in titles.items() if message} == {
        ("synthetic", "ko"): "[합성 자료] 서울 식물 알림",
        ("synthetic", "en"): "[synthetic weather] Your plants in Seoul",
        ("replay", "ko"): "[과거 재연] 서울 식물 알림",
        ("replay", "en"): "[replay of past weather] Your plants in Seoul",
    }  # fmt: skip


def test_twenty_plants_with_much_to_do_fit_a_push_message() -> None:
    long = replace(COLD, advice_ko="가" * 500)
    plans = [plan(key, tonight=long, water=YES) for key in list(profiles())[:20]]
    message = said(*plans)
    assert message is not None
    assert len(message.body.split("\n")) == MAX_LINES
    assert message.body.endswith("그 밖에 35가지가 더 있어요.")
    assert len(message.to_json().encode()) < 4096 - 150  # what encryption adds
