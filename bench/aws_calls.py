"""What a function asks of AWS: calls, bytes and DynamoDB's request units, read off botocore's requests.

Sizes of items follow "DynamoDB item sizes and formats" of the developer guide: names and strings their UTF-8
bytes, numbers a byte for two digits and one more, true, false and null one, lists and maps three and one
for each element. A write costs a unit for each 1,024 bytes begun, a read half a unit (a whole one when
strongly consistent) for each 4,096 begun.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from botocore.endpoint import Endpoint

_KIB = 1024


@dataclass
class Calls:
    """What was asked."""

    counts: Counter[str] = field(default_factory=Counter)  # "s3:GetObject" → how often
    sent_bytes: int = 0  # to S3
    received_bytes: int = 0  # from S3
    put_bytes: Counter[str] = field(default_factory=Counter)  # prefix of the key → bytes put
    wru: int = 0
    rru: float = 0.0
    # Of an update only the change is sent: its item is weighed by whoever can read it.
    updated: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    written: Counter[str] = field(default_factory=Counter)  # start of the sort key → bytes put

    def note(
        self,
        service: str,
        operation: str,
        request: Mapping[str, Any],
        reply: Mapping[str, Any],
        *,
        sent_bytes: int = 0,
    ) -> None:
        """Count one call."""
        self.counts[f"{service}:{operation}"] += 1
        if service == "s3":
            self._s3(operation, request, reply, sent_bytes)
        elif service == "dynamodb":
            self._dynamodb(operation, json.loads(request["body"]), reply)

    def _s3(
        self, operation: str, request: Mapping[str, Any], reply: Mapping[str, Any], sent_bytes: int
    ) -> None:
        if operation == "PutObject":
            self.sent_bytes += sent_bytes
            self.put_bytes[_prefix(request["url"])] += sent_bytes
        elif operation == "GetObject":
            self.received_bytes += int(reply.get("ContentLength", 0))

    def _dynamodb(self, operation: str, asked: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
        of_a_read = 1.0 if asked.get("ConsistentRead") else 0.5
        if operation == "PutItem":
            size = item_bytes(asked["Item"])
            self.wru += write_units(size)
            self.written[asked["Item"]["sk"]["S"].partition("#")[0]] += size
        elif operation == "UpdateItem":
            self.updated.append((asked["TableName"], asked["Key"]))
        elif operation == "GetItem":
            self.rru += of_a_read * read_blocks(item_bytes(reply.get("Item", {})))
        elif operation == "Query":
            self.rru += of_a_read * read_blocks(sum(map(item_bytes, reply.get("Items", ()))))
        elif operation == "BatchGetItem":
            for items in reply.get("Responses", {}).values():
                self.rru += sum(0.5 * read_blocks(item_bytes(item)) for item in items)
        else:
            raise ValueError(f"What does {operation} cost? It was never asked for before.")

    def to_json(self) -> dict[str, Any]:
        """Return the totals."""
        return {
            "calls": dict(sorted(self.counts.items())),
            "s3_sent_bytes": self.sent_bytes,
            "s3_received_bytes": self.received_bytes,
            "s3_put_bytes": dict(sorted(self.put_bytes.items())),
            "dynamodb_wru": self.wru,
            "dynamodb_rru": self.rru,
            "dynamodb_put_bytes": dict(sorted(self.written.items())),
        }


@contextmanager
def counted_calls() -> Iterator[Calls]:
    """Count every call of this process to AWS until the block ends; a retried one counts once."""
    calls, made = Calls(), Endpoint.make_request

    def noted(endpoint: Endpoint, operation_model: Any, request_dict: dict[str, Any]) -> Any:
        sent = _length(request_dict["body"])  # now: whoever sends it reads it to its end
        answer = made(endpoint, operation_model, request_dict)
        service = operation_model.service_model.service_name
        calls.note(service, operation_model.name, request_dict, answer[1], sent_bytes=sent)
        return answer

    Endpoint.make_request = noted  # type: ignore[method-assign, assignment]
    try:
        yield calls
    finally:
        Endpoint.make_request = made  # type: ignore[method-assign]


def item_bytes(item: Mapping[str, Any]) -> int:
    """Return the size of an item written in DynamoDB's JSON."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def write_units(size: int) -> int:
    """Return the request units of writing an item."""
    return max(1, ceil(size / _KIB))


def read_blocks(size: int) -> int:
    """Return how many blocks of 4 KiB a read of so many bytes begins; nothing found costs one."""
    return max(1, ceil(size / (4 * _KIB)))


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(str(content).encode())
    if kind == "N":
        digits = len(content.lstrip("-").replace(".", "").strip("0"))
        return ceil(digits / 2) + 1 + int(content.startswith("-"))
    if kind == "L":
        return 3 + sum(1 + _value_bytes(one) for one in content)
    if kind == "M":
        return 3 + len(content) + item_bytes(content)
    if kind in {"BOOL", "NULL"}:
        return 1
    return len(str(content))


def _length(body: Any) -> int:
    """Return the bytes of a request's body: bytes, or a file that has not been read yet."""
    if isinstance(body, bytes | bytearray | str):
        return len(body)
    body = getattr(body, "_raw", body)  # what is wrapped for https
    position = body.tell()
    body.seek(0, 2)
    end = int(body.tell())
    body.seek(position)
    return end - int(position)


def _prefix(url: str) -> str:
    """Return the first folder of the key; the bucket is the first part of the path, as emulators want it."""
    return urlsplit(url).path.split("/")[2]
