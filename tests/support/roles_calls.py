"""Calls of AWS as rows of a table: what is called, on what of a deployed stack."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.support.roles_setup import RolesStack

REFUSED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError"})
# An answer that something does not exist was allowed.
GRANTED = frozenset({"ok", "NoSuchKey", "ExecutionDoesNotExist"})


@dataclass(frozen=True)
class Call:
    """One call: `parameters` makes its arguments for a deployed stack."""

    words: str
    service: str
    operation: str
    parameters: Callable[[RolesStack], dict[str, Any]]

    def by(self, stack: RolesStack, role: str, *, plain_http: bool = False) -> str:
        """Make the call as a role of the stack; return `ok` or the error's code."""
        client = stack.client(role, self.service, plain_http=plain_http)
        try:
            getattr(client, self.operation)(**self.parameters(stack))
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "ok"


def read(key: str) -> Call:
    """GetObject of the data bucket."""
    return Call(
        f"read {key}", "s3", "get_object", lambda stack: {"Bucket": stack.outputs.data_bucket, "Key": key}
    )


def write(key: str) -> Call:
    """PutObject of the data bucket."""
    return Call(
        f"write {key}",
        "s3",
        "put_object",
        lambda stack: {"Bucket": stack.outputs.data_bucket, "Key": key, "Body": b"tried by a test"},
    )


def delete(key: str) -> Call:
    """DeleteObject of the data bucket."""
    return Call(
        f"delete {key}",
        "s3",
        "delete_object",
        lambda stack: {"Bucket": stack.outputs.data_bucket, "Key": key},
    )


def list_bucket() -> Call:
    """ListObjectsV2 of the data bucket."""
    return Call(
        "list the bucket", "s3", "list_objects_v2", lambda stack: {"Bucket": stack.outputs.data_bucket}
    )


def write_website() -> Call:
    """PutObject of the website's bucket."""
    return Call(
        "write the website",
        "s3",
        "put_object",
        lambda stack: {"Bucket": stack.outputs.web_bucket, "Key": "index.html", "Body": b"tried by a test"},
    )


def open_bucket() -> Call:
    """DeleteBucketPolicy of the data bucket."""
    return Call(
        "remove the bucket's policy",
        "s3",
        "delete_bucket_policy",
        lambda stack: {"Bucket": stack.outputs.data_bucket},
    )


def _key(pk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": "TRIED"}}


def get_item(pk: str) -> Call:
    """GetItem."""
    return Call(
        f"get {pk}",
        "dynamodb",
        "get_item",
        lambda stack: {"TableName": stack.outputs.table_name, "Key": _key(pk)},
    )


def get_items(*pks: str) -> Call:
    """BatchGetItem."""
    return Call(
        f"get {' and '.join(pks)} at once",
        "dynamodb",
        "batch_get_item",
        lambda stack: {"RequestItems": {stack.outputs.table_name: {"Keys": [_key(pk) for pk in pks]}}},
    )


def put_item(pk: str) -> Call:
    """PutItem."""
    return Call(
        f"put {pk}",
        "dynamodb",
        "put_item",
        lambda stack: {"TableName": stack.outputs.table_name, "Item": _key(pk)},
    )


def update_item(pk: str) -> Call:
    """UpdateItem."""
    return Call(
        f"update {pk}",
        "dynamodb",
        "update_item",
        lambda stack: {
            "TableName": stack.outputs.table_name,
            "Key": _key(pk),
            "UpdateExpression": "SET tried = :yes",
            "ExpressionAttributeValues": {":yes": {"BOOL": True}},
        },
    )


def delete_item(pk: str) -> Call:
    """DeleteItem."""
    return Call(
        f"delete {pk}",
        "dynamodb",
        "delete_item",
        lambda stack: {"TableName": stack.outputs.table_name, "Key": _key(pk)},
    )


def query(pk: str) -> Call:
    """Query of one partition."""
    return Call(
        f"query {pk}",
        "dynamodb",
        "query",
        lambda stack: {
            "TableName": stack.outputs.table_name,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
        },
    )


def scan() -> Call:
    """Scan of the table."""
    return Call("scan the table", "dynamodb", "scan", lambda stack: {"TableName": stack.outputs.table_name})


def invoke(function: str) -> Call:
    """InvokeFunction of a function by its short name."""
    return Call(
        f"invoke {function}",
        "lambda",
        "invoke",
        lambda stack: {"FunctionName": stack.outputs.functions[function], "Payload": b"{}"},
    )


def parameter(name: str) -> Call:
    """GetParameter, decrypted."""
    return Call(f"read {name}", "ssm", "get_parameter", lambda _: {"Name": name, "WithDecryption": True})


def publish() -> Call:
    """Publish to the topic."""
    return Call(
        "publish",
        "sns",
        "publish",
        lambda stack: {"TopicArn": stack.outputs.topic_arn, "Message": "tried by a test"},
    )


def start(machine: str) -> Call:
    """StartExecution of a state machine, with an input that each refuses."""
    return Call(
        f"start {machine}",
        "stepfunctions",
        "start_execution",
        lambda stack: {
            "stateMachineArn": _machine_arn(stack, machine),
            "input": json.dumps({"stations": ["none"]}),
        },
    )


def _machine_arn(stack: RolesStack, machine: str) -> str:
    outputs = stack.outputs
    return {
        "pipeline": outputs.state_machine_arn,
        "update": outputs.update_state_machine_arn,
        "backfill": outputs.backfill_state_machine_arn,
    }[machine]


def history_of(machine: str) -> Call:
    """DescribeExecution of one that there is not."""
    return Call(
        f"describe an execution of {machine}",
        "stepfunctions",
        "describe_execution",
        lambda stack: {
            "executionArn": _machine_arn(stack, machine).replace(":stateMachine:", ":execution:") + ":none"
        },
    )


def become(role: str) -> Call:
    """AssumeRole of another role of the stack."""
    return Call(
        f"become {role}",
        "sts",
        "assume_role",
        lambda stack: {"RoleArn": stack.role_arn(role), "RoleSessionName": "tried"},
    )


def widen(role: str) -> Call:
    """PutRolePolicy: everything allowed to a role of the stack."""
    everything = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
    return Call(
        f"widen {role}",
        "iam",
        "put_role_policy",
        lambda stack: {
            "RoleName": stack.physical[role],
            "PolicyName": "tried",
            "PolicyDocument": json.dumps(everything),
        },
    )


def change_code(function: str) -> Call:
    """UpdateFunctionConfiguration of a function by its short name."""
    return Call(
        f"change {function}",
        "lambda",
        "update_function_configuration",
        lambda stack: {"FunctionName": stack.outputs.functions[function], "Timeout": 3},
    )
