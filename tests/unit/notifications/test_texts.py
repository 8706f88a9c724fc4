"""Texts of notices, for people and for programs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plantcast.common.stations import STATIONS
from plantcast.forecasting.issued import Forecast
from plantcast.notifications import texts
from plantcast.notifications.alerts import State
from plantcast.notifications.reasons import reason_texts
from plantcast.notifications.texts import (
    CHAT_LENGTH,
    SMS_LENGTH,
    SUBJECT_LENGTH,
    chat_text,
    full_text,
    webhook_body,
)
from plantcast.plants.advice import advise
from plantcast.plants.profiles import KINDS, profile, profiles
from tests.support.forecast_examples import forecast, path
from tests.support.notify_setup import hot, mild


def notice(
    issued: Forecast, key: str = "default", before: State | None = None, station: str = "108"
) -> dict[str, Any]:
    """Return a notice."""
    chosen = profile(key)
    return texts.plant_changed(issued, advise(issued, chosen), chosen, STATIONS[station], before)


def failure(message: str) -> dict[str, Any]:
    return texts.run_failed("run-1", "synthetic", message, message)


def test_given_a_hot_day_when_notified_then_the_text_has_advice_reasons_and_source() -> None:
    made = notice(hot(degraded_reasons=("observations_incomplete",)))

    assert (
        made["subject"] == "[Plantcast] Seoul, Potted plant: too hot, needs water today (synthetic weather)"
    )
    text = full_text(made)
    assert text.startswith(f"서울 · 일반 화분: 오늘은 {made['facts']['advice_ko']}\n오늘 2025-05-30:\n- ")
    assert text.index("서울 · 일반 화분") < text.index("Seoul · Potted plant") < text.index("합성 자료")
    assert "오후 2시쯤 31도 안팎" in made["text_ko"]
    assert "Around 31 °C at 14:00" in made["text_en"]
    assert "내일 2025-05-31: 따로 해 줄 일이 없어요." in made["text_ko"]
    assert "관측이 일부 빠져 있어요." in made["text_ko"]
    assert "Some observations are missing." in made["text_en"]
    assert made["footer"] == "2025-05-30 02:00 KST · 합성 자료 (synthetic weather), not observations"


@pytest.mark.parametrize(
    ("source", "in_subject", "in_sms", "in_footer"),
    [
        ("kma", "needs water today", "(기상청)", "기상청 (KMA), data.go.kr"),
        (
            "synthetic",
            "(synthetic weather)",
            "(합성 자료)",
            "합성 자료 (synthetic weather), not observations",
        ),
        ("replay", "(replay of past observations)", "(과거 재생)", "과거 관측 재생 (replay)"),
    ],
)
def test_given_a_source_when_notified_then_every_text_names_it(
    source: str, in_subject: str, in_sms: str, in_footer: str
) -> None:
    made = notice(hot(source=source))

    assert made["subject"].endswith(in_subject)
    assert made["sms"].endswith(in_sms)
    assert made["footer"].endswith(in_footer)
    assert chat_text(made).endswith(made["footer"])
    assert made["facts"]["source"] == source


@pytest.mark.parametrize("key", profiles())
@pytest.mark.parametrize("kinds", [(), ("cold",), ("hot",), ("dry",), ("hot", "dry"), ("cold", "dry")])
def test_given_any_plant_in_any_state_when_notified_then_every_text_keeps_its_limits(
    key: str, kinds: tuple[str, ...]
) -> None:
    issued = forecast(
        ta=path(-20.0 if "cold" in kinds else 45.0 if "hot" in kinds else 20.0, 0.0),
        hm=path(2.0 if "dry" in kinds else 60.0, 0.0),
        source="replay",
        degraded_reasons=("baseline_only_ta", "model_unreadable_ta"),
    )
    made = notice(issued, key, station=max(STATIONS, key=lambda one: len(STATIONS[one].name_en)))

    assert made["subject"].isascii()
    assert len(made["subject"]) <= SUBJECT_LENGTH
    assert made["subject"].endswith("(replay of past observations)")
    assert made["subject"].isprintable()
    assert len(made["sms"].encode("utf-16-be")) <= 2 * SMS_LENGTH  # UCS-2: nothing outside of it
    assert made["sms"].endswith("(과거 재생, 제한된 예보)")
    assert "…" not in made["sms"], made["sms"]
    assert len(chat_text(made)) <= CHAT_LENGTH
    assert "…" not in chat_text(made)


def test_given_a_notice_when_a_program_reads_it_then_it_finds_the_facts() -> None:
    made = notice(hot(degraded_reasons=("baseline_only_ta",)))

    body = json.loads(webhook_body(made))
    assert set(body) == {"text", "content", "plantcast"}
    assert body["text"] == body["content"] == chat_text(made)
    facts = body["plantcast"]
    assert {name: facts[name] for name in ("schema_version", "kind", "mood", "needs_water", "day")} == {
        "schema_version": 1,
        "kind": "plant_changed",
        "mood": "hot",
        "needs_water": True,
        "day": "2025-05-30",
    }
    assert facts["station"] == {"id": "108", "name_ko": "서울", "name_en": "Seoul"}
    assert facts["profile"]["id"] == "default"
    assert (facts["status"], facts["degraded_reasons"]) == ("degraded", ["baseline_only_ta"])
    condition = next(one for one in facts["conditions"] if one["kind"] == "hot")
    assert condition["probability"] == pytest.approx(0.779, abs=0.001)
    assert {**condition, "probability": None} == {
        "kind": "hot",
        "active": True,
        "probability": None,
        "variable": "temperature_2m",
        "comparison": "at_least",
        "threshold": 30.0,
        "unit": "°C",
        "extreme": 31.2,
        "extreme_at": "2025-05-30T14:00+09:00",
    }
    assert {one["kind"] for one in facts["conditions"]} <= set(KINDS)


def test_given_an_error_full_of_markup_when_notified_then_a_chat_sees_neither_mention_nor_link() -> None:
    made = failure("<!channel> <@U1> <https://a.b|c> @everyone [x](https://a.b) *a* _b_ ~c~ `d` &lt; |e|")

    text = chat_text(made)
    assert not set("<>&*_~`|@[]") & set(text)
    assert "‹!channel›" in text
    assert "<!channel>" in full_text(made)  # an e-mail is plain text


def test_given_an_endless_error_when_notified_then_it_is_cut_and_the_source_stays() -> None:
    made = failure("고장 " * 3000)

    assert len(chat_text(made)) == CHAT_LENGTH
    assert chat_text(made).endswith(f"…\n\n{made['footer']}")
    assert len(made["sms"]) == SMS_LENGTH
    assert made["sms"].endswith("… (합성 자료)")


@pytest.mark.parametrize(
    ("mood", "needs_water", "phrase"),
    [
        ("thirsty", True, "needs water today"),
        ("thirsty", False, "air too dry today"),
        ("hot", True, "too hot, needs water today"),
        ("hot", False, "too hot today"),
        ("cold", True, "too cold, needs water today"),
        ("cold", False, "too cold today"),
        ("happy", False, "fine again today"),
    ],
)
def test_given_a_state_when_notified_then_the_subject_names_it(
    mood: str, needs_water: bool, phrase: str
) -> None:
    issued = mild(source="kma")
    today = replace(advise(issued, profile())[0], mood=mood, needs_water=needs_water)  # type: ignore[arg-type]

    made = texts.plant_changed(issued, [today], profile(), STATIONS["108"], None)

    assert made["subject"] == f"[Plantcast] Seoul, Potted plant: {phrase}"


def test_given_reasons_when_put_into_words_then_codes_become_sentences_and_unknown_ones_stay() -> None:
    ko, en = reason_texts(["stale_observations", "baseline_only_hm", "model_unreadable_xx", "new_code"])

    assert ko[1] == "습도 예보는 학습한 모델 없이 기준 모델로만 만들었어요."
    assert en[1] == "Humidity comes from the baseline alone, without a trained model."
    assert ko[2:] == en[2:] == ["model_unreadable_xx", "new_code"]


def code_in_docs(language: str) -> str:
    """Return the one block of code in a language."""
    text = (Path(__file__).resolve().parents[3] / "docs" / "notices.md").read_text("utf-8")
    (block,) = text.split(f"```{language}\n")[1:]
    return block.split("```")[0]


def test_given_the_example_in_the_docs_when_compared_then_it_has_the_names_that_are_sent() -> None:
    shown = json.loads(code_in_docs("json"))
    sent = json.loads(webhook_body(notice(hot(), before=State("happy", needs_water=False))))

    assert set(shown) == set(sent)
    assert {name: type(value) for name, value in shown["plantcast"].items()} == {
        name: type(value) for name, value in sent["plantcast"].items()
    }
    assert set(shown["plantcast"]["conditions"][0]) == set(sent["plantcast"]["conditions"][0])
