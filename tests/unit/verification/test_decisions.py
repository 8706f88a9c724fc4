"""Days of frost, cold, heat and dry air: forecast before they began, observed, counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from plantcast.common.clock import HOUR, midnight
from plantcast.forecasting.issued import Forecast, GuidanceUsed
from plantcast.plants.conditions import ACTIVE_FROM
from plantcast.plants.profiles import profile
from plantcast.verification.days import DayVerification, newest_days, verify_day
from plantcast.verification.decisions import EVENTS, Decision, decide_day
from plantcast.verification.windows import window_of
from tests.support.fakes import MemoryTable
from tests.support.forecast_examples import forecast, path
from tests.support.guidance_examples import guidance

DAY = date(2026, 1, 15)
FIRST = midnight(DAY)


def issued(
    before: timedelta,
    ta: float | Sequence[float],
    hm: float = 60.0,
    *,
    origin: datetime | None = None,
    used: GuidanceUsed | None = None,
) -> Forecast:
    """A forecast issued `before` the day, by default from the last whole hour but one: ±1 °C, ±5 %."""
    at = FIRST - before
    known = at.replace(minute=0, second=0) - HOUR if origin is None else origin
    return forecast(origin=known, issued_at=at, ta=path(ta, 1.0), hm=path(hm, 5.0), guidance=used)


def observed(ta: Sequence[float | None] = (3.0,) * 24, hm: float = 60.0) -> dict[Any, dict[datetime, float]]:
    """What was observed in the hours of the day; None was not."""
    values = {FIRST + hour * HOUR: value for hour, value in enumerate(ta) if value is not None}
    return {"ta": values, "hm": dict.fromkeys((FIRST + hour * HOUR for hour in range(24)), hm)}


EVE = timedelta(minutes=40)


def test_the_events_are_the_inherited_limits_and_frost() -> None:
    inherited = {limit.kind: limit.threshold for limit in profile("default").limits}
    ours = {name: event.limit.threshold for name, event in EVENTS.items()}
    assert ours == {"frost": 0.0, **inherited}


@pytest.mark.parametrize(
    ("ta", "hm", "yes"),
    [
        (-2.0, 60.0, {"frost", "cold"}),
        (4.0, 60.0, {"cold"}),
        (31.0, 60.0, {"hot"}),
        (15.0, 25.0, {"dry"}),
        (15.0, 60.0, set()),
    ],
)
def test_given_a_sure_forecast_that_comes_true_then_each_event_is_forecast_and_observed(
    ta: float, hm: float, yes: set[str]
) -> None:
    decisions = decide_day([issued(EVE, ta, hm)], observed([ta] * 24, hm), DAY)
    assert decisions == {name: Decision(name in yes, name in yes, None) for name in EVENTS}


def test_given_an_unlikely_limit_then_it_is_forecast_from_the_probability_of_the_advice() -> None:
    # 0.6 °C and 2 % from their limits: a day's probability of about 0.4 for each.
    decisions = decide_day([issued(EVE, 5.6, 32.0)], observed(), DAY)
    assert (ACTIVE_FROM["cold", "ta"], ACTIVE_FROM["dry", "hm"]) == (0.5, 0.3)
    assert decisions["dry"].forecast
    assert not decisions["cold"].forecast


def test_only_the_last_forecast_issued_before_the_day_began_decides() -> None:
    earlier = issued(timedelta(hours=21, minutes=59), 8.0)
    last = issued(EVE, -3.0)
    after = issued(-timedelta(hours=2), 12.0, origin=FIRST - HOUR)  # the night's run, two hours into the day
    at_midnight = issued(timedelta(0), 12.0)
    short = issued(timedelta(minutes=5), 12.0, origin=FIRST - 26 * HOUR)  # ends before the day does

    def frost(*made: Forecast) -> bool:
        return decide_day(made, observed(), DAY)["frost"].forecast

    assert frost(after, last, earlier, at_midnight, short)
    assert not frost(earlier, after)
    assert decide_day([after, at_midnight], observed(), DAY) == {}


def test_the_hours_of_other_days_do_not_count() -> None:
    # From 22:00 of the eve; its first hour, 23:00, and all from the next midnight on are cold.
    means = [-5.0] + [10.0] * 24 + [-5.0] * 23
    decisions = decide_day([issued(EVE, means)], observed(), DAY)
    assert not decisions["cold"].forecast


def test_given_hours_not_observed_then_an_event_seen_counts_and_one_not_seen_is_left_out() -> None:
    some = [None] + [3.0] * 23
    decisions = decide_day([issued(EVE, 3.0)], observed(some), DAY)
    assert set(decisions) == {"cold", "dry"}
    assert decisions["cold"].observed


@pytest.mark.parametrize(
    ("source", "published", "kma"),
    [
        ("kma", (1.0,) * 10 + (0.0,) + (1.0,) * 37, True),
        ("kma", (1.0,) * 48, False),
        ("kma", (1.0,) * 10 + (None,) * 38, None),
        ("open_meteo", (-5.0,) * 48, None),
    ],
)
def test_the_kma_s_forecast_is_taken_as_published(
    source: str, published: tuple[float | None, ...], kma: bool | None
) -> None:
    used = guidance(source=source, ta=published)
    assert decide_day([issued(EVE, 3.0, used=used)], observed(), DAY)["frost"].kma is kma


def verified(day: date, *, says: bool, comes: bool, kma: bool | None) -> DayVerification:
    """A day stored and read again, with frost or without."""
    shift = day - DAY
    used = None if kma is None else guidance(ta=(-2.0 if kma else 8.0,) * 48)
    made = issued(EVE - shift, -3.0 if says else 9.0, used=used)
    hours = {hour + shift: -1.0 if comes else 9.0 for hour in observed()["ta"]}
    found = verify_day([made], {"ta": hours, "hm": {}}, day)
    assert found is not None
    table = MemoryTable()
    table.put(found.to_item())
    assert newest_days(table, "108", 1) == [found]
    return found


def test_given_hand_made_days_then_a_window_counts_them_and_the_kma_s_beside_ours_on_the_same_days() -> None:
    kinds: list[tuple[bool, bool, bool | None]] = [
        (True, True, True),
        (True, True, None),
        (False, True, True),
        (True, False, False),
        (False, False, False),
        (False, False, True),
    ]
    days = [
        verified(DAY + timedelta(days=order), says=says, comes=comes, kma=kma)
        for order, (says, comes, kma) in enumerate(kinds)
    ]

    window = window_of(days, last=days[-1].day, length=30)

    assert window["decisions"]["frost"] == {
        "days": 6,
        "hits": 2,
        "misses": 1,
        "false_alarms": 1,
        "correct_rejections": 2,
        "published": {
            "days": 5,
            "hits": 2,
            "misses": 0,
            "false_alarms": 1,
            "correct_rejections": 2,
            "ours": {"hits": 1, "misses": 1, "false_alarms": 1, "correct_rejections": 2},
        },
    }
    assert "dry" not in window["decisions"]  # no humidity was observed
    newest = window_of(days, last=days[-1].day, length=1)["decisions"]["frost"]
    assert (newest["days"], newest["correct_rejections"]) == (1, 1)
