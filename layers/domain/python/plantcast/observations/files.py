"""Reads files of hourly observations, for import, replay, backtest and explore alike.

Files are the CSV that data.kma.go.kr gives for download, `OBS_ASOS_TIM_….csv` (columns as chosen) and the
file sets `SURFACE_ASOS_108_HR_….csv`, or Parquet with the service's field names (`tm`, `stnId`, `ta`, …);
both also packed in .zip or .gz. Times without a zone are KST. Frames hold the files' text under the field
names of the KMA's service, so that `plantcast.observations.rows` treats files and responses alike.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.observations import VARIABLES
from plantcast.observations.frame import COLUMNS
from plantcast.observations.quality import assess
from plantcast.observations.rows import read_text

# Ingest holds a file whole and all its hours as numbers, beside pandas, in 512 MB. Ten years of one station
# are some 15 MB.
MAX_BYTES: Final = 64 * 1024 * 1024
PARQUET: Final = b"PAR1"
# 10,000 rows of all columns are some 20 MB of text objects; a file of ten years has 88,000.
CHUNK_ROWS: Final = 10_000
# The portal packs one archive of a year each into one for the whole download.
_DEPTH: Final = 3
_ENDINGS: Final = (".csv", ".parquet", ".zip", ".gz")

# Header of the portal without its unit and spaces → the service's field. `풍향(16방위)` holds degrees.
_FIELDS: Final = MappingProxyType(
    {
        "일시": "tm",
        "지점": "stnId",
        "지점번호": "stnId",
        "기온": "ta",
        "강수량": "rn",
        "풍속": "ws",
        "풍향": "wd",
        "습도": "hm",
        "상대습도": "hm",
        "증기압": "pv",
        "이슬점온도": "td",
        "현지기압": "pa",
        "해면기압": "ps",
        "일조": "ss",
        "일사": "icsr",
        "적설": "dsnw",
        "전운량": "dc10Tca",
        "시정": "vs",
        "지면온도": "ts",
    }
)
_FLAG: Final = re.compile(r"(.+?)(QC플래그|QCFLAG|Qcflg)")
_SERVICE_NAMES: Final = frozenset({"tm", "stnId", *VARIABLES})
# `2022-08-10 02:00`; spreadsheets write `2022-08-10 2:00`. 24:00 is 00:00 of the day after (ISO 8601).
_FULL_HOUR: Final = (
    r"^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})[T ]+([01]?[0-9]|2[0-4])(?::00){0,2}(?:\.0+)?$"
)
_UNREADABLE: Final = (
    pd.errors.ParserError,
    pd.errors.EmptyDataError,
    UnicodeError,
    pa.ArrowException,
    OSError,
)
_AS_DOWNLOADED: Final = "Give hourly ASOS data (시간자료) as downloaded from data.kma.go.kr, header included."
_HOURLY: Final = "On data.kma.go.kr choose hourly data (종관기상관측(ASOS), 시간자료) and give that file."


def read_table(content: bytes, name: str, *, until: datetime) -> Iterator[pd.DataFrame]:
    """Yield the rows of an unpacked file, in their order, as frames of text of at most `CHUNK_ROWS` rows.

    Columns: `tm` (`YYYY-MM-DD HH:MM`, KST, full hours), `stnId` (digits), and the file's variables and flags
    (`ta`, `taQcflg`, …), as written, without blanks around, "" for what is missing. Other columns are left
    out. A value that is no number is passed on like any other. `name` is what messages call the file, `until`
    the last time that can have been observed.

    Raises:
        InvalidInputError: the file cannot be read as hourly observations, or has an hour after `until`; the
            message names file, row and value. Frames of the rows before may have been yielded.
    """
    rows = 0
    try:
        for cells in _parquet(content) if content[:4] == PARQUET else _csv(content):
            filled = cells[(cells != "").any(axis=1)]
            if len(filled):
                yield _checked(filled, name, until)
                rows += len(filled)
    except _UNREADABLE as error:
        raise InvalidInputError(
            f"{name} cannot be read as CSV (UTF-8 or CP949) or Parquet ({error}).", remedy=_AS_DOWNLOADED
        ) from error
    if not rows:
        raise InvalidInputError(f"{name} holds no observation.", remedy=_AS_DOWNLOADED)


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
    try:
        yield from _unpacked(str(path), path.read_bytes(), depth=_DEPTH)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        # zipfile raises RuntimeError for an encrypted member, NotImplementedError for a rare compression.
        raise InvalidInputError(
            f"{path} cannot be read ({error}).", remedy="Check path and permissions, or download it again."
        ) from error


def _unpacked(name: str, content: bytes, *, depth: int) -> Iterator[tuple[str, bytes]]:
    if depth and content[:2] == b"\x1f\x8b":
        yield from _unpacked(name, gzip.decompress(content), depth=depth - 1)
    elif depth and content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            # What macOS adds to archives has the names of the files, but not their content.
            members = [
                member
                for member in archive.namelist()
                if member.lower().endswith(_ENDINGS) and not member.startswith("__MACOSX/")
            ]
            if not members:
                raise InvalidInputError(
                    f"{name} holds no CSV.",
                    remedy="On data.kma.go.kr choose CSV, not Excel, and give that file.",
                )
            for member in members:
                yield from _unpacked(f"{name}: {member}", archive.read(member), depth=depth - 1)
    elif len(content) > MAX_BYTES:
        raise InvalidInputError(
            f"{name} is larger than {MAX_BYTES // 1024**2} MB unpacked.",
            remedy="Download fewer years or stations in one file.",
        )
    else:
        yield name, content


def _csv(content: bytes) -> Iterator[pd.DataFrame]:
    """Yield cells under the header as written; the index is the row in the file, blank lines not counted."""
    line = io.BytesIO(content).readline()
    try:
        # Korean text in CP949 is never valid UTF-8, while the reverse would pass as nonsense.
        encoding, text = "utf-8-sig", line.decode("utf-8-sig")
    except UnicodeDecodeError:
        encoding, text = "cp949", line.decode("cp949")
    header = [cell.strip() for cell in next(csv.reader([text], skipinitialspace=True), [])]
    chunks = pd.read_csv(
        io.BytesIO(content),
        encoding=encoding,
        header=None,
        names=range(len(header) + 1),  # rows with still more cells are refused by pandas
        index_col=False,
        skiprows=1,
        skipinitialspace=True,
        dtype=str,
        keep_default_na=False,
        chunksize=CHUNK_ROWS,
    )
    for chunk in chunks:
        cells = chunk.fillna("").apply(lambda column: column.str.strip())
        yield cells.set_axis([*header, ""], axis=1).set_axis(chunk.index + 2)


def _parquet(content: bytes) -> Iterator[pd.DataFrame]:
    file = pq.ParquetFile(pa.BufferReader(content))
    names = [name for name in file.schema_arrow.names if _field(name) is not None]
    first_row = 1
    for batch in file.iter_batches(CHUNK_ROWS, columns=names):
        index = range(first_row, first_row + len(batch))
        yield pd.DataFrame(dict(zip(names, map(_texts, batch.columns), strict=True)), index=index)
        first_row += len(batch)


def _texts(column: pa.Array) -> list[str]:
    """Return a column as text; "" where it is null."""
    if pa.types.is_timestamp(column.type):
        times = pd.DatetimeIndex(column.to_pandas())
        local = times if times.tz is None else times.tz_convert(KST)
        return local.strftime("%Y-%m-%d %H:%M:%S.%f").fillna("").tolist()
    # A float's shortest text is the number itself; floats of 32 bits are read as they were written.
    texts: list[str | None] = column.cast(pa.string()).to_pylist()
    return ["" if text is None or text == "nan" else text.strip() for text in texts]


def _checked(cells: pd.DataFrame, name: str, until: datetime) -> pd.DataFrame:
    """Return the known columns under the service's names, with `tm` and `stnId` in their final form."""

    def refuse_first(wrong: pd.Series[bool], column: pd.Series[str], problem: str, remedy: str) -> None:
        if wrong.any():
            at = int(wrong.to_numpy().argmax())
            where = f"{name}, row {cells.index[at]}"
            raise InvalidInputError(f"{where}: {column.iloc[at]!r} {problem}.", remedy=remedy)

    fields = [_field(header) for header in cells.columns]
    if missing := {"tm": "일시 (tm)", "stnId": "지점 (stnId)"}.keys() - set(fields):
        raise InvalidInputError(
            f"{name} has no column {' and '.join(sorted(missing))} (일시, 지점); "
            f"it begins {', '.join(cells.columns[:4])[:100]!r}.",
            remedy=_AS_DOWNLOADED,
        )
    for position in [at for at, header in enumerate(cells.columns) if not header]:
        unnamed = cells.iloc[:, position]
        refuse_first(unnamed != "", unnamed, "is under no header", "Correct that row, or download it again.")
    # Of two columns for one field the first counts.
    table = pd.DataFrame(
        {field: cells.iloc[:, fields.index(field)].astype(object) for field in fields if field is not None}
    )
    if len(table.columns) == 2:
        raise InvalidInputError(f"{name} has no column of observations (기온, …).", remedy=_AS_DOWNLOADED)
    parts = table["tm"].str.extract(_FULL_HOUR).set_axis(["year", "month", "day", "hour"], axis=1)
    times = pd.to_datetime(parts, errors="coerce")
    refuse_first(times.isna(), table["tm"], "is not a full hour such as 2022-08-10 02:00", _HOURLY)
    late = times > pd.Timestamp(until).tz_convert(KST).tz_localize(None)
    refuse_first(late, table["tm"], f"is after {until:%Y-%m-%d %H:%M}", "Correct or delete that row.")
    table["tm"] = times.dt.strftime("%Y-%m-%d %H:%M").astype(object)
    for field in table.columns:
        if field == "stnId" or field.endswith("Qcflg"):
            # Programs that took codes for numbers have added a `.0`.
            table[field] = table[field].str.removesuffix(".0").astype(object)
    numbered = table["stnId"].str.fullmatch("[0-9]+").astype(bool)
    refuse_first(~numbered, table["stnId"], "is not a station number (지점)", _AS_DOWNLOADED)
    return table


def _field(header: str) -> str | None:
    """Return the service's field for a column of the portal or of the service; None for other columns."""
    bare = re.sub(r"\s+", "", re.sub(r"[(\[].*?[)\]]", "", header))
    flag = _FLAG.fullmatch(bare)
    name = flag[1] if flag else bare
    field = name if name in _SERVICE_NAMES else _FIELDS.get(name)
    return f"{field}Qcflg" if flag and field else field
