"""Objects of the data bucket, looked at and upgraded: JSON whole, Parquet by its footer first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from infra.operations.stored_kinds import ObjectKind
from plantcast.errors import CorruptDataError
from plantcast.observations.lake.month_file import MonthFile, encode
from plantcast.schema import FIELD
from plantcast.storage import S3ObjectStore

_LABEL: Final = b"plantcast.schema_version"
_TAIL: Final = 8  # a Parquet file ends with the length of its footer, 4 bytes, and PAR1
_MAGIC: Final = b"PAR1"


@dataclass(frozen=True)
class Stored:
    """The data bucket: as a store, and as what answers for a part of an object."""

    store: S3ObjectStore
    s3: Any

    def end_of(self, key: str, length: int) -> bytes:
        """Return the last `length` bytes of an object, or all of a shorter one."""
        reply = self.s3.get_object(Bucket=self.store.bucket, Key=key, Range=f"bytes=-{length}")
        body: bytes = reply["Body"].read()
        return body[-length:]


def footer_version(bucket: Stored, key: str) -> object:
    """Return the version in a Parquet file's footer, which is read alone; None where it names none.

    Raises:
        CorruptDataError: it is no Parquet file.
    """
    tail = bucket.end_of(key, _TAIL)
    if len(tail) != _TAIL or tail[4:] != _MAGIC:
        raise _damaged(key, "it does not end as a Parquet file does")
    try:
        footer = bucket.end_of(key, int.from_bytes(tail[:4], "little") + _TAIL)
        label = (pq.read_metadata(pa.BufferReader(footer)).metadata or {}).get(_LABEL)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(key, str(error)) from error
    if label is None:
        return None
    text: str = label.decode()
    return int(text) if text.isascii() and text.isdecimal() else text


def _damaged(key: str, why: str) -> CorruptDataError:
    return CorruptDataError(
        f"{key} is damaged: {why}.", remedy="`plantcast rebuild` makes observations anew from raw."
    )


def json_version(body: bytes, key: str) -> object:
    """Return the version a JSON object names, None where it names none.

    Raises:
        CorruptDataError: it is no JSON object.
    """
    return _document(body, key).get(FIELD)


def upgraded_object(kind: ObjectKind, body: bytes, key: str) -> bytes | None:
    """Return an object in the form of today's version; None when it has that already.

    Raises:
        SchemaVersionError: newer code wrote it.
        CorruptDataError: it is damaged, or too old to be read.
        KeyError, TypeError, ValueError: an upgrade met what it cannot understand.
    """
    if kind.form == "months":
        file = MonthFile(body, key)
        station = key.split("/")[1].removeprefix("station=")
        return encode(file.frame(), station=station, source=file.source)
    if kind.schema is None:
        return None
    document = _document(body, key)
    if kind.schema.found(document, key) > kind.schema.version:
        return None  # read ahead of its time; its form is the next release's to write
    after = kind.schema.read(document, key)
    if after == document:
        return None
    return json.dumps(after, ensure_ascii=False, sort_keys=True, indent=1).encode()


def _document(body: bytes, key: str) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise CorruptDataError(f"{key} is not JSON ({error}).", remedy="Restore it from a backup.") from error
    if not isinstance(document, dict):
        raise CorruptDataError(f"{key} holds no JSON object.", remedy="Restore it from a backup.")
    return document
