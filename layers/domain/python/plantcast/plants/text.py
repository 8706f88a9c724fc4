"""Advice as text, in Korean and English: what to do, why, and what a plant owner must know before."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Final

from plantcast.common.clock import HOUR
from plantcast.forecasting.issued import Forecast
from plantcast.plants.conditions import LimitCheck, active_from, active_until
from plantcast.plants.hours import Hour
from plantcast.plants.placement import Placement
from plantcast.plants.profiles import VARIABLE_DECIMALS, Kind, Limit, Place, Variable
from plantcast.plants.simulation import SOURCE

# Before a value in the reason for advice; of a temperature its degrees say enough.
_QUANTITIES_KO: Final[dict[Variable, str]] = {"ta": "", "hm": "습도 ", "vpd": "공기 건조도(증기압차) "}
_QUANTITIES_EN: Final[dict[Variable, str]] = {"ta": "", "hm": "humidity ", "vpd": "vapour-pressure deficit "}
_UNITS_KO: Final[dict[Variable, str]] = {"ta": "도", "hm": " %", "vpd": " kPa"}
_IF_KO: Final[dict[Kind, str]] = {"cold": "추우면", "hot": "더우면", "dry": "건조하면"}
_IF_EN: Final[dict[Kind, str]] = {"cold": "cold", "hot": "hot", "dry": "dry"}
# Parts of the day as forecasts in Korean name them, from their first hour on.
_PARTS_KO: Final = ((21, "밤"), (18, "저녁"), (12, "오후"), (9, "오전"), (6, "아침"), (1, "새벽"))
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


def advice(
    kinds: Set[Kind], place: Place, *, needs_water: bool, soil_is_known: bool = False
) -> tuple[str, str]:
    """Say in one sentence what to do on a day on which `kinds` are active where the plant stands; Korean,
    English. Where the soil is known, `needs_water` is what it says, else what the air suggests.

    It names no day, and neither do the reasons: whoever shows them heads them with the day. What is
    "tomorrow" when a forecast is issued is "today" to who reads it after midnight.
    """
    if "cold" in kinds:
        return (_COLD_WATER if needs_water else _COLD)[place]
    if "hot" in kinds:
        return _HOT_WATER if needs_water else _HOT
    if needs_water:
        return _DUE if soil_is_known else _WATER
    if "dry" in kinds:
        return _DRY if place == "indoor" else _DRY_OUTSIDE
    return _HAPPY


_COLD: Final[dict[Place, tuple[str, str]]] = {
    "indoor": (
        "창문을 닫고 창가에서 떨어진 따뜻한 곳에 두세요.",
        "Close the window and keep it away from the cold glass.",
    ),
    "balcony": ("실내로 들여 주세요.", "Bring it indoors."),
    "outdoor": ("실내로 들이거나 덮어 주세요.", "Bring it indoors or cover it."),
}
_COLD_WATER: Final[dict[Place, tuple[str, str]]] = {
    "indoor": (
        "창가에서 떨어진 따뜻한 곳에 두고, 물은 한낮에 미지근하게 조금만 주세요.",
        "Keep it away from the cold glass, and water it a little, lukewarm, at midday.",
    ),
    "balcony": (
        "실내로 들이고, 물은 한낮에 조금만 주세요.",
        "Bring it indoors, and water it a little at midday.",
    ),
    "outdoor": (
        "실내로 들이거나 덮어 주고, 물은 한낮에 조금만 주세요.",
        "Bring it indoors or cover it, and water it a little at midday.",
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
_WATER: Final = (
    "흙이 빨리 마르니 만져 보고 물을 주세요.",
    "The pot dries fast: feel the soil, and water it.",
)
_DUE: Final = ("물을 줄 때예요.", "It is time to water it.")
_DRY_OUTSIDE: Final = (
    "공기가 건조해 흙이 빨리 마르니 자주 살펴보세요.",
    "The air is dry and the pot dries fast: look at it more often.",
)
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


def hour_ko(hour: int) -> str:
    """Return an hour of the day (0…23) as people say it: `새벽 6시`, `낮 12시`, `오후 2시`."""
    if hour in (0, 12):
        return "낮 12시" if hour else "자정"
    part = next(name for first, name in _PARTS_KO if hour >= first)
    return f"{part} {hour % 12 or 12}시"


def reason(check: LimitCheck) -> tuple[str, str]:
    """Return how far the day goes towards a limit, when, and how likely it is crossed; Korean, English."""
    limit, at = check.limit, check.extreme.valid_at
    rises = limit.comparison == "at_least"
    value, likely, threshold = (
        f"{_brief(limit, one)}".replace("-", "−") for one in (check.value, check.likely, limit.threshold)
    )
    unit_ko, unit_en = _UNITS_KO[limit.variable], f" {limit.unit}"
    side_ko, side_en = ("이상일", "or more") if rises else ("밑으로 갈", "or less")
    ko = (
        f"{hour_ko(at.hour)}쯤 {_QUANTITIES_KO[limit.variable]}{value}{unit_ko} 안팎, "
        f"{_IF_KO[limit.kind]} {likely}{unit_ko} "
        f"({threshold}{unit_ko} {side_ko} 확률 {percent_ko(check.probability)}"
    )
    en = (
        f"{_QUANTITIES_EN[limit.variable]}around {value}{unit_en} at {at:%H:%M}, "
        f"{likely}{unit_en} if it gets {_IF_EN[limit.kind]} "
        f"({percent_en(check.probability)} chance of {threshold}{unit_en} {side_en}"
    )
    if check.active and check.probability < active_from(limit):
        until = f"{active_until(limit) * 100:.0f} %"
        ko += f", {until} 아래로 내려갈 때까지 이어져요"
        en += f"; it lasts until that falls below {until}"
    return f"{ko})", f"{en[0].upper()}{en[1:]})"


def _brief(limit: Limit, value: float) -> str:
    """Return a value in as few decimals as keep it on its side of the limit."""
    for decimals in range(VARIABLE_DECIMALS[limit.variable] + 1):
        shown = round(value, decimals) + 0.0  # no "-0"
        if limit.crossed_by(shown) == limit.crossed_by(value) and (limit.variable != "vpd" or decimals):
            return f"{shown:.{decimals}f}" if decimals else f"{shown:.0f}"
    return f"{value:g}"


def rule(check: LimitCheck) -> tuple[str, str]:
    """Return the hours in which the values shown are at or beyond the limit, or how near they come to it."""
    limit = check.limit
    rises = limit.comparison == "at_least"
    value, threshold, hour = _shown(limit, check.value), _threshold(limit), f"{check.extreme.valid_at:%H:%M}"
    ko = f"{'최고' if rises else '최저'} {_NAMES_KO[limit.variable]} {value} ({hour}), {threshold}"
    en = _NAMES_EN[limit.variable]
    if not check.crossed:
        side_ko, side_en = ("미만", "below") if rises else ("초과", "above")
        return f"{ko} {side_ko}", f"{en} stays {side_en} {threshold}: {value} at {hour}"
    hours = _spans(check.crossed)
    side_ko, verb, side_en = ("이상", "reaches", "or more") if rises else ("이하", "falls to", "or less")
    return f"{ko} {side_ko}: {hours}", f"{en} {verb} {value} at {hour}, {threshold} {side_en}: {hours}"


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


_OUTDOORS: Final = (
    "바깥 공기를 기준으로 한 조언이에요.",
    "Based on outdoor air.",
)


def _place_note(placement: Placement) -> tuple[str, str]:
    if placement.place == "indoor":
        room = f"{placement.room_temperature:g}"
        return (
            f"실내 공기는 바깥 예보와 난방 {room}도에서 추정한 값이에요. 집마다 달라요.",
            f"Indoor air is estimated from the forecast and a heated room of {room} °C; homes differ.",
        )
    if placement.place == "balcony":
        offset = f"{placement.balcony_offset:g}".replace("-", "−")
        return (
            f"창을 닫은 베란다가 바깥보다 {offset}도 따뜻하다고 보고 추정한 값이에요.",
            f"Estimated for a closed balcony that is {offset} °C warmer than outside.",
        )
    return _OUTDOORS


def advice_notes(
    forecast: Forecast, placement: Placement, *, stale: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the notes in Korean and in English: stale, degraded, simulated, where the air is.

    `stale`: see `Forecast.is_stale`; no advice is given then.
    """
    notes = []
    if stale:
        seen, issued = (f"{when:%Y-%m-%d %H:%M}" for when in (forecast.origin, forecast.issued_at))
        notes.append(
            (
                f"{seen}까지의 관측으로 {issued}에 발표한 지난 예보예요. 오래되어 조언을 드리지 않아요.",
                f"The forecast is out of date: it was issued at {issued} from observations up to {seen}. "
                "No advice is given.",
            )
        )
    if forecast.degraded_reasons:
        notes.append(
            (
                "일부 자료가 없이 만든 예보라 평소보다 덜 정확해요.",
                "The forecast was made from incomplete data and is less accurate than usual.",
            )
        )
    if forecast.source == SOURCE:
        notes.append(
            (
                "덥고 건조한 모의 날씨예요. 실제 예보가 아니에요.",
                "A simulated hot and dry spell, not a real forecast.",
            )
        )
    notes.append(_place_note(placement))
    return tuple(ko for ko, _ in notes), tuple(en for _, en in notes)
