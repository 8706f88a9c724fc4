"""What API Gateway does before the function, and where functions write logs, on the embedded emulator."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse

import pytest

from infra.stack.outputs import FUNCTIONS
from tests.conftest import LocalDeployment

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDeployment]:
    """A stack without data."""
    deployment = LocalDeployment(tmp_path_factory.mktemp("gateway") / "state")
    try:
        deployment.plantcast("up")
        yield deployment
    finally:
        deployment.plantcast("down", check=False)


def ask(deployment: LocalDeployment, path: str, method: str) -> tuple[int, bytes, str | None]:
    """Return status, body and the type of the body."""
    request = urllib.request.Request(deployment.outputs().api_url + path, method=method)
    answer: HTTPResponse | urllib.error.HTTPError
    try:
        answer = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        return answer.status, answer.read(), answer.headers["Content-Type"]


def test_the_api_has_one_stage(deployed: LocalDeployment) -> None:
    api_id = deployed.outputs().api_url.split("/")[-2]
    stages = deployed.client("apigateway").get_stages(restApiId=api_id)["item"]
    assert [stage["stageName"] for stage in stages] == ["prod"]


@pytest.mark.parametrize("path", ["/", "/api/stations", "/health", "/nowhere"])
def test_head_is_answered_like_get_without_the_body(deployed: LocalDeployment, path: str) -> None:
    status, body, kind = ask(deployed, path, "GET")
    assert body
    assert ask(deployed, path, "HEAD") == (status, b"", kind)


def test_each_function_writes_to_the_group_that_was_there_before_it(deployed: LocalDeployment) -> None:
    outputs, logs = deployed.outputs(), deployed.client("logs")
    ask(deployed, "/health", "GET")
    groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
    assert {group["logGroupName"]: group.get("retentionInDays") for group in groups} == {
        f"/aws/lambda/{outputs.stack_name}-{name}": 30 for name in FUNCTIONS
    }
    assert logs.describe_log_streams(logGroupName=f"/aws/lambda/{outputs.stack_name}-api")["logStreams"]
    assert "/health" in deployed.plantcast("logs", "api").stdout
