"""From rows of text, as the KMA's service and its portal write them, to a frame of what was sent.

Only the text itself is checked here: a value that is not a number, and the KMA's own quality flags. An empty
cell means that there is no value; an absent column (or field of a row) changes nothing that is known. `rn`,
`ss` and `icsr` are kept empty too: the KMA leaves them empty when it does not rain and at night, and the
features treat no rain as 0 mm.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from plantcast.common.clock import KST
from plantcast.observations import VARIABLES
from plantcast.observations.frame import SENT_COLUMNS, empty_sent, hour_index

Mask = npt.NDArray[np.bool_]

UNREADABLE: Final = "unreadable"
# "0" and "" are good. Anything not listed is kept: an unknown flag is no evidence against a value.
FLAGS: Final = MappingProxyType({"1": "flagged-error", "9": "flagged-missing"})
# A number far beyond any instrument is a slip of the transmission; as a float it would still be kept, but one
# that overflows is no number to store.
_FINITE: Final = 1e9
_FIELDS: Final = (*VARIABLES, *(f"{name}Qcflg" for name in VARIABLES))


@dataclass(frozen=True)
class SentRows:
    """What a response held: the sent frame, and rows that are not in it.

    `duplicates` counts rows merged with a later row of the same hour; `rejected` rows of another station, out
    of the hours requested or without a readable hour; `blank` rows in which nothing at all was observed (no
    hour of the lake, and so requested again).
    """

    frame: pd.DataFrame
    duplicates: int = 0
    rejected: int = 0
    blank: int = 0

    @property
    def read(self) -> int:
        """How many rows there were in all."""
        return len(self.frame) + self.duplicates + self.rejected + self.blank


def read_rows(
    rows: Sequence[Mapping[str, str]],
    station: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
) -> SentRows:
    """Read the service's rows of `station`; `start` and `end` (both included) are the hours requested.

    Of several rows for one hour the last that holds a variable counts, variable by variable. An hour with any
    value is never dropped.
    """
    return read_text(pd.DataFrame(list(rows), dtype="object"), station, start=start, end=end)


def read_text(
    text: pd.DataFrame, station: str, *, start: datetime | None = None, end: datetime | None = None
) -> SentRows:
    """Read a frame of text with the service's field names (`tm`, `stnId`, `ta`, …); see `read_rows`.

    "" is an empty cell; an absent column, or NaN in a cell, means that the variable is not mentioned.
    """
    times, usable = _times(text, station, start, end)
    rejected = len(text) - int(usable.sum())
    fields = pd.DataFrame(
        {name: _stripped(text[name][usable]) for name in _FIELDS if name in text}, dtype="object"
    ).set_axis(times[usable])
    blank = is_blank(fields)
    fields = fields[~blank]
    if fields.empty:
        return SentRows(empty_sent(), rejected=rejected, blank=int(blank.sum()))
    duplicates = int(fields.index.duplicated().sum())
    return SentRows(
        frame=_sent(last_of_each_variable(fields) if duplicates else fields.sort_index()),
        duplicates=duplicates,
        rejected=rejected,
        blank=int(blank.sum()),
    )


def is_blank(text: pd.DataFrame) -> Mask:
    """Return which rows of a frame of text hold no value of any of `VARIABLES`."""
    held = [name for name in VARIABLES if name in text]
    return ~(text[held].fillna("") != "").any(axis=1).to_numpy(dtype=np.bool_)


def last_of_each_variable(text: pd.DataFrame) -> pd.DataFrame:
    """Merge rows of text with equal index, variable by variable: the last cell that is there counts, also "".

    A flag belongs to the cell beside it: a cell without a flag counts as good, a flag without a cell is none.
    """
    complete = text.copy()
    for name in VARIABLES:
        flag = f"{name}Qcflg"
        if name in text and flag in text:
            complete[flag] = text[flag].fillna("").where(text[name].notna(), None)
    merged: pd.DataFrame = complete.groupby(level=list(range(text.index.nlevels)), sort=True).last()
    return merged


def _stripped(column: pd.Series[str]) -> pd.Series[str]:
    """Return a column without blanks around its values; NaN stays NaN."""
    return column.astype("object").where(column.isna(), column.astype("str").str.strip()).astype("object")


def _text(text: pd.DataFrame, name: str) -> pd.Series[str]:
    """Return a column without blanks around; empty text where the column is absent."""
    if name not in text:
        return pd.Series("", index=text.index, dtype="object")
    return text[name].fillna("").astype("str").str.strip().astype("object")


def _times(
    text: pd.DataFrame, station: str, start: datetime | None, end: datetime | None
) -> tuple[pd.DatetimeIndex, Mask]:
    """Return each row's hour and whether the row can be used."""
    times = pd.DatetimeIndex(pd.to_datetime(_text(text, "tm"), format="%Y-%m-%d %H:%M", errors="coerce"))
    usable = times.notna() & (times.minute == 0) & _text(text, "stnId").isin(["", station]).to_numpy()
    hours = hour_index(times.tz_localize(KST))
    if start is not None:
        usable &= hours >= pd.Timestamp(start)
    if end is not None:
        usable &= hours <= pd.Timestamp(end)
    return hours, np.asarray(usable, dtype=np.bool_)


def _sent(text: pd.DataFrame) -> pd.DataFrame:
    columns: dict[str, npt.NDArray[np.float64]] = {}
    qc_flags: list[dict[str, list[str | None]]] = [{} for _ in range(len(text))]
    unsent = np.full(len(text), "", dtype=object)
    for name in VARIABLES:
        absent = text[name].isna().to_numpy(dtype=np.bool_) if name in text else np.True_
        unsent += np.where(absent, f";{name}", "").astype(object)
        written = _text(text, name)
        values = pd.to_numeric(written, errors="coerce").to_numpy(dtype=np.float64, copy=True)
        values[np.abs(values) > _FINITE] = np.nan
        sent = (written != "").to_numpy(dtype=np.bool_)
        columns[name] = values + 0.0  # -0.0 → 0.0
        for row in np.flatnonzero(sent & np.isnan(values)):
            qc_flags[row][name] = [UNREADABLE, str(written.iloc[row])]
        flags = _text(text, f"{name}Qcflg")
        for flag, reason in FLAGS.items():
            # A flag on a value that was not sent adds nothing to the empty field.
            for row in np.flatnonzero((flags == flag).to_numpy(dtype=np.bool_) & ~np.isnan(values)):
                qc_flags[row][name] = [reason, None]
    frame = pd.DataFrame(columns, index=hour_index(pd.DatetimeIndex(text.index)))
    frame["qc_flags"] = pd.array(
        [json.dumps(found, ensure_ascii=False) if found else "" for found in qc_flags], dtype="str"
    )
    frame["unsent"] = pd.array([names.removeprefix(";") for names in unsent], dtype="str")
    return frame[list(SENT_COLUMNS)]
