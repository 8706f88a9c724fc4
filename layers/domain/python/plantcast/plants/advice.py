"""What a forecast means for a plant, day by day and hour by hour, with the reasons as text.

The forecast is of the air where the plant stands (`plantcast.plants.placement.air_at`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

from plantcast.common.clock import HOUR, KST
from plantcast.forecasting.issued import Forecast
from plantcast.plants import text
from plantcast.plants.conditions import Condition, LimitCheck, Mood, check_limit, is_active, mood_of
from plantcast.plants.hours import Hour, hours_of
from plantcast.plants.placement import Placement
from plantcast.plants.profiles import SHOWN_DECIMALS, Kind, Profile

__all__ = [
    "SHOWN_DECIMALS",
    "DayAdvice",
    "HourAdvice",
    "advise",
    "advise_days",
    "advise_hours",
    "advise_night",
]

State = Literal["water", "ok"]

NIGHT_BEGINS: Final = 18  # o'clock
NIGHT_ENDS: Final = 9


@dataclass(frozen=True)
class DayAdvice:
    """One calendar day (KST) of a forecast, or one night, as far as its path covers it, and what it means for
    one profile.

    `start` and `end` are its first and last hour. Temperatures are °C, humidities %, `vpd_max` kPa;
    `temperature_min_p10` is how cold it gets one time in ten.
    `mood`, `needs_water`, `advice_*` and `conditions` (one for each of the profile's limits) weigh the
    forecast's range and have hysteresis. `state`, `hours` (those in which a limit that means water is
    crossed) and `reasons_*` are the plain rule on the values shown, the same whatever was advised before.
    """

    day: date
    start: datetime
    end: datetime
    temperature_min: float
    temperature_max: float
    temperature_min_p10: float
    humidity_min: float
    humidity_max: float
    vpd_max: float
    profile: str
    reasons_ko: tuple[str, ...]
    reasons_en: tuple[str, ...]
    hours: tuple[datetime, ...]
    mood: Mood
    needs_water: bool
    advice_ko: str
    advice_en: str
    conditions: tuple[Condition, ...]

    @property
    def state(self) -> State:
        """`water` when a limit that means water is crossed in any hour by the value shown."""
        return "water" if self.hours else "ok"

    def with_soil(self, placement: Placement, due: date) -> DayAdvice:
        """Return the advice of a plant whose soil is known: it needs water from the day `due` on."""
        needs_water, kinds = self.day >= due, {one.kind for one in self.conditions if one.active}
        ko, en = text.advice(kinds, placement.place, needs_water=needs_water, soil_is_known=True)
        return replace(self, needs_water=needs_water, advice_ko=ko, advice_en=en)

    @property
    def active(self) -> dict[Kind, bool]:
        """What is active, as `advise` takes it for `before`: plain enough to be stored."""
        return {condition.kind: condition.active for condition in self.conditions}


@dataclass(frozen=True)
class HourAdvice:
    """One hour: values as shown (°C, %, kPa), the chance of each kind the profile limits, and the face."""

    valid_at: datetime
    ta: float
    hm: float
    vpd: float
    probability: Mapping[Kind, float]
    mood: Mood


def advise(
    forecast: Forecast,
    profile: Profile,
    before: Mapping[Kind, bool] | None = None,
    *,
    now: datetime | None = None,
) -> list[DayAdvice]:
    """Return `advise_days` of a forecast's hours, for a plant where it usually stands."""
    hours = hours_of(forecast, profile)
    return advise_days(hours, profile, before, now=now, placement=Placement.of(profile))


def advise_days(
    hours: Sequence[Hour],
    profile: Profile,
    before: Mapping[Kind, bool] | None,
    *,
    now: datetime | None,
    placement: Placement,
) -> list[DayAdvice]:
    """Return the advice for each calendar day (KST) that the hours reach, in order.

    These are two whole days with the usual origin of 23:00; with another origin there are three, the first
    and the last in part. `before` says which kinds were active when advice was last given
    (`DayAdvice.active`); the first day starts from it, each other one from the day before.

    With `now`, only hours still to come count, the running one included: a day without any is left out, and
    limits crossed earlier in the day are not mentioned. The plain rule looks at all hours in any case.
    Texts differ by `placement`, where the plant stands.
    """
    days: dict[date, list[Hour]] = {}
    for hour in hours:
        days.setdefault(hour.valid_at.date(), []).append(hour)
    active = dict(before or {})
    advice = []
    for day, whole in days.items():
        left = whole if now is None else [hour for hour in whole if hour.valid_at + HOUR > now]
        if left:
            checks = [
                check_limit(limit, left, before=active.get(limit.kind, False)) for limit in profile.limits
            ]
            active = {one.limit.kind: one.active for one in checks}
            advice.append(_advise_day(day, whole, profile, placement, checks))
    return advice


