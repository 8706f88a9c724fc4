"""Texts of notices: Korean, English, source; for e-mail, SMS, chats and programs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

from plantcast.aws import Item
from plantcast.common.clock import iso_hour
from plantcast.common.stations import Station
from plantcast.forecasting.issued import Forecast, attribution
from plantcast.notifications.alerts import State
from plantcast.notifications.reasons import reason_texts
from plantcast.plants.advice import DayAdvice
from plantcast.plants.conditions import Condition
from plantcast.plants.placement import Placement
from plantcast.plants.profiles import UNITS, Profile, Variable
from plantcast.plants.text import advice_notes

FACTS_VERSION: Final = 1  # of what programs read; see docs/notices.md
PROBABILITY_DECIMALS: Final = 3
SUBJECT_LENGTH: Final = 99  # SNS refuses 100 and more
SMS_LENGTH: Final = 70  # Korean goes as UCS-2, 140 bytes a message; more is cut into several, each paid for

# As the API names them.
VARIABLE_NAMES: Final[Mapping[Variable, str]] = MappingProxyType(
    {"ta": "temperature_2m", "hm": "relative_humidity_2m", "vpd": "vapour_pressure_deficit"}
)

_NOT_REAL: Final = {"synthetic": " (synthetic weather)", "replay": " (replay of past observations)"}
_SMS_SOURCE: Final = {"synthetic": "합성 자료", "replay": "과거 재생"}
_PROBLEMS: Final = {"cold": "too cold", "hot": "too hot"}
# Discord refuses a `content` of more than 2,000 characters; Slack cuts later.
CHAT_LENGTH: Final = 2000
# What either chat would take for formatting, a link or a mention, replaced by what looks like it: an error
# message quoted in a notice must not ring a whole channel. A backslash would help Discord and show in Slack.
_CHAT_SAFE: Final = str.maketrans("&<>*_~`|@[]", "＆‹›∗ˍ∼ˋ∣＠［］")


def shown_probability(probability: float) -> float:
    """Round down, so that a shown 0.5 or 0.3 is never on the other side of the limits of hysteresis."""
    scale = 10**PROBABILITY_DECIMALS
    # The addition makes up for binary fractions: 0.29 * 1000 is a little less than 290.
    return min(math.floor(probability * scale + 1e-9), scale) / scale


def plant_changed(
    forecast: Forecast,
    days: Sequence[DayAdvice],
    profile: Profile,
    station: Station,
    before: State | None,
) -> Item:
    """Return the notice of a plant's new state; `days` begin with today, `before` is the state before.

    `subject` is ASCII under 100 characters, `sms` at most 70 characters, `footer` says when the forecast was
    issued and from which data. `facts` is the same for programs, `attributes` for filter policies.
    """
    today = days[0]
    state = State(today.mood, today.needs_water)
    again_ko, again_en = ("다시 괜찮아요. ", "fine again. ") if state.is_fine else ("", "")
    # The advice names no day.
    head_ko, head_en = f"{again_ko}오늘은 {today.advice_ko}", f"{again_en}{today.advice_en}"
    notes_ko, notes_en = advice_notes(forecast, Placement.of(profile), stale=False)
    why_ko, why_en = reason_texts(forecast.degraded_reasons)
    ko = [f"{station.name_ko} · {profile.name_ko}: {head_ko}"]
    en = [f"{station.name_en} · {profile.name_en} today: {head_en}"]
    for day in days:
        ko += _day(day, "ko", today=day is today)
        en += _day(day, "en", today=day is today)
    return {
        "subject": _subject(f"{station.name_en}, {profile.name_en}: {_phrase(state)}", forecast.source),
        "text_ko": "\n".join([*ko, "", *why_ko, *notes_ko]),
        "text_en": "\n".join([*en, "", *why_en, *notes_en]),
        "footer": f"{forecast.issued_at:%Y-%m-%d %H:%M} KST · {forecast.attribution}",
        "sms": _sms(
            f"{station.name_ko} {profile.name_ko}: {head_ko}",
            [_SMS_SOURCE.get(forecast.source, "기상청"), *(["제한된 예보"] if why_ko else [])],
        ),
        "facts": {
            **_facts("plant_changed", forecast.run_id, forecast.source),
            "attribution": forecast.attribution,
            "station": {
                "id": station.number,
                "name_ko": station.name_ko,
                "name_en": station.name_en,
            },
            "profile": {"id": profile.key, "name_ko": profile.name_ko, "name_en": profile.name_en},
            "day": today.day.isoformat(),
            **state.to_item(),
            "before": before and before.to_item(),
            "advice_ko": today.advice_ko,
            "advice_en": today.advice_en,
            "conditions": [condition_facts(one) for one in today.conditions],
            "origin": iso_hour(forecast.origin),
            "issued_at": forecast.issued_at.isoformat(timespec="seconds"),
            "status": forecast.status,
            "degraded_reasons": list(forecast.degraded_reasons),
        },
        "attributes": {
            "kind": "plant_changed",
            "station": station.number,
            "profile": profile.key,
            "mood": state.mood,
            "needs_water": "true" if state.needs_water else "false",
        },
    }


def run_failed(run_id: str, source: str, message_ko: str, message_en: str) -> Item:
    """Return the notice of a failed run, for those who operate the deployment."""
    return {
        "subject": _subject("The forecast run failed", source),
        "text_ko": f"예보 실행이 실패했어요: {message_ko}\n실행: {run_id}",
        "text_en": f"The forecast run failed: {message_en}\nRun: {run_id}",
        "footer": attribution(source),
        "sms": _sms(f"예보 실행 실패: {message_ko}", [_SMS_SOURCE.get(source, "기상청")]),
        "facts": {
            **_facts("run_failed", run_id, source),
            "message_ko": message_ko,
            "message_en": message_en,
        },
        "attributes": {"kind": "run_failed"},
    }


def _phrase(state: State) -> str:
    if state.is_fine:
        return "fine again today"
    problems = [_PROBLEMS[state.mood]] if state.mood in _PROBLEMS else []
    if state.needs_water:
        return f"{', '.join([*problems, 'needs water'])} today"
    return f"{', '.join(problems) or 'air too dry'} today"


def _day(day: DayAdvice, language: Literal["ko", "en"], *, today: bool) -> list[str]:
    """Return the reasons for a day's advice; of a fine today, how far from each limit it stays."""
    ko = language == "ko"
    label = ("오늘" if today else "내일") if ko else ("Today" if today else "Tomorrow")
    # The first line of the text is the advice of today.
    advice = "" if today else f" {day.advice_ko if ko else day.advice_en}"
    reasons = [one for one in day.conditions if one.active] or (day.conditions if today else ())
    return [
        f"{label} {day.day.isoformat()}:{advice}",
        *(f"- {one.reason_ko if ko else one.reason_en}" for one in reasons),
    ]


