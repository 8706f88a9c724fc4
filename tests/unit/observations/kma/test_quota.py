"""The daily quota: no more calls than it allows, and a share kept for the nightly run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plantcast.common.clock import KST, FixedClock
from plantcast.common.errors import QuotaExhaustedError
from plantcast.observations.kma.quota import (
    DailyBudget,
)
from tests.support.fakes import MemoryTable

NOW = datetime(2025, 5, 30, 2, tzinfo=KST)


def budget_of(table: MemoryTable, calls: int, now: datetime = NOW) -> DailyBudget:
    return DailyBudget(table, FixedClock(now), calls)


def spend(budget: DailyBudget, times: int, *, leave_reserve: bool = False) -> int:
    """Return how many of so many calls were allowed."""
    allowed = 0
    for _ in range(times):
        try:
            budget.spend(leave_reserve=leave_reserve)
        except QuotaExhaustedError:
            continue
        allowed += 1
    return allowed


def test_a_day_s_calls_are_counted_over_all_budgets_and_end() -> None:
    table = MemoryTable()
    assert spend(budget_of(table, 10), 6) + spend(budget_of(table, 10), 6) == 10
    item = table.get("QUOTA", "DAY#2025-05-30")
    assert item is not None
    assert item["calls"] == 10
    assert datetime.fromtimestamp(item["expires_at"], UTC) - NOW == timedelta(days=40)


def test_what_a_backfill_leaves_is_there_for_the_night() -> None:
    table = MemoryTable()
    assert spend(budget_of(table, 10), 20, leave_reserve=True) == 8
    with pytest.raises(
        QuotaExhaustedError, match="10 calls to the KMA, 2 of which are kept for the nightly run"
    ):
        budget_of(table, 10).spend(leave_reserve=True)
    assert spend(budget_of(table, 10), 20) == 2


def test_the_day_turns_at_midnight_in_korea() -> None:
    table = MemoryTable()
    before = datetime(2025, 5, 30, 14, 59, tzinfo=UTC)  # 23:59 KST
    assert spend(budget_of(table, 1, before), 2) == 1
    assert spend(budget_of(table, 1, before + timedelta(minutes=1)), 2) == 1
