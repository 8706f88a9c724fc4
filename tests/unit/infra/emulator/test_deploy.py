"""Deployments to an emulator: refused while the stack changes, failures with their reason."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from infra.emulator.deploy import _change_stack, _first_failure, _zipped
from plantcast.common.errors import ConflictError, PlantcastError

FAILED = WaiterError("StackUpdateComplete", "terminal failure state", {})


class CloudFormation:
    """Stands for CloudFormation with one stack, or none; `calls` are those that changed it."""

    exceptions = SimpleNamespace(ClientError=KeyError)

    def __init__(
        self,
        status: str | None,
        events: list[dict[str, Any]] | None = None,
        fault: Exception | None = None,
    ) -> None:
        self.status, self.events, self.fault = status, events or [], fault
        self.calls: list[str] = []

    def describe_stacks(self, StackName: str) -> Any:
        if self.status is None:
            raise KeyError(StackName)
        return {"Stacks": [{"StackStatus": self.status}]}

    def describe_stack_events(self, StackName: str) -> Any:
        return {"StackEvents": self.events}

    def create_stack(self, **_options: Any) -> None:
        self.calls.append("create")

    def update_stack(self, **_options: Any) -> None:
        self.calls.append("update")

    def get_waiter(self, name: str) -> Any:
        return SimpleNamespace(wait=self._wait)

    def _wait(self, **_options: Any) -> None:
        if self.fault is not None:
            raise self.fault


def change(stack: Any) -> None:
    _change_stack(stack, "http://127.0.0.1:4566/artefacts/template", {"Stations": "108"})


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_a_stack_that_is_being_changed_is_left_alone(status: str) -> None:
    stack = CloudFormation(status)
    with pytest.raises(ConflictError, match="is running"):
        change(stack)
    assert stack.calls == []


@pytest.mark.parametrize(("status", "call"), [(None, "create"), ("UPDATE_COMPLETE", "update")])
def test_a_stack_at_rest_is_changed(status: str | None, call: str) -> None:
    stack = CloudFormation(status)
    change(stack)
    assert stack.calls == [call]


def test_an_unchanged_stack_is_no_failure() -> None:
    change(CloudFormation("CREATE_COMPLETE", fault=KeyError("No updates are to be performed.")))


def test_a_failed_deployment_names_the_resource() -> None:
    events = [_event("First", "CREATE_FAILED", "taken")]
    with pytest.raises(PlantcastError, match=r"First \(AWS::S3::Bucket\): taken"):
        change(CloudFormation("CREATE_COMPLETE", events, FAILED))


def _event(name: str, status: str, reason: str = "") -> dict[str, Any]:
    return {
        "LogicalResourceId": name,
        "ResourceType": "AWS::CloudFormation::Stack" if name == "plantcast" else "AWS::S3::Bucket",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


def test_the_reason_of_a_failure_is_that_of_the_latest_deployment() -> None:
    events: Any = [
        _event("plantcast", "UPDATE_FAILED", "as a whole"),
        _event("Second", "CREATE_FAILED", "cancelled"),
        _event("First", "CREATE_FAILED", "taken"),
        _event("plantcast", "UPDATE_IN_PROGRESS"),
        _event("Old", "CREATE_FAILED", "corrected since"),
        _event("plantcast", "CREATE_IN_PROGRESS"),
    ]
    latest: Any = CloudFormation("", events)
    assert _first_failure(latest) == "First (AWS::S3::Bucket): taken"
    none: Any = CloudFormation("", events[3:])
    assert _first_failure(none) is None


def test_an_unchanged_folder_is_the_same_artefact(tmp_path: Path) -> None:
    (tmp_path / "handler.py").write_text("pass")
    before = _zipped(tmp_path)
    (tmp_path / "handler.py").touch()
    assert _zipped(tmp_path) == before
    (tmp_path / "handler.py").write_text("changed")
    assert _zipped(tmp_path) != before
