"""DynamoDB as a table of items under (pk, sk), with conditional writes.

An item with a `schema_version` never replaces one with a greater one, whatever wrote it: see
`plantcast.common.schema`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import boto3
from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from botocore.exceptions import ClientError

from plantcast.aws.client import AWS_CONFIG, error_code
from plantcast.common.errors import TemporaryError
from plantcast.common.schema import FIELD, newer_stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

Item = dict[str, Any]

_BATCH: Final = 100  # keys that DynamoDB takes in one BatchGetItem
# Botocore retries calls that fail. One that leaves keys unprocessed succeeds, so its retries are ours, after
# random waits of up to 0.1, 0.2 … 3.2 s: 6.3 s in all at most, within the timeout of every function.
_BATCH_ATTEMPTS: Final = 7
_FIRST_WAIT: Final = 0.1


class ItemTable(Protocol):
    """Items under (pk, sk), with conditional writes. Numbers go in and come out as int or float."""

    def get(self, pk: str, sk: str) -> Item | None:
        """Return the item, or None when there is none."""

    def put(self, item: Item) -> None:
        """Write, whatever is stored (item must hold `pk` and `sk`).

        Raises:
            SchemaVersionError: what is stored is of a newer schema version; it was left as it is.
        """

    def put_if_newer(self, item: Item, *, attribute: str) -> bool:
        """Write unless the stored item's `attribute` is greater; say whether it was written.

        Raises:
            SchemaVersionError: what is stored is of a newer schema version; it was left as it is.
        """

    def put_if_absent(self, item: Item) -> bool:
        """Write unless an item is stored under the same keys; say whether it was written."""

    def count_up(
        self, pk: str, sk: str, attribute: str, *, limit: int, also: Mapping[str, Any] | None = None
    ) -> int | None:
        """Add one to a counter (a missing one is 0) unless that takes it over `limit`; return the new count.

        None means that the limit is reached and nothing was written. `also` are attributes set beside it;
        a `schema_version` among them is set only where there is none yet.

        Raises:
            SchemaVersionError: what is stored is of a newer schema version; it was left as it is.
        """

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


class DynamoTable:
    """`ItemTable` on one DynamoDB table."""

    def __init__(
        self, name: str, table: Table | None = None, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.name = name
        self._sleep = sleep
        self._table: Table = table or boto3.resource("dynamodb", config=AWS_CONFIG).Table(name)

    def get(self, pk: str, sk: str) -> Item | None:
        """Return the item, or None when there is none."""
        item = self._table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item")
        return None if item is None else cast(Item, _from_dynamo(item))

    def put(self, item: Item) -> None:
        """Write, whatever is stored but a newer schema version (item must hold `pk` and `sk`)."""
        if FIELD not in item:
            self._table.put_item(Item=cast("Mapping[str, Any]", _to_dynamo(item)))
        elif not self._put_conditionally(item, _not_newer(item)):
            # Nothing else is in its way, and a version once stored never becomes less.
            self._refuse_newer(item["pk"], item["sk"], item[FIELD])

    def put_if_newer(self, item: Item, *, attribute: str) -> bool:
        """Write unless the stored item's `attribute` is greater; say whether it was written."""
        free = Attr("pk").not_exists() | Attr(attribute).lte(_to_dynamo(item[attribute]))
        if FIELD not in item:
            return self._put_conditionally(item, free)
        if self._put_conditionally(item, free & _not_newer(item)):
            return True
        self._refuse_newer(item["pk"], item["sk"], item[FIELD])
        return False

    def put_if_absent(self, item: Item) -> bool:
        """Write unless an item is stored under the same keys; say whether it was written."""
        return self._put_conditionally(item, Attr("pk").not_exists())

    def count_up(
        self, pk: str, sk: str, attribute: str, *, limit: int, also: Mapping[str, Any] | None = None
    ) -> int | None:
        """Add one to a counter unless that takes it over `limit`; return the new count, None at the limit."""
        if limit < 1:
            return None
        beside = {name: value for name, value in (also or {}).items() if name != FIELD}
        version = (also or {}).get(FIELD)
        names = {"#counter": attribute} | {f"#also{n}": name for n, name in enumerate(beside)}
        values = {":zero": 0, ":one": 1, ":limit": limit}
        values |= {f":also{n}": _to_dynamo(value) for n, value in enumerate(beside.values())}
        changes = ["#counter = if_not_exists(#counter, :zero) + :one"]
        changes += [f"#also{n} = :also{n}" for n in range(len(beside))]
        condition = "(attribute_not_exists(#counter) OR #counter < :limit)"
        if version is not None:
            names["#schema"], values[":schema"] = FIELD, version
            changes.append("#schema = if_not_exists(#schema, :schema)")
            condition += " AND (attribute_not_exists(#schema) OR #schema <= :schema)"
        try:
            reply = self._table.update_item(
                Key={"pk": pk, "sk": sk},
                UpdateExpression=f"SET {', '.join(changes)}",
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="UPDATED_NEW",
            )
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                if version is not None:
                    self._refuse_newer(pk, sk, version)
                return None
            raise
        return int(cast(Decimal, reply["Attributes"][attribute]))

    def query(
        self,
        pk: str,
        *,
        sk_prefix: str = "",
        sk_between: tuple[str, str] | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> list[Item]:
        """Return the items of one partition, ordered by sk (see `ItemTable`)."""
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
        """Return the items under different (pk, sk), in the order of `keys`; those not there are left out."""
        found: dict[tuple[str, str], Item] = {}
        for start in range(0, len(keys), _BATCH):
            wanted: dict[str, Any] = {
                self.name: {
                    "Keys": [{"pk": pk, "sk": sk} for pk, sk in keys[start : start + _BATCH]],
                    "ConsistentRead": True,
                }
            }
            attempts = 0
            while wanted:  # a reply ends at 16 MB or when the table is throttled, and names what is left
                if attempts:
                    self._sleep(random.uniform(0, _FIRST_WAIT * 2 ** (attempts - 1)))  # noqa: S311 - jitter
                reply = self._table.meta.client.batch_get_item(RequestItems=wanted)
                items = [cast(Item, _from_dynamo(item)) for item in reply["Responses"].get(self.name, ())]
                found |= {(item["pk"], item["sk"]): item for item in items}
                left = cast("dict[str, Any]", reply.get("UnprocessedKeys") or {})
                # What gets on may go on; only attempts without an item count.
                attempts = 1 if items else attempts + 1
                if left and attempts >= _BATCH_ATTEMPTS:
                    raise TemporaryError(
                        f"DynamoDB left {len(left[self.name]['Keys'])} of {len(keys)} keys unprocessed after "
                        f"{attempts} attempts.",
                        remedy="Retry later; if it lasts, look for throttling of the table in CloudWatch.",
                    )
                wanted = left
        return [found[key] for key in keys if key in found]

    def _refuse_newer(self, pk: str, sk: str, version: int) -> None:
        """Raise if that is why a condition did not hold: a refused write does not say which part of it."""
        newer = newer_stored(self.get(pk, sk) or {}, version)
        if newer is not None:
            raise newer

    def _put_conditionally(self, item: Item, condition: ConditionBase) -> bool:
        try:
            self._table.put_item(
                Item=cast("Mapping[str, Any]", _to_dynamo(item)), ConditionExpression=condition
            )
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _not_newer(item: Item) -> ConditionBase:
    """The stored version is not greater; one that is no number compares with none, and so is not replaced."""
    return Attr(FIELD).not_exists() | Attr(FIELD).lte(item[FIELD])


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
