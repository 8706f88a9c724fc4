"""The deploy role against the template: enough to make all of it, no way past the boundary of its roles."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from infra.stack.localize import load_template
from infra.stack.transformed import transformed
from tests.support.cloudformation_handlers import Call, calls
from tests.support.policy_table import OPTIONAL_KEYS
from tests.support.stack_arns import ACCOUNT, PSEUDO, Stack

ROOT = Path(__file__).resolve().parents[4]
NAME = "plantcast-prod"
TEMPLATE = Stack(transformed(load_template(ROOT / "template.yaml")), NAME, OPTIONAL_KEYS)
ROLE = Stack(
    load_template(ROOT / "infra" / "github_deploy_role.yaml"),
    f"{NAME}-github",
    {"StackName": NAME, "Repository": "owner/plantcast", "Environment": "prod"},
)
CLOUDFORMATION = (
    "CloudFormationCompute",
    "CloudFormationState",
    "CloudFormationWatching",
    "CloudFormationDelivery",
)
# Of AWS's own keys, through a service alone (a condition says which).
KEYS = {"kms:Decrypt", "kms:GenerateDataKey"}
# What CloudFormation's handlers do not list, and why it is granted.
BESIDES_HANDLERS = {
    "ecr:BatchGetImage": "Lambda asks whether the caller may read the image",
    "ecr:GetDownloadUrlForLayer": "the same",
    "iam:CreateServiceLinkedRole": "API Gateway and AWS Backup make theirs with the first API or plan",
    "logs:CreateLogDelivery": "logs of a state machine, as are the others of log delivery",
    "logs:DeleteLogDelivery": "log delivery",
    "logs:GetLogDelivery": "log delivery",
    "logs:ListLogDeliveries": "log delivery",
    "logs:PutResourcePolicy": "log delivery",
    "logs:UpdateLogDelivery": "log delivery",
}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(policy: dict[str, Any], stack: Stack = ROLE) -> list[dict[str, Any]]:
    return [dict(entry) for entry in as_list(stack.resolve(policy)["Statement"])]


def policy_of(logical_id: str) -> list[dict[str, Any]]:
    return statements(ROLE.resources[logical_id]["Properties"]["PolicyDocument"])


def allows(granted: list[dict[str, Any]], action: str, resource: str) -> bool:
    """Tell whether the statements grant the call; a resource with a wildcard has to be covered as a whole."""

    def fits(statement: dict[str, Any], effect: str) -> bool:
        return (
            statement["Effect"] == effect
            and any(fnmatchcase(action.lower(), pattern.lower()) for pattern in as_list(statement["Action"]))
            and any(fnmatchcase(resource, pattern) for pattern in as_list(statement["Resource"]))
        )

    denied = any(fits(statement, "Deny") for statement in granted)
    return not denied and any(fits(statement, "Allow") for statement in granted)


def roles() -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in TEMPLATE.resources.items()
        if resource["Type"] == "AWS::IAM::Role"
    }


def granted_to_cloudformation() -> list[dict[str, Any]]:
    return [statement for name in CLOUDFORMATION for statement in policy_of(name)]


def deploying() -> list[dict[str, Any]]:
    (policy,) = ROLE.resources["DeployRole"]["Properties"]["Policies"]
    return statements(policy["PolicyDocument"])


@pytest.fixture(scope="module")
def needed() -> list[Call]:
    return list(calls(TEMPLATE))


def test_cloudformation_may_call_whatever_its_handlers_call(needed: list[Call]) -> None:
    granted = granted_to_cloudformation()
    refused = sorted(
        {
            (call.action, call.on, call.resource)
            for call in needed
            if not allows(granted, call.action, call.on)
        }
    )
    assert len({call.action for call in needed}) > 150
    assert refused == [], "grant these in infra/github_deploy_role.yaml"


def test_cloudformation_may_call_nothing_else(needed: list[Call]) -> None:
    granted = {
        action
        for statement in granted_to_cloudformation()
        if statement["Effect"] == "Allow"
        for action in as_list(statement["Action"])
    }
    assert granted - {call.action for call in needed} == set(BESIDES_HANDLERS)


def test_cloudformation_may_not_touch_another_stack_or_what_lies_in_ours() -> None:
    granted = granted_to_cloudformation()
    other = Stack(TEMPLATE.template, "somebody-elses")
    data, table = TEMPLATE.arn("DataBucket"), TEMPLATE.arn("Table")
    forbidden = [
        ("lambda:UpdateFunctionCode", other.arn("ApiFunction")),
        ("s3:PutBucketPolicy", other.arn("DataBucket")),
        ("dynamodb:DeleteTable", other.arn("Table")),
        ("iam:PutRolePolicy", other.arn("ApiFunctionRole")),
        ("s3:GetObject", f"{data}/models/station=108/ta/production.json"),
        ("s3:PutObject", f"{data}/raw/x"),
        ("s3:DeleteObject", f"{data}/raw/x"),
        ("dynamodb:GetItem", table),
        ("dynamodb:DeleteItem", table),
        ("ssm:GetParameter", f"arn:aws:ssm:{PSEUDO['AWS::Region']}:{ACCOUNT}:parameter/plantcast/api-key"),
        ("lambda:InvokeFunction", TEMPLATE.arn("ApiFunction")),
        ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/{NAME}-x"),
        ("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/{NAME}-boundary"),
        ("iam:DeleteRolePermissionsBoundary", TEMPLATE.arn("ApiFunctionRole")),
        ("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/{NAME}-github-deploy"),
        ("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/{NAME}-cloudformation"),
    ]
    assert [call for call in forbidden if allows(granted, *call)] == []


def test_a_role_is_given_rights_only_while_it_has_the_boundary() -> None:
    gives = {
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DetachRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
    }
    found = set()
    for statement in policy_of("CloudFormationCompute"):
        if statement["Effect"] == "Allow" and gives & set(as_list(statement["Action"])):
            found |= gives & set(as_list(statement["Action"]))
            boundary = statement["Condition"]["StringEquals"]["iam:PermissionsBoundary"]
            assert boundary == ROLE.resolve({"Ref": "Boundary"})
    assert found == gives


def test_the_boundary_takes_nothing_that_a_role_of_the_template_is_given() -> None:
    boundary = policy_of("Boundary")
    taken = [
        (name, action, resource)
        for name, properties in roles().items()
        for policy in properties.get("Policies", [])
        for statement in statements(policy["PolicyDocument"], TEMPLATE)
        if statement["Effect"] == "Allow"
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
        if not allows(boundary, action, resource)
    ]
    assert taken == [], "widen Boundary in infra/github_deploy_role.yaml"


OLD = "repo:owner/plantcast:environment:prod"
NEW = "repo:owner@123/plantcast@456:environment:prod"


@pytest.mark.parametrize(
    ("with_ids", "accepted"), [("", [OLD]), ("owner@123/plantcast@456", [OLD, NEW])], ids=["names", "numbers"]
)
def test_only_a_job_in_the_environment_of_the_repository_becomes_the_role(
    with_ids: str, accepted: list[str]
) -> None:
    stack = Stack(
        ROLE.template,
        ROLE.name,
        ROLE.values | {"RepositoryWithIds": with_ids},
        false=[] if with_ids else ["HasIds"],
    )
    (trust,) = statements(ROLE.resources["DeployRole"]["Properties"]["AssumeRolePolicyDocument"], stack)
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    # StringEquals alone: a pattern would let in other branches, forks or repositories.
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": accepted,
        }
    }


def test_the_deploying_job_changes_the_stack_through_cloudformation_alone(needed: list[Call]) -> None:
    granted = deploying()
    stack = f"arn:aws:cloudformation:{PSEUDO['AWS::Region']}:{ACCOUNT}:stack/{NAME}/1a2b"
    web = f"{TEMPLATE.arn('WebBucket')}/index.html"
    assert allows(granted, "cloudformation:ExecuteChangeSet", stack)
    assert allows(granted, "s3:PutObject", web)
    # It writes artefacts and the dashboard's files, and may list buckets.
    direct = {call.action for call in needed if allows(granted, call.action, call.on)}
    assert direct <= {"s3:GetObject", "s3:ListBucket", "s3:ListAllMyBuckets"} | KEYS
    forbidden = [
        ("cloudformation:DeleteStack", stack),
        ("cloudformation:SetStackPolicy", stack),
        ("cloudformation:ExecuteChangeSet", stack.replace(NAME, "other")),
        ("iam:PassRole", TEMPLATE.arn("ApiFunctionRole")),
        ("s3:GetObject", f"{TEMPLATE.arn('DataBucket')}/raw/x"),
        ("s3:PutObject", f"{TEMPLATE.arn('DataBucket')}/raw/x"),
        ("dynamodb:GetItem", TEMPLATE.arn("Table")),
    ]
    assert [call for call in forbidden if allows(granted, *call)] == []
