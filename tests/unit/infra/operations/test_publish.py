"""`make publish`: what the account would refuse is refused first; one repository for all images."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.operations import publish
from infra.stack.deployment import Account
from plantcast.common.errors import InvalidInputError, PlantcastError

REGION = "ap-northeast-2"
STACK = "plantcast-prod"
REPOSITORY = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/{STACK}"


@pytest.fixture
def blocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account that blocks public buckets and has no stack."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(publish, "describe_stack", lambda _account, _stack: None)
    flags = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    with mock_aws():
        account = Account(boto3.Session(region_name=REGION), REGION, None, "aws")
        account.client("s3control").put_public_access_block(
            AccountId="123456789012", PublicAccessBlockConfiguration=dict.fromkeys(flags, True)
        )
        yield account


def test_an_account_that_blocks_public_buckets_is_refused_with_the_remedy(blocked: Account) -> None:
    with pytest.raises(InvalidInputError, match="blocks public buckets") as refused:
        publish.check_public_buckets(blocked, "prod", [], STACK)
    assert "DashboardDelivery=cloudfront" in str(refused.value.remedy)


@pytest.mark.parametrize(
    "override", ["DashboardDelivery=cloudfront", "ParameterKey=DashboardDelivery,ParameterValue=cloudfront"]
)
def test_cloudfront_needs_no_public_bucket(blocked: Account, override: str) -> None:
    publish.check_public_buckets(blocked, "prod", ["--parameter-overrides", override], STACK)


def test_an_account_without_a_block_is_accepted() -> None:
    with mock_aws():
        account = Account(boto3.Session(region_name=REGION), REGION, None, "aws")
        publish.check_public_buckets(account, "prod", [], STACK)


def test_all_images_go_to_one_repository_made_before_sam_deploys(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[str, ...]] = []

    def described(_account: Account, stack: str) -> dict[str, Any] | None:
        assert (stack, len(commands)) == (f"{STACK}-images", 1)
        return {"Outputs": [{"OutputKey": "RepositoryUri", "OutputValue": REPOSITORY}]}

    account = Account(boto3.Session(region_name=REGION), REGION, None, "aws")
    monkeypatch.setattr(publish, "describe_stack", described)
    monkeypatch.setattr(publish, "_run", lambda *command: commands.append(command))
    monkeypatch.setattr(publish, "connect", lambda *_arguments, **_options: account)
    monkeypatch.setattr(publish, "check_public_buckets", lambda *_arguments: None)
    monkeypatch.setattr(publish, "deployed_stack", lambda account, stack: stack)
    monkeypatch.setattr(publish, "publish_dashboard", lambda stack: f"https://{stack}")

    assert publish.deploy("prod", ["--no-confirm-changeset"]) == f"https://{STACK}"

    aws, sam = commands
    assert aws[:5] == ("awscli", "cloudformation", "deploy", "--stack-name", f"{STACK}-images")
    assert sam[:4] == ("samcli", "deploy", "--config-env", "prod")
    assert sam[-1] == "--no-confirm-changeset"
    repositories = [entry for word, entry in pairwise(sam) if word == "--image-repositories"]
    assert sorted(repositories) == [
        f"{name}Function={REPOSITORY}" for name in ("Evaluate", "Predict", "Train")
    ]


def test_a_step_that_fails_ends_it() -> None:
    with pytest.raises(PlantcastError, match="exit code"):
        publish._run("json.tool", "--no-such-option")
