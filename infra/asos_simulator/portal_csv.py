"""The CSV that data.kma.go.kr gives for hourly ASOS data: Korean headers, CP949 or UTF-8."""

from __future__ import annotations

import io
import re
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pandas as pd

from infra.asos_simulator.rows import DECIMALS
from plantcast.errors import InvalidInputError

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
_STATION, _NAME, _TIME = "지점", "지점명", "일시"
_STATION_SPELLINGS: Final = frozenset({"지점", "지점번호"})
_FLAG: Final = re.compile(r"(?P<of>.+)QC(플래그|FLAG)", re.IGNORECASE)


def read_portal_csv(path: Path) -> pd.DataFrame:
    """Return the file's rows with columns `tm` (naive, KST), `stnId`, `stnNm` (if named) and its fields.

    Numbers are floats (NaN: empty), flags and codes text ("": empty). Unknown columns are left out.

    Raises:
        InvalidInputError: the file cannot be decoded, is no such table, or holds a value that is no number.
    """
    table = _read_table(path)
    names = {str(column): _normal(str(column)) for column in table.columns}
    table = table.rename(columns=names).loc[:, lambda t: ~t.columns.duplicated()]
    _require_columns(path, table)
    frame = pd.DataFrame({"tm": _times(path, table[_TIME]), "stnId": table[_STATION].str.strip()})
    if _NAME in table:
        frame["stnNm"] = table[_NAME].str.strip()
    for column in table.columns:
        field = _field(str(column))
        if field in DECIMALS:
            frame[field] = _numbers(path, str(column), table[column])
        elif field:
            frame[field] = table[column].str.strip().str.removesuffix(".0")
    return frame


def _read_table(path: Path) -> pd.DataFrame:
    text = _decode(path, path.read_bytes())
    try:
        return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, skipinitialspace=True)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InvalidInputError(
            f"{path} is not a table ({' '.join(str(error).split())}).",
            remedy="Give the CSV as data.kma.go.kr gave it.",
        ) from error


def _decode(path: Path, content: bytes) -> str:
    """UTF-8 first: Korean text in CP949 is never valid UTF-8, while the reverse would pass as nonsense."""
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInputError(
        f"{path} is neither UTF-8 nor CP949 text.", remedy="Give the CSV as data.kma.go.kr gave it, unpacked."
    )


def _normal(header: str) -> str:
    """Drop the unit in brackets and all spaces: `최저운고(100m )` → `최저운고`."""
    bare = re.sub(r"\s+", "", re.sub(r"[(\[].*?[)\]]", "", header))
    return _STATION if bare in _STATION_SPELLINGS else bare


def _field(header: str) -> str | None:
    if flag := _FLAG.fullmatch(header):
        variable = _FIELDS.get(flag["of"])
        return f"{variable}Qcflg" if variable else None
    return _FIELDS.get(header)


def _require_columns(path: Path, table: pd.DataFrame) -> None:
    missing = [name for name in (_STATION, _TIME) if name not in table]
    if missing:
        raise InvalidInputError(
            f"{path} has no column {' and '.join(missing)}; it begins {list(table.columns[:4])}.",
            remedy="Give hourly ASOS data of data.kma.go.kr with the header it came with.",
        )
    if not any(_field(str(column)) in DECIMALS for column in table.columns):
        raise InvalidInputError(
            f"{path} has no column of observations that is known (기온, 습도, …).",
            remedy="Give hourly ASOS data of data.kma.go.kr with the header it came with.",
        )


def _times(path: Path, values: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    times = pd.to_datetime(values.str.strip(), format="mixed", errors="coerce")
    if times.isna().any():
        row = int(times.isna().to_numpy().argmax())
        raise InvalidInputError(
            f"{path}, row {row + 2}: 일시 {values.iloc[row]!r} is not a time.",
            remedy="Write it as 2022-08-10 02:00.",
        )
    return times


def _numbers(path: Path, column: str, values: pd.Series[str]) -> pd.Series[float]:
    stripped = values.str.strip()
    numbers = pd.to_numeric(stripped, errors="coerce").astype("float64")
    wrong = numbers.isna() & (stripped != "")
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InvalidInputError(
            f"{path}, row {row + 2}: {column} {values.iloc[row]!r} is not a number.",
            remedy="Correct it or leave it empty.",
        )
    return numbers
