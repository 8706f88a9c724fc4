"""Files of data.kma.go.kr on this machine: unpacked, and read to their end."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from plantcast.errors import InvalidInputError

# Ingest holds a file whole, beside pandas and a month of the lake, in 512 MB. Ten years of one station are
# some 15 MB.
MAX_BYTES: Final = 128 * 1024 * 1024
# The portal packs one archive of a year each into one for the whole download.
_DEPTH: Final = 3


@dataclass(frozen=True)
class PortalFile:
    """A CSV that reads as one of the portal: what it holds. `first`, `last`: `YYYY-MM-DD HH:MM`, KST."""

    name: str
    rows: int
    stations: tuple[str, ...]
    first: str
    last: str

    def __str__(self) -> str:
        numbers = ", ".join(self.stations)
        return f"{self.name}: {self.rows} rows of station {numbers}, {self.first} to {self.last}"


def csv_files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each CSV that `path` is or holds, unpacked.

    Raises:
        InvalidInputError: there is no such file, it cannot be unpacked, holds no CSV, or one too large.
    """
    if not path.is_file():
        raise InvalidInputError(
            f"There is no file {path}.", remedy="Check the path; give files, not folders."
        )
    try:
        with path.open("rb") as opened:
            yield from _unpacked(str(path), opened, depth=_DEPTH)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        # RuntimeError is zipfile's word for an encrypted member, NotImplementedError for a rare compression.
        raise InvalidInputError(
            f"{path} cannot be read ({error}).", remedy="Check its permissions, or download it again."
        ) from error


def survey(name: str, content: bytes) -> PortalFile:
    """Read a CSV to its end and say what it holds.

    Raises:
        InvalidInputError: it is no hourly file of the portal; the message names file, row and value.
    """
    # Pandas takes half a second that only an import needs.
    from plantcast.observations.kma.portal_csv import read_portal_csv

    rows, stations, first, last = 0, set[str](), "~", ""
    for frame in read_portal_csv(content, name):
        rows += len(frame)
        stations |= set(frame["stnId"])
        first, last = min(first, frame["tm"].min()), max(last, frame["tm"].max())
    return PortalFile(name, rows, tuple(sorted(stations, key=int)), first, last)


def _unpacked(name: str, stream: IO[bytes], *, depth: int) -> Iterator[tuple[str, bytes]]:
    """Yield the CSVs in `stream`, whatever they are packed in."""
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
    return member.filename.lower().endswith((".csv", ".zip", ".gz")) and not member.filename.startswith(
        "__MACOSX/"
    )


def _bounded(name: str, stream: IO[bytes] | gzip.GzipFile) -> bytes:
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InvalidInputError(
            f"{name} is larger than {MAX_BYTES // 1024**2} MB unpacked.",
            remedy="Download fewer years or stations in one file.",
        )
    return content
