"""Results of steps, stored under their run."""

from __future__ import annotations

from typing import Any

import pytest

from plantcast.pipeline.run_steps import RunSteps, describe_error, recorded

NIGHT = {"run_id": "run-1", "station": "108", "as_of": "2025-05-30"}
TRAINING = {"run_id": "run-1", "station": "108", "target": "ta", "features_key": "features/…"}


def handler(returns: dict[str, Any] | Exception) -> Any:
    def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
        if isinstance(returns, Exception):
            raise returns
        return returns

    return handle


def test_given_a_step_of_a_run_when_it_returns_then_the_facts_that_are_kept_are_stored(
    run_steps: RunSteps,
) -> None:
    facts = {"status": "complete", "hours_new": 24, "missing": ["…"] * 24, "message": "가" * 5000}

    assert recorded("ingest")(handler(facts))(NIGHT, None) == facts

    found = run_steps.at("run-1", "ingest", "108")
    assert found is not None
    assert found.facts == {"status": "complete", "hours_new": 24, "message": "가" * 132 + "…"}
    assert (found.error, found.target, found.started_at.tzinfo is not None) == (None, None, True)


def test_given_a_step_that_raises_when_repeated_then_the_later_result_counts(run_steps: RunSteps) -> None:
    with pytest.raises(MemoryError):
        recorded("train")(handler(MemoryError("x" * 5000)))(TRAINING, None)
    (failed,) = run_steps.of_run("run-1", "train")
    assert failed.error is not None
    assert failed.error.startswith("MemoryError: xx")
    assert len(failed.error.encode()) == 400

    recorded("train")(handler({"status": "trained"}))(TRAINING, None)

    (again,) = run_steps.of_run("run-1")
    assert (again.target, again.error, again.facts) == ("ta", None, {"status": "trained"})


@pytest.mark.parametrize(
    "event",
    [
        {"station": "108", "force": True},  # the API
        {"station": "108", "start": "2025-01-01", "end": "2025-12-31", "run_id": "backfill"},
        {"import_key": "raw/portal/x.csv.gz", "run_id": "import"},
        {"station": "108", "rebuild": True},
    ],
)
def test_given_what_is_no_step_of_a_night_then_nothing_is_stored(
    run_steps: RunSteps, event: dict[str, Any]
) -> None:
    recorded("ingest")(handler({"status": "complete"}))(event, None)

    assert run_steps.of_run(str(event.get("run_id"))) == []


def test_given_a_step_functions_error_then_its_message_is_one_short_line() -> None:
    cause = '{"errorMessage": "key refused", "stackTrace": ["…"]}'

    assert describe_error({"Error": "Runtime.X", "Cause": cause}) == "Runtime.X: key refused"
    assert describe_error({"Error": "InputRejected", "Cause": "as_of"}) == "InputRejected: as_of"
    assert describe_error(None) == "unknown error"
    assert describe_error("가" * 5000) == "가" * 132 + "…"
