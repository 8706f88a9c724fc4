"""DynamoDB as a table of items under (pk, sk), with conditional writes."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import boto3
from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from botocore.exceptions import ClientError

from plantcast.aws.client import AWS_CONFIG, error_code
from plantcast.common.errors import TemporaryError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

Item = dict[str, Any]

_BATCH: Final = 100  # keys that DynamoDB takes in one BatchGetItem
# A throttled BatchGetItem succeeds and leaves keys unprocessed, which botocore does not retry. The waits are
# random, up to 0.1, 0.2 … 3.2 s: within the timeout of every function.
_BATCH_WAITS: Final = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


class ItemTable(Protocol):
    """Items under (pk, sk), with conditional writes. Numbers go in and come out as int or float."""

    def get(self, pk: str, sk: str) -> Item | None:
        """Return the item, or None when there is none."""

    def put(self, item: Item) -> None:
        """Write, whatever is stored (item must hold `pk` and `sk`)."""

    def put_if(self, item: Item, condition: ConditionBase) -> bool:
        """Write if `condition` (of `Attr`) is true of the stored item; return whether it was written."""

    def put_if_newer(self, item: Item, *, attribute: str) -> bool:
        """Write unless the stored item's `attribute` is greater; return whether it was written."""

    def put_if_absent(self, item: Item) -> bool:
        """Write unless an item is stored under the same keys; return whether it was written."""

    def increment(
        self, pk: str, sk: str, attribute: str, *, limit: int, also: Mapping[str, Any] | None = None
    ) -> int | None:
        """Add one to a counter (a missing one is 0) and set the attributes `also`; return the new count.

        None: the count has reached `limit`, and nothing was written.
        """

    def delete(self, pk: str, sk: str) -> None:
        """Remove the item; nothing happens when there is none."""

    def query(
        self,
        pk: str,
        *,
        sk_prefix: str = "",
        sk_between: tuple[str, str] | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> list[Item]:
        """Return the items of one partition, ordered by sk.

        Those whose sk starts with `sk_prefix`, or lies in `sk_between` (both ends included).
        """

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        """Return the items under different (pk, sk), in the order of `keys`; those not there are left out.

        Raises:
            TemporaryError: the table is throttled and still left keys unprocessed after several attempts.
        """


class DynamoTable(ItemTable):
    """`ItemTable` on one DynamoDB table."""

    def __init__(self, name: str, table: Table | None = None) -> None:
        self.name = name
        self._table: Table = table or boto3.resource("dynamodb", config=AWS_CONFIG).Table(name)

    def get(self, pk: str, sk: str) -> Item | None:
        item = self._table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item")
        return None if item is None else cast(Item, _from_dynamo(item))

    def put(self, item: Item) -> None:
        self._table.put_item(Item=cast("Mapping[str, Any]", _to_dynamo(item)))

    def put_if(self, item: Item, condition: ConditionBase) -> bool:
        try:
            self._table.put_item(
                Item=cast("Mapping[str, Any]", _to_dynamo(item)), ConditionExpression=condition
            )
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def put_if_newer(self, item: Item, *, attribute: str) -> bool:
        older = Attr("pk").not_exists() | Attr(attribute).lte(_to_dynamo(item[attribute]))
        return self.put_if(item, older)

    def put_if_absent(self, item: Item) -> bool:
        return self.put_if(item, Attr("pk").not_exists())

    def increment(
        self, pk: str, sk: str, attribute: str, *, limit: int, also: Mapping[str, Any] | None = None
    ) -> int | None:
        if limit < 1:
            return None
        others = also or {}
        names = {"#counter": attribute} | {f"#also{n}": name for n, name in enumerate(others)}
        values = {":zero": 0, ":one": 1, ":limit": limit}
        values |= {f":also{n}": _to_dynamo(value) for n, value in enumerate(others.values())}
        changes = ["#counter = if_not_exists(#counter, :zero) + :one"]
        changes += [f"#also{n} = :also{n}" for n in range(len(others))]
        try:
            reply = self._table.update_item(
                Key={"pk": pk, "sk": sk},
                UpdateExpression=f"SET {', '.join(changes)}",
                ConditionExpression="attribute_not_exists(#counter) OR #counter < :limit",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="UPDATED_NEW",
            )
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return None
            raise
        return int(cast(Decimal, reply["Attributes"][attribute]))

    def delete(self, pk: str, sk: str) -> None:
        self._table.delete_item(Key={"pk": pk, "sk": sk})

    def query(
        self,
        pk: str,
        *,
        sk_prefix: str = "",
        sk_between: tuple[str, str] | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> list[Item]:
        condition: ConditionBase = Key("pk").eq(pk)
        if sk_between is not None:
            condition = condition & Key("sk").between(*sk_between)
        elif sk_prefix:
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

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        found: dict[tuple[str, str], Item] = {}
        for start in range(0, len(keys), _BATCH):
            batch = [{"pk": pk, "sk": sk} for pk, sk in keys[start : start + _BATCH]]
            wanted: Any = {self.name: {"Keys": batch, "ConsistentRead": True}}
            for longest_wait in (*_BATCH_WAITS, None):
                reply = self._table.meta.client.batch_get_item(RequestItems=wanted)
                items = [cast(Item, _from_dynamo(item)) for item in reply["Responses"].get(self.name, ())]
                found |= {(item["pk"], item["sk"]): item for item in items}
                wanted = reply.get("UnprocessedKeys")
                if not wanted:
                    break
                if longest_wait is None:
                    raise TemporaryError(
                        f"DynamoDB left {len(wanted[self.name]['Keys'])} of {len(keys)} keys unprocessed.",
                        remedy="Retry later; if it lasts, look for throttling of the table in CloudWatch.",
                    )
                time.sleep(random.uniform(0, longest_wait))  # noqa: S311 - jitter
        return [found[key] for key in keys if key in found]


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
