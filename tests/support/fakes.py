"""In-memory stand-ins for the store protocols of `plantcast.aws`, with the same conditional semantics."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from threading import Lock
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase

from plantcast.aws import StoredObject
from plantcast.common.errors import ConflictError


class MemoryObjectStore:
    """`ObjectStore` in a dict."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self._condition = Lock()  # S3 checks a condition and writes in one step

    @staticmethod
    def _etag(body: bytes) -> str:
        return f'"{hashlib.md5(body).hexdigest()}"'

    def get(self, key: str) -> StoredObject | None:
        body = self.objects.get(key)
        return None if body is None else StoredObject(body, self._etag(body))

    def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> str:
        self.objects[key] = body
        return self._etag(body)

    def put_if(
        self, key: str, body: bytes, *, etag: str | None, content_type: str = "application/octet-stream"
    ) -> str:
        with self._condition:
            # Not by `self.etag`: a subclass lets another writer in there, and this step is one.
            if MemoryObjectStore.etag(self, key) != etag:
                raise ConflictError(f"{key} was changed by another writer.", remedy="Read it again.")
            return self.put(key, body)

    def etag(self, key: str) -> str | None:
        body = self.objects.get(key)
        return None if body is None else self._etag(body)

    def etags(self, prefix: str) -> Iterator[tuple[str, str]]:
        for key in self.list(prefix):
            yield key, self._etag(self.objects[key])

    def list(self, prefix: str) -> Iterator[str]:
        yield from sorted(key for key in list(self.objects) if key.startswith(prefix))

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)


class CountingStore(MemoryObjectStore):
    """Remembers which objects were read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def get(self, key: str) -> StoredObject | None:
        self.read.append(key)
        return super().get(key)


def _holds(condition: ConditionBase, item: Mapping[str, Any]) -> bool:
    """Return whether a condition is true of an item ({}: none is stored)."""
    expression = condition.get_expression()
    kind, (first, *rest) = expression["operator"], expression["values"]
    if kind in {"AND", "OR"}:
        return (all if kind == "AND" else any)(_holds(each, item) for each in (first, *rest))
    if kind == "attribute_not_exists":
        return first.name not in item
    compare = {"=": operator.eq, "<=": operator.le}[kind]
    return first.name in item and bool(compare(item[first.name], rest[0]))


class MemoryTable:
    """`ItemTable` in a dict; conditional writes are atomic, as DynamoDB's are."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self._lock = Lock()

    def get(self, pk: str, sk: str) -> dict[str, Any] | None:
        return deepcopy(self.items.get((pk, sk)))

    def put(self, item: dict[str, Any]) -> None:
        self.items[item["pk"], item["sk"]] = deepcopy(item)

    def put_if(self, item: dict[str, Any], condition: ConditionBase) -> bool:
        with self._lock:
            if not _holds(condition, self.items.get((item["pk"], item["sk"]), {})):
                return False
            self.put(item)
            return True

    def put_if_newer(self, item: dict[str, Any], *, attribute: str) -> bool:
        return self.put_if(item, Attr("pk").not_exists() | Attr(attribute).lte(item[attribute]))

    def put_if_absent(self, item: dict[str, Any]) -> bool:
        return self.put_if(item, Attr("pk").not_exists())

    def increment(
        self, pk: str, sk: str, attribute: str, *, limit: int, also: Mapping[str, Any] | None = None
    ) -> int | None:
        with self._lock:
            count: int = self.items.get((pk, sk), {}).get(attribute, 0)
            if count >= limit:
                return None
            item = self.items.setdefault((pk, sk), {"pk": pk, "sk": sk})
            item.update({**(also or {}), attribute: count + 1})
            return count + 1

    def delete(self, pk: str, sk: str) -> None:
        self.items.pop((pk, sk), None)

    def query(
        self,
        pk: str,
        *,
        sk_prefix: str = "",
        sk_between: tuple[str, str] | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        low, high = sk_between or (sk_prefix, sk_prefix + "\U0010ffff")
        found = [
            deepcopy(item)
            for (item_pk, sk), item in sorted(self.items.items())
            if item_pk == pk and low <= sk <= high
        ]
        return (found[::-1] if newest_first else found)[:limit]

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        return [deepcopy(self.items[key]) for key in keys if key in self.items]


class CountingTable(MemoryTable):
    """Remembers what was read: one entry an item got, or a query."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[tuple[str, str]] = []

    def get(self, pk: str, sk: str) -> dict[str, Any] | None:
        self.reads.append((pk, sk))
        return super().get(pk, sk)

    def query(self, pk: str, **how: Any) -> list[dict[str, Any]]:
        found = super().query(pk, **how)
        self.reads += [(pk, item["sk"]) for item in found]
        return found

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        self.reads += keys
        return super().get_many(keys)
