"""In-memory stand-ins for the store protocols of `plantcast.aws`, with the same conditional semantics."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from threading import Lock
from typing import Any

from plantcast.aws import StoredObject
from plantcast.common.errors import ConflictError
from plantcast.common.schema import newer_stored


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


class MemoryTable:
    """`ItemTable` in a dict."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}

    def get(self, pk: str, sk: str) -> dict[str, Any] | None:
        return deepcopy(self.items.get((pk, sk)))

    def put(self, item: dict[str, Any]) -> None:
        self._refuse_newer(item["pk"], item["sk"], item.get("schema_version"))
        self.items[item["pk"], item["sk"]] = deepcopy(item)

    def _refuse_newer(self, pk: str, sk: str, version: int | None) -> None:
        newer = None if version is None else newer_stored(self.items.get((pk, sk), {}), version)
        if newer is not None:
            raise newer

    def put_if_newer(self, item: dict[str, Any], *, attribute: str) -> bool:
        stored = self.items.get((item["pk"], item["sk"]))
        self._refuse_newer(item["pk"], item["sk"], item.get("schema_version"))
        if stored is not None and not (attribute in stored and stored[attribute] <= item[attribute]):
            return False
        self.put(item)
        return True

    def put_if_absent(self, item: dict[str, Any]) -> bool:
        if (item["pk"], item["sk"]) in self.items:
            return False
        self.put(item)
        return True

    def count_up(
        self, pk: str, sk: str, attribute: str, *, limit: int, also: Mapping[str, Any] | None = None
    ) -> int | None:
        count: int = self.items.get((pk, sk), {}).get(attribute, 0)
        version = (also or {}).get("schema_version")
        self._refuse_newer(pk, sk, version)
        if count >= limit:
            return None
        item = self.items.setdefault((pk, sk), {"pk": pk, "sk": sk})
        held = {"schema_version": item["schema_version"]} if "schema_version" in item else {}
        item |= {attribute: count + 1} | dict(also or {}) | (held if version is not None else {})
        return count + 1

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
