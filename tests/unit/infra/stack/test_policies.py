"""Who may do what, as the template says it: nothing by wildcard, nothing of anybody else's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.policy_table import ROLES, STACK, listed, partitions, statements, table

ROOT = Path(__file__).resolve().parents[4]
FUNCTIONS = [name for name, body in STACK.resources.items() if body["Type"] == "AWS::Lambda::Function"]
MACHINES = {"PipelineRole": "pipeline", "UpdateRole": "update", "BackfillRole": "backfill"}
# Step Functions' own log delivery has no resource to narrow these calls to (docs/security.md).
ANYWHERE = {
    "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_no_statement_has_a_wildcard_for_an_action_or_a_whole_service(role: str) -> None:
    for statement in statements(role):
        assert statement["Effect"] == "Allow"
        assert not statement.keys() & {"NotAction", "NotResource"}
        actions = set(listed(statement["Action"]))
        assert all(re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action) for action in actions), actions
        if "*" in listed(statement["Resource"]):
            assert actions <= ANYWHERE
            assert role in MACHINES


@pytest.mark.parametrize("role", ROLES)
def test_every_resource_is_one_of_the_stack_or_a_parameter_it_names(role: str) -> None:
    ours = {STACK.arn(name) for name in (*FUNCTIONS, "AlertTopic", "Pipeline", "Update", "Backfill", "Table")}
    bucket = STACK.arn("DataBucket")
    for statement in statements(role):
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                if action in ANYWHERE:
                    continue
                if action.startswith("s3:"):
                    inside = re.fullmatch(re.escape(bucket) + r"/[a-z]+/.*[a-z*]", resource)
                    assert inside or (action, resource) == ("s3:ListBucket", bucket)
                elif action.startswith("ssm:"):
                    keys = ("kma-service-key", "api-hub-key", "open-meteo-key", "api-key", "vapid-key")
                    assert resource.endswith(tuple(f":parameter/plantcast/{key}" for key in keys))
                elif action in {
                    "states:DescribeExecution",
                    "states:StopExecution",
                }:
                    machine = "plantcast-backfill" if role == "BackfillRole" else "plantcast-pipeline"
                    assert f":execution:{machine}" in resource
                else:
                    assert resource in ours, action


@pytest.mark.parametrize("role", ROLES)
def test_of_the_table_a_role_gets_partitions_by_name(role: str) -> None:
    known = {"STATION#*", "PIPELINE", "RUN#*", "QUOTA", "PREDICT", "PUSH"}
    calls = {"GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"}
    for statement in statements(role):
        actions = [action for action in listed(statement["Action"]) if action.startswith("dynamodb:")]
        if actions:
            # With another action, Scan for one, a request can name no partition, and ForAllValues would hold.
            deletes = {"DeleteItem"} if partitions(statement) == ["PUSH"] else set()
            assert {action.partition(":")[2] for action in actions} <= calls | deletes
            assert partitions(statement)
            assert set(partitions(statement)) <= known


@pytest.mark.parametrize(("role", "machine"), MACHINES.items())
def test_a_state_machine_may_invoke_the_functions_of_its_definition_and_no_other(
    role: str, machine: str
) -> None:
    definition = (ROOT / "infra" / f"{machine}.asl.json").read_text("utf-8")
    named = {
        STACK.arn(name.removesuffix(".Arn"))
        for name in re.findall(r'"FunctionName": "\$\{(\w+)\}"', definition)
    }
    may = {
        resource
        for statement in statements(role)
        if "lambda:InvokeFunction" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
    assert may == named


def test_the_website_and_nothing_else_is_public() -> None:
    def is_public(one: dict[str, Any]) -> bool:
        return one["Effect"] == "Allow" and one["Principal"] in ("*", {"AWS": "*"})

    policies = {
        name: _resource_policy(name)
        for name, body in STACK.resources.items()
        if body["Type"] in {"AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"}
    }
    public = [(name, one["Action"]) for name, policy in policies.items() for one in policy if is_public(one)]
    assert public == [("WebBucketPolicy", "s3:GetObject")]
    block = STACK.resources["DataBucket"]["Properties"]["PublicAccessBlockConfiguration"]
    assert len(block) == 4
    assert all(block.values())


def test_who_may_invoke_a_function_from_outside_is_named_by_its_arn() -> None:
    permissions = {
        name: body["Properties"]
        for name, body in STACK.resources.items()
        if body["Type"] == "AWS::Lambda::Permission"
    }
    assert {one["Principal"] for one in permissions.values()} == {
        "apigateway.amazonaws.com",
        "events.amazonaws.com",
    }
    for name, one in permissions.items():
        assert one["Action"] == "lambda:InvokeFunction", name
        assert "SourceArn" in one, name


def test_docs_security_lists_the_policies_of_the_template() -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    written = page.partition("<!-- roles -->\n")[2].partition("\n<!-- end of roles -->")[0]
    assert written == table(), (
        "print it anew: PYTHONPATH=layers/domain/python:. .venv/bin/python -m tests.support.policy_table"
    )


def _resource_policy(name: str) -> list[dict[str, Any]]:
    document = STACK.resolve(STACK.resources[name]["Properties"]["PolicyDocument"])
    return [json.loads(json.dumps(one)) for one in listed(document["Statement"])]
