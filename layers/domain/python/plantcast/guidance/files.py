"""Reads files of published forecasts: tables (CSV, Parquet) and archive files of data.kma.go.kr."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa

from plantcast.common.errors import InvalidInputError
from plantcast.guidance.portal_archive import element_of, is_archive, read_archive
from plantcast.guidance.table import empty_table, guidance_table, merged
from plantcast.kma_service.reply import decode
from plantcast.observations.files import PARQUET, unpacked_files

# Bytes in which a file shows what it is.
_HEAD: Final = 2000


def read_guidance(paths: Sequence[Path], station: str, *, archive_station: str | None) -> pd.DataFrame:
    """Return the guidance table of one station in files, packed in .zip or .gz as well.

    Args:
        paths: the files; where several have a pair, the last one that has a value counts.
        station: rows of other stations (column `stnId`) are left out.
        archive_station: whose forecasts the archive files are: they name a grid cell, not a station.

    Raises:
        InvalidInputError: a file cannot be read, or none has a forecast for the station.
    """
    tables = []
    for path in paths:
        for name, content in unpacked_files(path):
            table = read_content(content, name, station, archive_station=archive_station)
            if len(table):
                tables.append(table)
    if not tables:
        raise InvalidInputError(
            f"The files of --guidance hold no forecast for station {station}.",
            remedy="Check --station, and --guidance-station for archive files.",
        )
    return merged(tables)


def read_content(content: bytes, name: str, station: str, *, archive_station: str | None) -> pd.DataFrame:
    """Return the guidance table of one station in an unpacked file, empty where it has no row of it.

    `name` is what messages call the file; that of an archive file has to say which element it holds.

    Raises:
        InvalidInputError: the file cannot be read.
    """
    rows = _rows(content, name, station, archive_station)
    return guidance_table(rows, name) if len(rows) else empty_table()


def archive_element(content: bytes, name: str) -> str | None:
    """Return which element an unpacked archive file of the portal holds, None for another file.

    Raises:
        InvalidInputError: its name does not say.
    """
    return element_of(name) if is_archive(content[:_HEAD].decode("utf-8", "replace")) else None


def is_guidance(path: Path) -> bool:
    """Return whether a file holds published forecasts rather than observations."""
    for _, content in unpacked_files(path):
        if content[:4] == PARQUET:
            return "issued_at" in _parquet(content, str(path)).columns
        head = content[:_HEAD].decode("utf-8", "replace")
        return is_archive(head) or "issued_at" in head.split("\n", 1)[0]
    return False


def _rows(content: bytes, name: str, station: str, archive_station: str | None) -> pd.DataFrame:
    if content[:4] == PARQUET:
        rows = _parquet(content, name)
    else:
        text = _decoded(content, name)
        if is_archive(text):
            if archive_station is None:
                raise InvalidInputError(
                    f"{name} names a grid cell, not a station.",
                    remedy="Add --guidance-station with the number of the station there.",
                )
            rows = read_archive(text, name)
            return rows if archive_station == station else rows.iloc[:0]
        try:
            rows = pd.read_csv(io.StringIO(text), skipinitialspace=True)
        except (ValueError, pd.errors.ParserError) as error:
            raise InvalidInputError(
                f"{name} cannot be read as CSV ({error}).", remedy="Export the table again."
            ) from error
    if "stnId" in rows:
        numbers = pd.to_numeric(rows["stnId"], errors="coerce")
        rows = rows[numbers == int(station)]
    return rows.reset_index(drop=True)


def _decoded(content: bytes, name: str) -> str:
    try:
        return decode(content)
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"{name} is neither UTF-8 nor CP949.", remedy="Download or export it again."
        ) from error


def _parquet(content: bytes, name: str) -> pd.DataFrame:
    try:
        return pd.read_parquet(io.BytesIO(content))
    except (pa.ArrowException, OSError) as error:
        raise InvalidInputError(
            f"{name} cannot be read as Parquet ({error}).", remedy="Download or export the file again."
        ) from error
