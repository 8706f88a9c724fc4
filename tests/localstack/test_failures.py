"""Every failure branch of the state machine, each with a function that was really broken."""

from __future__ import annotations

import pytest

from tests.localstack.inbox import Inbox
from tests.localstack.missions import Failures
from tests.localstack.stack import PLAIN, TRAINED, LocalStackStack

# In order: the one stack is broken by some of these tests, updated and scheduled by the last.
pytestmark = [pytest.mark.localstack, pytest.mark.in_order]


def test_given_ingest_does_not_start_then_the_run_goes_on_with_what_the_lake_holds(
    failures: Failures,
) -> None:
    night = failures.ingest_and_train
    assert night.status == "SUCCEEDED"
    assert night.facts[TRAINED]["ingest"]["status"] == "failed"
    assert "no result reported" in night.facts[TRAINED]["ingest"]["message"]
    assert night.facts[TRAINED]["state"] == "degraded"
    # The forecast that an earlier run issued from this hour stands.
    assert night.facts[TRAINED]["forecast"]["status"] == "unchanged"


def test_given_training_times_out_then_each_target_keeps_its_champion(failures: Failures) -> None:
    night = failures.ingest_and_train
    assert not {"train", "evaluate"} & {step.step for step in night.steps}
    assert {"training_failed_ta", "training_failed_hm"} <= set(night.facts[TRAINED]["reasons"])
    assert failures.pointers_before == failures.pointers_after


def test_given_evaluation_raises_then_each_target_keeps_its_champion(failures: Failures) -> None:
    night = failures.evaluate
    assert [step.step for step in night.steps].count("train") == 2
    models = night.facts[TRAINED]["models"]
    assert [model["promoted"] for model in models] == [False, False]
    # It is other code that raises, which records nothing.
    assert all("no result reported" in model["reason_en"] for model in models)
    assert failures.pointers_before == failures.pointers_after


def test_given_predict_is_throttled_then_no_station_has_a_forecast_and_the_run_fails(
    failures: Failures, inbox: Inbox
) -> None:
    night = failures.predict
    assert (night.status, night.error) == ("FAILED", "NoForecast")
    assert night.states[-4:] == ["Outcome?", "NoForecast", "NotifyFailure", "Failed"]
    assert {fact["state"] for fact in night.facts.values()} == {"failed"}
    assert night.run is not None
    assert night.run.outcome == "failed"
    received = inbox.wait_for(lambda message: night.run_id in message.text)
    assert received.attributes == {"kind": "run_failed"}


def test_given_monitor_fails_then_the_failure_is_recorded_and_told(failures: Failures, inbox: Inbox) -> None:
    night = failures.monitor
    assert night.status == "FAILED"
    assert night.states[-4:] == ["Monitor", "RecordFailure", "NotifyFailure", "Failed"]
    assert "NoSuchBucket" in str(night.cause)
    assert night.run is not None
    assert night.run.outcome == "failed"
    assert "The run stopped" in night.run.message_en
    assert inbox.wait_for(lambda message: night.run_id in message.text).attributes == {"kind": "run_failed"}


def test_given_prepare_fails_then_the_failure_is_recorded_and_told(failures: Failures, inbox: Inbox) -> None:
    night = failures.prepare
    assert night.status == "FAILED"
    assert night.states == ["Prepare", "RecordFailure", "NotifyFailure", "Failed"]
    assert night.run is not None
    assert night.run.outcome == "failed"
    assert "No module named 'absent'" in night.run.message_en
    assert inbox.wait_for(lambda message: night.run_id in message.text).attributes == {"kind": "run_failed"}


def test_given_the_failure_cannot_even_be_recorded_then_the_run_fails_with_the_first_error(
    failures: Failures,
) -> None:
    night = failures.prepare_and_recording
    assert night.status == "FAILED"
    assert night.states == ["Prepare", "RecordFailure", "Failed"]
    assert "No module named 'absent'" in str(night.cause)


def test_a_task_that_fails_is_tried_four_times(failures: Failures) -> None:
    tried = [event for event in failures.prepare.events if event["type"] == "TaskScheduled"]
    # Prepare four times, RecordFailure and NotifyFailure once each.
    assert len(tried) == 6


def test_when_all_is_mended_a_run_completes_and_no_forecast_is_lost_or_doubled(
    stack: LocalStackStack, failures: Failures
) -> None:
    before = stack.issued(TRAINED), stack.issued(PLAIN)
    healed = stack.finish(stack.start([TRAINED, PLAIN]))
    assert healed.status == "SUCCEEDED"
    assert healed.facts[TRAINED]["state"] == "ok"
    assert len(before[0]) == len(before[1]) == 1
    after = stack.issued(TRAINED), stack.issued(PLAIN)
    assert [one.keys() for one in after] == [one.keys() for one in before]
