"""The values believed so far, and why the others are not: what every check works on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from plantcast.common.clock import KST
from plantcast.common.stations import Station
from plantcast.observations import VARIABLES
from plantcast.observations.frame import COLUMNS
from plantcast.observations.quality.limits import Values
from plantcast.observations.rows import Mask


@dataclass
class Judge:
    """Judges a sent frame; `station` is None when nothing is known of the place.

    `believed` holds the values, NaN for what is not believed (any more) or was not sent.
    """

    sent: pd.DataFrame
    station: Station | None
    believed: dict[str, Values] = field(init=False)
    reasons: dict[int, dict[str, str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.believed = {name: self.sent[name].to_numpy(np.float64, copy=True) for name in VARIABLES}

    @cached_property
    def times(self) -> pd.DatetimeIndex:
        """The hours, in KST."""
        return pd.DatetimeIndex(self.sent.index).tz_convert(KST)

    @cached_property
    def _hours(self) -> npt.NDArray[np.int64]:
        """The rows' times, in hours."""
        return np.asarray(self.times.as_unit("s").asi8 // 3600, dtype=np.int64)

    def take_remarks(self) -> None:
        """Believe what the KMA itself says against its values."""
        for row in np.flatnonzero((self.sent["remarks"] != "").to_numpy(np.bool_)):
            for name, (reason, _) in json.loads(self.sent["remarks"].iloc[row]).items():
                self._mask_one(int(row), name, reason)

    def mask(self, name: str, where: Mask, reason: str) -> None:
        """Stop believing a variable at the rows `where`, as far as it still is believed."""
        for row in np.flatnonzero(where & ~np.isnan(self.believed[name])):
            self._mask_one(int(row), name, reason)

    def is_masked(self, name: str) -> Mask:
        """Return where a value of the variable was sent and is not believed."""
        masked = np.zeros(len(self.sent), dtype=np.bool_)
        masked[[row for row, reasons in self.reasons.items() if name in reasons]] = True
        return masked

    def shifted(self, name: str, hours: int) -> Values:
        """Return the believed value of `hours` before each row (negative: after), NaN where there is none."""
        values = self.believed[name]
        source = np.arange(len(values)) - hours
        inside = (source >= 0) & (source < len(values))
        source[~inside] = 0
        inside &= self._hours[source] == self._hours - hours
        return np.where(inside, values[source], np.nan) if len(values) else values

    def run_lengths(self, name: str) -> npt.NDArray[np.int64]:
        """Return the length of each row's run of equal values in consecutive hours."""
        begins = ~(self.believed[name] == self.shifted(name, 1))  # NaN begins a run of its own
        run = np.cumsum(begins) - 1
        return np.bincount(run)[run] if len(run) else run

    def result(self) -> pd.DataFrame:
        """Return the frame that `assess` promises."""
        frame = pd.DataFrame(self.believed, index=self.sent.index)
        masked = np.full(len(frame), "", dtype=object)
        withheld = np.full(len(frame), "", dtype=object)
        for row, reasons in self.reasons.items():
            named = [name for name in VARIABLES if name in reasons]
            masked[row] = ";".join(f"{name}:{reasons[name]}" for name in named)
            values = {name: self._sent_value(row, name) for name in named}
            withheld[row] = json.dumps(values, ensure_ascii=False)
        frame["masked"] = pd.array(masked, dtype="str")
        frame["withheld"] = pd.array(withheld, dtype="str")
        return frame[[*COLUMNS, "withheld"]]

    def _mask_one(self, row: int, name: str, reason: str) -> None:
        self.believed[name][row] = np.nan
        self.reasons.setdefault(row, {})[name] = reason

    def _sent_value(self, row: int, name: str) -> float | str | None:
        value = float(self.sent[name].iloc[row])
        if not np.isnan(value):
            return value
        written: str | None = json.loads(self.sent["remarks"].iloc[row])[name][1]
        return written
