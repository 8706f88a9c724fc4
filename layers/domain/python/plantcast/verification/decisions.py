"""Frost, cold, heat and dry air by day: was each forecast before the day began, yes or no, and did it come?

A day's decision is that of the last forecast issued before the day began that reaches its end. It says yes by
the rule of the advice (`plantcast.plants.conditions.active_from`), without its hysteresis: a day's decision
does not depend on the one before. Stored within the day's verification. Plain Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from plantcast.common.clock import HOUR, midnight
from plantcast.forecasting import Target
from plantcast.forecasting.issued import Forecast
from plantcast.plants.chance import HourRange, day_probability, hour_probability
from plantcast.plants.conditions import is_active
from plantcast.plants.profiles import SHOWN_DECIMALS, Limit

DecisionName = Literal["frost", "cold", "hot", "dry"]


@dataclass(frozen=True)
class Event:
    """Something that happens on a day when any hour of a target is at or beyond a limit."""

    target: Target
    limit: Limit


def _event(
    target: Literal["ta", "hm"],
    kind: Literal["cold", "hot", "dry"],
    comparison: Literal["at_least", "at_most"],
    threshold: float,
) -> Event:
    limit = Limit(
        kind=kind, variable=target, comparison=comparison, threshold=threshold, waters=False, basis=""
    )
    return Event(target, limit)


EVENTS: Final[Mapping[DecisionName, Event]] = {
    "frost": _event("ta", "cold", "at_most", 0.0),
    "cold": _event("ta", "cold", "at_most", 5.0),  # the cold limit of the inherited rule, as is the rest
    "hot": _event("ta", "hot", "at_least", 30.0),
    "dry": _event("hm", "dry", "at_most", 30.0),
}


@dataclass(frozen=True)
class Decision:
    """Whether an event was forecast and observed; `kma`: by the KMA's forecast as published, None where none
    of it was used.
    """

    forecast: bool
    observed: bool
    kma: bool | None


@dataclass(frozen=True)
class Tally:
    """How many days were decided right and wrong."""

    hits: int
    misses: int
    false_alarms: int
    correct_rejections: int

    @classmethod
    def of(cls, decided: Sequence[tuple[bool, bool]]) -> Tally:
        """Count pairs of forecast and observed."""
        return cls(
            hits=decided.count((True, True)),
            misses=decided.count((False, True)),
            false_alarms=decided.count((True, False)),
            correct_rejections=decided.count((False, False)),
        )


def decide_day(
    forecasts: Iterable[Forecast], observed: Mapping[Target, Mapping[datetime, float]], day: date
) -> dict[DecisionName, Decision]:
    """Return the decisions of `day` (KST) that are known, by name.

    None without a forecast issued before the day; an event is left out when no observed hour had it and some
    hours are missing.
    """
    first = midnight(day)
    hours = [first + hour * HOUR for hour in range(24)]
    whole = [one for one in forecasts if one.issued_at < first and one.origin + HOUR <= first]
    whole = [one for one in whole if one.valid_at[-1] >= hours[-1]]
    if not whole:
        return {}
    last = max(whole, key=lambda one: (one.issued_at, one.origin))
    leads = range((first - last.origin) // HOUR - 1, (first - last.origin) // HOUR + 23)
    decisions: dict[DecisionName, Decision] = {}
    for name, event in EVENTS.items():
        seen = _happened(event, [observed[event.target].get(hour) for hour in hours])
        if seen is not None:
            decisions[name] = Decision(_forecast(event, last, leads), seen, _published(event, last, leads))
    return decisions


def _happened(event: Event, values: Sequence[float | None]) -> bool | None:
    """Whether any value is at or beyond the limit; None when none is and some are not known."""
    crossed = event.limit.crossed_by
    if any(value is not None and crossed(round(value, SHOWN_DECIMALS)) for value in values):
        return True
    return None if None in values else False


def _forecast(event: Event, forecast: Forecast, leads: range) -> bool:
    path = forecast.path(event.target)
    # Of both targets the same range is passed: a limit looks only at its own.
    ranges = (HourRange.of(path.mean[lead], path.p10[lead], path.p90[lead]) for lead in leads)
    chances = [hour_probability(event.limit, one, one) for one in ranges]
    return is_active(event.limit, day_probability(chances), before=False)


def _published(event: Event, forecast: Forecast, leads: range) -> bool | None:
    guidance = forecast.guidance
    if guidance is None or guidance.source != "kma":
        return None
    values = guidance.published(event.target)
    return _happened(event, [values[lead] for lead in leads])


def pool(days: Sequence[Mapping[DecisionName, Decision]]) -> dict[str, Any]:
    """Return, of each event decided on any day, `days`, its tally, and `published`: the KMA's forecast and
    ours over the days on which both are known (None without any).
    """
    pooled: dict[str, Any] = {}
    for name in EVENTS:
        decisions = [day[name] for day in days if name in day]
        compared = [one for one in decisions if one.kma is not None]
        if decisions:
            pooled[name] = _tally(decisions, lambda one: one.forecast) | {
                "published": _tally(compared, lambda one: bool(one.kma))
                | {"ours": asdict(Tally.of([(one.forecast, one.observed) for one in compared]))}
                if compared
                else None
            }
    return pooled


def _tally(decisions: Sequence[Decision], said: Callable[[Decision], bool]) -> dict[str, Any]:
    return {
        "days": len(decisions),
        **asdict(Tally.of([(said(one), one.observed) for one in decisions])),
    }
