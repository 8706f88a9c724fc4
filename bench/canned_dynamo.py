"""DynamoDB without a network: botocore's requests are made, signed and parsed; only the wire is left out."""

from __future__ import annotations

import json
from typing import Any

import boto3
from boto3.dynamodb.types import TypeSerializer
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from infra.stack.environment import DUMMY_AWS, REGION
from plantcast.aws import AWS_CONFIG, DynamoTable
from plantcast.aws.dynamodb import _to_dynamo
from tests.fakes import MemoryTable


class _Raw:
    """What botocore reads a body from."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Any:
        yield self._body


def canned_table(items: MemoryTable) -> DynamoTable:
    """Return a table that answers GetItem, BatchGetItem and Query from `items`, each reply made once."""
    session = boto3.Session(
        aws_access_key_id=DUMMY_AWS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=DUMMY_AWS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    resource = session.resource("dynamodb", config=AWS_CONFIG)
    replies: dict[tuple[str, bytes], bytes] = {}

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        asked = (operation, request.body)
        if asked not in replies:
            replies[asked] = json.dumps(_reply(operation, json.loads(request.body), items)).encode()
        headers = {"content-type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 200, headers, _Raw(replies[asked]))

    resource.meta.client.meta.events.register("before-send.dynamodb", answer)
    return DynamoTable("plantcast", resource.Table("plantcast"))


def _reply(operation: str, asked: dict[str, Any], items: MemoryTable) -> dict[str, Any]:
    if operation == "GetItem":
        key = asked["Key"]
        found = items.get(key["pk"]["S"], key["sk"]["S"])
        return {} if found is None else {"Item": _wire(found)}
    if operation == "Query":
        values = [value["S"] for value in asked["ExpressionAttributeValues"].values()]
        rows = items.query(
            values[0],
            sk_prefix=values[1],
            newest_first=not asked["ScanIndexForward"],
            limit=asked.get("Limit"),
        )
        return {"Items": [_wire(row) for row in rows], "Count": len(rows)}
    if operation == "BatchGetItem":
        ((name, wanted),) = asked["RequestItems"].items()
        rows = items.get_many([(key["pk"]["S"], key["sk"]["S"]) for key in wanted["Keys"]])
        return {"Responses": {name: [_wire(row) for row in rows]}, "UnprocessedKeys": {}}
    raise NotImplementedError(operation)


def _wire(item: dict[str, Any]) -> dict[str, Any]:
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in _to_dynamo(item).items()}
