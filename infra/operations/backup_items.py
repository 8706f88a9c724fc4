"""Items of the table as lines of DynamoDB's own JSON: types and digits stay exactly as they are."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from decimal import Context, Decimal
from typing import Any, Final

from infra.operations.backup_folder import BackupFolder
from infra.operations.backup_manifest import Listing, Manifest
from infra.operations.in_parallel import in_parallel

# As many readers of the table; each has its own file, so that none waits for another.
SEGMENTS: Final = 4
_TTL: Final = "expires_at"
_DIGITS: Final = Context(prec=40)  # DynamoDB keeps 38

Attributes = dict[str, Any]  # {"pk": {"S": "STATION#108"}, …}


class TableReader:
    """Reads a whole table into a backup's folder and remembers which items it saw."""

    def __init__(self, dynamodb: Any, table: str, folder: BackupFolder) -> None:
        self._dynamodb, self._table, self._folder = dynamodb, table, folder
        self.seen: set[bytes] = set()  # 16 bytes an item
        self.running: list[str] = []

    def read(self) -> list[Listing]:
        """Scan with consistent reads; every item written before the scan began is in the listings."""
        return sorted(in_parallel(self._segment, range(SEGMENTS)), key=lambda listing: listing.file)

    def lost(self, former: Manifest, now: float) -> Iterator[str]:
        """Return the lines of an earlier state's items that the table has lost, not those that expired."""
        for listing in former.item_listings:
            for line in self._folder.lines(listing):
                item = from_line(line)
                expires = item.get(_TTL, {}).get("N")
                if key_digest(item) not in self.seen and (expires is None or float(expires) > now):
                    yield line

    def _segment(self, segment: int) -> Listing:
        return self._folder.add_listing(self._lines(segment))

    def _lines(self, segment: int) -> Iterator[str]:
        for item in scan(self._dynamodb, self._table, segment=segment):
            self.seen.add(key_digest(item))
            if item["pk"] == {"S": "PIPELINE"} and item.get("outcome") == {"S": "running"}:
                self.running.append(item["sk"]["S"].removeprefix("RUN#"))
            yield to_line(item)


def scan(dynamodb: Any, table: str, *, segment: int = 0, segments: int = SEGMENTS) -> Iterator[Attributes]:
    """Return the items of one of the table's segments, page by page, read consistently."""
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table, ConsistentRead=True, Segment=segment, TotalSegments=segments
    )
    for page in pages:
        yield from page["Items"]


def to_line(item: Attributes) -> str:
    """Return an item as one line of JSON: bytes in base64, sets in order, names as the table gives them."""
    return json.dumps(_encoded(item), ensure_ascii=False, separators=(",", ":"))


def from_line(line: str) -> Attributes:
    """Read what `to_line` wrote.

    Raises:
        ValueError: it is not that.
    """
    item = json.loads(line)
    if not isinstance(item, dict) or not {"pk", "sk"} <= set(item):
        raise ValueError(f"no item: {line[:80]!r}")
    return {name: _decoded(value) for name, value in item.items()}


def key_digest(item: Attributes) -> bytes:
    """Return 16 bytes that stand for an item's key."""
    key = json.dumps([item["pk"], item["sk"]], sort_keys=True).encode()
    return hashlib.blake2b(key, digest_size=16).digest()


def content_digest(item: Attributes) -> bytes:
    """Return 16 bytes that stand for an item's content: 1, 1.0 and 1E+0 are the same number."""
    content = json.dumps(_encoded(_normalised(item)), sort_keys=True)
    return hashlib.blake2b(content.encode(), digest_size=16).digest()


def items_of(folder: BackupFolder, listings: Iterable[Listing]) -> Iterator[Attributes]:
    """Return the items in listings, one after the other."""
    for listing in listings:
        for line in folder.lines(listing):
            yield from_line(line)


def _encoded(item: Attributes) -> Attributes:
    return {name: _encoded_value(value) for name, value in item.items()}


def _encoded_value(value: Any) -> Any:
    ((kind, inner),) = value.items()
    if kind == "B":
        return {kind: base64.b64encode(inner).decode()}
    if kind == "BS":
        return {kind: sorted(base64.b64encode(each).decode() for each in inner)}
    if kind in {"SS", "NS"}:
        return {kind: sorted(inner)}
    if kind == "L":
        return {kind: [_encoded_value(each) for each in inner]}
    if kind == "M":
        return {kind: _encoded(inner)}
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


def _normalised(item: Attributes) -> Attributes:
    return {name: _normalised_value(value) for name, value in item.items()}


def _normalised_value(value: Any) -> Any:
    ((kind, inner),) = value.items()
    if kind == "N":
        return {kind: _number(inner)}
    if kind == "NS":
        return {kind: [_number(each) for each in inner]}
    if kind == "L":
        return {kind: [_normalised_value(each) for each in inner]}
    if kind == "M":
        return {kind: _normalised(inner)}
    return value


def _number(text: str) -> str:
    number = Decimal(text)
    return str(number.normalize(_DIGITS)) if number else "0"
