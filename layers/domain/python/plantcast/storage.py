"""The only door to AWS: an S3 bucket as an object store, a DynamoDB table, parameters, a topic, functions.

Domain code takes these as arguments; unit tests pass in-memory fakes of the protocols.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol, cast

import boto3
from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from botocore.config import Config
from botocore.exceptions import ClientError

from plantcast.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_ssm.client import SSMClient

# Standard mode backs off with jitter on throttling and passing faults; 5 attempts span about 10 s, well
# inside every function's timeout.
AWS_CONFIG = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=60)

Item = dict[str, Any]


@dataclass(frozen=True)
class StoredObject:
    """An object's bytes and the ETag that a conditional write of its successor must name."""

    body: bytes
    etag: str


class ObjectStore(Protocol):
    """Keys to bytes, with conditional writes."""

    def get(self, key: str) -> StoredObject | None:
        """Return the object, or None when there is none under `key`."""

    def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> str:
        """Write unconditionally; return the new ETag."""

    def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = ...) -> str:
        """Write only if the object still has `etag` (None: only if there is no object); return the new ETag.

        Raises:
            ConflictError: somebody else wrote first.
        """

    def list(self, prefix: str) -> Iterator[str]:
        """Yield every key that starts with `prefix`, in order."""

    def delete(self, key: str) -> None:
        """Remove the object; nothing happens when there is none."""


class S3ObjectStore:
    """`ObjectStore` on one S3 bucket."""

    def __init__(self, bucket: str, client: S3Client | None = None) -> None:
        self.bucket = bucket
        self._s3: S3Client = client or boto3.client("s3", config=AWS_CONFIG)

    def get(self, key: str) -> StoredObject | None:
        """Return the object, or None when there is none under `key`."""
        try:
            reply = self._s3.get_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if _code(error) in {"NoSuchKey", "404", "NotFound"}:
                return None
            raise
        return StoredObject(reply["Body"].read(), reply["ETag"])

    def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> str:
        """Write unconditionally; return the new ETag."""
        return self._s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type)["ETag"]

    def put_if(
        self, key: str, body: bytes, *, etag: str | None, content_type: str = "application/octet-stream"
    ) -> str:
        """Write only if the object still has `etag` (None: only if there is none); return the new ETag."""
        try:
            if etag is None:
                reply = self._s3.put_object(
                    Bucket=self.bucket, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*"
                )
            else:
                reply = self._s3.put_object(
                    Bucket=self.bucket, Key=key, Body=body, ContentType=content_type, IfMatch=etag
                )
        except ClientError as error:
            # 412: the condition failed. 409: a concurrent write of the same key was under way.
            # 404: If-Match on an object that has been deleted since it was read.
            if _code(error) in {
                "PreconditionFailed",
                "ConditionalRequestConflict",
                "NoSuchKey",
                "412",
                "409",
            }:
                raise ConflictError(
                    f"s3://{self.bucket}/{key} was changed by another writer.",
                    remedy="Read it again and repeat the decision.",
                ) from error
            raise
        return reply["ETag"]

    def list(self, prefix: str) -> Iterator[str]:
        """Yield every key that starts with `prefix`, in order."""
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                yield entry["Key"]

    def delete(self, key: str) -> None:
        """Remove the object; nothing happens when there is none."""
        self._s3.delete_object(Bucket=self.bucket, Key=key)


class ItemTable(Protocol):
    """Items under (pk, sk), with conditional writes. Numbers go in and come out as int or float."""

    def get(self, pk: str, sk: str) -> Item | None:
        """Return the item, or None when there is none."""

    def put(self, item: Item) -> None:
        """Write unconditionally (item must hold `pk` and `sk`)."""

    def put_if_newer(self, item: Item, *, attribute: str) -> bool:
        """Write unless the stored item's `attribute` is greater; say whether it was written."""

    def put_if_absent(self, item: Item) -> bool:
        """Write unless an item is stored under the same keys; say whether it was written."""

    def query(
        self, pk: str, *, sk_prefix: str = "", newest_first: bool = False, limit: int | None = None
    ) -> list[Item]:
        """Return the items of one partition whose sk starts with `sk_prefix`, ordered by sk."""


