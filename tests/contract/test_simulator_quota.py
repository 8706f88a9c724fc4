"""Counters of calls and quotas: what a test can hold a client to, and which faults count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from infra.kma_simulator.codes import GATEWAY_CODES, MESSAGES
from infra.kma_simulator.faults import FAULT_KINDS, Fault
from infra.kma_simulator.quota import Quota
from infra.kma_simulator.testing import RunningSimulator, running_simulator
from tests.contract.simulator_calls import NOW, call, is_normal

pytestmark = pytest.mark.network

TODAY = NOW.date()


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSimulator]:
    with running_simulator(clock=NOW) as running:
        yield running


@pytest.fixture
def simulator(server: RunningSimulator) -> Iterator[RunningSimulator]:
    yield server
    server.clear_faults()
    server.set_behaviour(calls_per_day=10_000, calls_per_second=None)
    server.set_clock(NOW)
    server.simulator.quota = Quota()
    server.forget_calls()


def counted(simulator: RunningSimulator, *faults: dict[str, Any]) -> tuple[int, int]:
    """Return how many calls were sent and how many of them counted when each met one of `faults`."""
    for fault in faults:
        simulator.add_faults(Fault.model_validate(fault))
        try:
            call(simulator)
        except requests.RequestException:
            continue
    day = simulator.calls_by_day[TODAY]
    return day.sent, day.counted


def log_of(simulator: RunningSimulator) -> dict[str, Any]:
    log: dict[str, Any] = requests.get(f"{simulator.root_url}/_simulator/calls", timeout=10).json()
    return log


def test_given_a_daily_quota_when_exceeded_over_two_days_then_the_log_tells_sent_counted_and_refused_by_day(
    simulator: RunningSimulator,
) -> None:
    simulator.set_behaviour(calls_per_day=3)
    for _ in range(5):
        call(simulator)
    simulator.set_clock(NOW + timedelta(days=1))
    assert is_normal(call(simulator))
    log = log_of(simulator)
    assert log["limits"] == {"calls_per_day": 3, "calls_per_second": None}
    assert log["days"] == {
        "2025-05-30": {"sent": 5, "counted": 3, "refused": {"22": 2}},
        "2025-05-31": {"sent": 1, "counted": 1, "refused": {}},
    }
    assert (log["count"], log["used_today"]) == (6, 1)
    days = simulator.calls_by_day
    assert (days[TODAY].sent, days[date(2025, 5, 31)].counted) == (5, 1)
    requests.delete(f"{simulator.root_url}/_simulator/calls", timeout=10)
    log = log_of(simulator)
    assert (log["days"], log["used_today"], log["busiest_second"]) == ({}, 0, 0)


def test_given_a_quota_a_second_when_exceeded_then_its_refusals_are_told_apart_and_not_counted(
    simulator: RunningSimulator,
) -> None:
    seconds = [50.0]
    simulator.simulator.quota = Quota(monotonic=lambda: seconds[0])
    simulator.set_behaviour(calls_per_second=2, calls_per_day=3)
    for _ in range(3):
        for _ in range(3):
            call(simulator)
        seconds[0] += 1
    day = simulator.calls_by_day[TODAY]
    assert (day.sent, day.counted, dict(day.refused)) == (9, 3, {"23": 1, "22": 5})
    assert simulator.busiest_second == log_of(simulator)["busiest_second"] == 3


def test_given_calls_spread_out_when_counted_then_the_busiest_second_is_any_second(
    simulator: RunningSimulator,
) -> None:
    seconds = [0.0]
    simulator.simulator.quota = Quota(monotonic=lambda: seconds[0])
    for moment in (0.0, 0.9, 1.5, 1.8, 2.6, 10.0):
        seconds[0] = moment
        call(simulator)
    assert simulator.busiest_second == 3  # 0.9, 1.5 and 1.8


@pytest.mark.parametrize("kind", ["http", "redirect", "reset"])
def test_given_a_fault_before_the_gateway_when_met_then_the_call_was_sent_and_does_not_count(
    simulator: RunningSimulator, kind: str
) -> None:
    assert counted(simulator, {"kind": kind, "status": {"http": 502}.get(kind)}) == (1, 0)


@pytest.mark.parametrize("kind", sorted(set(FAULT_KINDS) - {"error", "http", "redirect", "reset"}))
def test_given_an_answer_spoilt_on_its_way_when_met_then_the_call_counts(
    simulator: RunningSimulator, kind: str
) -> None:
    assert counted(simulator, {"kind": kind, "delay_seconds": 0.001}) == (1, 1)


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_given_an_error_when_met_then_it_counts_unless_it_is_the_gateway_s_own(
    simulator: RunningSimulator, code: str
) -> None:
    assert counted(simulator, {"kind": "error", "code": code}) == (1, 0 if code in GATEWAY_CODES else 1)
    assert not simulator.calls_by_day[TODAY].refused


def test_given_a_refused_key_when_called_then_it_was_sent_and_does_not_count(
    simulator: RunningSimulator,
) -> None:
    call(simulator, serviceKey="other")
    assert (simulator.calls_by_day[TODAY].sent, simulator.calls_by_day[TODAY].counted) == (1, 0)


def test_given_the_quota_is_used_up_when_a_fault_behind_the_gateway_is_due_then_the_gateway_refuses_first(
    simulator: RunningSimulator,
) -> None:
    simulator.set_behaviour(calls_per_day=1)
    assert counted(simulator, {"kind": "error", "code": "05"}) == (1, 1)
    simulator.add_faults(
        Fault(kind="error", code="05", envelope="flat"),
        Fault(kind="empty_page"),
        Fault(kind="error", code="30"),
        Fault(kind="http", status=502),
    )
    codes = [call(simulator).status_code and simulator.calls()[-1]["code"] for _ in range(4)]
    assert codes == ["22", "22", "30", None]
    assert dict(simulator.calls_by_day[TODAY].refused) == {"22": 2}
