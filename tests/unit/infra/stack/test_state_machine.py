"""The state machines' rules that no validator knows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.stack.localize import load_template
from tests.support.asl_worst_case import next_state

ROOT = Path(__file__).resolve().parents[4]
# Logical id in the template to definition.
MACHINES = {"Pipeline": "pipeline.asl.json", "Update": "update.asl.json", "Backfill": "backfill.asl.json"}
ALL = pytest.mark.parametrize("name", MACHINES)


# Lambda's own refusals: too many functions run at once, in this account or of this stack.
THROTTLED = {
    "ErrorEquals": ["Lambda.TooManyRequestsException", "Lambda.ServiceException"],
    "IntervalSeconds": 30,
    "MaxAttempts": 10,
    "BackoffRate": 2,
    "MaxDelaySeconds": 300,
    "JitterStrategy": "FULL",
}


def definition(name: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(text(name))
    return parsed


def text(name: str) -> str:
    return (ROOT / "infra" / MACHINES[name]).read_text("utf-8")


def states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every state of a definition, those inside Map states included."""
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


@ALL
def test_every_task_ends_in_time_retries_and_catches_any_error_by_no_name_of_our_own(name: str) -> None:
    for state_name, state in states(definition(name)):
        if state["Type"] in {"Task", "Map"}:
            assert [one["ErrorEquals"] for one in state["Catch"]] == [["States.ALL"]], state_name
        if state["Type"] == "Task":
            assert 0 < state["TimeoutSeconds"] <= 900, state_name
            throttled, any_error = state["Retry"]
            assert throttled == THROTTLED, state_name
            assert any_error["ErrorEquals"] == ["States.ALL"], state_name
            assert any_error["BackoffRate"] > 1, state_name
            assert any_error["JitterStrategy"] == "FULL", state_name


def backfill_map() -> dict[str, Any]:
    found: dict[str, Any] = definition("Backfill")["States"]["BringChunks"]
    return found


def test_a_chunk_that_fails_stops_no_other_unless_the_key_is_refused() -> None:
    inner = backfill_map()["ItemProcessor"]["States"]
    assert [name for name, state in inner.items() if state["Type"] == "Fail"] == ["StopAll"]
    assert [name for name, state in inner.items() if "StopAll" in json.dumps(state)] == ["GoOn?"]
    assert inner["GoOn?"]["Choices"] == [
        {"Variable": "$.error.Error", "StringEquals": "KeyRefused", "Next": "StopAll"}
    ]
    assert inner["KeyRefused"]["Parameters"]["Error"] == "KeyRefused"
    # No failed chunk is tolerated, so this one ends the Map; the results of the others are reported.
    assert not {"ToleratedFailurePercentage", "ToleratedFailureCount"} & set(backfill_map())
    assert backfill_map()["Catch"][0]["Next"] == "Report"


def test_chunks_give_back_a_word_each_and_the_map_hands_none_on() -> None:
    """Step Functions gathers 256 KB of outputs at most; a hundred stations since 1904 are 12,000 chunks."""
    inner = backfill_map()["ItemProcessor"]["States"]
    ends = {name: state for name, state in inner.items() if state.get("End")}
    assert set(ends) == {"Brought", "ChunkFailed"}
    assert ends["Brought"]["InputPath"] == "$.ingest.facts.status"
    assert ends["ChunkFailed"]["Result"] == "failed"
    assert 12_000 * len('"complete",') < 256 * 1024
    assert backfill_map()["ResultPath"] is None


@ALL
def test_the_role_of_a_machine_names_it_and_the_executions_of_its_maps(name: str) -> None:
    properties = load_template(ROOT / "template.yaml")["Resources"][name]["Properties"]
    machine = properties["Name"]["Fn::Sub"]
    labels = [state["Label"] for _, state in states(definition(name)) if "Label" in state]
    named = re.findall(r":states:[^\"]*AccountId}:([^\"]*)", json.dumps(properties["Policies"]))
    maps = [f"execution:{machine}/{label}:*" for label in labels]
    # Without a Distributed Map a machine starts no execution.
    assert named == ([f"stateMachine:{machine}", f"execution:{machine}:*", *maps] if labels else [])


@pytest.mark.parametrize(
    ("facts", "before", "goes_to"),
    [
        ({"status": "complete", "stopped_by": "none", "hours_present": 8760}, -1, "Brought"),
        ({"status": "partial", "stopped_by": "unpublished", "hours_present": 8736}, -1, "Brought"),
        ({"status": "failed", "stopped_by": "quota", "retry_after_seconds": 60}, -1, "WaitForQuota"),
        # A day that has just turned: nothing to wait for, and no reason to ask without an end.
        ({"status": "failed", "stopped_by": "quota", "retry_after_seconds": 0}, -1, "Refused"),
        ({"status": "failed", "stopped_by": "key", "message": "refused"}, -1, "KeyRefused"),
        ({"status": "failed", "message": "no such station"}, -1, "Refused"),
        ({"status": "partial", "stopped_by": "time", "hours_present": 2}, 1, "KeepProgress"),
        ({"status": "partial", "stopped_by": "time", "hours_present": 2}, 2, "NoProgress"),
    ],
)
def test_what_stopped_ingest_decides_how_a_chunk_goes_on(
    facts: dict[str, Any], before: int, goes_to: str
) -> None:
    choice = backfill_map()["ItemProcessor"]["States"]["Stopped?"]
    data = {"ingest": {"facts": facts}, "before": {"hours_present": before}}
    assert next_state(choice, data) == goes_to
