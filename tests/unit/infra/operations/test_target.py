"""Which deployment a command means: a stack by name with the user's own AWS settings, else this machine's."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.operations.target import find_deployment
from infra.stack.deployment import Account, connect
from infra.stack.outputs import FUNCTIONS
from plantcast.common.errors import InvalidInputError, NotFoundError

OUTPUTS = {
    "ApiUrl": "https://abc.execute-api.ap-northeast-2.amazonaws.com/prod",
    "ApiId": "abc",
    "DashboardUrl": "https://web.s3.ap-northeast-2.amazonaws.com/index.html",
    "DataBucketName": "data",
    "WebBucketName": "web",
    "TableName": "table",
    "StateMachineArn": "arn:aws:states:ap-northeast-2:1:stateMachine:nightly",
    "BackfillStateMachineArn": "arn:aws:states:ap-northeast-2:1:stateMachine:backfill",
    "UpdateStateMachineArn": "arn:aws:states:ap-northeast-2:1:stateMachine:update",
    "TopicArn": "arn:aws:sns:ap-northeast-2:1:topic",
    **{f"{name.capitalize()}FunctionName": name for name in FUNCTIONS},
}
PARAMETERS = {"ObservationSource": "kma", "Stations": "108,112"}


class CloudFormation:
    """Stands for CloudFormation in all regions, as `describe_stacks` shows it."""

    def __init__(self) -> None:
        self.stacks: dict[tuple[str, str], dict[str, Any]] = {}

    def client(self, account: Account, service: str) -> Any:
        assert service == "cloudformation"
        return _Region(self, account.region)


@dataclass(frozen=True)
class _Region:
    owner: CloudFormation
    name: str

    def describe_stacks(self, StackName: str | None = None) -> dict[str, Any]:
        here = [body for (region, _), body in self.owner.stacks.items() if region == self.name]
        found = [body for body in here if StackName in (None, body["StackName"])]
        if StackName is not None and not found:
            error = {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")  # type: ignore[typeddict-item]
        return {"Stacks": found}


@pytest.fixture(autouse=True)
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CloudFormation:
    # `connect` changes the environment.
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setenv("PLANTCAST_STATE_DIR", str(tmp_path / "state"))
    made = CloudFormation()
    monkeypatch.setattr(Account, "client", lambda account, service: made.client(account, service))
    return made


def make_stack(
    cloud: CloudFormation,
    name: str = "plantcast",
    *,
    region: str = "ap-northeast-2",
    outputs: dict[str, str] = OUTPUTS,
    parameters: dict[str, str] = PARAMETERS,
) -> None:
    cloud.stacks[region, name] = {
        "StackName": name,
        "StackId": f"arn:aws:cloudformation:{region}:1:stack/{name}/1",
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()],
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    }


def test_a_stack_is_found_with_its_own_urls(cloud: CloudFormation) -> None:
    make_stack(cloud)
    found = find_deployment(os.environ, stack="plantcast")
    assert found.account.on_aws
    assert found.account.endpoint_url is None
    assert found.outputs.api_url == OUTPUTS["ApiUrl"]
    assert found.outputs.dashboard_url == OUTPUTS["DashboardUrl"]
    assert found.outputs.table_name == "table"
    assert (found.source, found.stations) == ("kma", ("108", "112"))


def test_a_missing_stack_is_named(cloud: CloudFormation) -> None:
    make_stack(cloud, "plantcast-prod")
    with pytest.raises(NotFoundError, match=r"no stack 'plantcast' in ap-northeast-2"):
        find_deployment(os.environ, stack="plantcast")


def test_a_stack_of_another_region_is_not_found_and_the_region_named(cloud: CloudFormation) -> None:
    make_stack(cloud, region="us-east-1")
    with pytest.raises(NotFoundError, match=r"in ap-northeast-2.*AWS_REGION"):
        find_deployment(os.environ, stack="plantcast")
    assert find_deployment(os.environ, stack="plantcast", region="us-east-1").outputs.region == "us-east-1"


@pytest.mark.parametrize("lacks", ["TableName", "ApiUrl"])
def test_a_stack_of_something_else_is_refused(cloud: CloudFormation, lacks: str) -> None:
    make_stack(cloud, outputs={key: value for key, value in OUTPUTS.items() if key != lacks})
    with pytest.raises(InvalidInputError, match=f"is not Plantcast's: it lacks {lacks}"):
        find_deployment(os.environ, stack="plantcast")


def test_no_region_is_one_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(InvalidInputError, match=r"No AWS region is set.*AWS_REGION"):
        find_deployment(os.environ, stack="plantcast")


def test_no_credentials_go_to_an_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/")
    account = connect()
    credentials = account.session.get_credentials()
    assert credentials is not None
    assert credentials.secret_key == "test"
    assert (account.on_aws, account.endpoint_url) == (False, "http://127.0.0.1:4566")
    assert "real" not in os.environ.values()
