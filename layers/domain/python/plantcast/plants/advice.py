"""What a forecast means for a plant, day by day, with the reasons in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from plantcast.clock import HOUR
from plantcast.forecasting import Target
from plantcast.forecasts import Forecast
from plantcast.plants.profiles import Limit, Profile

State = Literal["water", "ok"]
Label = Literal["today", "tomorrow"]

# Limits are judged on the value as people see it (one decimal): a shown 30.0 °C is never called cooler.
SHOWN_DECIMALS: Final = 1
_LABELS: Final[tuple[Label, ...]] = ("today", "tomorrow")
_UNITS: Final[dict[Target, str]] = {"ta": "°C", "hm": "%"}
_NAMES_KO: Final[dict[Target, str]] = {"ta": "기온", "hm": "습도"}
_NAMES_EN: Final[dict[Target, str]] = {"ta": "Temperature", "hm": "Humidity"}


@dataclass(frozen=True)
class DayAdvice:
    """One calendar day (KST) of a forecast, as far as its path covers it, and what it means for one profile.

    Temperatures are °C, humidities %; `hours` are those in which a limit is crossed.
    """

    day: date
    label: Label
    temperature_min: float
    temperature_max: float
    humidity_min: float
    humidity_max: float
    profile: str
    state: State
    reasons_ko: tuple[str, ...]
    reasons_en: tuple[str, ...]
    hours: tuple[datetime, ...]


@dataclass(frozen=True)
class _Hour:
    valid_at: datetime
    ta: float
    hm: float

    def value(self, target: Target) -> float:
        return self.ta if target == "ta" else self.hm


def advise(forecast: Forecast, profile: Profile) -> list[DayAdvice]:
    """Return the advice for today and tomorrow.

    `today` is the calendar day (KST) of lead 1, `tomorrow` the one after; with the usual origin of 23:00
    both are whole days, with another origin today is what is left of it.
    """
    days: dict[date, list[_Hour]] = {}
    for valid_at, ta, hm in zip(forecast.valid_at, forecast.ta.mean, forecast.hm.mean, strict=True):
        hour = _Hour(valid_at, round(ta, SHOWN_DECIMALS), round(hm, SHOWN_DECIMALS))
        days.setdefault(valid_at.date(), []).append(hour)
    return [
        _advise_day(day, label, hours, profile)
        for label, (day, hours) in zip(_LABELS, days.items(), strict=False)
    ]


def _advise_day(day: date, label: Label, hours: Sequence[_Hour], profile: Profile) -> DayAdvice:
    crossings = [
        (limit, crossed)
        for limit in profile.limits
        if (crossed := [hour for hour in hours if limit.crossed_by(hour.value(limit.target))])
    ]
    at_fault = sorted({hour.valid_at for _, crossed in crossings for hour in crossed})
    if crossings:
        reasons_ko = tuple(_reason_ko(limit, crossed) for limit, crossed in crossings)
        reasons_en = tuple(_reason_en(limit, crossed) for limit, crossed in crossings)
    else:
        reasons_ko = tuple(_fine_ko(limit, hours) for limit in profile.limits)
        reasons_en = tuple(_fine_en(limit, hours) for limit in profile.limits)
    temperatures = [hour.ta for hour in hours]
    humidities = [hour.hm for hour in hours]
    return DayAdvice(
        day=day,
        label=label,
        temperature_min=min(temperatures),
        temperature_max=max(temperatures),
        humidity_min=min(humidities),
        humidity_max=max(humidities),
        profile=profile.key,
        state="water" if crossings else "ok",
        reasons_ko=reasons_ko,
        reasons_en=reasons_en,
        hours=tuple(at_fault),
    )


def _extreme(limit: Limit, hours: Sequence[_Hour]) -> _Hour:
    """The hour nearest to, or furthest beyond, the limit; the first of equals."""
    sign = 1.0 if limit.comparison == "at_least" else -1.0
    return max(hours, key=lambda hour: sign * hour.value(limit.target))


def _spans(hours: Sequence[_Hour]) -> str:
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
    return f"{value:.{SHOWN_DECIMALS}f} {_UNITS[limit.target]}"


def _threshold(limit: Limit) -> str:
    return f"{limit.threshold:g} {_UNITS[limit.target]}"


def _reason_ko(limit: Limit, crossed: Sequence[_Hour]) -> str:
    peak = _extreme(limit, crossed)
    kind, side = ("최고", "이상") if limit.comparison == "at_least" else ("최저", "이하")
    value = _shown(limit, peak.value(limit.target))
    return (
        f"{kind} {_NAMES_KO[limit.target]} {value} ({peak.valid_at:%H:%M}), "
        f"{_threshold(limit)} {side}: {_spans(crossed)}"
    )


def _reason_en(limit: Limit, crossed: Sequence[_Hour]) -> str:
    peak = _extreme(limit, crossed)
    verb, side = ("reaches", "or more") if limit.comparison == "at_least" else ("falls to", "or less")
    return (
        f"{_NAMES_EN[limit.target]} {verb} {_shown(limit, peak.value(limit.target))} "
        f"at {peak.valid_at:%H:%M}, {_threshold(limit)} {side}: {_spans(crossed)}"
    )


def _fine_ko(limit: Limit, hours: Sequence[_Hour]) -> str:
    peak = _extreme(limit, hours)
    kind, side = ("최고", "미만") if limit.comparison == "at_least" else ("최저", "초과")
    value = _shown(limit, peak.value(limit.target))
    return f"{kind} {_NAMES_KO[limit.target]} {value} ({peak.valid_at:%H:%M}), {_threshold(limit)} {side}"


def _fine_en(limit: Limit, hours: Sequence[_Hour]) -> str:
    peak = _extreme(limit, hours)
    side = "below" if limit.comparison == "at_least" else "above"
    value = _shown(limit, peak.value(limit.target))
    return f"{_NAMES_EN[limit.target]} stays {side} {_threshold(limit)}: {value} at {peak.valid_at:%H:%M}"
