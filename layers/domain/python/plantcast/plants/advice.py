"""What a forecast means for a plant, day by day and hour by hour, with the reasons as text.

The forecast is of outdoor air at the station: advice holds for a balcony, a garden or an open window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from plantcast.forecasting.issued import Forecast
from plantcast.plants import text
from plantcast.plants.conditions import Condition, LimitCheck, Mood, check_limit, is_active, mood_of
from plantcast.plants.hours import Hour, hours_of
from plantcast.plants.profiles import SHOWN_DECIMALS, Kind, Profile

__all__ = ["SHOWN_DECIMALS", "DayAdvice", "HourAdvice", "advise", "advise_hours"]

State = Literal["water", "ok"]


@dataclass(frozen=True)
class DayAdvice:
    """One calendar day (KST) of a forecast, as far as its path covers it, and what it means for one profile.

    Temperatures are °C, humidities %, `vpd_max` kPa. `mood`, `needs_water`, `advice_*` and `conditions` (one
    for each of the profile's limits) weigh the forecast's range and have hysteresis. `state`, `hours` (those
    in which a limit that means water is crossed) and `reasons_*` are the plain rule on the values shown, the
    same whatever was advised before.
    """

    day: date
    temperature_min: float
    temperature_max: float
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
    forecast: Forecast, profile: Profile, before: Mapping[Kind, bool] | None = None
) -> list[DayAdvice]:
    """Return the advice for each calendar day (KST) that the path reaches, in order.

    These are two whole days with the usual origin of 23:00; with another origin there are three, the first
    and the last in part. `before` says which kinds were active when advice was last given
    (`DayAdvice.active`); the first day starts from it, each other one from the day before.
    """
    days: dict[date, list[Hour]] = {}
    for hour in hours_of(forecast, profile):
        days.setdefault(hour.valid_at.date(), []).append(hour)
    active = dict(before or {})
    advice = []
    for day, hours in days.items():
        checks = [check_limit(limit, hours, before=active.get(limit.kind, False)) for limit in profile.limits]
        active = {one.limit.kind: one.active for one in checks}
        advice.append(_advise_day(day, hours, profile, checks))
    return advice


def advise_hours(
    forecast: Forecast, profile: Profile, before: Mapping[Kind, bool] | None = None
) -> list[HourAdvice]:
    """Return the 48 hours with the chance of each limit and the face; `before` as for `advise`."""
    active = dict(before or {})
    advice = []
    for hour in hours_of(forecast, profile):
        active = {
            limit.kind: is_active(limit, hour.probability[limit.kind], before=active.get(limit.kind, False))
            for limit in profile.limits
        }
        advice.append(
            HourAdvice(hour.valid_at, hour.ta, hour.hm, hour.vpd, hour.probability, mood_of(active))
        )
    return advice


def _advise_day(
    day: date, hours: Sequence[Hour], profile: Profile, checks: Sequence[LimitCheck]
) -> DayAdvice:
    # The plain rule applies the limits that mean water; for a plant without any, all limits.
    ruled = [one for one in checks if one.limit.waters] or list(checks)
    broken = [one for one in ruled if one.crossed]
    reasons = [text.rule(one) for one in broken or ruled]
    kinds = {one.limit.kind for one in checks if one.active}
    mood = mood_of(dict.fromkeys(kinds, True))
    needs_water = any(one.active and one.limit.waters for one in checks)
    advice_ko, advice_en = text.advice(kinds, profile, needs_water=needs_water)
    return DayAdvice(
        day=day,
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
        extreme_at=check.extreme.valid_at,
        hours=tuple(hour.valid_at for hour in check.crossed),
        reason_ko=reason_ko,
        reason_en=reason_en,
    )
