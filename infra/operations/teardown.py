"""Takes a stack down: buckets emptied first, then the stack, and the data only when that is asked for.

The template keeps data bucket and table when the stack goes (`DeletionPolicy: Retain`). A new one makes
new ones; what is kept comes into it by a backup and a restore. Every step can be repeated, whatever an
earlier teardown had done already.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.local.cloud import API_KEY_PARAMETER, KMA_KEY_PARAMETER
from infra.operations.aws_faults import aws_faults
from infra.operations.buckets import empty_bucket, stored
from infra.operations.deployment import Account, describe_stack
from infra.operations.leftovers import Leftover, leftovers
from plantcast.errors import ConflictError, InvalidInputError, NotFoundError, PlantcastError

DATA_BUCKET: Final = "DataBucket"
TABLE: Final = "Table"
# The resources that the template retains; a test compares.
RETAINED: Final = {DATA_BUCKET: "AWS::S3::Bucket", TABLE: "AWS::DynamoDB::Table"}
_BUCKET: Final = "AWS::S3::Bucket"
_KEYS: Final = frozenset({"KmaKeyParameterName", "ApiKeyParameterName"})
_DELETE_ATTEMPTS: Final = 3
_POLL_SECONDS: Final = {"aws": 5.0, "localstack": 1.0, "ministack": 0.2}
_STACK_SECONDS: Final = 1800.0

Tell = Callable[[str], None]


@dataclass
class Found:
    """What of a deployment there is: its stack, if any, its buckets and its table."""

    stack: str
    status: str | None
    data_bucket: str | None = None
    table: str | None = None
    other_buckets: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=lambda: [KMA_KEY_PARAMETER, API_KEY_PARAMETER])

    @property
    def anything(self) -> bool:
        """Say whether there is anything to take down."""
        return any((self.status, self.data_bucket, self.table))


@dataclass(frozen=True)
class TeardownReport:
    """What was deleted, and what is left."""

    stack: str
    stack_deleted: bool
    data_deleted: list[str]
    kept: list[Leftover]
    others: list[Leftover]

    def facts(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "stack": self.stack,
            "stack_deleted": self.stack_deleted,
            "data_deleted": self.data_deleted,
            "kept": [each.facts() for each in self.kept],
            "others": [each.facts() for each in self.others],
        }


def find(account: Account, stack: str) -> Found:
    """Look what there is of a stack, also when it is gone and only its data is left.

    Raises:
        NotFoundError: there is nothing.
        InvalidInputError: the stack is not Plantcast's.
    """
    described = describe_stack(account, stack)
    found = Found(stack, described["StackStatus"] if described else None)
    with aws_faults(account.where):
        if described is not None:
            found.stack = described["StackName"]
            given = [entry for entry in described.get("Parameters", []) if entry["ParameterKey"] in _KEYS]
            found.keys = [entry["ParameterValue"] for entry in given] or found.keys
            _read_resources(account, found)
        else:
            found.data_bucket, found.table = _left_bucket(account, stack), _left_table(account, stack)
    if not found.anything:
        raise NotFoundError(
            f"There is no stack {stack!r} in {account.region}, nor a bucket or table that it left.",
            remedy="Check the name, --region and the credentials' account (`aws sts get-caller-identity`).",
        )
    return found


def teardown(account: Account, found: Found, *, delete_data: bool, tell: Tell) -> TeardownReport:
    """Delete the stack, and with `delete_data` what it retained. The caller has asked for confirmation.

    Raises:
        ConflictError: the stack is being changed by someone else.
        PlantcastError: a resource cannot be deleted; the message names it.
    """
    with aws_faults(account.where):
        s3 = account.client("s3")
        if found.status is not None:
            _delete_stack(account, found, tell)
        deleted: list[str] = []
        if delete_data and found.data_bucket is not None:
            tell(f"emptying and deleting bucket {found.data_bucket}")
            _delete_bucket(s3, found.data_bucket, tell)
            deleted.append(found.data_bucket)
        if delete_data and found.table is not None:
            tell(f"deleting table {found.table}")
            _delete_table(account, found.table)
            deleted.append(found.table)
        kept = [] if delete_data else _kept(account, found)
        others = leftovers(account, found.stack, found.keys)
    return TeardownReport(found.stack, found.status is not None, deleted, kept, others)


def _read_resources(account: Account, found: Found) -> None:
    pages = account.client("cloudformation").get_paginator("list_stack_resources")
    resources = [
        resource
        for page in pages.paginate(StackName=found.stack)
        for resource in page["StackResourceSummaries"]
    ]
    kinds = {resource["LogicalResourceId"]: resource["ResourceType"] for resource in resources}
    if any(kinds.get(name) != kind for name, kind in RETAINED.items()):
        raise InvalidInputError(
            f"Stack {found.stack!r} in {account.region} is not Plantcast's: no {' or '.join(RETAINED)}.",
            remedy="Name Plantcast's stack; delete another one with `aws cloudformation delete-stack`.",
        )
    for resource in resources:
        name, physical = resource["LogicalResourceId"], resource.get("PhysicalResourceId")
        if not physical or resource["ResourceStatus"] == "DELETE_COMPLETE":
            continue
        if name == DATA_BUCKET:
            found.data_bucket = physical if _has_bucket(account, physical) else None
        elif name == TABLE:
            found.table = physical if _has_table(account, physical) else None
        elif resource["ResourceType"] == _BUCKET:
            found.other_buckets.append(physical)


def _delete_stack(account: Account, found: Found, tell: Tell) -> None:
    cloudformation, s3 = account.client("cloudformation"), account.client("s3")
    described = describe_stack(account, found.stack)
    if described is None:
        return
    stack_id: str = described["StackId"]  # a deleted stack is found by its id only
    status: str = described["StackStatus"]
    if status.endswith("_IN_PROGRESS") and status != "DELETE_IN_PROGRESS":
        raise ConflictError(
            f"Stack {found.stack} is being changed ({status}).",
            remedy="Wait until that ends, then call again.",
        )
    for _ in range(_DELETE_ATTEMPTS):
        for bucket in found.other_buckets:  # again each time: somebody may have opened the dashboard's upload
            tell(f"emptying bucket {bucket}")
            empty_bucket(s3, bucket)
        tell(f"deleting stack {found.stack}")
        cloudformation.delete_stack(StackName=stack_id)
        if _await_deleted(account, stack_id):
            return
    raise PlantcastError(
        f"Stack {found.stack} could not be deleted: {_failures(cloudformation, stack_id)}.",
        remedy="Mend that and call again; `delete-stack --retain-resources` of the AWS CLI leaves one out.",
    )


def _await_deleted(account: Account, stack_id: str) -> bool:
    """Wait until a stack is gone; False when deleting it failed."""
    deadline = time.monotonic() + _STACK_SECONDS
    while time.monotonic() < deadline:
        described = describe_stack(account, stack_id)
        if described is None:
            return True
        if described["StackStatus"] == "DELETE_FAILED":
            return False
        time.sleep(_POLL_SECONDS[account.target])
    raise PlantcastError(
        f"The stack is still being deleted after {_STACK_SECONDS / 60:.0f} minutes.",
        remedy="Call again later: it goes on where it is.",
    )


def _failures(cloudformation: Any, stack_id: str) -> str:
    events = cloudformation.describe_stack_events(StackName=stack_id)["StackEvents"]
    said = {
        event["LogicalResourceId"]: event.get("ResourceStatusReason", "no reason given")
        for event in reversed(events)
        if event["ResourceStatus"] == "DELETE_FAILED"
        and event["ResourceType"] != "AWS::CloudFormation::Stack"
    }
    return "; ".join(f"{name}: {reason}" for name, reason in said.items()) or "CloudFormation gives no reason"


def _delete_bucket(s3: Any, bucket: str, tell: Tell) -> None:
    empty_bucket(s3, bucket, lambda deleted: tell(f"deleted {deleted} versions"))
    try:
        s3.delete_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in {"NoSuchBucket", "404"}:
            raise


def _delete_table(account: Account, table: str) -> None:
    dynamodb = account.client("dynamodb")
    try:
        dynamodb.delete_table(TableName=table)
    except dynamodb.exceptions.ResourceNotFoundException:
        return
    dynamodb.get_waiter("table_not_exists").wait(
        TableName=table, WaiterConfig={"Delay": 2, "MaxAttempts": 300}
    )


def _kept(account: Account, found: Found) -> list[Leftover]:
    kept = []
    if found.data_bucket is not None:
        count, size = stored(account.client("s3"), found.data_bucket)
        kept.append(Leftover.bucket(found.data_bucket, count, size))
    if found.table is not None:
        table = account.client("dynamodb").describe_table(TableName=found.table)["Table"]
        kept.append(Leftover.table(found.table, table.get("ItemCount", 0), table.get("TableSizeBytes", 0)))
    return kept


def _has_bucket(account: Account, bucket: str) -> bool:
    try:
        account.client("s3").head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in {"404", "NoSuchBucket"}:
            return False
        raise
    return True


def _has_table(account: Account, table: str) -> bool:
    dynamodb = account.client("dynamodb")
    try:
        dynamodb.describe_table(TableName=table)
    except dynamodb.exceptions.ResourceNotFoundException:
        return False
    return True


def _left_bucket(account: Account, stack: str) -> str | None:
    """Return the data bucket of a stack that is gone: CloudFormation named it after the stack."""
    prefix = f"{stack.lower()}-{DATA_BUCKET.lower()}-"
    buckets = account.client("s3").list_buckets()["Buckets"]
    return _only("bucket", [each["Name"] for each in buckets if each["Name"].startswith(prefix)])


def _left_table(account: Account, stack: str) -> str | None:
    prefix = f"{stack}-{TABLE}-"
    pages = account.client("dynamodb").get_paginator("list_tables").paginate()
    return _only("table", [n for page in pages for n in page["TableNames"] if n.startswith(prefix)])


def _only(kind: str, names: list[str]) -> str | None:
    """Return the one name; which of several deployments is meant, the caller has to say."""
    if len(names) > 1:
        raise InvalidInputError(
            f"Several stacks of this name have left a {kind}: {', '.join(names)}.",
            remedy="Back up what you need and delete them one by one with the AWS CLI (docs/backup.md).",
        )
    return names[0] if names else None