def advise_night(
    hours: Sequence[Hour],
    profile: Profile,
    before: Mapping[Kind, bool] | None,
    *,
    now: datetime,
    placement: Placement,
) -> DayAdvice | None:
    """Return the advice for the coming night, 18:00 to 09:00, or what is left of the running one.

    None where the hours reach none of it. `day` is that of its first hour; the rest is as for `advise_days`.
    """
    local = now.astimezone(KST)
    evening = local.replace(hour=NIGHT_BEGINS, minute=0, second=0, microsecond=0)
    if local.hour < NIGHT_ENDS:
        evening -= timedelta(days=1)
    morning = (evening + timedelta(days=1)).replace(hour=NIGHT_ENDS)
    night = [hour for hour in hours if evening <= hour.valid_at <= morning and hour.valid_at + HOUR > now]
    if not night:
        return None
    active = before or {}
    checks = [check_limit(limit, night, before=active.get(limit.kind, False)) for limit in profile.limits]
    return _advise_day(night[0].valid_at.date(), night, profile, placement, checks)


def advise_hours(
    hours: Sequence[Hour], profile: Profile, before: Mapping[Kind, bool] | None = None
) -> list[HourAdvice]:
    """Return each hour with the chance of each limit and the face; `before` as for `advise_days`."""
    active = dict(before or {})
    advice = []
    for hour in hours:
        active = {
            limit.kind: is_active(limit, hour.probability[limit.kind], before=active.get(limit.kind, False))
            for limit in profile.limits
        }
        advice.append(
            HourAdvice(hour.valid_at, hour.ta, hour.hm, hour.vpd, hour.probability, mood_of(active))
        )
    return advice


def _advise_day(
    day: date, hours: Sequence[Hour], profile: Profile, placement: Placement, checks: Sequence[LimitCheck]
) -> DayAdvice:
    # The plain rule applies the limits that mean water; for a plant without any, all limits.
    whole = [check_limit(limit, hours, before=False) for limit in profile.limits]
    ruled = [one for one in whole if one.limit.waters] or whole
    broken = [one for one in ruled if one.crossed]
    reasons = [text.rule(one) for one in broken or ruled]
    kinds = {one.limit.kind for one in checks if one.active}
    mood = mood_of(dict.fromkeys(kinds, True))
    needs_water = any(one.active and one.limit.waters for one in checks)
    advice_ko, advice_en = text.advice(kinds, placement.place, needs_water=needs_water)
    return DayAdvice(
        day=day,
        start=hours[0].valid_at,
        end=hours[-1].valid_at,
        temperature_min_p10=min(hour.ta_low for hour in hours),
        temperature_min=min(hour.ta for hour in hours),
        temperature_max=max(hour.ta for hour in hours),
        humidity_min=min(hour.hm for hour in hours),
        humidity_max=max(hour.hm for hour in hours),
        vpd_max=max(hour.vpd for hour in hours),
        profile=profile.key,
        reasons_ko=tuple(ko for ko, _ in reasons),
        reasons_en=tuple(en for _, en in reasons),
        hours=tuple(sorted({hour.valid_at for one in broken if one.limit.waters for hour in one.crossed})),
        mood=mood,
        needs_water=needs_water,
        advice_ko=advice_ko,
        advice_en=advice_en,
        conditions=tuple(_condition(one) for one in checks),
    )


def _condition(check: LimitCheck) -> Condition:
    limit, (reason_ko, reason_en) = check.limit, text.reason(check)
    return Condition(
        kind=limit.kind,
        active=check.active,
        waters=limit.waters,
        probability=check.probability,
        variable=limit.variable,
        comparison=limit.comparison,
        threshold=limit.threshold,
        extreme=check.value,
        extreme_likely=check.likely,
        extreme_at=check.extreme.valid_at,
        hours=tuple(hour.valid_at for hour in check.crossed),
        reason_ko=reason_ko,
        reason_en=reason_en,
    )
