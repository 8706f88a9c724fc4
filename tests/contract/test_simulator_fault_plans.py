"""Plans of faults over HTTP, from Python and from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.kma_simulator.cli import main
from infra.kma_simulator.fault_catalogue import ALL_KINDS, PASSING_KINDS, random_scenario
from infra.kma_simulator.fault_plans import Flapping, RandomFaults
from infra.kma_simulator.faults import Fault
from infra.kma_simulator.testing import RunningSimulator, running_simulator
from tests.contract.simulator_calls import NOW, QUERY, call, is_normal
from tests.contract.test_simulator_command import started

pytestmark = pytest.mark.network

NO_PLAN = {"plan": None, "calls": 0, "faults": 0}


def plan_url(simulator: RunningSimulator) -> str:
    return f"{simulator.root_url}/_simulator/fault_plan"


def faults_met(simulator: RunningSimulator, calls: int) -> list[str | None]:
    """Call some times, whatever comes of it; return the faults as the log has them."""
    for _ in range(calls):
        try:
            call(simulator)
        except requests.RequestException:
            continue
    return [entry["fault"] for entry in simulator.calls(calls)]


def test_given_flapping_over_http_when_put_read_and_deleted_then_calls_meet_it_meanwhile(
    simulator: RunningSimulator,
) -> None:
    url = plan_url(simulator)
    setting = {"plan": "flapping", "up": 2, "down": 1, "fault": {"kind": "error", "code": "05"}}
    answer = requests.put(url, json=setting, timeout=10).json()
    assert (answer["calls"], answer["faults"], answer["plan"]["up"]) == (0, 0, 2)
    assert faults_met(simulator, 7) == [None, None, "error", None, None, "error", None]
    assert call(simulator).json()["response"]["header"]["resultCode"] == "00"
    assert call(simulator).json()["response"]["header"]["resultCode"] == "05"
    answer = requests.get(url, timeout=10).json()
    assert (answer["calls"], answer["faults"], answer["plan"]["fault"]["code"]) == (9, 3, "05")
    assert requests.delete(url, timeout=10).json() == requests.get(url, timeout=10).json() == NO_PLAN
    assert faults_met(simulator, 4) == [None] * 4


def test_given_a_plan_put_again_when_called_then_it_begins_anew(simulator: RunningSimulator) -> None:
    setting = {"plan": "random", "probability": 0.5, "seed": 11}
    requests.put(plan_url(simulator), json=setting, timeout=10)
    first = faults_met(simulator, 25)
    requests.put(plan_url(simulator), json=setting, timeout=10)
    assert faults_met(simulator, 25) == first
    assert 5 < sum(fault is not None for fault in first) < 20
    simulator.set_fault_plan(RandomFaults(probability=0.5, seed=11))
    assert faults_met(simulator, 25) == first


def test_given_another_server_when_the_seed_is_the_same_then_the_calls_fail_alike(
    simulator: RunningSimulator,
) -> None:
    plan = RandomFaults(probability=0.6, seed=4, kinds=ALL_KINDS)
    simulator.set_fault_plan(plan)
    here = faults_met(simulator, 30), [entry["code"] for entry in simulator.calls(30)]
    with running_simulator(clock=NOW, fault_plan=plan) as other:
        assert (faults_met(other, 30), [entry["code"] for entry in other.calls(30)]) == here


def test_given_faults_that_wait_and_a_plan_when_called_then_the_queue_comes_first_and_does_not_move_the_plan(
    simulator: RunningSimulator,
) -> None:
    simulator.set_fault_plan(Flapping(up=1, down=1, fault=Fault(kind="reset")))
    simulator.add_faults(Fault(kind="gzip"), Fault(kind="charset", station="112"), Fault(kind="empty_page"))
    assert faults_met(simulator, 6) == ["gzip", "empty_page", None, "reset", None, "reset"]
    simulator.clear_fault_plan()
    assert is_normal(call(simulator))


def test_given_a_plan_for_a_station_when_another_is_asked_for_then_it_is_spared(
    simulator: RunningSimulator,
) -> None:
    simulator.set_fault_plan(RandomFaults(probability=1, kinds=("http",), station="112"))
    assert is_normal(call(simulator))
    assert call(simulator, stnIds="112").status_code >= 429
    assert requests.get(plan_url(simulator), timeout=10).json()["calls"] == 1


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        (
            {"plan": "random", "probability": 2},
            "random.probability 2: Input should be less than or equal to 1",
        ),
        (
            {"plan": "random", "probability": 0.5, "kinds": ["nothing"]},
            "random.kinds.0 'nothing': Input should",
        ),
        ({"plan": "flapping", "up": 3}, "flapping.down: Field required"),
        ({"plan": "flapping", "up": 3, "down": 1, "fault": {"kind": "http"}}, "needs a status"),
        ({"plan": "never"}, "'flapping', 'random'"),
        (None, "Field required"),
    ],
)
def test_given_a_plan_that_makes_no_sense_when_put_then_422_says_so_in_a_line_and_the_old_one_stays(
    simulator: RunningSimulator, setting: object, named: str
) -> None:
    simulator.set_fault_plan(Flapping(up=0, down=1))
    response = requests.put(plan_url(simulator), json=setting, timeout=10)
    assert response.status_code == 422
    assert named in response.json()["detail"]
    assert "\n" not in response.json()["detail"]
    assert call(simulator).status_code == 503


def test_given_a_wrong_fault_over_http_when_posted_then_the_line_says_which_and_why(
    simulator: RunningSimulator,
) -> None:
    response = requests.post(
        f"{simulator.root_url}/_simulator/faults",
        json=[{"kind": "reset"}, {"kind": "cut", "keep_fraction": 1.5}],
        timeout=10,
    )
    assert response.json() == {"detail": "1.keep_fraction 1.5: Input should be less than 1"}
    assert is_normal(call(simulator))


@pytest.mark.parametrize("kind", PASSING_KINDS)
def test_given_any_passing_fault_when_it_is_over_then_the_next_call_has_the_whole_truth(
    simulator: RunningSimulator, kind: Any
) -> None:
    simulator.set_fault_plan(RandomFaults(probability=1, seed=9, kinds=(kind,)))
    assert faults_met(simulator, 5) == [kind] * 5
    simulator.clear_fault_plan()
    assert is_normal(call(simulator))


def test_given_200_scenarios_when_served_then_the_server_outlives_them_and_each_fault_is_met_once(
    simulator: RunningSimulator,
) -> None:
    for seed in range(200):
        scenario = random_scenario(seed, longest=6)
        url = f"{simulator.root_url}/_simulator/faults"
        sent = [fault.model_dump(exclude_defaults=True) for fault in scenario]
        assert requests.post(url, json=sent, timeout=10).status_code == 200
        expected = [fault.kind for fault in scenario for _ in range(fault.times)]
        assert faults_met(simulator, len(expected)) == expected
    assert is_normal(call(simulator))


def get(url: str) -> requests.Response:
    parameters = {"serviceKey": "simulator+key/without+value=="} | QUERY
    return requests.get(f"{url}/1360000/AsosHourlyInfoService/getWthrDataList", params=parameters, timeout=60)


def test_given_flapping_on_the_command_line_when_called_then_it_comes_and_goes(tmp_path: Path) -> None:
    fault = json.dumps({"kind": "http", "status": 401, "retry_after": 3})
    arguments = ["--clock", "2025-05-30T02:00", "--flap", "1,2", "--flap-fault", fault]
    with started(tmp_path, *arguments) as (_, url):
        answers = [get(url) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200, 401, 401] * 2
    assert answers[1].headers["retry-after"] == "3"


def test_given_random_faults_on_the_command_line_when_called_then_they_are_the_seed_s(tmp_path: Path) -> None:
    arguments = ["--clock", "2025-05-30T02:00", "--fault-probability", "0.5", "--fault-seed", "6"]
    with started(tmp_path, *arguments, "--fault-kinds", "http, daily_quota") as (_, url):
        for _ in range(20):
            get(url)
        log = requests.get(f"{url}/_simulator/calls", timeout=10).json()
        told = requests.get(f"{url}/_simulator/fault_plan", timeout=10).json()
    plan = RandomFaults(probability=0.5, seed=6, kinds=("http", "daily_quota"))
    expected = [fault.kind if (fault := plan.fault_for(number)) else None for number in range(20)]
    assert [entry["fault"] for entry in log["calls"]] == expected
    assert {"http", "error", None} == set(expected)
    assert RandomFaults.model_validate(told["plan"]) == plan


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--fault-probability", "1.5"], "--fault-probability 1.5 is no probability. Give 0 to 1."),
        (["--fault-probability", "nan"], "--fault-probability nan is no probability. Give 0 to 1."),
        (["--fault-probability", "often"], "--fault-probability: invalid float value: 'often'"),
        (["--fault-probability", "1", "--fault-seed", "-3"], "--fault-seed -3 is negative. Give 0 or more."),
        (
            ["--fault-probability", "1", "--fault-kinds", "http,explode"],
            "--fault-kinds: there is no kind 'explode'. Choose from error, http,",
        ),
        (["--fault-probability", "1", "--fault-kinds", ""], "--fault-kinds: there is no kind ''."),
        (["--fault-seed", "1"], "--fault-seed does nothing alone. Give --fault-probability with it."),
        (["--fault-kinds", "http"], "--fault-kinds does nothing alone. Give --fault-probability with it."),
        (["--flap-fault", "{}"], "--flap-fault does nothing alone. Give --flap with it."),
        (["--flap", "5"], "--flap 5 is not two numbers of calls. Give UP,DOWN like 5,2"),
        (["--flap", "5,0"], "--flap 5,0 is not two numbers of calls."),
        (["--flap", "-1,2"], "--flap"),
        (
            ["--flap", "1,1", "--fault-probability", "0.5"],
            "--flap does not go with --fault-probability. Leave one of them out.",
        ),
        (
            ["--flap", "1,1", "--flap-fault", '{"kind": "http"}'],
            '--flap-fault {"kind": "http"} is no fault (an http fault needs a status, 200 to 599).',
        ),
        (["--flap", "1,1", "--flap-fault", "http"], "--flap-fault http is no fault (Invalid JSON: expected"),
        (
            ["--flap", "1,1", "--flap-fault", '{"kind": "reset", "station": "108"}'],
            '--flap-fault {"kind": "reset", "station": "108"} is no fault (the fault\'s times and station',
        ),
    ],
)
def test_given_wrong_fault_options_when_started_then_one_line_names_value_and_remedy(
    capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    try:
        code: object = main(arguments)
    except SystemExit as exit_:
        code = exit_.code
    (said,) = capsys.readouterr().err.splitlines()
    assert code == 2
    assert said.startswith("kma_simulator: ")
    assert line in said
