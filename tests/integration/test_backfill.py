"""Backfills on the emulator, by state machine and by command: complete, cut off, refused, out of calls."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import requests

from infra.emulator.state import LocalState
from plantcast.aws import S3ObjectStore
from plantcast.common.clock import KST
from plantcast.observations.lake import ObservationLake
from tests.conftest import COMMAND, LocalDeployment
from tests.support.waiting import wait_for

pytestmark = pytest.mark.emulator


class Simulator:
    """The deployment's simulated KMA, steered over HTTP."""

    def __init__(self, deployment: LocalDeployment) -> None:
        state = LocalState.model_validate_json((deployment.state_dir / "state.json").read_text("utf-8"))
        self._url = f"{state.processes['simulator'].url}/_simulator"

    def calls(self) -> int:
        """How many calls were received so far."""
        return int(requests.get(f"{self._url}/calls", params={"limit": 0}, timeout=10).json()["count"])

    def refused(self, code: str) -> int:
        """How many of them were refused with this code."""
        latest = requests.get(f"{self._url}/calls", params={"limit": 1000}, timeout=10).json()["calls"]
        return sum(call["code"] == code for call in latest)

    def behave(self, **changes: Any) -> None:
        """Change some fields of its behaviour; the others are as usual."""
        requests.put(f"{self._url}/behaviour", json=changes, timeout=10).raise_for_status()

    def allow(self, more: int) -> None:
        """Refuse calls after this many more on the simulated day."""
        used = int(requests.get(f"{self._url}/calls", params={"limit": 0}, timeout=10).json()["used_today"])
        self.behave(calls_per_day=used + more)

    def reset(self) -> None:
        """Refuse nothing, with the usual quota."""
        self.allow(10_000)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDeployment]:
    """A stack with nothing in its lake."""
    made = LocalDeployment(tmp_path_factory.mktemp("backfill") / "state")
    try:
        made.plantcast("up", "--clock", "2025-05-30")
        yield made
    finally:
        made.plantcast("down", check=False)


@pytest.fixture
def simulator(deployment: LocalDeployment) -> Iterator[Simulator]:
    steered = Simulator(deployment)
    yield steered
    steered.reset()


def execute(deployment: LocalDeployment, given: dict[str, Any]) -> dict[str, Any]:
    """Run the state machine to its end; return its description."""
    arn = start(deployment, given)
    done: dict[str, Any] = wait_for(
        lambda: deployment.client("stepfunctions").describe_execution(executionArn=arn),
        until=lambda execution: execution["status"] != "RUNNING",
    )
    return done


def start(deployment: LocalDeployment, given: dict[str, Any]) -> str:
    started = deployment.client("stepfunctions").start_execution(
        stateMachineArn=deployment.outputs().backfill_state_machine_arn,
        name=f"test-{uuid.uuid4().hex[:8]}",
        input=json.dumps(given),
    )
    return str(started["executionArn"])


def left_behind(deployment: LocalDeployment, execution: dict[str, Any], name: str) -> Any:
    """Return a JSON document that a run left in the data bucket."""
    key = f"backfill/run={execution['name']}/{name}"
    stored = deployment.client("s3").get_object(Bucket=deployment.outputs().data_bucket, Key=key)
    return json.loads(stored["Body"].read())


def hours(deployment: LocalDeployment, station: str, start: str, end: str) -> int:
    """Count the hours in the lake from the first day to the last."""
    store = S3ObjectStore(deployment.outputs().data_bucket, deployment.client("s3"))
    first, last = (datetime.fromisoformat(day).replace(tzinfo=KST) for day in (start, end))
    return len(ObservationLake(store, "synthetic").hours_present(station, first, last.replace(hour=23)))


def settled(simulator: Simulator) -> int:
    """Wait until no more calls come; return how many came so far."""
    seen = -1
    while seen != (calls := simulator.calls()):
        seen = calls
        time.sleep(2)
    return seen


def test_two_stations_come_complete_over_two_years_and_are_asked_for_once(
    deployment: LocalDeployment, simulator: Simulator
) -> None:
    given = {"stations": ["108", "112"], "start": "2022-12-20", "end": "2023-01-10"}

    done = execute(deployment, given)

    assert done["status"] == "SUCCEEDED", done
    assert len(left_behind(deployment, done, "chunks.json")) == 4
    report = left_behind(deployment, done, "report.json")
    assert (report["status"], report["hours_expected"], report["hours_present"]) == ("complete", 1056, 1056)
    assert report["stations"]["112"]["years"]["2022"] == {"hours_expected": 288, "hours_present": 288}
    assert all(hours(deployment, station, given["start"], given["end"]) == 528 for station in ("108", "112"))

    before = simulator.calls()
    assert execute(deployment, given)["status"] == "SUCCEEDED"
    assert simulator.calls() == before


def test_given_an_unknown_station_then_the_run_fails_with_the_reason(deployment: LocalDeployment) -> None:
    done = execute(deployment, {"stations": ["108", "999"], "start": "2022-12-20"})
    assert (done["status"], done["error"]) == ("FAILED", "InputRejected")
    assert "Station '999' is not known" in done["cause"]


