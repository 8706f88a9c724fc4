"""The line that each step leaves in its log."""

from __future__ import annotations

from typing import Any

import pytest

from plantcast.common import logging as observability
from tests.support.gateway_events import Context
from tests.support.log_lines import capture


@observability.step
def doubled(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A step that needs a number."""
    return {"twice": 2 * event["number"]}


def test_a_step_says_whose_it_was_and_whether_its_process_had_just_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged = capture(monkeypatch)
    monkeypatch.setattr(observability, "_starts", iter([True]))
    event = {"run_id": "night", "station": "108", "target": "ta", "number": 2}

    doubled(event, Context())
    doubled(event, Context())

    first, second = logged("step done")
    assert (first["cold_start"], second["cold_start"]) == (True, False)
    for line in (first, second):
        assert (line["run_id"], line["station"], line["target"]) == ("night", "108", "ta")
        assert line["function_request_id"] == Context.aws_request_id
        assert line["facts"] == {"twice": 4}


def test_a_fault_is_logged_with_its_stack_and_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    logged = capture(monkeypatch)

    with pytest.raises(KeyError):
        doubled({"run_id": "night"}, None)

    (line,) = logged("step failed")
    assert (line["level"], line["run_id"], line["exception_name"]) == ("ERROR", "night", "KeyError")
    assert "Traceback" in line["exception"]
    observability.logger.info("step done")
    assert "run_id" not in logged("step done")[-1]
