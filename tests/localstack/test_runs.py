"""Runs of the state machine in which no function is broken, and a backfill."""

from __future__ import annotations

import json

import pytest

from tests.localstack.inbox import Inbox
from tests.localstack.missions import Nights
from tests.localstack.stack import CORRUPT, EMPTY, LATE, PLAIN, TRAINED, LocalStackStack
from tests.support.waiting import wait_for

# In order: the one stack is broken by some of these tests, updated and scheduled by the last.
pytestmark = [pytest.mark.localstack, pytest.mark.in_order]

BASELINES = {"baseline_only_ta", "baseline_only_hm"}


def test_a_whole_night_trains_promotes_and_forecasts(stack: LocalStackStack, nights: Nights) -> None:
    night = nights.trained
    assert (night.status, night.error) == ("SUCCEEDED", None)
    assert [step.step for step in night.steps].count("evaluate") == 2
    assert night.states[-3:] == ["Monitor", "Outcome?", "Done"]
    assert night.run is not None
    assert night.run.outcome == "succeeded"
    assert night.facts[TRAINED]["state"] == "ok"
    pointers = stack.pointers(TRAINED)
    assert len(pointers) == 2
    assert all(json.loads(pointer)["version"] for pointer in pointers.values())
    assert len(stack.issued(TRAINED)) == 1


def test_a_station_that_fails_does_not_stop_the_others(nights: Nights) -> None:
    night = nights.mixed
    assert night.status == "SUCCEEDED"
    assert night.run is not None
    assert night.run.outcome == "degraded"
    assert night.facts[PLAIN]["state"] == "degraded"
    assert set(night.facts[PLAIN]["reasons"]) == BASELINES
    # Its lake cannot be read, by ingest and by features.
    assert night.facts[CORRUPT]["state"] == "failed"
    assert "damaged" in night.facts[CORRUPT]["reasons"][0]
    assert f"({CORRUPT}) failed" in night.run.message_en


def test_a_station_without_observations_has_no_data(nights: Nights) -> None:
    assert nights.mixed.facts[EMPTY]["ingest"]["status"] == "failed"  # the KMA refused the key
    assert nights.mixed.facts[EMPTY]["state"] == "failed"
    assert "Backfill more" in nights.mixed.facts[EMPTY]["reasons"][0]


def test_a_run_waits_for_an_incomplete_yesterday_then_goes_on_saying_so(nights: Nights) -> None:
    night = nights.late
    assert night.status == "SUCCEEDED"
    assert night.states.count("WaitForObservations") == 2
    assert night.states.count("IngestStations") == 3
    assert set(night.facts[LATE]["reasons"]) == {"observations_incomplete", *BASELINES}


def test_wrong_input_is_rejected_and_neither_recorded_nor_notified(nights: Nights) -> None:
    night = nights.rejected
    assert (night.status, night.error) == ("FAILED", "InputRejected")
    assert night.states == ["Prepare", "Accepted?", "Rejected", "Failed"]
    assert "wait='no'" in str(night.cause)
    assert night.run is None


def test_subscribers_receive_what_plants_need(nights: Nights, stack: LocalStackStack, inbox: Inbox) -> None:
    assert nights.trained.run is not None
    stack.invoke("notify", {})  # what the daily schedule does
    received = inbox.wait_for(
        lambda message: (
            message.attributes.get("kind") == "plant_changed" and message.attributes["station"] == TRAINED
        )
    )
    assert received.attributes.keys() == {"kind", "station", "profile", "mood", "needs_water"}
    assert "SYNTHETIC" in received.subject or "synthetic" in received.text.lower()
    assert "Seoul" in received.text


def test_a_backfill_runs_as_a_distributed_map(stack: LocalStackStack) -> None:
    machine = stack.client("stepfunctions")
    arn = machine.start_execution(
        stateMachineArn=stack.outputs.backfill_state_machine_arn,
        input=json.dumps({"stations": [TRAINED, PLAIN], "start": "2022-12-20", "end": "2023-01-10"}),
    )["executionArn"]
    done = wait_for(
        lambda: machine.describe_execution(executionArn=arn),
        until=lambda execution: execution["status"] != "RUNNING",
        seconds=300,
    )
    assert done["status"] == "SUCCEEDED", (done.get("error"), done.get("cause"))
    report = json.loads(done["output"])["report"]["facts"]
    assert (report["status"], report["hours_present"]) == ("complete", 1056)
