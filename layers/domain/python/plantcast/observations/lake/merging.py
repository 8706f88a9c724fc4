"""Merging what was sent about the same hours: the order in which it comes in never matters.

Rows are ordered by when they were received and, for the same moment, by what they say. Of all rows about an
hour the greatest counts; the greatest of a set does not depend on the order in which it is looked through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from plantcast.clock import KST
from plantcast.observations import VARIABLES
from plantcast.observations.frame import SENT_COLUMNS, empty_sent
from plantcast.observations.lake.months import Month


@dataclass(frozen=True)
class MergeCounts:
    """Hours that a merge added, changed, and found as they were (or newer)."""

    new: int = 0
    corrected: int = 0
    unchanged: int = 0

    def __add__(self, other: MergeCounts) -> MergeCounts:
        return MergeCounts(
            self.new + other.new, self.corrected + other.corrected, self.unchanged + other.unchanged
        )


def stamped(sent: pd.DataFrame, received_at: datetime) -> pd.DataFrame:
    """Return a sent frame with the column `received` (UTC)."""
    moment = pd.Timestamp(received_at).tz_convert("UTC").as_unit("us")
    return sent[list(SENT_COLUMNS)].assign(received=moment)


def split_by_month(sent: pd.DataFrame, received_at: datetime) -> Iterator[tuple[Month, pd.DataFrame]]:
    """Yield a sent frame's rows by month, stamped."""
    frame = stamped(sent, received_at)
    local = pd.DatetimeIndex(frame.index).tz_convert(KST)
    for number, part in frame.groupby((local.year * 100 + local.month).to_numpy()):
        yield Month(*divmod(int(str(number)), 100)), part


def merge_sent(
    present: pd.DataFrame | None, incoming: pd.DataFrame | None
) -> tuple[pd.DataFrame, MergeCounts]:
    """Return the union of two sent frames with `received`, either may be absent, and what it changed."""
    if present is None:
        fresh = empty_sent() if incoming is None else incoming
        return fresh, MergeCounts(new=len(fresh))
    if incoming is None:
        return present, MergeCounts()
    known = incoming.index.isin(present.index)
    rivals, old = incoming.loc[known], present.loc[incoming.index[known]]
    differs = ~_equal(rivals, old)
    replaces = (rivals["received"] > old["received"]).to_numpy(dtype=np.bool_, copy=True)
    tied = differs & (rivals["received"] == old["received"]).to_numpy(dtype=np.bool_)
    for row in np.flatnonzero(tied):
        replaces[row] = _content(rivals, int(row)) > _content(old, int(row))
    chosen = rivals[replaces]
    untouched = present.loc[~present.index.isin(chosen.index)]
    fresh = incoming[~known]
    parts = [part for part in (untouched, chosen, fresh) if len(part)]
    merged = pd.concat(parts).sort_index() if parts else present
    corrected = int((replaces & differs).sum())
    return merged, MergeCounts(len(fresh), corrected, int(known.sum()) - corrected)


def united(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the union of stamped frames, of which there is at least one.

    They are merged pairwise, so that ten years of responses cost a few passes and not one for each.
    """
    while len(parts) > 1:
        pairs = [parts[i : i + 2] for i in range(0, len(parts), 2)]
        parts = [merge_sent(*pair)[0] if len(pair) == 2 else pair[0] for pair in pairs]
    return parts[0]


def _equal(one: pd.DataFrame, other: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return, row by row, whether the same was sent."""
    values, others = (frame[list(VARIABLES)].to_numpy(np.float64) for frame in (one, other))
    same = ((values == others) | (np.isnan(values) & np.isnan(others))).all(axis=1)
    return np.asarray(same & (one["remarks"].to_numpy() == other["remarks"].to_numpy()), dtype=np.bool_)


def _content(frame: pd.DataFrame, row: int) -> tuple[list[float], str]:
    """Return what a row says as something that can be compared; a missing value is less than any."""
    values = frame[list(VARIABLES)].iloc[row].to_numpy(np.float64)
    return np.where(np.isnan(values), -np.inf, values).tolist(), str(frame["remarks"].iloc[row])
