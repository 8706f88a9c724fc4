"""From rows of text, as the KMA's service and its portal write them, to a frame of what was sent.

Nothing is judged here but what only the text can tell: a value that is no number, and the KMA's own quality
flags. An empty string is a value that was not sent. That holds for `rn`, `ss` and `icsr` too: the KMA leaves
them empty when it does not rain and at night, and the lake says what was sent; whoever makes features decides
that no rain is 0 mm.
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

from plantcast.observations import VARIABLES
from plantcast.observations.frame import KMA_TIME, SENT_COLUMNS, empty_sent, hour_index

Mask = npt.NDArray[np.bool_]

UNREADABLE: Final = "unreadable"
# "0" and "" are good. Anything not listed is kept: an unknown flag is no evidence against a value.
FLAGS: Final = MappingProxyType({"1": "flagged-error", "9": "flagged-missing"})
# Reasons that come from the text, not from the numbers: they cannot be found again from the values alone.
TEXT_REASONS: Final = frozenset({UNREADABLE, *FLAGS.values()})
# A number far beyond any instrument is a slip of the transmission; as a float it would still be kept, but one
# that overflows is no number to store.
_FINITE: Final = 1e9


@dataclass(frozen=True)
class SentRows:
    """What a response held: the sent frame, and rows that are not in it.

    `duplicates` counts rows replaced by a later row of the same hour; `rejected` rows of another station, out
    of the hours asked for or without a readable hour; `blank` rows in which nothing at all was observed (no
    hour of the lake, and so asked for again).
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
    """Read the service's rows of `station`; `start` and `end` (both included) are the hours asked for.

    Of several rows for one hour the last that holds anything wins. An hour with any value is never dropped.
    """
    fields = ["tm", "stnId", *VARIABLES, *(f"{name}Qcflg" for name in VARIABLES)]
    columns = {name: [row.get(name) or "" for row in rows] for name in fields}
    return read_text(pd.DataFrame(columns, dtype="object"), station, start=start, end=end)


def read_text(
    text: pd.DataFrame, station: str, *, start: datetime | None = None, end: datetime | None = None
) -> SentRows:
    """Read a frame of text with the service's field names (`tm`, `stnId`, `ta`, …); see `read_rows`.

    Columns may be absent: those variables were not sent.
    """
    times, usable = _times(text, station, start, end)
    rejected = len(text) - int(usable.sum())
    text, times = text[usable], times[usable]
    if text.empty:
        return SentRows(empty_sent(), rejected=rejected)

    frame = _sent(text, times)
    blank = (frame[list(VARIABLES)].isna().all(axis=1) & (frame["remarks"] == "")).to_numpy(dtype=np.bool_)
    repeated = np.zeros(len(frame), dtype=np.bool_)
    repeated[~blank] = frame.index[~blank].duplicated(keep="last")
    return SentRows(
        frame=frame[~blank & ~repeated].sort_index(),
        duplicates=int(repeated.sum()),
        rejected=rejected,
        blank=int(blank.sum()),
    )


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
    hours = hour_index(times.tz_localize(KMA_TIME))
    if start is not None:
        usable &= hours >= pd.Timestamp(start)
    if end is not None:
        usable &= hours <= pd.Timestamp(end)
    return hours, np.asarray(usable, dtype=np.bool_)


def _sent(text: pd.DataFrame, times: pd.DatetimeIndex) -> pd.DataFrame:
    columns: dict[str, npt.NDArray[np.float64]] = {}
    remarks: list[dict[str, list[str | None]]] = [{} for _ in range(len(text))]
    for name in VARIABLES:
        written = _text(text, name)
        values = pd.to_numeric(written, errors="coerce").to_numpy(dtype=np.float64, copy=True)
        values[np.abs(values) > _FINITE] = np.nan
        sent = (written != "").to_numpy(dtype=np.bool_)
        columns[name] = values + 0.0  # -0.0 → 0.0
        for row in np.flatnonzero(sent & np.isnan(values)):
            remarks[row][name] = [UNREADABLE, str(written.iloc[row])]
        flags = _text(text, f"{name}Qcflg")
        for flag, reason in FLAGS.items():
            # A flag on a value that was not sent says nothing more than the empty field does.
            for row in np.flatnonzero((flags == flag).to_numpy(dtype=np.bool_) & ~np.isnan(values)):
                remarks[row][name] = [reason, None]
    frame = pd.DataFrame(columns, index=times)
    frame["remarks"] = pd.array([_remarks(found) for found in remarks], dtype="str")
    return frame[list(SENT_COLUMNS)]


def _remarks(found: Mapping[str, list[str | None]]) -> str:
    return json.dumps(found, ensure_ascii=False) if found else ""
