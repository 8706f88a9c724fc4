"""Hourly ASOS data as data.kma.go.kr gives it for download, read as text in pieces of bounded size.

The portal's two downloads, `OBS_ASOS_TIM_….csv` (columns as chosen, `지점명` among them) and the file sets
`SURFACE_ASOS_108_HR_….csv` (without it), differ in columns only. `풍향(16방위)` holds degrees in both, of the
nearest of sixteen points. A frame holds the file's text under the field names of the KMA's service, so that
`plantcast.observations.rows` treats both alike.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

import pandas as pd

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError

# 10,000 rows of all columns are some 20 MB of text objects; a file of ten years has 88,000.
CHUNK_ROWS: Final = 10_000

# Header without its unit and spaces → the service's field. Spellings of other years stand side by side.
_FIELDS: Final = MappingProxyType(
    {
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
        "3시간신적설": "hr3Fhsc",
        "전운량": "dc10Tca",
        "중하층운량": "dc10LmcsCa",
        "운형": "clfmAbbrCd",
        "최저운고": "lcsCh",
        "시정": "vs",
        "지면상태": "gndSttCd",
        "현상번호": "dmstMtphNo",
        "지면온도": "ts",
        "5cm지중온도": "m005Te",
        "10cm지중온도": "m01Te",
        "20cm지중온도": "m02Te",
        "30cm지중온도": "m03Te",
    }
)
_KEYS: Final = MappingProxyType({"지점번호": "stnId", "지점": "stnId", "지점명": "stnNm", "일시": "tm"})
_FIRST: Final = MappingProxyType({"tm": 0, "stnId": 1, "stnNm": 2})
_FLAG: Final = re.compile(r"(?P<of>.+)QC(플래그|FLAG)", re.IGNORECASE)
# The service's own names, for rows of the API that somebody has saved as CSV.
_SERVICE_NAMES: Final = MappingProxyType(
    {name.lower(): name for field in _FIELDS.values() for name in (field, f"{field}Qcflg")}
    | {name.lower(): name for name in _KEYS.values()}
)
# Codes are no numbers; programs that took them for such have added a `.0` (`9.0` for flag 9).
_CODES: Final = frozenset({"clfmAbbrCd", "gndSttCd", "dmstMtphNo"})
# `2022-08-10 02:00`; spreadsheets write `2022-08-10 2:00`, data frames `2022-08-10 02:00:00+09:00`.
_WITH_SIGNS: Final = re.compile(
    r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})"
    r"(?:[T ]+([0-9]{1,2})(?::([0-9]{2})(?::([0-9]{2})(?:\.0+)?)?)?)?"
    r" ?(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?"
)
# `20220810 02`, `202208100200`
_DIGITS: Final = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[T ]?([0-9]{2})(?::?([0-9]{2})(?::?([0-9]{2}))?)?)?"
)
# The header is in it, and some rows where the header has no Korean.
_HEAD_BYTES: Final = 65_536
# Columns beyond the header: rows with more of them are refused by pandas, rows with values in them by us.
_SPARE_COLUMNS: Final = 8

_AS_DOWNLOADED: Final = "Give hourly ASOS data (시간자료) as downloaded from data.kma.go.kr, header included."
_HOURLY: Final = "On data.kma.go.kr choose hourly data (종관기상관측(ASOS), 시간자료) and give that file."
_DAMAGED: Final = "Download it again; if the row is still damaged, delete it."


def read_portal_csv(content: bytes, name: str, *, until: datetime) -> Iterator[pd.DataFrame]:
    """Yield the rows of a file as frames of text, each of at most `CHUNK_ROWS` rows, in the file's order.

    Columns: `tm` (`YYYY-MM-DD HH:MM`, KST, full hours), `stnId` (digits), `stnNm` where the file names the
    stations, and the fields and flags the file has (`ta`, `taQcflg`, …), as written, without blanks around,
    "" for what is missing. Other columns are left out. The index, `row`, is the line in the file. A value
    that is no number is passed on like any other. `name` is what messages call the file, `until` the last
    moment that can have been observed.

    Raises:
        InvalidInputError: the file is empty, no text, no such table, not hourly, damaged, cut off, or has an
            hour after `until`; the message names file, row and value. Frames of the rows before may have been
            yielded.
    """
    encoding = _encoding(content, name)
    header_row, header = _header(content, encoding, name)
    _check_last_row(content, encoding, header, name)
    try:
        chunks = pd.read_csv(
            io.BytesIO(content),
            encoding=encoding,
            header=None,
            names=range(len(header) + _SPARE_COLUMNS),
            skiprows=header_row,
            skip_blank_lines=False,  # so that a row's position is its line in the file
            skipinitialspace=True,
            dtype=str,
            keep_default_na=False,
            chunksize=CHUNK_ROWS,
        )
        yield from tables_of(header, chunks, name, until=until, first_row=header_row + 1)
    except pd.errors.EmptyDataError as error:
        raise InvalidInputError(f"{name} holds no observation.", remedy=_AS_DOWNLOADED) from error
    except pd.errors.ParserError as error:
        raise InvalidInputError(f"{name} is not a CSV ({error}).", remedy=_DAMAGED) from error


def tables_of(
    header: Sequence[str],
    chunks: Iterable[pd.DataFrame],
    name: str,
    *,
    until: datetime,
    first_row: int = 1,
) -> Iterator[pd.DataFrame]:
    """Check frames of text, whose columns are those of `header`, and yield them as `read_portal_csv` does.

    Columns beyond the header must be empty. `first_row` is what messages call the first row of all chunks.
    """
    columns = _columns(header, name)
    width = max(position for position, cell in enumerate(header) if cell) + 1
    last = until.astimezone(KST).strftime("%Y-%m-%d %H:%M")
    anything = False
    for chunk in chunks:
        cells = chunk.fillna("").astype(str).apply(lambda column: column.str.strip())
        cells = cells.set_axis(pd.RangeIndex(first_row, first_row + len(cells), name="row"))
        first_row += len(cells)
        cells = cells[(cells != "").any(axis=1)]
        if len(cells):
            anything = True
            yield _checked(cells, columns, width, name, last)
    if not anything:
        raise InvalidInputError(f"{name} holds no observation.", remedy=_AS_DOWNLOADED)


def _header(content: bytes, encoding: str, name: str) -> tuple[int, list[str]]:
    """Return the number of the first line that is not blank, from 1, and its cells."""
    for number, line in enumerate(io.BytesIO(content), start=1):
        cells = _cells(line.decode(encoding))
        if any(cells):
            return number, cells
    raise InvalidInputError(f"{name} is empty.", remedy=_AS_DOWNLOADED)


def _check_last_row(content: bytes, encoding: str, header: Sequence[str], name: str) -> None:
    """Refuse a file whose last row just ends: an incomplete download.

    Spreadsheets leave out empty cells at a row's end, but they end the row with a line break.
    """
    if content.endswith(b"\n"):
        return
    width = max(position for position, cell in enumerate(header) if cell) + 1
    cells = _cells(content.rpartition(b"\n")[2].decode(encoding))
    if len(cells) < width:
        row = content.count(b"\n") + 1
        raise InvalidInputError(
            f"{name}, row {row} ends after {len(cells)} of {width} columns: the file is cut off.",
            remedy=_DAMAGED,
        )


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], skipinitialspace=True), [])]


def _encoding(content: bytes, name: str) -> str:
    """Return the file's encoding, after checking every line.

    UTF-8 first: Korean text in CP949 is never valid UTF-8, while the reverse would pass as nonsense.
    """
    for encoding in ("utf-8-sig", "cp949"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(content[:_HEAD_BYTES])
        except UnicodeDecodeError:
            continue
        # Neither encoding uses the byte of a line end for anything else.
        for number, line in enumerate(io.BytesIO(content), start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError as error:
                raise InvalidInputError(
                    f"{name}, row {number}: {line[error.start : error.end]!r} is not {encoding} text.",
                    remedy=_DAMAGED,
                ) from error
        return encoding
    raise InvalidInputError(f"{name} is neither UTF-8 nor CP949 text.", remedy=_AS_DOWNLOADED)


def _columns(header: Sequence[str], name: str) -> dict[str, int]:
    """Return the position of each field; of two columns for one field the first counts."""
    bare = [_bare(cell) for cell in header]
    found: dict[str, int] = {}
    for position, text in enumerate(bare):
        # Beside numbers, `지점` is the name.
        field = "stnNm" if text == "지점" and "지점번호" in bare else _field(text)
        if field is not None:
            found.setdefault(field, position)
    required = (("지점 (stnId)", "stnId"), ("일시 (tm)", "tm"))
    missing = [words for words, field in required if field not in found]
    if missing:
        raise InvalidInputError(
            f"{name} has no column {' and '.join(missing)}; it begins {', '.join(header[:4])[:100]!r}.",
            remedy=_AS_DOWNLOADED,
        )
    return found


def _bare(header: str) -> str:
    """Drop the unit in brackets and all spaces: `최저운고(100m )` → `최저운고`."""
    return re.sub(r"\s+", "", re.sub(r"[(\[].*?[)\]]", "", unicodedata.normalize("NFC", header)))


def is_known(header: str) -> bool:
    """Whether a column of this name is read."""
    return _field(_bare(header)) is not None


def _field(bare: str) -> str | None:
    if bare in _KEYS:
        return _KEYS[bare]
    if flag := _FLAG.fullmatch(bare):
        variable = _FIELDS.get(flag["of"])
        return f"{variable}Qcflg" if variable else None
    return _FIELDS.get(bare) or _SERVICE_NAMES.get(bare.lower())


def _checked(
    cells: pd.DataFrame, columns: Mapping[str, int], width: int, name: str, last: str
) -> pd.DataFrame:
    """Return the known columns under the service's names, with `tm` and `stnId` in their final form."""
    surplus = (cells.iloc[:, width:] != "").any(axis=1).to_numpy()
    if surplus.any():
        first = int(surplus.argmax())
        raise InvalidInputError(
            f"{name}, row {cells.index[first]} has more values than the {width} columns of the header: "
            f"{[cell for cell in cells.iloc[first, width:] if cell]}.",
            remedy=_DAMAGED,
        )
    ordered = sorted(columns, key=lambda field: (_FIRST.get(field, len(_FIRST)), columns[field]))
    table = pd.DataFrame({field: cells.iloc[:, columns[field]].astype(object) for field in ordered})
    times = zip(table.index.tolist(), table["tm"].tolist(), strict=True)
    table["tm"] = [_hour(text, f"{name}, row {row}") for row, text in times]
    late = (table["tm"] > last).to_numpy()
    if late.any():
        first = int(late.argmax())
        raise InvalidInputError(
            f"{name}, row {table.index[first]}: {table['tm'].iloc[first]} lies after {last}, the last moment "
            "that can have been observed.",
            remedy="Correct or delete that row and give the file again; nothing of it was stored.",
        )
    for field in columns:
        if field == "stnId" or field in _CODES or field.endswith("Qcflg"):
            table[field] = table[field].str.removesuffix(".0").astype(object)
    unknown = ~table["stnId"].str.fullmatch("[0-9]+").to_numpy(dtype=bool)
    if unknown.any():
        first = int(unknown.argmax())
        raise InvalidInputError(
            f"{name}, row {table.index[first]}: 지점 {table['stnId'].iloc[first]!r} is not a station number.",
            remedy=_AS_DOWNLOADED,
        )
    # Only now: files of daily data have other column names, and the check of `tm` names that problem.
    if columns.keys() <= _FIRST.keys():
        raise InvalidInputError(
            f"{name} has no column of observations that is known (기온 or ta, 습도 or hm, …).",
            remedy=_AS_DOWNLOADED,
        )
    return table


