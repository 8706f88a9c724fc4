"""All that a deployment stores, to be taken down, put back and compared."""

from __future__ import annotations

import gzip
import io
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import pandas as pd

from plantcast.notifications.sending import CLAIM_LIFETIME

Key = tuple[str, str]
LONGER_THAN_A_CLAIM = 2 * CLAIM_LIFETIME

# Moments have seconds; the hours of observations and forecasts have none.
_MOMENT = re.compile(
    r"\d{4}-?\d\d-?\d\dT\d\d:?\d\d:?\d\d(\.?\d+)?([+-]\d\d:\d\d|Z)?|\d{4}-\d\d-\d\d \d\d:\d\d KST"
)
_ETAG = re.compile(r'"?\b[0-9a-f]{32}\b"?')
_COUNTED_ANEW = frozenset(
    {
        "expires_at",
        "seconds",  # how long a step took
        "received",  # how much of what the KMA sent was new to that invocation
        "hours_new",  # the same, as the step's result
    }
)


@dataclass(frozen=True)
class World:
    """Objects by key, each with its ETag, and items by (pk, sk) in DynamoDB's JSON."""

    objects: dict[str, tuple[str, bytes]]
    items: dict[Key, dict[str, Any]]

    def renamed(self, names: Mapping[str, str]) -> World:
        """Return this with names replaced wherever they stand, but in Parquet and compressed files."""

        def text(old: str) -> str:
            for name, new in names.items():
                old = old.replace(name, new)
            return old

        return World(
            {
                text(key): (etag, text(body.decode()).encode() if key.endswith((".json", ".txt")) else body)
                for key, (etag, body) in self.objects.items()
            },
            {
                (text(pk), text(sk)): json.loads(text(json.dumps(item)))
                for (pk, sk), item in self.items.items()
            },
        )

    def without(self, name: str) -> World:
        """Return this without objects and items whose keys hold the name."""
        return World(
            {key: entry for key, entry in self.objects.items() if name not in key},
            {key: item for key, item in self.items.items() if name not in key[0] + key[1]},
        )


class Storage:
    """The data bucket and the table of a deployment, beside the proxies."""

    def __init__(self, s3: Any, dynamodb: Any, bucket: str, table: str) -> None:
        self._s3, self._dynamodb, self._bucket, self._table = s3, dynamodb, bucket, table
        self._bodies: dict[tuple[str, str], bytes] = {}

    def look(self) -> World:
        """Return what is stored now."""
        objects: dict[str, tuple[str, bytes]] = {}
        for key, etag in self._etags().items():
            if (key, etag) not in self._bodies:
                reply = self._s3.get_object(Bucket=self._bucket, Key=key)
                self._bodies[key, etag] = reply["Body"].read()
            objects[key] = (etag, self._bodies[key, etag])
        return World(objects, self._items())

    def put_back(self, world: World) -> None:
        """Make everything as it was."""
        now = self._etags()
        for key in now.keys() - world.objects.keys():
            self._s3.delete_object(Bucket=self._bucket, Key=key)
        for key, (etag, body) in world.objects.items():
            if now.get(key) != etag:
                self._s3.put_object(Bucket=self._bucket, Key=key, Body=body)
        items = self._items()
        requests: list[dict[str, Any]] = [
            {"DeleteRequest": {"Key": {"pk": items[key]["pk"], "sk": items[key]["sk"]}}}
            for key in items.keys() - world.items.keys()
        ]
        requests += [
            {"PutRequest": {"Item": item}} for key, item in world.items.items() if items.get(key) != item
        ]
        for start in range(0, len(requests), 25):
            self._dynamodb.batch_write_item(RequestItems={self._table: requests[start : start + 25]})

    def outlive_claims(self) -> None:
        """Age the claims of notices, so that the next invocation takes them over."""
        for item in self._items().values():
            if item.get("status") == {"S": "sending"}:
                created_at = datetime.fromisoformat(item["created_at"]["S"]) - LONGER_THAN_A_CLAIM
                self._dynamodb.put_item(
                    TableName=self._table, Item=item | {"created_at": {"S": created_at.isoformat()}}
                )

    def _etags(self) -> dict[str, str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        return {entry["Key"]: entry["ETag"] for page in pages for entry in page.get("Contents", [])}

    def _items(self) -> dict[Key, dict[str, Any]]:
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self._table)
        found = [item for page in pages for item in page["Items"]]
        return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}


def lost(before: World, after: World) -> list[str]:
    """Return the keys of what was there and is not any more, but for items whose lifetime has ended.

    The emulator removes those by this machine's clock; the deployment's stands at an earlier date.
    """
    now = time.time()
    gone = sorted(before.objects.keys() - after.objects.keys())
    deleted = sorted(
        key
        for key in before.items.keys() - after.items.keys()
        if float(before.items[key].get("expires_at", {}).get("N", "inf")) > now
    )
    return gone + [f"{pk} / {sk}" for pk, sk in deleted]


def differences(expected: World, found: World) -> list[str]:
    """Return what of `found` is not as expected, but for moments and durations.

    Further responses of the KMA are none, nor a count of calls that says so: each is kept as it was received,
    and a repetition asks for the hours that are still missing.
    """
    before = {_timeless(key): _plain(key, body) for key, (_, body) in expected.objects.items()}
    after = {_timeless(key): _plain(key, body) for key, (_, body) in found.objects.items()}
    before |= {
        _timeless(" / ".join(key)): _item(item) for key, item in expected.items.items() if key[0] != "QUOTA"
    }
    after |= {
        _timeless(" / ".join(key)): _item(item) for key, item in found.items.items() if key[0] != "QUOTA"
    }
    wrong = [f"missing: {key}" for key in sorted(before.keys() - after.keys())]
    more = sorted(key for key in after.keys() - before.keys() if not key.startswith("raw/"))
    wrong += [f"more than expected: {key}" for key in more]
    for key in sorted(before.keys() & after.keys()):
        if before[key] != after[key]:
            wrong.append(f"{key}: {_difference(before[key], after[key])}")
    return wrong


def _difference(expected: Any, found: Any) -> str:
    if isinstance(expected, dict) and isinstance(found, dict):
        return "; ".join(
            f"{name}: {expected.get(name)!r} became {found.get(name)!r}"[:300]
            for name in sorted(expected.keys() | found.keys())
            if expected.get(name) != found.get(name)
        )
    return f"{expected!r} became {found!r}"[:300]


def _timeless(text: str) -> str:
    return _ETAG.sub("<etag>", _MOMENT.sub("<moment>", text))


@lru_cache(maxsize=512)
def _plain(key: str, body: bytes) -> Any:
    """Return an object's content without what differs from one run to the next."""
    if key.endswith(".parquet"):
        frame = pd.read_parquet(io.BytesIO(body))
        return frame.drop(columns=[name for name in frame if name.startswith("received")]).to_csv()
    if key.startswith("raw/"):
        return gzip.decompress(body).decode()
    if key.endswith(".json"):
        return _without(json.loads(body))
    return _timeless(body.decode("utf-8"))


def _item(item: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = _without(item)
    return plain


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without(inner) for name, inner in value.items() if name not in _COUNTED_ANEW}
    if isinstance(value, list):
        return [_without(inner) for inner in value]
    return _timeless(value) if isinstance(value, str) else value
