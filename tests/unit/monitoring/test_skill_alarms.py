"""Skill alarms: assessed on whole weeks, opened once, closed when skill returns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from plantcast.common.clock import KST
from plantcast.monitoring.skill import SkillAlarms, Verdict, assess, open_alarms
from plantcast.verification import DayVerification, LeadSums
from plantcast.verification.sums import Pair
from tests.support.fakes import MemoryTable
from tests.support.verification_examples import LAST, verified_days

NOW = datetime(2025, 5, 30, 2, 3, tzinfo=KST)


@pytest.fixture
def table() -> MemoryTable:
    return MemoryTable()


def verdict_of(error: float, *, last: date = LAST, days: int = 7) -> Verdict:
    """Temperature's verdict on days whose forecasts were off by `error` (persistence: by 2 and by 4)."""
    verdict = assess(verified_days(days, last=last, error=error))[0]
    assert verdict.target == "ta"
    return verdict


def alarm(table: MemoryTable) -> dict[str, Any]:
    found = table.get("STATION#108", "ALARM#skill#ta")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (1.0, ()),
        (1.99, ()),
        (2.0, ("leads_1_24",)),  # as good as persistence is not better
        (3.0, ("leads_1_24",)),
        (4.0, ("leads_1_24", "leads_25_48")),
    ],
)
def test_given_a_week_when_assessed_then_each_block_without_skill_is_lost(
    error: float, lost: tuple[str, ...]
) -> None:
    verdict = verdict_of(error)

    assert verdict.lost == lost
    assert (verdict.first, verdict.last) == (date(2025, 5, 23), LAST)
    near = verdict.blocks["leads_1_24"]
    assert (near.rmse, near.persistence_rmse, near.hours) == (pytest.approx(error), 2.0, 168)


def test_given_one_bad_day_in_a_good_week_when_assessed_then_the_pooled_week_decides() -> None:
    week = verified_days(6, last=LAST - timedelta(days=1), error=0.5) + verified_days(1, error=3.0)

    assert assess(week)[0].lost == ()
    assert assess(week[1:] + verified_days(1, last=LAST + timedelta(days=1), error=9.0))[0].lost == (
        "leads_1_24",
    )


@pytest.mark.parametrize("days", [0, 1, 6])
def test_given_less_than_a_week_when_assessed_then_no_verdict_is_returned(days: int) -> None:
    assert assess(verified_days(days, error=9.0)) == []


def test_given_a_day_without_data_in_the_week_when_assessed_then_no_verdict_is_returned() -> None:
    days = [day for day in verified_days(10, error=9.0) if day.day != date(2025, 5, 26)]

    assert assess(days) == []


def test_given_a_target_missing_for_a_day_when_assessed_then_the_other_is_assessed() -> None:
    days = verified_days(7, error=9.0)
    days[3] = replace(days[3], sums={"hm": days[3].sums["hm"]})

    assert [verdict.target for verdict in assess(days)] == ["hm"]


def test_given_only_first_day_leads_when_assessed_then_the_other_block_is_not() -> None:
    days = [_only(day, "leads_1_24") for day in verified_days(7, error=3.0)]

    assert set(assess(days)[0].blocks) == {"leads_1_24"}


def test_given_persistence_without_error_when_assessed_then_skill_is_unknown_and_not_lost() -> None:
    def still(day: DayVerification) -> DayVerification:
        pairs = [Pair(lead, 1.0, 0.0, 2.0, 1.5, 1.5) for lead in range(1, 49)]
        return replace(day, sums={"ta": LeadSums.of(pairs)})

    assert assess([still(day) for day in verified_days(7)]) == []


