"""What CloudFormation calls for each resource of a template, by the handlers in its own resource schemas.

cfn-lint carries the schemas. A handler lists the calls for every property of its type: those for properties
that a resource does not have are left out (`ONLY_WITH`), and come back by themselves when it gets one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from tests.support.stack_arns import ACCOUNT, REGION, Stack

# By type and property: calls that are made for that property alone.
ONLY_WITH: Final[dict[str, dict[str, str]]] = {
    "AWS::ApiGateway::RestApi": {
        "BodyS3Location": "s3:GetObject",
        "Policy": "apigateway:UpdateRestApiPolicy",
    },
    "AWS::CloudFront::Distribution": {
        "DistributionConfig.TenantConfig": "cloudfront:CreateConnectionGroup cloudfront:GetConnectionGroup",
        "DistributionConfig.Origins.VpcOriginConfig": "cloudfront:GetVpcOrigin",
        "DistributionConfig.Staging": "cloudfront:UpdateDistributionWithStagingConfig",
    },
    "AWS::DynamoDB::Table": {
        "ContributorInsightsSpecification": "dynamodb:UpdateContributorInsights",
        "ImportSourceSpecification": """dynamodb:DescribeImport dynamodb:ImportTable logs:CreateLogGroup
            logs:CreateLogStream logs:DescribeLogGroups logs:DescribeLogStreams logs:PutLogEvents
            logs:PutRetentionPolicy s3:GetObject s3:GetObjectMetadata s3:ListBucket""",
        "KinesisStreamSpecification": """dynamodb:EnableKinesisStreamingDestination
            dynamodb:DisableKinesisStreamingDestination dynamodb:UpdateKinesisStreamingDestination
            kinesis:DescribeStream kinesis:PutRecords""",
        "ResourcePolicy": "dynamodb:PutResourcePolicy dynamodb:DeleteResourcePolicy",
    },
    "AWS::Lambda::Function": {
        "CapacityProviderConfig": "lambda:PassCapacityProvider",
        "CodeSigningConfigArn": """lambda:GetCodeSigningConfig lambda:PutFunctionCodeSigningConfig
            lambda:DeleteFunctionCodeSigningConfig""",
        "FileSystemConfigs": "elasticfilesystem:DescribeMountTargets s3files:ListMountTargets",
        "FunctionScalingConfig": "lambda:PutFunctionScalingConfig",
        "RecursiveLoop": "lambda:PutFunctionRecursionConfig",
        "ReservedConcurrentExecutions": "lambda:PutFunctionConcurrency lambda:DeleteFunctionConcurrency",
        "RuntimeManagementConfig": "lambda:PutRuntimeManagementConfig",
        "VpcConfig": """ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs
            ec2:DescribeNetworkInterfaces""",
    },
    "AWS::Logs::LogGroup": {
        "BearerTokenAuthenticationEnabled": "logs:PutBearerTokenAuthentication",
        "DataProtectionPolicy": """logs:PutDataProtectionPolicy logs:DeleteDataProtectionPolicy
            logs:CreateLogDelivery s3:REST.PUT.OBJECT firehose:TagDeliveryStream""",
        "DeletionProtectionEnabled": "logs:PutLogGroupDeletionProtection",
        "FieldIndexPolicies": "logs:PutIndexPolicy logs:DeleteIndexPolicy",
        "KmsKeyId": "logs:AssociateKmsKey logs:DisassociateKmsKey",
        "ResourcePolicyDocument": "logs:PutResourcePolicy logs:DeleteResourcePolicy",
    },
    "AWS::S3::Bucket": {
        "AbacStatus": "s3:PutBucketAbac",
        "AccelerateConfiguration": "s3:PutAccelerateConfiguration",
        "AccessControl": "s3:PutBucketAcl s3:PutObjectAcl",
        "AnalyticsConfigurations": "s3:PutAnalyticsConfiguration s3:DeleteBucketAnalyticsConfiguration",
        "CorsConfiguration": "s3:PutBucketCORS s3:DeleteBucketCors",
        "IntelligentTieringConfigurations": "s3:PutIntelligentTieringConfiguration",
        "InventoryConfigurations": "s3:PutInventoryConfiguration",
        "LoggingConfiguration": "s3:PutBucketLogging",
        "MetadataTableConfiguration": """s3:CreateBucketMetadataTableConfiguration
            s3:DeleteBucketMetadataTableConfiguration s3:UpdateBucketMetadataJournalTableConfiguration
            s3:UpdateBucketMetadataInventoryTableConfiguration
            s3:UpdateBucketMetadataAnnotationTableConfiguration s3tables:CreateNamespace s3tables:CreateTable
            s3tables:CreateTableBucket s3tables:GetTable s3tables:PutTableBucketPolicy
            s3tables:PutTableEncryption s3tables:PutTablePolicy s3tables:GetTableMetadataLocation
            s3tables:UpdateTableMetadataLocation""",
        "MetricsConfigurations": "s3:PutMetricsConfiguration s3:DeleteBucketMetricsConfiguration",
        "NotificationConfiguration": "s3:PutBucketNotification",
        "ObjectLockConfiguration": "s3:PutBucketObjectLockConfiguration s3:PutObjectLockConfiguration",
        "OwnershipControls": "s3:PutBucketOwnershipControls",
        "ReplicationConfiguration": """s3:PutBucketReplication s3:PutReplicationConfiguration
            s3:DeleteBucketReplication""",
    },
    "AWS::SNS::Subscription": {"SubscriptionRoleArn": "iam:GetRole"},
    "AWS::SNS::Topic": {
        "DataProtectionPolicy": "sns:PutDataProtectionPolicy",
        "DeliveryStatusLogging": "iam:GetRole",
    },
    "AWS::ECR::Repository": {
        "EncryptionConfiguration": "kms:DescribeKey kms:CreateGrant kms:RetireGrant",
    },
}
# Calls that no resource of this template leads to, whatever its properties.
_OF_REPLICAS: Final = "of global tables alone, and it would reach the items"
NEVER: Final[dict[str, str]] = {
    "cloudfront:CreateDistributionWithTags": "no action of IAM: cloudfront:CreateDistribution covers it",
    "dynamodb:AssociateTableReplica": _OF_REPLICAS,
    "dynamodb:BatchWriteItem": _OF_REPLICAS,
    "dynamodb:CreateTableReplica": _OF_REPLICAS,
    "dynamodb:DeleteItem": _OF_REPLICAS,
    "dynamodb:GetItem": _OF_REPLICAS,
    "dynamodb:PutItem": _OF_REPLICAS,
    "dynamodb:Query": _OF_REPLICAS,
    "dynamodb:Scan": _OF_REPLICAS,
    "dynamodb:UpdateItem": _OF_REPLICAS,
    "iam:CreateServiceLinkedRole": _OF_REPLICAS,
    "iam:DeleteRolePermissionsBoundary": "would open the way around the boundary",
    "s3:DeleteBucketEncryption": "no action of IAM: s3:PutEncryptionConfiguration covers it",
    "s3:DeleteBucketLifecycle": "no action of IAM: s3:PutLifecycleConfiguration covers it",
    "s3:DeleteBucketTagging": "no action of IAM: s3:PutBucketTagging covers it",
    "s3:DeleteObject": "no object is CloudFormation's to delete: a bucket that is not empty stays",
}
# Calls that IAM knows no resource for.
ANYWHERE: Final = frozenset(
    {
        "cloudfront:ListDistributions",
        "cloudfront:ListOriginAccessControls",
        "cloudwatch:ListDashboards",
        "dynamodb:ListTables",
        "events:ListRules",
        "iam:ListRoles",
        "kms:ListAliases",
        "lambda:ListFunctions",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "s3:ListAllMyBuckets",
        "sns:ListSubscriptions",
        "sns:ListTopics",
        "sqs:ListQueues",
        "states:ListStateMachines",
    }
)
# Types whose schema has no handlers: from the service's own documentation.
WITHOUT_HANDLERS: Final = {
    "AWS::Budgets::Budget": {
        "create": ["budgets:ModifyBudget", "budgets:TagResource"],
        "read": ["budgets:ViewBudget", "budgets:ListTagsForResource"],
        "update": ["budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource"],
        "delete": ["budgets:ModifyBudget"],
    },
}
# What belongs to another resource, by the property that names that one.
_OWNER: Final = {
    "AWS::Lambda::Permission": "FunctionName",
    "AWS::Logs::MetricFilter": "LogGroupName",
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::Subscription": "TopicArn",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SQS::QueuePolicy": "Queues",
}
_ARTEFACT: Final = "arn:aws:s3:::aws-sam-cli-managed-default-samclisourcebucket-1a2b/plantcast/1a2b3c4d"
_KEY: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1a2b3c4d"


@dataclass(frozen=True, order=True)
class Call:
    """A call that CloudFormation makes for a resource, and what it is made on."""

    action: str
    on: str
    resource: str
    handler: str


def calls(stack: Stack) -> Iterator[Call]:
    """Yield what CloudFormation calls to make, read, change and delete each resource of a stack."""
    for logical_id, resource in stack.resources.items():
        kind = resource["Type"]
        skipped = NEVER.keys() | _of_absent_properties(kind, resource.get("Properties", {}))
        for handler, actions in handlers(kind).items():
            for action in sorted(set(actions) - skipped):
                for on in _on(stack, logical_id, action):
                    yield Call(action, on, logical_id, handler)


def handlers(kind: str) -> dict[str, list[str]]:
    """Return the calls by handler: create, read, update, delete, list, and those for tags."""
    if kind in WITHOUT_HANDLERS:
        return WITHOUT_HANDLERS[kind]
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    found = {**schema["handlers"], "tags": schema.get("tagging", {})}
    return {name: [_lower(action) for action in one.get("permissions", [])] for name, one in found.items()}


def _lower(action: str) -> str:
    """Return an action with its service in lower case; one schema says `S3:`."""
    service, _, operation = action.partition(":")
    return f"{service.lower()}:{operation}"


def _of_absent_properties(kind: str, properties: dict[str, Any]) -> set[str]:
    return {
        action
        for path, actions in ONLY_WITH.get(kind, {}).items()
        if not _has(properties, path.split("."))
        for action in actions.split()
    }


def _has(value: Any, path: list[str]) -> bool:
    if isinstance(value, list):
        return any(_has(entry, path) for entry in value)
    if not path:
        return True
    return isinstance(value, dict) and path[0] in value and _has(value[path[0]], path[1:])


def _on(stack: Stack, logical_id: str, action: str) -> list[str]:
    """Return the ARNs that an action for a resource is called on."""
    kind, properties = stack.resources[logical_id]["Type"], stack.resources[logical_id].get("Properties", {})
    if action in ANYWHERE:
        return ["*"]
    if kind == "AWS::Backup::BackupSelection" and action.startswith("iam:"):
        return [f"arn:aws:iam::{ACCOUNT}:role/service-role/AWSBackupDefaultServiceRole"]
    if action == "iam:PassRole":
        return _referred(stack, properties, "AWS::IAM::Role")
    if action == "lambda:GetLayerVersion" and kind == "AWS::Lambda::Function":
        return [f"{arn}:7" for arn in _referred(stack, properties, "AWS::Lambda::LayerVersion")]
    if action in {"s3:GetObject", "s3:GetObjectVersion"}:
        return (
            [_ARTEFACT] if "s3://" in json.dumps(properties) or "S3Bucket" in json.dumps(properties) else []
        )
    if action.startswith("kms:"):
        return [_KEY]
    if kind == "AWS::Logs::LogGroup":
        return [log_group(stack.resolve(properties["LogGroupName"]))]
    if kind in _OWNER:
        named = stack.resources[logical_id]["Properties"][_OWNER[kind]]
        owners = _referred(stack, named, "")
        assert owners, f"{logical_id} belongs to nothing"
        return owners
    arn = stack.arn(logical_id)
    return [f"{arn}:7"] if action in {"lambda:DeleteLayerVersion", "lambda:GetLayerVersion"} else [arn]


def _referred(stack: Stack, value: Any, kind: str) -> list[str]:
    """Return the ARNs of the resources of a type (any, when empty) that a value refers to."""
    text = json.dumps(value)
    found = []
    for name, resource in stack.resources.items():
        if kind in {"", resource["Type"]} and re.search(rf'"{name}"|\b{name}\.', text):
            group = resource["Type"] == "AWS::Logs::LogGroup"
            found.append(
                log_group(stack.resolve(resource["Properties"]["LogGroupName"])) if group else stack.arn(name)
            )
    return found


def log_group(name: str) -> str:
    """Return the ARN of a log group as IAM compares it."""
    return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"
