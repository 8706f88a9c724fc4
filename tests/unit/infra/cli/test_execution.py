"""The outcome of an execution: a failed one is explained."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from infra.stack.execution import RunReport, ingest_failures, readable_cause
from plantcast.common.clock import KST
from plantcast.common.errors import PlantcastError
from plantcast.pipeline.runs import Run

START = datetime(2025, 5, 30, 2, tzinfo=KST)


@pytest.mark.parametrize(
    ("cause", "read"),
    [
        (None, None),
        ('{"errorMessage": "the key was refused", "errorType": "X"}', "the key was refused"),
        ("plain text", "plain text"),
    ],
)
def test_a_cause_is_made_readable(cause: str | None, read: str | None) -> None:
    assert readable_cause(cause) == read


def test_given_ingest_that_failed_then_its_own_message_is_found() -> None:
    facts = (
        {"station": "108", "ingest": {"status": "complete"}},
        {"station": "112", "ingest": {"status": "failed", "message": "no key"}},
        {"station": "119", "ingest": None},
    )
    run = Run("run-1", START, START.date(), ("108", "112", "119"), retrain=True, facts=facts)
    found = ingest_failures(run)
    assert ingest_failures(None) == ()
    assert found == ("observations of station 112 could not be fetched: no key",)


def test_given_a_failed_run_then_the_error_names_state_and_cause() -> None:
    report = RunReport(
        "run-1",
        "arn",
        "FAILED",
        1.0,
        (),
        message_en="nothing to forecast",
        failed_step="predict",
        ingest_failures=("the key was refused.",),
    )
    with pytest.raises(PlantcastError, match=r"in predict: the key was refused\. nothing"):
        report.raise_if_failed()
    assert json.loads(json.dumps(report.details()))["failed_step"] == "predict"
