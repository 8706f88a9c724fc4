"""Observations as the service writes them: every value a string, a missing one empty, flags beside them."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import pandas as pd

# Fields that Plantcast reads, and the decimals the service writes them with.
DECIMALS: Final = MappingProxyType(
    {
        "ta": 1, "rn": 1, "ws": 1, "wd": 0, "hm": 0, "pv": 1, "td": 1, "pa": 1, "ps": 1, "ss": 1, "icsr": 2,
        "dsnw": 1, "dc10Tca": 0, "vs": 0, "ts": 1,
    }
)  # fmt: skip

# Every field of an item after `tm, rnum, stnId, stnNm`, in the service's order.
FIELDS: Final = (
    "ta", "taQcflg", "rn", "rnQcflg", "ws", "wsQcflg", "wd", "wdQcflg", "hm", "hmQcflg", "pv", "td",
    "pa", "paQcflg", "ps", "psQcflg", "ss", "ssQcflg", "icsr", "dsnw", "hr3Fhsc", "dc10Tca", "dc10LmcsCa",
    "clfmAbbrCd", "lcsCh", "vs", "gndSttCd", "dmstMtphNo", "ts", "tsQcflg",
    "m005Te", "m01Te", "m02Te", "m03Te",
)  # fmt: skip

FLAG_SUFFIX: Final = "Qcflg"
MISSING_FLAG: Final = "9"

# Empty there means "none", not "missing": no rain, night, no snow. The service sets no flag for them.
_EMPTY_IS_NORMAL: Final = frozenset({"rn", "ss"})


def write_rows(frame: pd.DataFrame, *, station: str, name: str, first_number: int) -> list[dict[str, str]]:
    """Write observations as items of the service.

    `frame` is indexed by `time` (KST, full hours, ascending, unique); an hour without a row was not observed.
    Columns are the service's field names: floats in its units (NaN: missing), or text (`…Qcflg`, "":
    none); columns may be absent.
    `first_number` is the `rnum` of the first row. A missing value gets flag 9 where the source gives none.
    """
    columns = {field: _column(frame, field) for field in FIELDS}
    times = pd.DatetimeIndex(frame.index).strftime("%Y-%m-%d %H:%M")
    return [
        {"tm": time, "rnum": str(first_number + offset), "stnId": station, "stnNm": name}
        | dict(zip(FIELDS, values, strict=True))
        for offset, (time, values) in enumerate(zip(times, zip(*columns.values(), strict=True), strict=True))
    ]


def _column(frame: pd.DataFrame, field: str) -> Sequence[str]:
    if field in frame and pd.api.types.is_numeric_dtype(frame[field]):
        values = frame[field].tolist()
        return ["" if value != value else _number(value, DECIMALS[field]) for value in values]
    if field in frame:
        return [str(value) for value in frame[field].fillna("")]
    variable = field.removesuffix(FLAG_SUFFIX)
    if variable == field or variable in _EMPTY_IS_NORMAL:
        return [""] * len(frame)
    if variable not in frame:
        return [MISSING_FLAG] * len(frame)
    return [MISSING_FLAG if missing else "" for missing in frame[variable].isna()]


def _number(value: float, decimals: int) -> str:
    """Write as the service does, but never lose a digit of a source that holds more."""
    text = f"{value:.{decimals}f}"
    return text if float(text) == value else repr(value)
