"""Skill alarms: assessed on whole weeks of the track record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from plantcast.monitoring.skill import skill_alarms, skill_lost
from plantcast.verification.days import DayVerification
from plantcast.verification.sums import LeadSums, Pair
from plantcast.verification.windows import track_of
from tests.support.verification_examples import LAST, verified_days


def lost(days: list[DayVerification], target: str = "ta") -> list[str] | None:
    track = track_of(days)
    assert track is not None
    return skill_lost(track, target)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (1.99, []),
        (2.0, ["leads_1_24"]),  # as good as persistence is not better
        (4.0, ["leads_1_24", "leads_25_48"]),
    ],
)
def test_given_a_week_when_assessed_then_each_block_without_skill_is_lost(
    error: float, expected: list[str]
) -> None:
    assert lost(verified_days(7, error=error)) == expected


def test_given_one_bad_day_in_a_good_week_when_assessed_then_the_pooled_week_decides() -> None:
    week = verified_days(6, last=LAST - timedelta(days=1), error=0.5) + verified_days(1, error=3.0)

    assert lost(week) == []
    assert lost(week[1:] + verified_days(1, last=LAST + timedelta(days=1), error=9.0)) == ["leads_1_24"]


def test_given_a_week_with_a_gap_when_assessed_then_it_is_not_known() -> None:
    gap = [day for day in verified_days(10, error=9.0) if day.day != date(2025, 5, 26)]
    missing = verified_days(7, error=9.0)
    missing[3] = replace(missing[3], sums={"hm": missing[3].sums["hm"]})

    assert lost(verified_days(6, error=9.0)) is None
    assert lost(gap) is None
    assert lost(missing) is None
    assert lost(missing, "hm") == ["leads_1_24", "leads_25_48"][:2]


def test_given_persistence_without_error_when_assessed_then_skill_is_not_lost() -> None:
    pairs = [Pair(lead, 1.0, 0.0, 2.0, 1.5, 1.5) for lead in range(1, 49)]
    still = [replace(day, sums={"ta": LeadSums.of(pairs)}) for day in verified_days(7)]

    assert lost(still) == []


def test_given_lost_skill_when_reported_then_week_leads_and_errors_are_named() -> None:
    track = track_of(verified_days(7, error=3.0))
    assert track is not None

    alarm = skill_alarms(track)[0]

    assert (alarm["target"], alarm["from"], alarm["to"], alarm["lost"]) == (
        "ta",
        "2025-05-23",
        "2025-05-29",
        ["leads_1_24"],
    )
    assert "1–24시간 앞 RMSE 3.00 °C, 지속성 2.00 °C" in alarm["text_ko"]
    assert "leads 1–24 h: RMSE 3.00 °C, persistence 2.00 °C" in alarm["text_en"]
    good = track_of(verified_days(7, error=1.0))
    assert good is not None
    assert skill_alarms(good) == []
