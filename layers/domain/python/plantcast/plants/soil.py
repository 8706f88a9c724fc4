"""How dry the soil of a pot is, estimated from how strongly the air has dried it since it was watered.

Water leaves soil and leaves in proportion to the vapour-pressure deficit of the air (Dalton's law; the
aerodynamic term of Penman's equation). So the deficit is summed over the hours since the last watering, and
compared with its sum over the plant's usual interval. Light, wind, the pot's size and its soil are not known:
the owner's own intervals stand for them. Sources and limits are in docs/plants.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final, Literal

from plantcast.common.clock import KST
from plantcast.forecasting.issued import Forecast
from plantcast.observations.published import ObservedDay, hours_of
from plantcast.plants.advice import DayAdvice
from plantcast.plants.care import Care
from plantcast.plants.drying import REFERENCE, WINTER_REFERENCE, DryingAir
from plantcast.plants.placement import Placement
from plantcast.plants.profiles import DEFAULT_PROFILE, Band

Answer = Literal["yes", "no", "check"]
IntervalFrom = Literal["profile", "owner"]
Confidence = Literal["low", "medium", "high"]

# An inch wets the whole root ball of a pot (docs/plants.md): 0.8 l on one of 20 cm. Less counts for nothing,
# for leaves shed much of it beside the pot.
RAIN_WATERS: Final = 25.0  # mm within a day
_DAY: Final = timedelta(days=1)
_SAME_WATERING: Final = timedelta(hours=12)
_OWN_INTERVALS: Final = 2  # from so many on the owner's count; the last five at most
_REST: Final = (11, 12, 1, 2)  # months
# Of the hours since the watering, how many may be filled in before the index is worth little.
_FEW_MISSING, _MANY_MISSING = 0.1, 0.5
_NARROW: Final = 1.5  # latest by earliest interval


@dataclass(frozen=True)
class Soil:
    """Drying of a pot's soil.

    `drying` is 0 (just watered) to 1 (water is due), capped there; `since` the watering or rain (`rain`) it
    counts from; `due` the day water is due, `due_earliest` and `due_latest` how far off that may be;
    `interval_days` the interval in the air of a room (`REFERENCE_AIR`; of a plant at rest in winter
    `WINTER_AIR`), and `interval_from` whose it is. All but `since` and `rain` are None where no interval is
    known.
    """

    since: datetime
    rain: bool
    drying: float | None = None
    due: date | None = None
    due_earliest: date | None = None
    due_latest: date | None = None
    interval_days: float | None = None
    interval_from: IntervalFrom | None = None
    confidence: Confidence | None = None


@dataclass(frozen=True)
class Water:
    """The answer to the owner's question for today: water, do not, or feel the soil first."""

    answer: Answer
    text_ko: str
    text_en: str
    reason_ko: str
    reason_en: str


def soil_of(care: Care, observed: Sequence[ObservedDay], there: Forecast, now: datetime) -> Soil | None:
    """Return how dry a plant's soil is by `now`, or None where no watering is known.

    `observed` are days of the air outside, as many as there are since the first watering of `care`;
    `there` is the forecast of the air where the plant stands. Hours that were not observed are filled with
    the mean of those since the watering that were (REFERENCE_AIR's deficit if none was).
    """
    waterings = _waterings(care, now)
    if not waterings:
        return None
    since, rain = _last_wet(waterings[-1], observed, care.placement, now)
    air = DryingAir(waterings[0], observed, there, care.placement, now)
    needs, whose = _needs(care, waterings, air, now)
    if needs is None:
        return Soil(since, rain)
    low, need, high = needs
    dried, missing = air.dried(since, now)
    due, earliest, latest = (air.reaches(one, dried, since) for one in (need, low, high))
    return Soil(
        since=since,
        rain=rain,
        drying=min(dried / need, 1.0),
        due=due,
        due_earliest=earliest,
        due_latest=latest,
        interval_days=round(need / _usual(care, now)[1] / 24, 1),
        interval_from=whose,
        confidence=_confidence(missing, high / low, whose),
    )


