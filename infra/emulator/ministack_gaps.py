"""Applies through the API what an emulator's CloudFormation accepts and silently drops.

The values are read from the template, so that they are written down once. On AWS none of this runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.stack.localize import Template

if TYPE_CHECKING:
    from boto3.session import Session

    from infra.stack.outputs import Outputs


def close_gaps(session: Session, endpoint: str, template: Template, outputs: Outputs) -> None:
    """Apply table TTL and point-in-time recovery, and the data bucket's lifecycle; safe to repeat."""
    _table_settings(session, endpoint, template["Resources"]["Table"]["Properties"], outputs.table_name)
    _bucket_lifecycle(
        session, endpoint, template["Resources"]["DataBucket"]["Properties"], outputs.data_bucket
    )


def _table_settings(session: Session, endpoint: str, properties: dict[str, Any], table: str) -> None:
    dynamodb = session.client("dynamodb", endpoint_url=endpoint)
    wanted = properties["TimeToLiveSpecification"]
    current = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    # DynamoDB refuses to enable a TTL that is enabled already.
    if current.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)
    dynamodb.update_continuous_backups(
        TableName=table,
        PointInTimeRecoverySpecification=properties["PointInTimeRecoverySpecification"],
    )


def _bucket_lifecycle(session: Session, endpoint: str, properties: dict[str, Any], bucket: str) -> None:
    rules = [_lifecycle_rule(rule) for rule in properties["LifecycleConfiguration"]["Rules"]]
    session.client("s3", endpoint_url=endpoint).put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={"Rules": rules},  # type: ignore[typeddict-item]  # built from the template
    )


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Turn CloudFormation's form of a lifecycle rule into the S3 API's."""
    translated: dict[str, Any] = {
        "ID": rule["Id"],
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
    }
    if "ExpirationInDays" in rule:
        translated["Expiration"] = {"Days": rule["ExpirationInDays"]}
    for same in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if same in rule:
            translated[same] = rule[same]
    return translated
