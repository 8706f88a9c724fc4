"""Advice as text, in Korean and English: what to do, and why."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Final

from plantcast.common.clock import HOUR
from plantcast.plants.conditions import LimitCheck, active_from, active_until
from plantcast.plants.hours import Hour
from plantcast.plants.profiles import VARIABLE_DECIMALS, Kind, Limit, Place, Profile, Variable

_NAMES_KO: Final[dict[Variable, str]] = {"ta": "기온", "hm": "습도", "vpd": "공기 건조도(증기압차)"}
_NAMES_EN: Final[dict[Variable, str]] = {
    "ta": "Temperature",
    "hm": "Humidity",
    "vpd": "Vapour-pressure deficit",
}


def percent_ko(probability: float) -> str:
    """Return a probability as text: rounded down, and never certain (`99 % 이상`, `1 % 미만`)."""
    shown = _percent(probability)
    return "1 % 미만" if shown < 1 else "99 % 이상" if shown >= 99 else f"{shown} %"


def percent_en(probability: float) -> str:
    """Return a probability as text: rounded down, and never certain (`at least 99 %`, `under 1 %`)."""
    shown = _percent(probability)
    return "under 1 %" if shown < 1 else "at least 99 %" if shown >= 99 else f"{shown} %"


def _percent(probability: float) -> int:
    # Down, so that a shown 50 % is never below the half from which a condition is active.
    return int(probability * 100 + 1e-9)


def advice(kinds: Set[Kind], profile: Profile, *, needs_water: bool) -> tuple[str, str]:
    """Say in one sentence what to do on a day on which `kinds` are active; Korean, English.

    It names no day, and neither do the reasons: whoever shows them heads them with the day. What is
    "tomorrow" when a forecast is issued is "today" to who reads it after midnight.
    """
    if "cold" in kinds:
        return (_COLD_WATER if needs_water else _COLD)[profile.place]
    if "hot" in kinds:
        return _HOT_WATER if needs_water else _HOT
    if needs_water:
        return _WATER
    if "dry" in kinds:
        return _DRY
    return _HAPPY


_COLD: Final[dict[Place, tuple[str, str]]] = {
    "indoor": (
        "창문을 닫고 창가에서 떨어진 따뜻한 곳에 두세요.",
        "Close the window and keep it away from the cold glass.",
    ),
    "balcony": ("추우니 실내로 들이거나 덮어 주세요.", "Bring it inside or cover it."),
    "both": ("추우니 실내 따뜻한 곳으로 들여 주세요.", "Bring it inside to a warm place."),
}
_COLD_WATER: Final[dict[Place, tuple[str, str]]] = {
    "indoor": (
        "창문을 닫아 따뜻하게 해 주고, 물은 한낮에 미지근하게 조금만 주세요.",
        "Close the window to keep it warm, and water it a little, lukewarm, at midday.",
    ),
    "balcony": (
        "추우니 실내로 들이거나 덮어 주고, 물은 한낮에 조금만 주세요.",
        "Bring it inside or cover it, and water it a little at midday.",
    ),
    "both": (
        "추우니 실내 따뜻한 곳으로 들이고, 물은 한낮에 조금만 주세요.",
        "Bring it inside to a warm place, and water it a little at midday.",
    ),
}
_HOT_WATER: Final = (
    "한낮 볕을 피하게 해 주고 아침에 물을 넉넉히 주세요.",
    "Shade it from the midday sun, and water it well in the morning.",
)
_HOT: Final = (
    "그늘지고 바람이 잘 통하는 곳으로 옮겨 주세요.",
    "Move it to an airy place in the shade.",
)
_WATER: Final = ("흙이 빨리 마르니 물을 주세요.", "Water it: the pot dries fast.")
_DRY: Final = (
    "공기가 건조하니 가습기나 젖은 자갈 받침으로 습도를 높여 주세요.",
    "Raise the humidity around it, with a humidifier or a tray of wet pebbles.",
)
# In place of advice when the forecast is stale (`Forecast.is_stale`).
STALE: Final = (
    "예보가 오래되어 조언을 드리지 않아요. 새 예보를 기다려 주세요.",
    "The forecast is out of date: no advice until a new one is issued.",
)
_HAPPY: Final = ("따로 해 줄 일이 없어요.", "Nothing to do.")


def reason_ko(check: LimitCheck) -> str:
    """Say how far the day goes towards a limit, when, and how likely it is crossed."""
    limit = check.limit
    value, when = _shown(limit, check.value), f"{check.extreme.valid_at:%H:%M}쯤"
    if limit.comparison == "at_least":
        verb, side = ("까지 올라요", "이상")
    else:
        verb, side = ("까지 내려가요", "이하")
    name = "" if limit.variable == "ta" else f"{_NAMES_KO[limit.variable]}가 "
    text = f"{when} {name}{value}{verb} ({_threshold(limit)} {side}일 확률 {percent_ko(check.probability)}"
    if check.active and check.probability < active_from(limit):
        text += f", {active_until(limit) * 100:.0f} % 아래로 내려갈 때까지 이어져요"
    return f"{text})"


def reason_en(check: LimitCheck) -> str:
    """Say how far the day goes towards a limit, when, and how likely it is crossed."""
    limit = check.limit
    verb, side = ("up to", "or more") if limit.comparison == "at_least" else ("down to", "or less")
    text = (
        f"{_NAMES_EN[limit.variable]} {verb} {_shown(limit, check.value)} around "
        f"{check.extreme.valid_at:%H:%M} "
        f"({percent_en(check.probability)} chance of {_threshold(limit)} {side}"
    )
    if check.active and check.probability < active_from(limit):
        text += f"; it lasts until that falls below {active_until(limit) * 100:.0f} %"
    return f"{text})"


def rule_broken_ko(check: LimitCheck) -> str:
    """Name the hours in which the values shown are at or beyond the limit."""
    limit = check.limit
    kind, side = ("최고", "이상") if limit.comparison == "at_least" else ("최저", "이하")
    return f"{_peak_ko(check, kind)}, {_threshold(limit)} {side}: {_spans(check.crossed)}"


def rule_broken_en(check: LimitCheck) -> str:
    """Name the hours in which the values shown are at or beyond the limit."""
    limit = check.limit
    verb, side = ("reaches", "or more") if limit.comparison == "at_least" else ("falls to", "or less")
    return (
        f"{_NAMES_EN[limit.variable]} {verb} {_shown(limit, check.value)} "
        f"at {check.extreme.valid_at:%H:%M}, {_threshold(limit)} {side}: {_spans(check.crossed)}"
    )


def rule_kept_ko(check: LimitCheck) -> str:
    """Say how near the values shown come to the limit."""
    kind, side = ("최고", "미만") if check.limit.comparison == "at_least" else ("최저", "초과")
    return f"{_peak_ko(check, kind)}, {_threshold(check.limit)} {side}"


def rule_kept_en(check: LimitCheck) -> str:
    """Say how near the values shown come to the limit."""
    limit = check.limit
    side = "below" if limit.comparison == "at_least" else "above"
    return (
        f"{_NAMES_EN[limit.variable]} stays {side} {_threshold(limit)}: "
        f"{_shown(limit, check.value)} at {check.extreme.valid_at:%H:%M}"
    )


def _peak_ko(check: LimitCheck, kind: str) -> str:
    limit = check.limit
    value = _shown(limit, check.value)
    return f"{kind} {_NAMES_KO[limit.variable]} {value} ({check.extreme.valid_at:%H:%M})"


def _spans(hours: Sequence[Hour]) -> str:
    """Name the hours, consecutive ones as a span: `02:00, 13:00–16:00`."""
    spans: list[list[datetime]] = []
    for hour in hours:
        if spans and hour.valid_at - spans[-1][-1] == HOUR:
            spans[-1].append(hour.valid_at)
        else:
            spans.append([hour.valid_at])
    return ", ".join(
        f"{span[0]:%H:%M}" if len(span) == 1 else f"{span[0]:%H:%M}–{span[-1]:%H:%M}" for span in spans
    )


def _shown(limit: Limit, value: float) -> str:
    return f"{value:.{VARIABLE_DECIMALS[limit.variable]}f} {limit.unit}"


def _threshold(limit: Limit) -> str:
    return f"{limit.threshold:g} {limit.unit}"
