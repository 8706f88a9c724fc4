"""Deployments to an emulator: one at a time, refused while the stack changes, failures with their reason."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.emulator import deploy as module
from infra.emulator.deploy import _change_stack, _first_failure, only_deployment
from plantcast.common.errors import ConflictError, PlantcastError

ENDPOINT = "http://127.0.0.1:4566"


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def cloudformation(status: str | None, events: list[dict[str, Any]] | None = None) -> Any:
    """Stand for CloudFormation with one stack, or none."""

    def describe_stacks(StackName: str) -> Any:
        if status is None:
            raise KeyError(StackName)
        return {"Stacks": [{"StackStatus": status}]}

    return SimpleNamespace(
        describe_stacks=describe_stacks,
        describe_stack_events=lambda StackName: {"StackEvents": events or []},
        exceptions=SimpleNamespace(ClientError=KeyError),
    )


def test_a_second_deployment_waits_for_the_lock_and_then_names_the_other() -> None:
    with (
        only_deployment(ENDPOINT),
        pytest.raises(ConflictError, match=r"Another deployment of stack plantcast at .*:4566 is running"),
        only_deployment(ENDPOINT, seconds=0.05),
    ):
        raise AssertionError("two at once")


def test_deployments_to_other_emulators_do_not_wait() -> None:
    with only_deployment(ENDPOINT), only_deployment("http://127.0.0.1:4567", seconds=0):
        pass


@pytest.mark.parametrize(
    "status", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "CREATE_IN_PROGRESS"]
)
def test_a_stack_that_is_being_changed_is_left_alone(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    monkeypatch.setattr(module, "_aws", lambda *arguments: pytest.fail("it was changed"))
    with pytest.raises(ConflictError, match="is running"):
        _change_stack(cloudformation(status), ENDPOINT, Path("packaged"), Path("overrides"))


@pytest.mark.parametrize("status", [None, "REVIEW_IN_PROGRESS", "UPDATE_COMPLETE"])
def test_a_stack_at_rest_is_changed(monkeypatch: pytest.MonkeyPatch, status: str | None) -> None:
    called: list[str] = []
    monkeypatch.setattr(module, "_aws", lambda *arguments: called.append(arguments[2]))
    _change_stack(cloudformation(status), ENDPOINT, Path("packaged"), Path("overrides"))
    assert called == ["deploy"]


def test_a_failed_deployment_names_the_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: str) -> str:
        raise PlantcastError("Failed to create/update the stack.", remedy="")

    monkeypatch.setattr(module, "_aws", fail)
    failed = cloudformation("UPDATE_ROLLBACK_COMPLETE", [_event("First", "CREATE_FAILED", 7, "taken")])
    with pytest.raises(PlantcastError, match=r"First \(AWS::S3::Bucket\): taken"):
        _change_stack(failed, ENDPOINT, Path("packaged"), Path("overrides"))


def _event(name: str, status: str, second: int, reason: str = "") -> dict[str, Any]:
    return {
        "LogicalResourceId": name,
        "ResourceType": "AWS::CloudFormation::Stack" if name == "plantcast" else "AWS::S3::Bucket",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "Timestamp": second,
    }


def test_the_reason_of_a_failure_is_that_of_the_latest_deployment() -> None:
    events = [
        _event("plantcast", "UPDATE_FAILED", 9, "as a whole"),
        _event("Second", "CREATE_FAILED", 8, "cancelled"),
        _event("First", "CREATE_FAILED", 7, "taken"),
        _event("plantcast", "UPDATE_IN_PROGRESS", 6),
        _event("Old", "CREATE_FAILED", 2, "corrected since"),
        _event("plantcast", "CREATE_IN_PROGRESS", 1),
    ]
    assert _first_failure(cloudformation("", events)) == "First (AWS::S3::Bucket): taken"
    whole = "plantcast (AWS::CloudFormation::Stack): as a whole"
    assert _first_failure(cloudformation("", [events[0], *events[3:]])) == whole
    assert _first_failure(cloudformation("", events[3:])) is None
