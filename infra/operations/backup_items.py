"""Items of a backup as JSON lines, in the format of DynamoDB's own exports: {"Item": {"pk": {"S": …}}}."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from infra.stack.deployment import Deployment
from plantcast.common.errors import CorruptDataError

_SETS: Final = {"SS", "NS", "BS"}

Item = dict[str, Any]  # {"pk": {"S": "STATION#108"}, …}, numbers as text, binary values as bytes


def scan(deployment: Deployment) -> Iterator[Item]:
    """Yield every item of the table, read consistently."""
    pages = deployment.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=deployment.outputs.table_name, ConsistentRead=True):
        yield from page["Items"]


def write_items(path: Path, items: Iterator[Item]) -> int:
    """Write a file of items, whole or not at all; return how many."""
    draft, count = path.with_name(f"{path.name}.new"), 0
    with draft.open("w", encoding="utf-8") as file:
        for count, item in enumerate(items, 1):  # noqa: B007  # counted
            file.write(json.dumps({"Item": _encoded(item)}, ensure_ascii=False) + "\n")
    draft.replace(path)
    return count


def read_items(path: Path) -> Iterator[Item]:
    """Yield what `write_items` wrote.

    Raises:
        CorruptDataError: the file is missing, or a line is damaged; the message names it.
    """
    if not path.is_file():
        raise CorruptDataError(f"{path} is missing.", remedy="Back up again, or restore another copy.")
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                item: Item = _decoded({"M": json.loads(line)["Item"]})["M"]
                _ = item["pk"], item["sk"]
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise CorruptDataError(
                    f"Line {number} of {path} is damaged ({error!r}).",
                    remedy="Back up again, or restore another copy.",
                ) from error
            yield item


def digest(item: Item) -> bytes:
    """Return 16 bytes, equal for equal items: DynamoDB gives numbers in one form, sets in any order."""
    text = json.dumps(_encoded(item), sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class ItemsToRestore:
    """The backup's items beside the table's: those to write, and those the table has with other content."""

    def __init__(self, deployment: Deployment, root: Path) -> None:
        self._client, self._name = deployment.client("dynamodb"), deployment.outputs.table_name
        self._path = root / "items.jsonl"
        self.wanted = {_name(item): digest(item) for item in read_items(self._path)}
        self.different: dict[str, Item] = {}
        self._attributes: dict[str, set[str]] = {}  # all that items of a kind have
        for item in scan(deployment):
            name = _name(item)
            self._attributes.setdefault(_kind(item), set()).update(item)
            if self.wanted.get(name) == digest(item):
                del self.wanted[name]
            elif name in self.wanted:
                self.different[name] = item

    def items(self) -> Iterator[Item]:
        """Yield the items to write."""
        return (item for item in read_items(self._path) if _name(item) in self.wanted)

    def put(self, item: Item) -> str | None:
        """Write an item if the table still has what was read; return its name if it has something else."""
        condition = self._condition(item, self.different.get(_name(item)))
        try:
            self._client.put_item(TableName=self._name, Item=item, **condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            key = {"pk": item["pk"], "sk": item["sk"]}
            found = self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item")
            return None if found is not None and digest(found) == digest(item) else _name(item)
        return None

    def _condition(self, item: Item, read: Item | None) -> dict[str, Any]:
        if read is None:
            return {"ConditionExpression": "attribute_not_exists(pk)"}
        # DynamoDB compares attributes, not items: those that only others of this kind have must be absent.
        names = sorted(self._attributes[_kind(item)] | set(item))
        terms = [
            f"#{n} = :{n}" if name in read else f"attribute_not_exists(#{n})" for n, name in enumerate(names)
        ]
        return {
            "ConditionExpression": " AND ".join(terms),
            "ExpressionAttributeNames": {f"#{n}": name for n, name in enumerate(names)},
            "ExpressionAttributeValues": {
                f":{n}": read[name] for n, name in enumerate(names) if name in read
            },
        }


def _kind(item: Item) -> str:
    return str(item["sk"].get("S", "")).partition("#")[0]


def _name(item: Item) -> str:
    return f"{item['pk'].get('S', item['pk'])} / {item['sk'].get('S', item['sk'])}"


def _encoded(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list):
        return [_encoded(each) for each in value]
    if isinstance(value, dict):
        return {
            name: sorted(_encoded(each))
            if name in {"SS", "NS", "BS"} and isinstance(each, list)
            else _encoded(each)
            for name, each in value.items()
        }
    return value


def _decoded(value: Any) -> Any:
    ((kind, inner),) = value.items()
    if kind == "B":
        return {kind: base64.b64decode(inner)}
    if kind == "BS":
        return {kind: [base64.b64decode(each) for each in inner]}
    if kind == "L":
        return {kind: [_decoded(each) for each in inner]}
    if kind == "M":
        return {kind: {name: _decoded(each) for name, each in inner.items()}}
    return value
