"""`make publish`: what would fail is refused before anything is deployed; one repository for all images."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.operations import publish
from infra.operations.deployment import Account
from infra.stack.localize import load_template
from plantcast.common.errors import InvalidInputError, PlantcastError

REGION = "ap-northeast-2"
ROOT = Path(__file__).resolve().parents[4]
NUMBER = "123456789012"  # moto's account
STACK = "plantcast-prod"
REPOSITORY = f"{NUMBER}.dkr.ecr.{REGION}.amazonaws.com/{STACK}"
BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Account(boto3.Session(region_name=REGION), REGION, None, "aws")


def block(account: Account, **flags: bool) -> None:
    account.client("s3control").put_public_access_block(
        AccountId=NUMBER, PublicAccessBlockConfiguration=BLOCKED | flags
    )


@pytest.mark.parametrize("flag", ["BlockPublicPolicy", "RestrictPublicBuckets"])
def test_an_account_that_refuses_public_buckets_is_named_with_the_remedy(account: Account, flag: str) -> None:
    block(account, **{"BlockPublicPolicy": False, "RestrictPublicBuckets": False, flag: True})
    with pytest.raises(InvalidInputError, match=flag) as refused:
        publish.check_public_buckets(account, "bucket")
    assert "DashboardDelivery=cloudfront" in str(refused.value)


def test_an_account_without_a_block_or_with_one_of_acls_alone_is_taken(account: Account) -> None:
    publish.check_public_buckets(account, "bucket")
    block(account, BlockPublicPolicy=False, RestrictPublicBuckets=False)
    publish.check_public_buckets(account, "bucket")


def test_cloudfront_needs_no_public_bucket(account: Account) -> None:
    block(account)
    publish.check_public_buckets(account, "cloudfront")


@pytest.mark.parametrize(
    ("options", "environment", "deployed", "expected"),
    [
        ([], {}, {}, "bucket"),
        ([], {}, {"DashboardDelivery": "cloudfront"}, "cloudfront"),
        (
            [],
            {"parameter_overrides": ["LogRetentionDays=14", "DashboardDelivery=cloudfront"]},
            {},
            "cloudfront",
        ),
        ([], {"parameter_overrides": "DashboardDelivery=cloudfront LogRetentionDays=14"}, {}, "cloudfront"),
        (["--parameter-overrides", "Stations=108 DashboardDelivery=cloudfront"], {}, {}, "cloudfront"),
        (
            ["--parameter-overrides", "ParameterKey=DashboardDelivery,ParameterValue=cloudfront"],
            {},
            {},
            "cloudfront",
        ),
        # Given by hand, they replace the file's list.
        (
            ["--parameter-overrides", "Stations=108"],
            {"parameter_overrides": ["DashboardDelivery=cloudfront"]},
            {},
            "bucket",
        ),
    ],
)
def test_delivery_is_what_sam_would_give_the_parameter(
    options: list[str], environment: dict[str, Any], deployed: dict[str, str], expected: str
) -> None:
    assert publish.delivery_of(options, environment, deployed) == expected


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, account: Account) -> list[tuple[str, ...]]:
    """What is run, in order; nothing is."""
    done: list[tuple[str, ...]] = []

    def described(_account: Account, stack: str) -> dict[str, Any] | None:
        if stack != f"{STACK}-images" or not done:
            return None
        return {"Outputs": [{"OutputKey": "RepositoryUri", "OutputValue": REPOSITORY}]}

    monkeypatch.setattr(publish, "describe_stack", described)
    monkeypatch.setattr(publish, "_run", lambda *command: done.append(command))
    monkeypatch.setattr(publish, "connect", lambda *_arguments, **_options: account)
    monkeypatch.setattr(publish, "publish", lambda stack, region: f"https://{stack}.{region}")
    return done


def test_all_images_go_to_one_repository_made_before_sam_deploys(commands: list[tuple[str, ...]]) -> None:
    url = publish.deploy("prod", ["--no-confirm-changeset"])
    assert url == f"https://plantcast-prod.{REGION}"
    aws, sam = commands
    assert aws[:5] == ("awscli", "cloudformation", "deploy", "--stack-name", f"{STACK}-images")
    assert f"StackName={STACK}" in aws
    assert sam[:4] == ("samcli", "deploy", "--config-env", "prod")
    assert sam[-1] == "--no-confirm-changeset"
    repositories = [entry for word, entry in pairwise(sam) if word == "--image-repositories"]
    assert sorted(repositories) == [
        f"{name}Function={REPOSITORY}" for name in ("Evaluate", "Predict", "Train")
    ]


def test_images_of_old_deployments_expire() -> None:
    properties = load_template(ROOT / "infra" / "image_repository.yaml")["Resources"]["Images"]["Properties"]
    policy = properties["LifecyclePolicy"]["LifecyclePolicyText"]
    assert '"countType": "imageCountMoreThan", "countNumber": 10' in policy
    assert properties["RepositoryName"] == {"Ref": "StackName"}


def test_nothing_is_begun_in_an_account_that_would_refuse_it(
    account: Account, commands: list[tuple[str, ...]]
) -> None:
    block(account)
    with pytest.raises(InvalidInputError):
        publish.deploy("prod", [])
    assert commands == []


def test_guided_the_answer_is_named_and_sam_asks(
    account: Account, commands: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    block(account)
    publish.deploy("prod", ["--guided"])
    assert "Answer `cloudfront` to DashboardDelivery" in capsys.readouterr().err
    assert [command[0] for command in commands] == ["awscli", "samcli"]


def test_a_step_that_fails_ends_it() -> None:
    with pytest.raises(PlantcastError, match="exit code"):
        publish._run("json.tool", "--no-such-option")
