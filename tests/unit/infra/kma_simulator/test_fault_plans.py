"""When faults are met: queue, flapping and random plans, and what is drawn at random."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from infra.kma_simulator.codes import MESSAGES
from infra.kma_simulator.fault_catalogue import (
    ALL_KINDS,
    LASTING_KINDS,
    PASSING_KINDS,
    draw_fault,
    random_scenario,
)
from infra.kma_simulator.fault_plans import FaultPlan, FaultQueue, Flapping, PlanInForce, RandomFaults
from infra.kma_simulator.faults import FAULT_KINDS, Fault, explain

ROOT = Path(__file__).resolve().parents[4]
SEOUL, INCHEON = {"stnIds": "108"}, {"stnIds": "112"}
# What a client must not repeat: a refused key, the daily quota, a request that is wrong; and "no data".
LASTING_CODES = {"03", "10", "11", "12", "20", "21", "22", "29", "30", "31", "32", "33"}
LASTING_STATUSES = {401, 403, 404}

seeds = st.integers(0, 2**40)
kind_sets = st.lists(st.sampled_from(ALL_KINDS), min_size=1, unique=True).map(tuple)


def served(plan: FaultPlan, calls: int) -> list[Fault | None]:
    running = PlanInForce(plan)
    return [running.take(SEOUL) for _ in range(calls)]


@given(seed=seeds, probability=st.floats(0, 1), kinds=kind_sets)
def test_given_the_same_seed_when_started_twice_then_the_same_faults_come(
    seed: int, probability: float, kinds: Any
) -> None:
    plan = RandomFaults(probability=probability, seed=seed, kinds=kinds)
    first = served(plan, 30)
    again = RandomFaults.model_validate_json(plan.model_dump_json())
    assert served(again, 30) == first


@given(seed=seeds, number=st.integers(0, 10**6))
def test_given_a_call_s_number_when_asked_in_any_order_then_its_fault_is_the_same(
    seed: int, number: int
) -> None:
    plan = RandomFaults(probability=0.5, seed=seed)
    before = plan.fault_for(number)
    plan.fault_for(number + 1)
    assert plan.fault_for(number) == before


@given(seed=seeds, kinds=kind_sets, longest=st.integers(0, 30))
def test_given_a_scenario_s_seed_when_drawn_twice_then_it_is_the_same_and_no_longer_than_asked_for(
    seed: int, kinds: Any, longest: int
) -> None:
    scenario = random_scenario(seed, kinds=kinds, longest=longest)
    assert scenario == random_scenario(seed, kinds=kinds, longest=longest)
    assert sum(fault.times for fault in scenario) <= longest
    as_sent = json.loads(json.dumps([fault.model_dump() for fault in scenario]))
    assert [Fault.model_validate(fault) for fault in as_sent] == scenario


def test_given_another_process_when_it_draws_then_the_same_comes() -> None:
    program = (
        "import hashlib; from infra.kma_simulator.fault_plans import RandomFaults\n"
        "plan = RandomFaults(probability=0.5, seed=7)\n"
        "print(hashlib.sha256(repr([plan.fault_for(n) for n in range(100)]).encode()).hexdigest())"
    )
    search = os.pathsep.join([str(ROOT), str(ROOT / "layers/domain/python")])
    there = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": search, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    plan = RandomFaults(probability=0.5, seed=7)
    assert there == hashlib.sha256(repr([plan.fault_for(n) for n in range(100)]).encode()).hexdigest()


def test_given_different_seeds_when_drawn_then_the_sequences_differ() -> None:
    assert len({repr(random_scenario(seed)) for seed in range(200)}) > 180
    assert len({repr(served(RandomFaults(probability=0.5, seed=seed), 20)) for seed in range(50)}) == 50


@pytest.mark.parametrize("probability", [0.0, 0.1, 0.5, 1.0])
def test_given_a_probability_when_many_calls_come_then_that_share_of_them_meets_a_fault(
    probability: float,
) -> None:
    met = sum(fault is not None for fault in served(RandomFaults(probability=probability, seed=3), 4000))
    # Four standard deviations.
    assert abs(met - 4000 * probability) <= 4 * (4000 * probability * (1 - probability)) ** 0.5


def test_given_no_kinds_when_drawn_then_every_passing_one_comes_and_none_that_lasts() -> None:
    faults = [fault for fault in served(RandomFaults(probability=1, seed=5), 4000) if fault]
    assert {fault.kind for fault in faults} == set(FAULT_KINDS)
    assert not {fault.code for fault in faults} & LASTING_CODES
    assert not {fault.status for fault in faults} & LASTING_STATUSES
    assert {fault.code for fault in faults if fault.kind == "error"} == set(MESSAGES) - LASTING_CODES - {"00"}
    assert all(fault.location is None for fault in faults)
    assert max(fault.delay_seconds for fault in faults) <= 0.05
    assert set(PASSING_KINDS) | set(LASTING_KINDS) == set(ALL_KINDS)


@pytest.mark.parametrize(
    ("kind", "codes", "statuses"),
    [
        ("key_refused", {"20", "21", "29", "30", "31", "32", "33"}, {401, 403}),
        ("daily_quota", {"22"}, set()),
        ("bad_request", {"10", "11", "12"}, {404}),
        ("no_data", {"03"}, set()),
    ],
)
def test_given_a_lasting_kind_by_name_when_drawn_then_its_codes_come_in_every_envelope(
    kind: Any, codes: set[str], statuses: set[int]
) -> None:
    faults = [draw_fault(Random(number), (kind,)) for number in range(400)]
    assert {fault.code for fault in faults if fault.kind == "error"} == codes
    assert {fault.status for fault in faults if fault.kind == "http"} == statuses
    envelopes = {"response", "flat", "gateway", "gateway_xml"}
    assert {fault.envelope for fault in faults if fault.kind == "error"} == envelopes


def test_given_scenarios_when_200_are_drawn_then_they_hold_every_passing_kind_and_bursts() -> None:
    scenarios = [random_scenario(seed) for seed in range(200)]
    faults = [fault for scenario in scenarios for fault in scenario]
    assert {fault.kind for fault in faults} == set(FAULT_KINDS)
    assert [] in scenarios
    assert set(Counter(fault.times for fault in faults)) == {1, 2, 3}
    assert sum(fault.delay_seconds * fault.times for fault in faults) < 10


@given(up=st.integers(0, 9), down=st.integers(1, 9))
def test_given_flapping_when_called_then_up_calls_are_spared_and_down_calls_are_not(
    up: int, down: int
) -> None:
    fault = Fault(kind="error", code="05")
    met = served(Flapping(up=up, down=down, fault=fault), 3 * (up + down))
    assert met == ([None] * up + [fault] * down) * 3


def test_given_a_plan_for_one_station_when_others_call_then_they_neither_meet_nor_move_it() -> None:
    running = PlanInForce(Flapping(up=1, down=1, station="112"))
    met = [running.take(call) for call in (SEOUL, INCHEON, SEOUL, SEOUL, INCHEON, INCHEON)]
    assert [fault is not None for fault in met] == [False, False, False, False, True, False]
    assert (running.describe()["calls"], running.describe()["faults"]) == (3, 1)


def test_given_a_queue_when_faults_are_for_one_station_then_others_pass_them_by() -> None:
    queue = FaultQueue()
    queue.add([Fault(kind="reset", station="112"), Fault(kind="gzip", times=2)])
    kinds = [fault.kind if (fault := queue.take(call)) else None for call in (SEOUL, INCHEON, INCHEON, SEOUL)]
    assert kinds == ["gzip", "reset", "gzip", None]
    assert queue.waiting == []


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        (
            {"plan": "random", "probability": 1.5},
            "random.probability 1.5: Input should be less than or equal",
        ),
        ({"plan": "random", "probability": 0.5, "seed": -1}, "random.seed -1: Input should be greater than"),
        (
            {"plan": "random", "probability": 0.5, "kinds": ["explode"]},
            "random.kinds.0 'explode': Input should",
        ),
        (
            {"plan": "random", "probability": 0.5, "kinds": []},
            "random.kinds: Tuple should have at least 1 item",
        ),
        ({"plan": "flapping", "up": 1, "down": 0}, "flapping.down 0: Input should be greater than"),
        ({"plan": "flapping", "up": -1, "down": 1}, "flapping.up -1: Input should be greater than"),
        (
            {"plan": "flapping", "up": 1, "down": 1, "fault": {"kind": "reset", "times": 2}},
            "flapping: the fault's times and station stay empty; give the plan's down and station",
        ),
        (
            {"plan": "flapping", "up": 1, "down": 1, "fault": {"kind": "error", "code": "77"}},
            "flapping.fault: code '77' is not one of 00, 01",
        ),
        ({"plan": "sometimes"}, "Input tag 'sometimes' found using 'plan' does not match"),
        ({}, "Unable to extract tag using discriminator 'plan'"),
    ],
)
def test_given_a_plan_that_makes_no_sense_when_read_then_one_line_names_value_and_remedy(
    setting: dict[str, object], line: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(FaultPlan).validate_python(setting)
    explained = explain(refused.value.errors())
    assert explained.startswith(line)
    assert "\n" not in explained


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ({"kind": "drip"}, "a drip fault needs delay_seconds above 0"),
        (
            {"kind": "redirect", "status": 200},
            "status 200 is no redirect; give one of (301, 302, 303, 307, 308)",
        ),
        ({"kind": "redirect", "location": "http://a b"}, "location 'http://a b': String should match"),
        ({"kind": "redirect", "location": "/a\r\nX: 1"}, "location '/a\\r\\nX: 1': String should match"),
        (
            {"kind": "total_changes", "by": 0},
            "by 0 changes nothing; give a number of rows, negative for fewer",
        ),
        ({"kind": "cut", "keep_fraction": 1}, "keep_fraction 1: Input should be less than 1"),
        ({"kind": "duplicate_rows", "share": 0}, "share 0: Input should be greater than 0"),
        (
            {"kind": "foreign_rows", "foreign": "country"},
            "foreign 'country': Input should be 'station' or 'hour'",
        ),
        ({"kind": "http", "status": 429, "retry_after": -1}, "retry_after -1: Input should be greater than"),
        ({"kind": "http"}, "an http fault needs a status, 200 to 599"),
    ],
)
def test_given_a_fault_that_makes_no_sense_when_read_then_one_line_names_value_and_remedy(
    fault: dict[str, object], line: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        Fault.model_validate(fault)
    assert explain(refused.value.errors()).startswith(line)
