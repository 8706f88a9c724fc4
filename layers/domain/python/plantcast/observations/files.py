"""Reads files of hourly observations, for import, replay, backtest and explore alike.

CSV of data.kma.go.kr (see `plantcast.observations.kma.portal_csv`) or Parquet with the same columns, `tm` and
`stnId` among them; both also packed in .zip or .gz. Times without a zone are KST.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.observations.frame import COLUMNS
from plantcast.observations.kma.portal_csv import CHUNK_ROWS, is_known, read_portal_csv, tables_of
from plantcast.observations.quality import assess
from plantcast.observations.rows import read_text

# Ingest holds a file whole, beside pandas and a month of the lake, in 512 MB. Ten years of one station are
# some 15 MB.
MAX_BYTES: Final = 128 * 1024 * 1024
PARQUET: Final = b"PAR1"
# The portal packs one archive of a year each into one for the whole download.
_DEPTH: Final = 3
_ENDINGS: Final = (".csv", ".parquet", ".zip", ".gz")


def read_table(content: bytes, name: str, *, until: datetime) -> Iterator[pd.DataFrame]:
    """Yield the rows of an unpacked file as frames of text; see `read_portal_csv`, which this is for CSV.

    `until` is the last moment that can have been observed: a file with a later hour is refused.

    Raises:
        InvalidInputError: the file cannot be read as hourly observations; the message names file, row and
            value. Frames of the rows before may have been yielded.
    """
    if content[:4] == PARQUET:
        yield from _parquet_tables(content, name, until=until)
    else:
        yield from read_portal_csv(content, name, until=until)


def read_files(paths: Sequence[Path], *, until: datetime) -> Iterator[pd.DataFrame]:
    """Yield what `read_table` does of every file in or at `paths`, in their order.

    Raises:
        InvalidInputError: what `unpacked_files` and `read_table` raise.
    """
    for path in paths:
        for name, content in unpacked_files(path):
            yield from read_table(content, name, until=until)


def read_station(paths: Sequence[Path], station: str, *, until: datetime) -> pd.DataFrame:
    """Return one station's hours in `paths` as a lake frame, quality-controlled as the lake's are.

    Where several files hold an hour, the last one that has a variable counts, variable by variable.

    Raises:
        InvalidInputError: a file cannot be read, or none holds the station.
    """
    held: set[str] = set()
    parts = []
    for table in read_files(paths, until=until):
        held |= set(table["stnId"])
        parts.append(table[table["stnId"] == station])
    if station not in held:
        raise InvalidInputError(
            f"The files hold no station {station}; they hold {', '.join(sorted(held)[:20])}.",
            remedy="Choose one of these with --station.",
        )
    sent = read_text(pd.concat(parts, ignore_index=True), station).frame
    return assess(sent, station)[list(COLUMNS)]


def unpacked_files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file of observations that `path` is or holds, unpacked.

    Raises:
        InvalidInputError: there is no such file, it cannot be unpacked, holds no CSV or Parquet file, or one
            larger than `MAX_BYTES`.
    """
    if not path.is_file():
        raise InvalidInputError(
            f"There is no file {path}.", remedy="Check the path; give files, not folders."
        )
    try:
        with path.open("rb") as opened:
            yield from _unpacked(str(path), opened, depth=_DEPTH)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        # zipfile raises RuntimeError for an encrypted member, NotImplementedError for a rare compression.
        raise InvalidInputError(
            f"{path} cannot be read ({error}).", remedy="Check its permissions, or download it again."
        ) from error


def _parquet_tables(content: bytes, name: str, *, until: datetime) -> Iterator[pd.DataFrame]:
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        names = [column for column in file.schema_arrow.names if is_known(column)]
        chunks = (
            pd.DataFrame(dict(enumerate(map(_cells, batch.columns))))
            for batch in file.iter_batches(CHUNK_ROWS, columns=names)
        )
        yield from tables_of(names or file.schema_arrow.names, chunks, name, until=until)
    except (pa.ArrowException, OSError) as error:
        raise InvalidInputError(
            f"{name} cannot be read as Parquet ({error}).", remedy="Download or export the file again."
        ) from error


def _cells(column: pa.Array) -> list[str]:
    """Return a column as text; "" where it is null."""
    if pa.types.is_timestamp(column.type):
        times = pd.DatetimeIndex(column.to_pandas())
        local = times if times.tz is None else times.tz_convert(KST)
        return local.strftime("%Y-%m-%d %H:%M:%S.%f").fillna("").tolist()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    # A float's shortest text is the number itself; floats of 32 bits come out as they were written.
    text: list[str | None] = column.cast(pa.string()).to_pylist()
    return ["" if value is None or value == "nan" else value.strip() for value in text]


def _unpacked(name: str, stream: IO[bytes], *, depth: int) -> Iterator[tuple[str, bytes]]:
    """Yield the files of observations in `stream`, whatever they are packed in."""
    magic = stream.read(4)
    stream.seek(0)
    if magic[:2] not in (b"PK", b"\x1f\x8b"):
        yield name, _bounded(name, stream)
    elif depth == 0:
        raise InvalidInputError(f"{name} is packed too deep.", remedy="Unpack it and give the CSV files.")
    elif magic[:2] == b"\x1f\x8b":
        with gzip.open(stream) as opened:
            yield from _unpacked(name, io.BytesIO(_bounded(name, opened)), depth=depth - 1)
    else:
        with zipfile.ZipFile(stream) as archive:
            members = [member for member in archive.infolist() if _is_wanted(member)]
            if not members:
                raise InvalidInputError(
                    f"{name} holds no CSV.",
                    remedy="On data.kma.go.kr choose CSV, not Excel, and give that file.",
                )
            for member in members:
                inside = f"{name}: {member.filename}"
                with archive.open(member) as opened:
                    body = io.BytesIO(_bounded(inside, opened))
                yield from _unpacked(inside, body, depth=depth - 1)


def _is_wanted(member: zipfile.ZipInfo) -> bool:
    # What macOS adds to archives has the names of the files, but not their content.
    return member.filename.lower().endswith(_ENDINGS) and not member.filename.startswith("__MACOSX/")


def _bounded(name: str, stream: IO[bytes] | gzip.GzipFile) -> bytes:
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InvalidInputError(
            f"{name} is larger than {MAX_BYTES // 1024**2} MB unpacked.",
            remedy="Download fewer years or stations in one file.",
        )
    return content
