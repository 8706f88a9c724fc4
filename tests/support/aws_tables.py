"""The deployment's table, as template.yaml has it, for tests and benchmarks that create their own."""

from __future__ import annotations

from typing import Any

import boto3


def create_table(name: str, *, session: Any = boto3, endpoint_url: str | None = None) -> Any:
    """Create the table and return it as a boto3 resource."""
    return session.resource("dynamodb", endpoint_url=endpoint_url).create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )
