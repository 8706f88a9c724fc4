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

from plantcast.common.clock import HOUR, KST
from plantcast.common.vapour import vapour_pressure_deficit
from plantcast.forecasting.issued import Forecast
from plantcast.observations.published import ObservedDay, hours_of
from plantcast.plants.advice import DayAdvice
from plantcast.plants.care import Care
from plantcast.plants.placement import Placement, air_at, observed_air_at
from plantcast.plants.profiles import DEFAULT_PROFILE, REFERENCE_AIR

Answer = Literal["yes", "no", "check"]
IntervalFrom = Literal["profile", "owner"]
Confidence = Literal["low", "medium", "high"]

# As much as a thorough watering: 10 mm on a pot of 20 cm are 0.3 l. Leaves keep less from the soil (assumed).
RAIN_WATERS: Final = 10.0  # mm within a day
_DAY: Final = timedelta(days=1)
_SAME_WATERING: Final = timedelta(hours=12)
_OWN_INTERVALS: Final = 2  # from so many on the owner's count; the last five at most
_LATEST: Final = timedelta(days=120)  # air that dries nothing would put the day off for ever
_REFERENCE: Final = vapour_pressure_deficit(*REFERENCE_AIR)  # kPa
# Of the hours since the watering, how many may be filled in before the index is worth little.
_FEW_MISSING, _MANY_MISSING = 0.1, 0.5
_NARROW: Final = 1.5  # latest by earliest interval


@dataclass(frozen=True)
class Soil:
    """Drying of a pot's soil.

    `drying` is 0 (just watered) to 1 (water is due), capped there; `since` the watering or rain (`rain`) it
    counts from; `due` the day water is due, `due_earliest` and `due_latest` how far off that may be;
    `interval_days` the interval in the air of a room (`REFERENCE_AIR`), and whose it is. All but `since` and
    `rain` are None where no interval is known.
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


def soil_of(care: Care, observed: Sequence[ObservedDay], forecast: Forecast, now: datetime) -> Soil | None:
    """Return how dry a plant's soil is by `now`, or None where no watering is known.

    `observed` are days of the air outside, as many as there are since the first watering of `care`;
    `forecast` is that of the air outside. Hours that were not observed are filled with the mean of those
    since the watering that were (REFERENCE_AIR's deficit if none was).
    """
    waterings = _waterings(care, now)
    if not waterings:
        return None
    since, rain = _last_wet(waterings[-1], observed, care.placement, now)
    air = _Air(waterings[0], observed, air_at(forecast, care.placement), care.placement, now)
    needs, whose = _needs(care, waterings, air)
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
        interval_days=round(need / _REFERENCE / 24, 1),
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
    dry_day = first is not None and first.needs_water
    if soil is None:
        if care.profile.key != DEFAULT_PROFILE:
            return Water("check", *_CHECK, *_TELL)
        if first is not None and dry_day:
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
    care: Care, waterings: Sequence[datetime], air: _Air
) -> tuple[tuple[float, float, float] | None, IntervalFrom | None]:
    """Return the sum of the deficit (kPa h) after which water is due: least, usual, most; and whose it is."""
    # Air that dries nothing at all must not make the interval nothing.
    own = [max(air.dried(*pair)[0], _REFERENCE) for pair in pairwise(waterings)][-5:]
    if len(own) >= _OWN_INTERVALS:
        return (min(own), median(own), max(own)), "owner"
    if care.profile.watering is None:
        return None, None
    low, high = (24 * days * _REFERENCE for days in care.profile.watering.interval_days)
    return (low, math.sqrt(low * high), high), "profile"


def _confidence(missing: float, width: float, whose: IntervalFrom | None) -> Confidence:
    if missing > _MANY_MISSING:
        return "low"
    return "high" if whose == "owner" and width <= _NARROW and missing <= _FEW_MISSING else "medium"


class _Air:
    """The vapour-pressure deficit (kPa) at the plant, hour by hour from the first watering to the forecast's
    end; None where it is not known.
    """

    def __init__(
        self,
        first: datetime,
        observed: Sequence[ObservedDay],
        there: Forecast,
        placement: Placement,
        now: datetime,
    ) -> None:
        start = first.astimezone(KST).replace(minute=0, second=0, microsecond=0)
        known = {
            time: (ta, hm)
            for day in observed
            for time, ta, hm in zip(hours_of(day.day), day.values["ta"], day.values["hm"], strict=True)
        }
        times = [start + number * HOUR for number in range(max(int((now - start) / HOUR) + 1, 1))]
        ta, hm = observed_air_at(
            [known.get(time, (None, None))[0] for time in times],
            [known.get(time, (None, None))[1] for time in times],
            placement,
        )
        ahead = {
            time: _deficit(warmth, damp)
            for time, warmth, damp in zip(there.valid_at, there.ta.mean, there.hm.mean, strict=True)
        }
        self._now = now
        # Hours since the last observation are known by the forecast.
        self._past = {
            time: ahead.get(time) if warmth is None or damp is None else _deficit(warmth, damp)
            for time, warmth, damp in zip(times, ta, hm, strict=True)
        }
        self._ahead = sorted((time, deficit) for time, deficit in ahead.items() if time > now)

    def dried(self, start: datetime, end: datetime) -> tuple[float, float]:
        """Return the sum (kPa h) between two times up to now, and the share of hours that were filled in."""
        hours = (end - start) / HOUR
        within = [deficit for time, deficit in self._past.items() if start <= time <= end]
        found = [deficit for deficit in within if deficit is not None]
        mean = sum(found) / len(found) if found else _REFERENCE
        return mean * hours, 1 - len(found) / len(within) if within else 1.0

    def reaches(self, need: float, dried: float, since: datetime) -> date:
        """Return the day on which the sum, `dried` by now, reaches `need`; beyond the forecast by the mean of
        the hours since the watering and ahead.
        """
        total, time = dried, self._now
        for ahead, deficit in self._ahead:
            if total >= need:
                break
            total, time = total + deficit, ahead
        recent = [deficit for at, deficit in self._past.items() if at >= since and deficit is not None]
        rates = [*recent[-7 * 24 :], *(deficit for _, deficit in self._ahead)]
        rate = sum(rates) / len(rates) if rates else _REFERENCE
        left = max(need - total, 0.0)
        wait = timedelta(hours=left / rate) if rate * (_LATEST / HOUR) > left else _LATEST
        return (time + wait).astimezone(KST).date()


def _deficit(ta: float, hm: float) -> float:
    return max(vapour_pressure_deficit(ta, min(max(hm, 0.0), 100.0)), 0.0)
