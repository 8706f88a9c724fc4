"""Turns to deploy: one at a time, given back by who dies, and waited for no longer than promised."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.local import deploy_turns
from infra.local.deploy import _first_failure
from infra.local.deploy_turns import turn, wait_until_settled, was_taken
from plantcast.errors import ConflictError
from tests.conftest import ROOT

ENDPOINT = "http://127.0.0.1:4566"


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(deploy_turns, "_POLL_SECONDS", 0.01)


def quiet(_step: str) -> None:
    """Tell nobody."""


def test_given_a_turn_held_when_another_wants_it_then_it_waits_and_says_so(tmp_path: Path) -> None:
    told: list[str] = []
    order: list[str] = []
    waiting = threading.Event()

    def second() -> None:
        def tell(step: str) -> None:
            told.append(step)
            waiting.set()

        with turn(ENDPOINT, "plantcast", tell=tell):
            order.append("second")

    with turn(ENDPOINT, "plantcast", tell=quiet):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(30)
        order.append("first")
    thread.join()

    assert order == ["first", "second"]
    assert told == ["waiting for another deployment to end"]
    assert not list(tmp_path.iterdir())


def test_given_many_at_once_then_never_two_hold_it(tmp_path: Path) -> None:
    inside, most, done = [0], [0], [0]

    def deploy() -> None:
        for _ in range(20):
            with turn(ENDPOINT, "plantcast", tell=quiet):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                done[0] += 1
                inside[0] -= 1

    threads = [threading.Thread(target=deploy) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (most[0], done[0]) == (1, 80)
    assert not list(tmp_path.iterdir())


def test_given_a_turn_that_is_not_given_back_then_the_error_names_stack_and_endpoint() -> None:
    with (
        turn(ENDPOINT, "plantcast", tell=quiet),
        pytest.raises(ConflictError, match=r"'plantcast' at .*:4566 is still under way"),
        turn(ENDPOINT, "plantcast", tell=quiet, patience=0.05),
    ):
        raise AssertionError("two at once")


def test_given_other_stacks_and_endpoints_then_nobody_waits() -> None:
    with (
        turn(ENDPOINT, "plantcast", tell=quiet),
        turn(ENDPOINT, "other", tell=quiet, patience=0),
        turn("http://127.0.0.1:4567", "plantcast", tell=quiet, patience=0),
    ):
        pass


def test_given_a_holder_that_is_killed_then_the_turn_is_free(tmp_path: Path) -> None:
    hold = (
        "import sys, tempfile, time\n"
        f"tempfile.tempdir = {str(tmp_path)!r}\n"
        "from infra.local.deploy_turns import turn\n"
        f"with turn({ENDPOINT!r}, 'plantcast', tell=print):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(600)\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", hold],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/domain/python'}"},
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(ConflictError), turn(ENDPOINT, "plantcast", tell=quiet, patience=0):
        pass

    holder.kill()
    holder.wait()
    holder.stdout.close()

    with turn(ENDPOINT, "plantcast", tell=quiet, patience=5):
        pass


class Stacks:
    """CloudFormation's answers on one stack, one after the other; the last one stays."""

    class exceptions:  # as boto3 names it
        ClientError = KeyError

    def __init__(self, *statuses: str | None) -> None:
        self.statuses = list(statuses)

    def describe_stacks(self, StackName: str) -> Any:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status is None:
            raise KeyError(StackName)
        return {"Stacks": [{"StackStatus": status}]}


@pytest.mark.parametrize(
    "statuses",
    [
        (None,),
        ("UPDATE_COMPLETE",),
        ("REVIEW_IN_PROGRESS",),
        ("CREATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"),
    ],
)
def test_given_a_stack_that_settles_then_the_wait_ends(statuses: tuple[str | None, ...]) -> None:
    stacks: Any = Stacks(*statuses)
    wait_until_settled(stacks, ENDPOINT, "plantcast", tell=quiet, patience=30)
    assert len(stacks.statuses) == 1


def test_given_a_stack_that_never_settles_then_the_wait_ends_with_an_error() -> None:
    stacks: Any = Stacks("UPDATE_IN_PROGRESS")
    with pytest.raises(ConflictError, match="still under way"):
        wait_until_settled(stacks, ENDPOINT, "plantcast", tell=quiet, patience=0.05)


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("Stack:arn:… is in UPDATE_IN_PROGRESS state and can not be updated.", True),
        ("An error occurred (ChangeSetNotFound) when calling the ExecuteChangeSet operation", True),
        ("An error occurred (InvalidChangeSetStatus): ChangeSet [x] is in OBSOLETE status", True),
        ("Stack:arn:… is in ROLLBACK_COMPLETE state and can not be updated.", False),
        ("Failed to create/update the stack.", False),
    ],
)
def test_only_what_another_deployment_caused_is_tried_again(said: str, taken: bool) -> None:
    assert was_taken(said) is taken


def test_the_reason_of_a_failure_is_that_of_the_latest_deployment() -> None:
    def event(name: str, status: str, second: int, reason: str = "") -> dict[str, Any]:
        kind = "AWS::CloudFormation::Stack" if name == "plantcast" else "AWS::S3::Bucket"
        return {
            "LogicalResourceId": name,
            "ResourceType": kind,
            "ResourceStatus": status,
            "ResourceStatusReason": reason,
            "Timestamp": second,
        }

    events = [
        event("plantcast", "UPDATE_FAILED", 9, "as a whole"),
        event("Second", "CREATE_FAILED", 8, "cancelled"),
        event("First", "CREATE_FAILED", 7, "taken"),
        event("plantcast", "UPDATE_IN_PROGRESS", 6),
        event("Old", "CREATE_FAILED", 2, "long mended"),
        event("plantcast", "CREATE_IN_PROGRESS", 1),
    ]

    def failure(told: list[dict[str, Any]]) -> str | None:
        client: Any = SimpleNamespace(
            describe_stack_events=lambda StackName: {"StackEvents": told},
            exceptions=SimpleNamespace(ClientError=KeyError),
        )
        return _first_failure(client)

    assert failure(events) == "First (AWS::S3::Bucket): taken"
    assert failure([events[0], *events[3:]]) == "plantcast (AWS::CloudFormation::Stack): as a whole"
    assert failure(events[3:]) is None
