"""Parquet objects of the data bucket: checksums, and a schema version in the footer's metadata."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from plantcast.common.errors import CorruptDataError
from plantcast.common.schema import Schema

_VERSION: Final = "plantcast.schema_version"
# What reading a damaged file raises: a footer in which bits have flipped also names no text and no time zone.
_DAMAGE: Final = (pa.ArrowException, OSError, ValueError, LookupError)


@dataclass(frozen=True)
class ParquetKind:
    """A kind of file: its version, its columns, what it holds (a plural) and how to repair one."""

    schema: Schema
    columns: pa.Schema
    contents: str
    remedy: str

    def encode(self, arrays: Sequence[pa.Array], label: Mapping[str, str], statistics: list[str]) -> bytes:
        """Return a file of `arrays`, one a column; the same arguments give the same bytes."""
        metadata = {_VERSION: str(self.schema.version), **label}
        table = pa.Table.from_arrays(arrays, schema=self.columns.with_metadata(metadata))
        sink = io.BytesIO()
        # Without checksums half of all flipped bits would be read as other values, and nobody would notice.
        pq.write_table(table, sink, compression="zstd", write_page_checksum=True, write_statistics=statistics)
        return sink.getvalue()

    def open(self, body: bytes, key: str) -> tuple[pq.ParquetFile, dict[str, str]]:
        """Return a file and its label; `key` names it in messages.

        Raises:
            CorruptDataError: the file is damaged, of an older version, or of another kind.
            SchemaVersionError: newer code wrote the file.
        """
        with self.reading(key):
            file = pq.ParquetFile(pa.BufferReader(body), page_checksum_verification=True)
            found = file.schema_arrow
            label = {name.decode(): value.decode() for name, value in (found.metadata or {}).items()}
        self.schema.check(_version(label), key)
        if found.names != self.columns.names:
            raise self.corrupt(key, f"have columns {', '.join(found.names)}")
        return file, label

    @contextlib.contextmanager
    def reading(self, key: str) -> Iterator[None]:
        """Raise CorruptDataError for what reading a damaged file raises."""
        try:
            yield
        except _DAMAGE as error:
            raise self.corrupt(key, f"are damaged ({type(error).__name__})") from error

    def corrupt(self, key: str, what: str) -> CorruptDataError:
        """Return the error for a file of which `what` is true."""
        return CorruptDataError(f"The {self.contents} in {key} {what}.", remedy=self.remedy)


def _version(label: Mapping[str, str]) -> object:
    """Return the label's schema version, as a number where it is one; None without any."""
    version = label.get(_VERSION)
    return int(version) if version is not None and version.isascii() and version.isdecimal() else version