def condition_facts(condition: Condition) -> Item:
    """Return a condition as in notices and the API, without hours and reasons."""
    return {
        "kind": condition.kind,
        "active": condition.active,
        "probability": shown_probability(condition.probability),
        "variable": VARIABLE_NAMES[condition.variable],
        "comparison": condition.comparison,
        "threshold": condition.threshold,
        "unit": UNITS[condition.variable],
        "extreme": condition.extreme,
        "extreme_at": iso_hour(condition.extreme_at),
    }


def _facts(kind: str, run_id: str, source: str) -> Item:
    return {
        "schema_version": FACTS_VERSION,
        "kind": kind,
        "run_id": run_id,
        "source": source,
        "attribution": attribution(source),
    }


def _subject(text: str, source: str) -> str:
    label = _NOT_REAL.get(source, "")
    head = f"[Plantcast] {text}".encode("ascii", "ignore").decode()
    return f"{head[: SUBJECT_LENGTH - len(label)]}{label}"


def _sms(text: str, marks: Sequence[str]) -> str:
    tail = f" ({', '.join(marks)})"
    line = " ".join(text.split())
    max_chars = SMS_LENGTH - len(tail)
    return f"{line if len(line) <= max_chars else line[: max_chars - 1] + '…'}{tail}"


def full_text(notice: Item) -> str:
    """Return the text of an e-mail: Korean, English, source."""
    return f"{notice['text_ko']}\n\n{notice['text_en']}\n\n{notice['footer']}"


def chat_text(notice: Item) -> str:
    """Return the same text for a chat, in at most 2,000 characters, the source always with it."""
    footer = f"\n\n{notice['footer']}".translate(_CHAT_SAFE)
    head = f"{notice['text_ko']}\n\n{notice['text_en']}".translate(_CHAT_SAFE)
    max_chars = CHAT_LENGTH - len(footer)
    return (head if len(head) <= max_chars else head[: max_chars - 1] + "…") + footer


def webhook_body(notice: Item) -> str:
    """Return a JSON text that Slack (`text`) and Discord (`content`) take; `plantcast` is for programs."""
    text = chat_text(notice)
    return json.dumps({"text": text, "content": text, "plantcast": notice["facts"]}, ensure_ascii=False)


def by_protocol(notice: Item) -> dict[str, str]:
    """Return what subscribers of a protocol get instead of the full text, which e-mail gets."""
    body = webhook_body(notice)
    return {"sms": notice["sms"], "http": body, "https": body, "lambda": body, "sqs": body}
