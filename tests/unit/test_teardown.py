"""Teardowns: what is retained, stacks that do not go, what an earlier teardown left, and who has to agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.local.localize import load_template
from infra.operations import teardown as module
from infra.operations.deployment import Account
from infra.operations.teardown import RETAINED, find, teardown
from infra.operations.teardown_command import _confirm
from plantcast.errors import ConflictError, InvalidInputError, NotFoundError, PlantcastError
from tests.backup_room import ITEMS, Room, furnished_room

ROOT = Path(__file__).resolve().parents[2]
WEB = "plantcast-webbucket-1"


@dataclass
class CloudFormation:
    """A stack as CloudFormation shows it; `refusals` is how often deleting it fails."""

    room: Room
    status: str | None = "UPDATE_COMPLETE"
    refusals: int = 0
    deletions: int = 0
    resources: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        outputs = self.room.deployment.outputs
        self.resources = {
            "DataBucket": ("AWS::S3::Bucket", outputs.data_bucket, "CREATE_COMPLETE"),
            "Table": ("AWS::DynamoDB::Table", outputs.table_name, "CREATE_COMPLETE"),
            "WebBucket": ("AWS::S3::Bucket", WEB, "CREATE_COMPLETE"),
        }

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        if self.status is None:
            error: Any = {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        return {"Stacks": [{"StackName": "plantcast", "StackId": "arn:1", "StackStatus": self.status}]}

    def delete_stack(self, StackName: str) -> None:
        self.deletions += 1
        full = self.room.s3.list_object_versions(Bucket=WEB).get("Versions")
        self.status = "DELETE_FAILED" if full or self.deletions <= self.refusals else None

    def describe_stack_events(self, StackName: str) -> dict[str, Any]:
        failed = {
            "LogicalResourceId": "WebBucket",
            "ResourceType": "AWS::S3::Bucket",
            "ResourceStatus": "DELETE_FAILED",
            "ResourceStatusReason": "a policy forbids it",
        }
        return {"StackEvents": [failed]}

    def get_paginator(self, operation: str) -> Any:
        pages = {
            "list_stack_resources": {
                "StackResourceSummaries": [
                    {
                        "LogicalResourceId": name,
                        "ResourceType": kind,
                        "PhysicalResourceId": physical,
                        "ResourceStatus": status,
                    }
                    for name, (kind, physical, status) in self.resources.items()
                ]
            },
            "describe_stacks": {
                "Stacks": [
                    {"StackName": name, "StackStatus": "CREATE_COMPLETE"}
                    for name in ("plantcast-1a2b-CompanionStack", "aws-sam-cli-managed-default", "else")
                ]
            },
        }
        return _Pages([pages[operation]])


@dataclass
class _Pages:
    pages: list[dict[str, Any]]

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return self.pages


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudFormation]:
    with mock_aws():
        room = furnished_room()
        where = {"LocationConstraint": "ap-northeast-2"}
        room.s3.create_bucket(Bucket=WEB, CreateBucketConfiguration=where)
        room.s3.put_object(Bucket=WEB, Key="index.html", Body=b"<html>")
        made, real = CloudFormation(room), Account.client

        def client(account: Account, service: str) -> Any:
            return made if service == "cloudformation" else real(account, service)

        monkeypatch.setattr(Account, "client", client)
        monkeypatch.setattr(module, "_POLL_SECONDS", {"aws": 0.0})
        yield made


def run(cloud: CloudFormation, *, delete_data: bool = False) -> module.TeardownReport:
    account = cloud.room.deployment.account
    return teardown(account, find(account, "plantcast"), delete_data=delete_data, tell=lambda text: None)


def test_the_retained_resources_are_those_of_the_template() -> None:
    resources = load_template(ROOT / "template.yaml")["Resources"]
    kept = {name: body["Type"] for name, body in resources.items() if body.get("DeletionPolicy") == "Retain"}
    assert kept == RETAINED


def test_data_is_kept_and_named_with_its_size(cloud: CloudFormation) -> None:
    report = run(cloud)
    assert cloud.status is None
    assert [each.name for each in report.kept] == ["plantcast-databucket-1", "plantcast-Table-1"]
    assert len(cloud.room.objects()) > 10
    assert len(cloud.room.items()) == len(ITEMS)
    assert [each.name for each in report.others if each.kind == "stack"] == [
        "plantcast-1a2b-CompanionStack",
        "aws-sam-cli-managed-default",
    ]


def test_data_goes_when_asked_for(cloud: CloudFormation) -> None:
    room = cloud.room
    room.delete("raw/asos/station=108/2025-05-29_2025-05-29/1-page1.json.gz")  # its version is still there
    report = run(cloud, delete_data=True)
    assert report.data_deleted == [room.bucket, room.deployment.outputs.table_name]
    assert {bucket["Name"] for bucket in room.s3.list_buckets()["Buckets"]} == {WEB}
    assert room.dynamodb.list_tables()["TableNames"] == []


def test_what_an_earlier_teardown_left_goes_with_a_later_one(cloud: CloudFormation) -> None:
    run(cloud)
    report = run(cloud, delete_data=True)
    assert (report.stack_deleted, len(report.data_deleted)) == (False, 2)
    with pytest.raises(NotFoundError, match="nor a bucket or table that it left"):
        run(cloud, delete_data=True)


def test_a_stack_whose_bucket_went_by_hand_is_deleted_all_the_same(cloud: CloudFormation) -> None:
    name = cloud.room.deployment.outputs.table_name
    cloud.room.dynamodb.delete_table(TableName=name)
    cloud.status = "DELETE_FAILED"
    report = run(cloud, delete_data=True)
    assert report.data_deleted == [cloud.room.bucket]


def test_a_deletion_that_fails_once_is_tried_again(cloud: CloudFormation) -> None:
    cloud.refusals = 1
    assert run(cloud).stack_deleted
    assert cloud.deletions == 2


def test_a_stack_that_does_not_go_says_why_and_keeps_the_data(cloud: CloudFormation) -> None:
    cloud.refusals = 99
    with pytest.raises(PlantcastError, match="WebBucket: a policy forbids it"):
        run(cloud, delete_data=True)
    assert len(cloud.room.objects()) > 10


def test_a_stack_that_is_being_changed_is_left_alone(cloud: CloudFormation) -> None:
    cloud.status = "UPDATE_IN_PROGRESS"
    with pytest.raises(ConflictError, match="UPDATE_IN_PROGRESS"):
        run(cloud)
    assert cloud.deletions == 0


def test_a_stack_of_something_else_is_never_deleted(cloud: CloudFormation) -> None:
    del cloud.resources["Table"]
    with pytest.raises(InvalidInputError, match="not Plantcast's"):
        run(cloud)
    assert cloud.deletions == 0


def test_data_of_two_stacks_of_one_name_is_not_guessed_at(cloud: CloudFormation) -> None:
    where = {"LocationConstraint": "ap-northeast-2"}
    cloud.room.s3.create_bucket(Bucket="plantcast-databucket-2", CreateBucketConfiguration=where)
    cloud.status = None
    with pytest.raises(InvalidInputError, match="Several stacks"):
        run(cloud, delete_data=True)


@pytest.mark.parametrize("answer", ["plantcast", "yes", "", None])
def test_only_the_stacks_own_name_confirms(
    cloud: CloudFormation, monkeypatch: pytest.MonkeyPatch, answer: str | None
) -> None:
    found = find(cloud.room.deployment.account, "plantcast")
    if answer == "plantcast":
        _confirm(found, answer, delete_data=True)
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr(typer, "prompt", lambda *_, **__: answer)
        _confirm(found, None, delete_data=True)
        return
    with pytest.raises(InvalidInputError, match="--yes"):
        _confirm(found, answer, delete_data=True)