def _hour(text: str, where: str) -> str:
    """Return a full hour as `YYYY-MM-DD HH:MM`, KST; 24:00 is 00:00 of the day after (ISO 8601)."""
    found = _WITH_SIGNS.fullmatch(text) or _DIGITS.fullmatch(text)
    if found is None:
        raise _no_time(text, where)
    year, month, day, hour, minute, second = found.groups()[:6]
    offset = found.groupdict().get("offset")
    if hour is None:
        raise InvalidInputError(
            f"{where}: 일시 {text!r} has no hour; this looks like daily data (일자료).", remedy=_HOURLY
        )
    zone = KST if offset is None else datetime.strptime(offset, "%z").tzinfo
    try:
        moment = datetime(int(year), int(month), int(day), int(hour) % 24, tzinfo=zone)
        if int(hour) == 24:
            moment += timedelta(days=1)
        elif int(hour) > 24:
            raise _no_time(text, where)
        if offset is not None:
            moment = moment.astimezone(KST)
    except (ValueError, OverflowError) as error:
        raise _no_time(text, where) from error
    if int(minute or 0) or int(second or 0):
        raise InvalidInputError(
            f"{where}: 일시 {text!r} is not a full hour; this looks like data of minutes (분자료).",
            remedy=_HOURLY,
        )
    return moment.replace(tzinfo=None).isoformat(" ", "minutes")


def _no_time(text: str, where: str) -> InvalidInputError:
    return InvalidInputError(
        f"{where}: 일시 {text!r} is not a time.",
        remedy="Write it as 2022-08-10 02:00; hourly data is needed.",
    )