def test_given_lost_skill_when_updated_then_the_alarm_is_opened_once(table: MemoryTable) -> None:
    alarms = SkillAlarms(table)

    opened = alarms.update(verdict_of(3.0), now=NOW)
    items = dict(table.items)
    again = alarms.update(verdict_of(3.0), now=NOW + timedelta(hours=1))
    later = alarms.update(verdict_of(5.0, last=LAST + timedelta(days=1)), now=NOW + timedelta(days=1))

    assert opened == again == later == alarm(table)
    assert table.items == items
    assert opened is not None
    assert (opened["opened_at"], opened["closed_at"]) == ("2025-05-30T02:03:00+09:00", None)
    assert opened["lost"] == ["leads_1_24"]
    assert opened["figures"] == {
        "from": "2025-05-23",
        "to": "2025-05-29",
        "blocks": {
            "leads_1_24": {"skill": -0.5, "rmse": 3.0, "persistence_rmse": 2.0, "hours": 168},
            "leads_25_48": {"skill": 0.25, "rmse": 3.0, "persistence_rmse": 4.0, "hours": 168},
        },
    }
    assert opened["words_ko"] == (
        "서울(108) 기온 예보가 2025-05-23~2025-05-29 한 주 동안 지속성 예보보다 낫지 않았습니다 "
        "(1–24시간 앞 RMSE 3.00 °C, 지속성 2.00 °C)."
    )
    assert opened["words_en"] == (
        "Seoul(108): in the week 2025-05-23 to 2025-05-29 the temperature forecasts were no better than "
        "persistence (leads 1–24 h: RMSE 3.00 °C, persistence 2.00 °C)."
    )


def test_given_skill_from_the_start_when_updated_then_there_is_no_record(table: MemoryTable) -> None:
    assert SkillAlarms(table).update(verdict_of(1.0), now=NOW) is None
    assert table.items == {}


def test_given_an_open_alarm_when_skill_returns_then_it_is_closed_once_with_its_figures(
    table: MemoryTable,
) -> None:
    alarms = SkillAlarms(table)
    alarms.update(verdict_of(3.0), now=NOW)
    better = verdict_of(1.0, last=LAST + timedelta(days=5))

    assert alarms.update(better, now=NOW + timedelta(days=5)) is None
    closed = alarm(table)
    assert alarms.update(better, now=NOW + timedelta(days=6)) is None

    assert alarm(table) == closed
    assert closed["closed_at"] == "2025-06-04T02:03:00+09:00"
    assert closed["opened_at"] == "2025-05-30T02:03:00+09:00"
    assert closed["closing_figures"]["blocks"]["leads_1_24"]["skill"] == 0.5
    assert open_alarms(table, "108") == []


def test_given_a_closed_alarm_when_skill_is_lost_again_then_it_opens_anew(table: MemoryTable) -> None:
    alarms = SkillAlarms(table)
    for day, error in ((0, 3.0), (5, 1.0), (9, 4.0)):
        verdict = verdict_of(error, last=LAST + timedelta(days=day))
        alarms.update(verdict, now=NOW + timedelta(days=day))

    reopened = alarm(table)
    assert (reopened["opened_at"][:10], reopened["closed_at"]) == ("2025-06-08", None)
    assert (reopened["lost"], reopened["closing_figures"]) == (["leads_1_24", "leads_25_48"], None)
    assert open_alarms(table, "108") == [reopened]


def test_given_an_open_alarm_when_its_block_cannot_be_judged_then_it_stays_open(table: MemoryTable) -> None:
    alarms = SkillAlarms(table)
    alarms.update(verdict_of(4.0), now=NOW)
    verdict = assess([_only(day, "leads_1_24") for day in verified_days(7, error=1.0)])[0]

    assert alarms.update(verdict, now=NOW + timedelta(days=1)) == alarm(table)
    assert alarm(table)["closed_at"] is None


def test_given_two_monitors_at_once_when_both_open_then_one_record_stays(table: MemoryTable) -> None:
    class Raced(MemoryTable):
        """The other monitor opens between this one's read and its write."""

        def get(self, pk: str, sk: str) -> dict[str, Any] | None:
            found = super().get(pk, sk)
            if found is None:
                SkillAlarms(table).update(verdict_of(3.0), now=NOW)
                self.items = table.items
            return found

    raced = Raced()

    opened = SkillAlarms(raced).update(verdict_of(3.0), now=NOW + timedelta(minutes=5))

    assert opened == alarm(table)
    assert alarm(table)["opened_at"] == "2025-05-30T02:03:00+09:00"


def _only(day: DayVerification, block: str) -> DayVerification:
    """The day with one lead block, as on the first day after a forecast."""
    keep = {"leads_1_24": range(24), "leads_25_48": range(24, 48)}[block]
    sums = {
        target: LeadSums.from_item(
            {
                name: " ".join(value if at in keep else "0" for at, value in enumerate(column.split()))
                for name, column in found.to_item().items()
            }
        )
        for target, found in day.sums.items()
    }
    return replace(day, sums=sums)
