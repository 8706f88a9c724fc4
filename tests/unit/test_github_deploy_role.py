"""The deploy role against the template: enough to make all of it, no way past the boundary of its roles."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from infra.local.localize import load_template
from infra.transformed import transformed
from tests.stack_arns import ACCOUNT, PSEUDO, Stack

ROOT = Path(__file__).resolve().parents[2]
NAME = "plantcast-prod"
TEMPLATE = Stack(transformed(load_template(ROOT / "template.yaml")), NAME)
ROLE = Stack(
    load_template(ROOT / "infra" / "github_deploy_role.yaml"),
    f"{NAME}-github",
    {"StackName": NAME, "Repository": "owner/plantcast", "Environment": "prod"},
)
CLOUDFORMATION = ("CloudFormationCompute", "CloudFormationState", "CloudFormationWatching")
# The call that makes a resource, by its type.
MAKES = {
    "AWS::ApiGateway::Deployment": "apigateway:POST",
    "AWS::ApiGateway::RestApi": "apigateway:POST",
    "AWS::ApiGateway::Stage": "apigateway:POST",
    "AWS::ApiGateway::UsagePlan": "apigateway:POST",
    "AWS::Budgets::Budget": "budgets:ModifyBudget",
    "AWS::CloudWatch::Alarm": "cloudwatch:PutMetricAlarm",
    "AWS::CloudWatch::CompositeAlarm": "cloudwatch:PutCompositeAlarm",
    "AWS::CloudWatch::Dashboard": "cloudwatch:PutDashboard",
    "AWS::DynamoDB::Table": "dynamodb:CreateTable",
    "AWS::Events::Rule": "events:PutRule",
    "AWS::IAM::Role": "iam:CreateRole",
    "AWS::Lambda::Function": "lambda:CreateFunction",
    "AWS::Lambda::LayerVersion": "lambda:PublishLayerVersion",
    "AWS::S3::Bucket": "s3:CreateBucket",
    "AWS::SNS::Topic": "sns:CreateTopic",
    "AWS::SQS::Queue": "sqs:CreateQueue",
    "AWS::StepFunctions::StateMachine": "states:CreateStateMachine",
}
# What belongs to another resource: the property that names it, and the call on that one.
BELONGS = {
    "AWS::Lambda::Permission": ("FunctionName", "lambda:AddPermission", "AWS::Lambda::Function"),
    "AWS::S3::BucketPolicy": ("Bucket", "s3:PutBucketPolicy", "AWS::S3::Bucket"),
    "AWS::SNS::Subscription": ("TopicArn", "sns:Subscribe", "AWS::SNS::Topic"),
    "AWS::SNS::TopicPolicy": ("Topics", "sns:SetTopicAttributes", "AWS::SNS::Topic"),
    "AWS::SQS::QueuePolicy": ("Queues", "sqs:SetQueueAttributes", "AWS::SQS::Queue"),
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


def made() -> Iterator[tuple[str, str, str]]:
    """Each resource of the stack with the call that makes it and what that is called on."""
    for logical_id, resource in TEMPLATE.resources.items():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind in BELONGS:
            named, action, owner_kind = BELONGS[kind]
            text = json.dumps(properties[named])
            owners = [
                name
                for name, other in TEMPLATE.resources.items()
                if other["Type"] == owner_kind and re.search(rf'"{name}"|\b{name}\b\.', text)
            ]
            assert owners, f"{logical_id} belongs to nothing"
            yield from ((logical_id, action, TEMPLATE.arn(owner)) for owner in owners)
        elif kind == "AWS::Logs::LogGroup":
            group = TEMPLATE.resolve(properties["LogGroupName"])
            yield logical_id, "logs:CreateLogGroup", log_group(group)
        elif kind == "AWS::Logs::MetricFilter":
            group = TEMPLATE.resolve(properties["LogGroupName"])
            yield logical_id, "logs:PutMetricFilter", log_group(group)
        else:
            assert kind in MAKES, (
                f"{logical_id} is a {kind}: grant the calls that make it in infra/github_deploy_role.yaml, "
                "and name the first here"
            )
            yield logical_id, MAKES[kind], TEMPLATE.arn(logical_id)


def log_group(name: str) -> str:
    return f"arn:aws:logs:{PSEUDO['AWS::Region']}:{ACCOUNT}:log-group:{name}:*"


def roles() -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in TEMPLATE.resources.items()
        if resource["Type"] == "AWS::IAM::Role"
    }


def test_cloudformation_may_make_every_resource_of_the_template() -> None:
    granted = [statement for name in CLOUDFORMATION for statement in policy_of(name)]
    refused = [entry for entry in made() if not allows(granted, entry[1], entry[2])]
    assert refused == [], "grant these in infra/github_deploy_role.yaml"


def test_cloudformation_may_not_touch_another_stack_or_what_lies_in_ours() -> None:
    granted = [statement for name in CLOUDFORMATION for statement in policy_of(name)]
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


def test_every_role_of_the_template_takes_the_boundary() -> None:
    assert len(roles()) >= 13
    for name, properties in roles().items():
        boundary = properties.get("PermissionsBoundary", {}).get("Fn::If", ["", ""])
        assert boundary[0] == "HasRoleBoundary", f"{name} has no PermissionsBoundary"
        named = Stack(TEMPLATE.template, NAME, {"RoleBoundary": f"{NAME}-boundary"}).resolve(boundary[1])
        assert named == f"arn:aws:iam::{ACCOUNT}:policy/{NAME}-boundary"
    assert ROLE.resolve(ROLE.resources["Boundary"]["Properties"]["ManagedPolicyName"]) == f"{NAME}-boundary"


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


# What the managed policies that SAM attaches allow, as AWS documents them.
MANAGED = {
    "AWSLambdaBasicExecutionRole": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "AWSXrayWriteOnlyAccess": [
        "xray:GetSamplingRules",
        "xray:GetSamplingStatisticSummaries",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    ],
}


def test_the_boundary_takes_nothing_of_the_managed_policies_either() -> None:
    boundary = policy_of("Boundary")
    for name, properties in roles().items():
        for arn in properties.get("ManagedPolicyArns", []):
            policy = TEMPLATE.resolve(arn).rsplit("/", 1)[-1]
            for action in MANAGED[policy]:
                group = log_group(f"/aws/lambda/{NAME}-{name.removesuffix('Role')}-1A2B")
                assert allows(boundary, action, group if action.startswith("logs:") else "*"), (name, action)


def test_only_a_job_in_the_environment_of_the_repository_becomes_the_role() -> None:
    (trust,) = statements(ROLE.resources["DeployRole"]["Properties"]["AssumeRolePolicyDocument"])
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    # StringEquals alone: a pattern would let in other branches, forks or repositories.
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:owner/plantcast:environment:prod",
        }
    }


def test_the_deploying_job_changes_the_stack_through_cloudformation_alone() -> None:
    (policy,) = ROLE.resources["DeployRole"]["Properties"]["Policies"]
    granted = statements(policy["PolicyDocument"])
    stack = f"arn:aws:cloudformation:{PSEUDO['AWS::Region']}:{ACCOUNT}:stack/{NAME}/1a2b"
    web = f"{TEMPLATE.arn('WebBucket')}/index.html"
    assert allows(granted, "cloudformation:ExecuteChangeSet", stack)
    assert allows(granted, "s3:PutObject", web)
    direct = [entry for entry in made() if not entry[1].startswith("s3:") and allows(granted, *entry[1:])]
    assert direct == []
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


@pytest.mark.parametrize("logical_id", [*CLOUDFORMATION, "Boundary", "DeployRole"])
def test_no_policy_is_longer_than_aws_takes_or_grants_a_wildcard_action(logical_id: str) -> None:
    properties = ROLE.resources[logical_id]["Properties"]
    inline = logical_id == "DeployRole"
    document = properties["Policies"][0]["PolicyDocument"] if inline else properties["PolicyDocument"]
    resolved = ROLE.resolve(document)
    # IAM's quotas, without white space: 6,144 characters a managed policy, 10,240 a role's own together.
    assert len(re.sub(r"\s", "", json.dumps(resolved))) < (10_240 if inline else 6_144)
    for statement in resolved["Statement"]:
        if statement["Effect"] == "Allow":
            assert not any("*" in action for action in as_list(statement["Action"]))