def test_given_a_station_that_fails_then_the_others_come_and_the_run_names_it(
    deployment: LocalDeployment, simulator: Simulator
) -> None:
    simulator.behave(refused_with="10", refused_station="112")

    done = execute(
        deployment, {"stations": ["112", "108", "119"], "start": "2021-12-25", "end": "2022-01-05"}
    )

    assert (done["status"], done["error"]) == ("FAILED", "ChunksFailed")
    assert "Failed: 112 (2021-12-25 to 2021-12-31)" in done["cause"]
    report = left_behind(deployment, done, "report.json")
    assert report["incomplete"] == ["112"]
    assert len(report["stations"]["112"]["failures"]) == 2
    assert all(hours(deployment, station, "2021-12-25", "2022-01-05") == 288 for station in ("108", "119"))


def test_given_the_days_calls_are_used_up_then_the_chunk_waits_and_goes_on(
    deployment: LocalDeployment, simulator: Simulator
) -> None:
    # Until midnight it is 22 hours here; the emulator can make them pass in seconds.
    config = f"{deployment.outputs().endpoint}/_ministack/config"
    requests.post(config, json={"stepfunctions._SFN_WAIT_SCALE": 0.00005}, timeout=10).raise_for_status()
    try:
        simulator.allow(1)
        before = simulator.refused("22")
        arn = start(deployment, {"stations": ["108"], "start": "2020-01-01", "end": "2020-04-09"})
        wait_for(lambda: simulator.refused("22"), until=lambda refused: refused > before)
        simulator.allow(10_000)
        done = wait_for(
            lambda: deployment.client("stepfunctions").describe_execution(executionArn=arn),
            until=lambda execution: execution["status"] != "RUNNING",
        )
    finally:
        requests.post(config, json={"stepfunctions._SFN_WAIT_SCALE": 1}, timeout=10).raise_for_status()

    assert done["status"] == "SUCCEEDED", done
    assert hours(deployment, "108", "2020-01-01", "2020-04-09") == 2400


def test_given_a_station_that_fails_then_the_command_brings_the_others_and_ends_with_1(
    deployment: LocalDeployment, simulator: Simulator
) -> None:
    simulator.behave(refused_with="10", refused_station="112")

    done = deployment.plantcast(
        "backfill",
        "--from",
        "2019-12-25",
        "--to",
        "2020-01-05",
        "--stations",
        "112,108",
        "--json",
        check=False,
    )

    assert done.returncode == 1
    assert "1 of 2 stations could not be fetched: station 112:" in " ".join(done.stderr.split())
    report = json.loads(done.stdout)
    assert report["by_station"]["108"]["hours_present"] == 288
    assert report["by_station"]["108"]["failed"] is None
    assert report["by_station"]["112"]["failed"]
    assert "Traceback" not in done.stderr


def test_given_the_days_calls_are_used_up_then_the_command_says_when_to_call_again(
    deployment: LocalDeployment, simulator: Simulator
) -> None:
    simulator.allow(1)

    done = deployment.plantcast(
        "backfill", "--from", "2018-01-01", "--to", "2018-04-10", "--station", "108", "--json", check=False
    )

    assert done.returncode == 1
    assert "Call the same command after midnight KST, in 2" in " ".join(done.stderr.split())
    report = json.loads(done.stdout)
    assert (report["stopped_by"], report["hours_present"]) == ("quota", 999)


def test_given_a_refused_key_then_the_command_stops_at_once(
    deployment: LocalDeployment, simulator: Simulator
) -> None:
    simulator.behave(refused_with="30")
    before = simulator.calls()

    done = deployment.plantcast(
        "backfill",
        "--from",
        "2010-01-01",
        "--to",
        "2017-12-31",
        "--stations",
        "108,112",
        "--json",
        check=False,
    )

    assert done.returncode == 1
    assert json.loads(done.stdout)["stopped_by"] == "key"
    assert simulator.calls() - before <= 2


def test_given_a_refused_key_when_the_machine_runs_then_it_fails_and_says_why(
    deployment: LocalDeployment, simulator: Simulator
) -> None:
    simulator.behave(refused_with="31")

    # On AWS the first such chunk stops the others; this emulator lets them all have their try.
    done = execute(deployment, {"stations": ["119"], "start": "2016-01-01", "end": "2019-12-31"})

    assert (done["status"], done["error"]) == ("FAILED", "ChunksFailed")
    assert "expired" in done["cause"]
    assert left_behind(deployment, done, "report.json")["status"] == "failed"
    settled(simulator)


def test_given_an_interrupt_then_the_next_call_goes_on_without_asking_twice(
    deployment: LocalDeployment, simulator: Simulator
) -> None:
    span = ["--from", "2016-07-01", "--to", "2017-06-30", "--stations", "108,112"]
    pages = 4 * 5  # of 999 hours, in half a year
    simulator.behave(delay_seconds=0.3)
    before = simulator.calls()
    running = subprocess.Popen(
        [str(COMMAND), "backfill", *span],
        env=deployment._environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: simulator.calls() - before, until=lambda calls: calls >= 5)
    running.send_signal(signal.SIGINT)
    _, output = running.communicate(timeout=10)
    assert running.returncode == 130
    assert "fetched hours are kept; the same command continues from there" in output
    # The functions that were at work go on for a moment, as they do on AWS.
    assert settled(simulator) - before < pages

    report = deployment.json("backfill", *span)

    assert (report["hours_present"], report["hours_expected"]) == (2 * 365 * 24, 2 * 365 * 24)
    assert 0 < report["hours_new"] < report["hours_present"]
    assert simulator.calls() - before == pages
    assert deployment.json("backfill", *span)["hours_new"] == 0
    assert simulator.calls() - before == pages
