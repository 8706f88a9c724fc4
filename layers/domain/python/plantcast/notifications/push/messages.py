"""What a push message says: what to do tonight and tomorrow, plant by plant; none if there is nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from plantcast.common.stations import Station
from plantcast.notifications.push.subscriptions import Language
from plantcast.plants.plan import Plan

# Phones show four lines or so; the rest is on the page. Encrypted it must fit into 4,096 bytes (RFC 8291, 4).
MAX_LINES: Final = 6
MAX_LINE: Final = 120  # characters
_TAG: Final = "plantcast"
_TITLES: Final[dict[Language, str]] = {"ko": "{} 식물 알림", "en": "Your plants in {}"}
_NOT_REAL: Final[dict[str, dict[Language, str]]] = {
    "synthetic": {"ko": "[합성 자료] ", "en": "[synthetic weather] "},
    "replay": {"ko": "[과거 재연] ", "en": "[replay of past weather] "},
}
_EVENING: Final = 18  # from then on tonight says all of today
_TODAY: Final[dict[Language, str]] = {"ko": "오늘", "en": "Today"}
_TONIGHT: Final[dict[Language, str]] = {"ko": "오늘 밤", "en": "Tonight"}
_TOMORROW: Final[dict[Language, str]] = {"ko": "내일", "en": "Tomorrow"}
_WATER_TOMORROW: Final[dict[Language, str]] = {"ko": "내일 물을 주세요", "en": "Water it tomorrow"}
_MORE: Final[dict[Language, str]] = {"ko": "그 밖에 {}가지가 더 있어요.", "en": "And {} more."}


@dataclass(frozen=True)
class Message:
    """A notification: `url` is the part of the page's address after its `#`; a later `tag` replaces one."""

    title: str
    body: str
    url: str
    tag: str = _TAG

    def to_json(self) -> str:
        """Return what the page's service worker takes."""
        return json.dumps(vars(self), ensure_ascii=False)


def message_of(
    plans: Sequence[Plan], station: Station, source: str, lang: Language, now: datetime
) -> Message | None:
    """Return the message about plans made at `now`; None when there is nothing to do.

    `source` is the forecast's: made-up and replayed weather is named in the title.
    """
    found = [(line, plan.care.profile.key) for plan in plans for line in _lines(plan, lang, now)]
    if not found:
        return None
    # Two of a kind, side by side, need the same: said once.
    lines = list(dict(found))
    if len(lines) > MAX_LINES:
        more = _MORE[lang].format(len(lines) - MAX_LINES + 1)
        lines = [*lines[: MAX_LINES - 1], more]
    name = station.name_ko if lang == "ko" else station.name_en
    return Message(
        title=_NOT_REAL.get(source, {}).get(lang, "") + _TITLES[lang].format(name),
        body="\n".join(line if len(line) <= MAX_LINE else line[: MAX_LINE - 1] + "…" for line in lines),
        url=f"/?plant={quote(found[0][1])}&station={station.number}",
    )


def _lines(plan: Plan, lang: Language, now: datetime) -> Iterator[str]:
    """Yield what to do for one plant, the most urgent first."""
    profile = plan.care.profile
    name = profile.name_ko if lang == "ko" else profile.name_en
    tomorrow = now.date() + timedelta(days=1)
    days = {day.day: day for day in plan.days}
    spans = [(_TONIGHT, plan.tonight), (_TOMORROW, days.get(tomorrow))]
    if now.hour < _EVENING:
        spans.insert(0, (_TODAY, days.get(now.date())))
    thirsty = plan.water.answer == "yes"
    # Of a plant that is to be watered anyway dry air adds nothing.
    named, waters = {"happy", *(["thirsty"] if thirsty else [])}, False
    for when, advice in spans:
        if advice is not None and advice.mood not in named:
            named.add(advice.mood)
            waters |= advice.needs_water
            yield f"{name} · {when[lang]}: {advice.advice_ko if lang == 'ko' else advice.advice_en}"
    # Where cold or heat is advised on, that says how to water.
    if thirsty and not waters:
        yield f"{name} · {plan.water.text_ko if lang == 'ko' else plan.water.text_en}"
    elif not thirsty and plan.soil is not None and plan.soil.due == tomorrow:
        yield f"{name} · {_WATER_TOMORROW[lang]}"