class DynamoTable:
    """`ItemTable` on one DynamoDB table."""

    def __init__(self, name: str, table: Table | None = None) -> None:
        self.name = name
        self._table: Table = table or boto3.resource("dynamodb", config=AWS_CONFIG).Table(name)

    def get(self, pk: str, sk: str) -> Item | None:
        """Return the item, or None when there is none."""
        item = self._table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item")
        return None if item is None else cast(Item, _from_dynamo(item))

    def put(self, item: Item) -> None:
        """Write unconditionally (item must hold `pk` and `sk`)."""
        self._table.put_item(Item=cast("Mapping[str, Any]", _to_dynamo(item)))

    def put_if_newer(self, item: Item, *, attribute: str) -> bool:
        """Write unless the stored item's `attribute` is greater; say whether it was written."""
        return self._put_conditionally(
            item, Attr("pk").not_exists() | Attr(attribute).lte(_to_dynamo(item[attribute]))
        )

    def put_if_absent(self, item: Item) -> bool:
        """Write unless an item is stored under the same keys; say whether it was written."""
        return self._put_conditionally(item, Attr("pk").not_exists())

    def query(
        self, pk: str, *, sk_prefix: str = "", newest_first: bool = False, limit: int | None = None
    ) -> list[Item]:
        """Return the items of one partition whose sk starts with `sk_prefix`, ordered by sk."""
        condition: ConditionBase = Key("pk").eq(pk)
        if sk_prefix:
            condition = condition & Key("sk").begins_with(sk_prefix)
        arguments: dict[str, Any] = {
            "KeyConditionExpression": condition,
            "ScanIndexForward": not newest_first,
        }
        if limit is not None:
            arguments["Limit"] = limit
        items: list[Item] = []
        while True:
            page = self._table.query(**arguments)
            items += [cast(Item, _from_dynamo(item)) for item in page["Items"]]
            last = page.get("LastEvaluatedKey")
            if last is None or (limit is not None and len(items) >= limit):
                return items[:limit]
            arguments["ExclusiveStartKey"] = last

    def _put_conditionally(self, item: Item, condition: ConditionBase) -> bool:
        try:
            self._table.put_item(
                Item=cast("Mapping[str, Any]", _to_dynamo(item)), ConditionExpression=condition
            )
        except ClientError as error:
            if _code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True


class Parameters:
    """SSM parameters, decrypted."""

    def __init__(self, client: SSMClient | None = None) -> None:
        self._ssm: SSMClient = client or boto3.client("ssm", config=AWS_CONFIG)

    def get(self, name: str) -> str:
        """Return the parameter's value.

        Raises:
            NotFoundError: no such parameter.
        """
        try:
            return self._ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
        except ClientError as error:
            if _code(error) == "ParameterNotFound":
                raise NotFoundError(
                    f"There is no SSM parameter {name!r}.",
                    remedy=f"Create it: aws ssm put-parameter --type SecureString --name {name} --value …",
                ) from error
            raise


class Topic:
    """An SNS topic."""

    def __init__(self, arn: str, client: SNSClient | None = None) -> None:
        self.arn = arn
        self._sns: SNSClient = client or boto3.client("sns", config=AWS_CONFIG)

    def publish(self, *, subject: str, message: str) -> None:
        """Send one message; `subject` is what e-mail shows (ASCII, under 100 characters, SNS's limit)."""
        self._sns.publish(TopicArn=self.arn, Subject=subject, Message=message)


class Functions:
    """Other Lambda functions, invoked and waited for."""

    def __init__(self, client: LambdaClient | None = None) -> None:
        self._lambda: LambdaClient = client or boto3.client("lambda", config=AWS_CONFIG)

    def invoke(self, name: str, payload: Mapping[str, Any]) -> Any:
        """Invoke synchronously and return the decoded result.

        Raises:
            RuntimeError: the function raised; the message carries its error.
        """
        reply = self._lambda.invoke(FunctionName=name, Payload=json.dumps(payload).encode())
        result = json.loads(reply["Payload"].read() or b"null")
        if "FunctionError" in reply:
            raise RuntimeError(f"function {name} failed: {result}")
        return result


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _to_dynamo(value: Any) -> Any:
    """Floats become decimals (DynamoDB has no binary float); NaN is refused by DynamoDB, so store None."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {key: _to_dynamo(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_to_dynamo(inner) for inner in value]
    return value


def _from_dynamo(value: Any) -> Any:
    if isinstance(value, Decimal):
        return (
            int(value)
            if value == value.to_integral_value() and value.as_tuple().exponent == 0
            else float(value)
        )
    if isinstance(value, Mapping):
        return {key: _from_dynamo(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_from_dynamo(inner) for inner in value]
    return value