def water_of(care: Care, soil: Soil | None, days: Sequence[DayAdvice], now: datetime) -> Water:
    """Return whether to water the plant today.

    `days` are the advice for the days to come. A plant of unknown kind whose waterings are not known has the
    inherited rule; without an interval the answer is never more than to feel the soil.
    """
    today = now.astimezone(KST).date()
    first = days[0] if days and days[0].day == today else None
    if soil is None:
        if care.profile.key != DEFAULT_PROFILE:
            return Water("check", *_CHECK, *_TELL)
        if first is not None and first.needs_water:
            return Water("yes", *_YES, first.advice_ko, first.advice_en)
        return Water("no", *_NO, *_MILD)
    ago = (today - soil.since.astimezone(KST).date()).days
    by_ko, by_en = ("비를 맞은", "it rained") if soil.rain else ("물을 준", "it was watered")
    if ago == 0:
        return Water(
            "no",
            *_NO,
            f"오늘 {'비를 맞았어요' if soil.rain else '물을 줬어요'}.",
            f"{_START[soil.rain]} today.",
        )
    if soil.drying is None or soil.due is None:
        reason = (f"{by_ko} 지 {ago}일 지났어요.", f"{_days_en(ago)} since {by_en}.")
        return Water("check", *_CHECK, *reason)
    dried = int(soil.drying * 100)
    if soil.due <= today:
        cold = first is not None and first.mood == "cold"
        more_ko, more_en = (
            (" 추우니 한낮에 미지근한 물을 주세요.", " It is cold: lukewarm water, at midday.")
            if cold
            else ("", "")
        )
        return Water(
            "yes",
            *_YES,
            f"{by_ko} 지 {ago}일, 흙이 마를 때가 됐어요.{more_ko}",
            f"{_days_en(ago)} since {by_en}: the soil should be dry.{more_en}",
        )
    return Water(
        "no",
        *_NO,
        f"흙이 {dried} %쯤 말랐어요. {soil.due.month}월 {soil.due.day}일쯤 물을 주세요.",
        f"The soil is about {dried} % dry. Water it around {soil.due:%B} {soil.due.day}.",
    )


_YES: Final = ("물을 주세요", "Water it today")
_NO: Final = ("오늘은 물 안 줘도 돼요", "No water today")
_CHECK: Final = ("흙을 만져 보세요", "Feel the soil")
_TELL: Final = (
    "마지막으로 물 준 날을 알려 주시면 흙이 얼마나 말랐는지 계산해 드려요.",
    "Enter when you last watered it, and the drying of its soil is estimated.",
)
_MILD: Final = (
    "덥거나 건조하지 않은 날이에요.",
    "The day is neither hot nor dry.",
)
_START: Final = {True: "It rained", False: "It was watered"}


def _days_en(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _waterings(care: Care, now: datetime) -> list[datetime]:
    """Return the waterings up to now, oldest first; those within half a day are one."""
    kept: list[datetime] = []
    for time in sorted(care.watered):
        if time > now:
            break
        if kept and time - kept[-1] < _SAME_WATERING:
            kept[-1] = time
        else:
            kept.append(time)
    return kept


def _last_wet(
    watered: datetime, observed: Sequence[ObservedDay], placement: Placement, now: datetime
) -> tuple[datetime, bool]:
    """Return when the soil was last wet, and whether by rain; only outdoors rain reaches it."""
    since, rain = watered, False
    if placement.place != "outdoor":
        return since, rain
    fallen: list[tuple[datetime, float]] = []
    for day in observed:
        for time, amount in zip(hours_of(day.day), day.values["rn"], strict=True):
            if watered < time <= now and amount:
                fallen.append((time, amount))
    for time, _ in fallen:
        if sum(amount for other, amount in fallen if time - _DAY < other <= time) >= RAIN_WATERS:
            since, rain = time, True
    return since, rain


def _needs(
    care: Care, waterings: Sequence[datetime], air: DryingAir, now: datetime
) -> tuple[tuple[float, float, float] | None, IntervalFrom | None]:
    """Return the sum of the deficit (kPa h) after which water is due: least, usual, most; and whose it is.

    Of a plant that rests in winter, the owner's intervals of the other season say nothing.
    """
    rests, (days, reference) = _rests(care, now), _usual(care, now)
    # Air that dries nothing at all must not make the interval nothing.
    own = [
        max(air.dried(start, end)[0], REFERENCE)
        for start, end in pairwise(waterings)
        if _rests(care, start) == rests
    ][-5:]
    if len(own) >= _OWN_INTERVALS:
        return (min(own), median(own), max(own)), "owner"
    if days is None:
        return None, None
    low, high = (24 * one * reference for one in days)
    return (low, math.sqrt(low * high), high), "profile"


def _rests(care: Care, time: datetime) -> bool:
    watering = care.profile.watering
    resting = watering is not None and watering.winter_interval_days is not None
    return resting and time.astimezone(KST).month in _REST


def _usual(care: Care, now: datetime) -> tuple[Band | None, float]:
    """Return the profile's interval in the present season and the deficit (kPa) of the air it is for."""
    watering = care.profile.watering
    if watering is None:
        return None, REFERENCE
    if _rests(care, now):
        return watering.winter_interval_days, WINTER_REFERENCE
    return watering.interval_days, REFERENCE


def _confidence(missing: float, width: float, whose: IntervalFrom | None) -> Confidence:
    if missing > _MANY_MISSING:
        return "low"
    return "high" if whose == "owner" and width <= _NARROW and missing <= _FEW_MISSING else "medium"
