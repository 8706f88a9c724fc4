"""`make publish`: one repository for all images."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import boto3
import pytest

from infra.operations import publish
from infra.stack.deployment import Account
from plantcast.common.errors import PlantcastError

REGION = "ap-northeast-2"
STACK = "plantcast-prod"
REPOSITORY = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/{STACK}"


def test_all_images_go_to_one_repository_made_before_sam_deploys(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[str, ...]] = []

    def described(_account: Account, stack: str) -> dict[str, Any] | None:
        assert (stack, len(commands)) == (f"{STACK}-images", 1)
        return {"Outputs": [{"OutputKey": "RepositoryUri", "OutputValue": REPOSITORY}]}

    account = Account(boto3.Session(region_name=REGION), REGION)
    monkeypatch.setattr(publish, "describe_stack", described)
    monkeypatch.setattr(publish, "_run", lambda *command: commands.append(command))
    monkeypatch.setattr(publish, "connect", lambda *_arguments, **_options: account)
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
