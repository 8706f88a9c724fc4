"""Hourly ASOS data as data.kma.go.kr gives it for download, read as text in pieces of bounded size.

The portal's two downloads, `OBS_ASOS_TIM_….csv` (columns as chosen, `지점명` among them) and the file sets
`SURFACE_ASOS_108_HR_….csv` (without it), differ in columns only. `풍향(16방위)` holds degrees in both, of the
nearest of sixteen points. What a value means is not judged here: a frame holds what the file says, under the
field names of the KMA's service, so that `plantcast.observations.rows` treats both alike.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
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

_AS_IT_CAME: Final = "Give hourly ASOS data (시간자료) as data.kma.go.kr gave it, header included."
_HOURLY: Final = "On data.kma.go.kr choose hourly data (종관기상관측(ASOS), 시간자료) and give that file."
_DAMAGED: Final = "Download it again; if it comes out the same, delete that row."

# A line's number in the file and its values.
Row = tuple[int, list[str]]


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
    yield from tables_of(_rows(content, name), name, until=until, unended=_unended_line(content))


def tables_of(rows: Iterator[Row], name: str, *, until: datetime, unended: int = 0) -> Iterator[pd.DataFrame]:
    """Check numbered rows of text, the header first, and yield them as `read_portal_csv` does.

    `unended` is the number of the row that may be cut off, 0 when none can be.
    """
    header = next(rows, None)
    if header is None:
        raise InvalidInputError(f"{name} is empty.", remedy=_AS_IT_CAME)
    columns = _columns(header[1], name)
    width = max(position for position, cell in enumerate(header[1]) if cell) + 1
    last = until.astimezone(KST).strftime("%Y-%m-%d %H:%M")
    observed = _checked(rows, width, columns, name, unended, last)
    anything = False
    while chunk := list(islice(observed, CHUNK_ROWS)):
        anything = True
        yield _frame(chunk, columns)
    if not anything:
        raise InvalidInputError(f"{name} holds no observation.", remedy=_AS_IT_CAME)


def _rows(content: bytes, name: str) -> Iterator[Row]:
    """Yield each line's number and its values without blanks around; lines without any value are left out."""
    reader = csv.reader(_lines(content, name), skipinitialspace=True, strict=True)
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield reader.line_num, stripped
    except csv.Error as error:
        raise InvalidInputError(
            f"{name}, row {reader.line_num}: this is no row of a CSV ({error}).", remedy=_DAMAGED
        ) from error


def _lines(content: bytes, name: str) -> Iterator[str]:
    """Decode line by line: no second copy of the file, and what cannot be decoded has a row."""
    encoding = _encoding(content, name)
    # Neither encoding uses the byte of a line end for anything else.
    for number, line in enumerate(io.BytesIO(content), start=1):
        try:
            yield line.decode(encoding)
        except UnicodeDecodeError as error:
            raise InvalidInputError(
                f"{name}, row {number}: {line[error.start : error.end]!r} is not {encoding} text.",
                remedy=_DAMAGED,
            ) from error


def _encoding(content: bytes, name: str) -> str:
    """UTF-8 first: Korean text in CP949 is never valid UTF-8, while the reverse would pass as nonsense."""
    for encoding in ("utf-8-sig", "cp949"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(content[:_HEAD_BYTES])
        except UnicodeDecodeError:
            continue
        return encoding
    raise InvalidInputError(f"{name} is neither UTF-8 nor CP949 text.", remedy=_AS_IT_CAME)


def _unended_line(content: bytes) -> int:
    """Return the number of the last line if no line end follows it, else 0: there a download may be cut."""
    return 0 if content.endswith(b"\n") else content.count(b"\n") + 1


def _columns(header: Sequence[str], name: str) -> dict[str, int]:
    """Return where each field stands; of two columns for one field the first counts."""
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
            remedy=_AS_IT_CAME,
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
    rows: Iterator[Row], width: int, columns: Mapping[str, int], name: str, unended: int, last: str
) -> Iterator[Row]:
    """Yield the rows with `tm` and `stnId` in their final form, none shorter than `width` columns."""
    tm, station = columns["tm"], columns["stnId"]
    for line, cells in rows:
        where = f"{name}, row {line}"
        if len(cells) < width:
            # Spreadsheets leave out empty cells at a row's end; but a row that just breaks off is cut off.
            if line == unended:
                raise InvalidInputError(
                    f"{where} ends after {len(cells)} of {width} columns: the file is cut off.",
                    remedy=_DAMAGED,
                )
            cells += [""] * (width - len(cells))
        elif any(cells[width:]):
            raise InvalidInputError(
                f"{where} has {len(cells)} values for {width} columns, too many by {cells[width:]}.",
                remedy=_DAMAGED,
            )
        cells[tm] = _hour(cells[tm], where)
        if cells[tm] > last:
            raise InvalidInputError(
                f"{where}: {cells[tm]} lies after {last}, the last moment that can have been observed.",
                remedy="Correct or delete that row and give the file again; nothing of it was stored.",
            )
        cells[station] = cells[station].removesuffix(".0")
        if not (cells[station].isascii() and cells[station].isdigit()):
            raise InvalidInputError(
                f"{where}: 지점 {cells[station]!r} is not a station number.", remedy=_AS_IT_CAME
            )
        # Only now: that a file is of days, whose columns have other names, is told by its first row.
        if columns.keys() <= _FIRST.keys():
            raise InvalidInputError(
                f"{name} has no column of observations that is known (기온 or ta, 습도 or hm, …).",
                remedy=_AS_IT_CAME,
            )
        yield line, cells


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


def _frame(rows: Sequence[Row], columns: Mapping[str, int]) -> pd.DataFrame:
    ordered = sorted(columns, key=lambda field: (_FIRST.get(field, len(_FIRST)), columns[field]))
    data = {field: _column(rows, field, columns[field]) for field in ordered}
    return pd.DataFrame(data, index=pd.Index([line for line, _ in rows], name="row"), dtype="object")


def _column(rows: Sequence[Row], field: str, position: int) -> list[str]:
    if field in _CODES or field.endswith("Qcflg"):
        return [cells[position].removesuffix(".0") for _, cells in rows]
    return [cells[position] for _, cells in rows]
