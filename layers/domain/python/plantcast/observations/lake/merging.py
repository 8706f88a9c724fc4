"""Merging what was sent about the same hours, variable by variable: the order of arrival never matters.

Each value carries when it was received; NaT where no response mentioned the variable. Of all that was sent
about a variable of an hour the latest counts, of two received at the same moment the greater (an empty cell
is less than any value). An hour that anything but a live observation is known of is confirmed, and live
observations of it, which are provisional, do not count, whenever they were received. The maximum of a set
does not depend on the order of its elements.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from plantcast.common.clock import KST
from plantcast.observations import VARIABLES
from plantcast.observations.frame import RECEIPTS
from plantcast.observations.lake.months import Month

_NAMES = list(VARIABLES)
_NEVER = np.iinfo(np.int64).min  # NaT


@dataclass(frozen=True)
class MergeCounts:
    """Hours that a merge added, changed, and found as they were (or newer).

    `corrected` counts hours known before in which at least one variable was replaced or added. An hour that
    was provisional and is confirmed with the same values is unchanged.
    """

    new: int = 0
    corrected: int = 0
    unchanged: int = 0

    def __add__(self, other: MergeCounts) -> MergeCounts:
        return MergeCounts(
            self.new + other.new, self.corrected + other.corrected, self.unchanged + other.unchanged
        )


def stamped(sent: pd.DataFrame, received_at: datetime, *, provisional: bool = False) -> pd.DataFrame:
    """Return a sent frame with, in place of `unsent`, when each value was received (`RECEIPTS`).

    `provisional` marks all of its hours as live observations.
    """
    moment = np.datetime64(received_at.astimezone(UTC).replace(tzinfo=None), "us")
    receipts = np.full((len(sent), len(_NAMES)), moment.view(np.int64))
    unsent = sent["unsent"].to_numpy()
    for names in set(unsent) - {""}:
        missing = [_NAMES.index(name) for name in names.split(";")]
        receipts[np.ix_(unsent == names, missing)] = _NEVER
    marks = np.full(len(sent), provisional)
    return _frame(sent.index, sent[_NAMES].to_numpy(np.float64), sent["qc_flags"].to_numpy(), marks, receipts)


def split_by_month(frame: pd.DataFrame) -> Iterator[tuple[Month, pd.DataFrame]]:
    """Yield a frame's rows by month."""
    local = pd.DatetimeIndex(frame.index).tz_convert(KST)
    for number, part in frame.groupby((local.year * 100 + local.month).to_numpy()):
        yield Month(*divmod(int(str(number)), 100)), part


def merge_sent(present: pd.DataFrame, incoming: pd.DataFrame) -> tuple[pd.DataFrame, MergeCounts]:
    """Return the union of two stamped frames, and what `incoming` changed."""
    known = incoming.index.isin(present.index)
    rivals, old = incoming.loc[known], present.loc[incoming.index[known]]
    chosen, counts = _latest(old, rivals)
    untouched = present.loc[~present.index.isin(rivals.index)]
    fresh = incoming[~known]
    parts = [part for part in (untouched, chosen, fresh) if len(part)]
    merged = pd.concat(parts).sort_index() if parts else present
    return merged, counts + MergeCounts(new=len(fresh))


def united(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the union of stamped frames, of which there is at least one.

    They are merged pairwise, so that ten years of responses cost a few passes and not one for each.
    """
    while len(parts) > 1:
        pairs = [parts[i : i + 2] for i in range(0, len(parts), 2)]
        parts = [merge_sent(*pair)[0] if len(pair) == 2 else pair[0] for pair in pairs]
    return parts[0]


def _latest(old: pd.DataFrame, new: pd.DataFrame) -> tuple[pd.DataFrame, MergeCounts]:
    """Merge two stamped frames of the same hours; return the result and how it differs from `old`."""
    values, others = (frame[_NAMES].to_numpy(np.float64) for frame in (old, new))
    receipts, later = (
        frame[list(RECEIPTS)].to_numpy("datetime64[us]").view(np.int64) for frame in (old, new)
    )
    flags, new_flags = old["qc_flags"].to_numpy(object, copy=True), new["qc_flags"].to_numpy(object)
    removed = np.isnan(values).all(axis=1) & (flags == "")
    same = (values == others) | (np.isnan(values) & np.isnan(others))
    greater = np.where(np.isnan(others), -np.inf, others) > np.where(np.isnan(values), -np.inf, values)
    takes = (later > receipts) | ((later == receipts) & greater)
    marks, others_marks = (frame["provisional"].to_numpy(np.bool_) for frame in (old, new))
    # One is confirmed and the other is not: the confirmed row counts, whole.
    unlike = marks != others_marks
    takes[unlike] = marks[unlike, np.newaxis]
    # Flags are rare: rows that have some are merged one by one.
    for row in np.flatnonzero((flags != "") | (new_flags != "")):
        held, sent = (json.loads(texts[row] or "{}") for texts in (flags, new_flags))
        for column, name in enumerate(_NAMES):
            if not unlike[row] and same[row, column] and later[row, column] == receipts[row, column]:
                takes[row, column] = json.dumps(sent.get(name)) > json.dumps(held.get(name))
            same[row, column] &= held.get(name) == sent.get(name)
        kept = {name: (sent if takes[row, column] else held).get(name) for column, name in enumerate(_NAMES)}
        kept = {name: flag for name, flag in kept.items() if flag is not None}
        flags[row] = json.dumps(kept, ensure_ascii=False) if kept else ""
    merged = _frame(
        old.index,
        np.where(takes, others, values),
        flags,
        marks & others_marks,
        np.where(takes, later, receipts),
    )
    changed = (takes & ~same).any(axis=1)
    brought_back = int(np.count_nonzero(changed & removed))
    corrected = int(np.count_nonzero(changed)) - brought_back
    return merged, MergeCounts(brought_back, corrected, len(changed) - brought_back - corrected)


def _frame(
    index: pd.Index,
    values: npt.NDArray[np.float64],
    qc_flags: npt.NDArray[np.object_],
    provisional: npt.NDArray[np.bool_],
    receipts: npt.NDArray[np.int64],
) -> pd.DataFrame:
    """Return a stamped frame; `receipts` are microseconds since 1970 (UTC)."""
    parts = (
        pd.DataFrame(values, index=index, columns=_NAMES),
        pd.DataFrame({"qc_flags": pd.array(qc_flags, dtype="str"), "provisional": provisional}, index=index),
        pd.DataFrame(receipts.view("datetime64[us]"), index=index, columns=list(RECEIPTS)),
    )
    return pd.concat(parts, axis=1)
