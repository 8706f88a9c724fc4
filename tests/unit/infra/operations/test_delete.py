"""`make delete`: which stack, who confirms, and that every version of the data goes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws

from infra.operations import delete as module
from infra.operations.delete import delete_data, main
from infra.stack.deployment import Account
from plantcast.common.errors import InvalidInputError
from tests.support.backup_setup import REGION, Stores, filled_stores


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    with mock_aws():
        made = filled_stores()
        web = made.deployment.outputs.web_bucket
        made.s3.create_bucket(Bucket=web, CreateBucketConfiguration={"LocationConstraint": REGION})
        made.s3.put_object(Bucket=web, Key="index.html", Body=b"<html>")
        made.put("raw/a", b"first")
        made.put("raw/a", b"second")
        made.delete("raw/a")
        monkeypatch.setattr(module, "named_stack", lambda options: made.deployment)
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: False))
        yield made


def buckets(stores: Stores) -> set[str]:
    return {each["Name"] for each in stores.s3.list_buckets()["Buckets"]}


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["delete", *arguments])
    return main()


def test_the_data_go_with_all_versions_and_again_nothing_is_wrong(stores: Stores) -> None:
    web = stores.deployment.outputs.web_bucket
    for _ in range(2):
        delete_data(stores.deployment)
        assert buckets(stores) == {web}  # CloudFormation deletes that one, and only when it is empty
        assert "Versions" not in stores.s3.list_object_versions(Bucket=web)
        assert stores.dynamodb.list_tables()["TableNames"] == []


@pytest.mark.parametrize("confirmation", [(), ("--yes", "other")])
def test_without_the_stacks_name_nothing_is_deleted(
    stores: Stores,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    confirmation: tuple[str, ...],
) -> None:
    with pytest.raises(InvalidInputError, match=r"confirmation|is not the stack's name"):
        call(monkeypatch, *confirmation)
    shown = capsys.readouterr()
    assert stores.deployment.outputs.data_bucket in shown.out
    assert stores.deployment.outputs.table_name in shown.out
    assert stores.objects()


@pytest.mark.parametrize(("code", "stacks"), [(0, ["plantcast-images"]), (1, [])])
def test_confirmed_the_data_go_first_then_the_stack_by_sam_and_then_its_images(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, code: int, stacks: list[str]
) -> None:
    commands: list[list[str]] = []
    deleted: list[str] = []
    others = Account.client

    def client(account: Account, service: str, **options: Any) -> Any:
        if service == "cloudformation":
            return SimpleNamespace(delete_stack=lambda StackName: deleted.append(StackName))
        return others(account, service, **options)

    monkeypatch.setattr(Account, "client", client)

    def run(command: list[str], **_: Any) -> Any:
        assert stores.dynamodb.list_tables()["TableNames"] == []
        assert deleted == []
        commands.append(command[2:])
        return SimpleNamespace(returncode=code)

    monkeypatch.setattr(module.subprocess, "run", run)
    assert call(monkeypatch, "--yes", "plantcast") == code
    assert deleted == stacks
    assert commands == [["samcli", "delete", "--no-prompts", "--region", REGION, "--stack-name", "plantcast"]]
