"""From the KMA's rows of strings to a lake frame, with implausible values masked and the reason kept.

A masked value becomes NaN and is named in `masked` as `variable:reason`; the raw response is kept besides, so
nothing is lost. An empty string is NaN without a reason. That holds for `rn`, `ss` and `icsr` too: the KMA
leaves them empty when it does not rain and at night, and the lake says what was sent; whoever makes features
decides that no rain is 0 mm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from plantcast.observations import VARIABLES
from plantcast.observations.frame import COLUMNS, KMA_TIME, empty_frame, hour_index

Mask = npt.NDArray[np.bool_]

# What cannot be: beyond these a value is an error of the instrument or the transmission, whatever the
# weather. Korean records are the KMA's; gross limits are those of the WMO's guidelines on quality control for
# automatic weather stations (2004). They are wide on purpose: a rare true value must pass.
LIMITS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "ta": (-45.0, 50.0),  # records -32.6 (Yangpyeong, 1981) and 41.0 °C (Hongcheon, 2018)
        "hm": (0.0, 100.0),  # by definition
        "td": (-80.0, 35.0),  # WMO gross limits
        "ws": (0.0, 75.0),  # WMO gross limit of a 10-minute mean
        "wd": (0.0, 360.0),  # by definition; 0 is calm, 360 is north
        "pa": (800.0, 1100.0),  # WMO's 1100; no ASOS station lies above 1,000 m (900 hPa, less a typhoon)
        "ps": (870.0, 1085.0),  # lowest and highest ever measured on Earth at sea level
        "rn": (0.0, 300.0),  # heaviest Korean hour: about 146 mm; twice that, one hour has had nowhere
        "ss": (0.0, 1.0),  # hours of sunshine in one hour
        "icsr": (0.0, 4.9),  # solar constant 1361 W/m² × 3600 s
        "dc10Tca": (0.0, 10.0),  # tenths of the sky
        "vs": (0.0, 10_000.0),  # 100 km; the longest reports are 70 km
        "pv": (0.0, 60.0),  # saturation at 36 °C, above the highest dew point
        "ts": (-60.0, 80.0),  # ground; WMO gross limit above, sun-baked ground in Seoul reaches 65 °C
        "dsnw": (0.0, 400.0),  # record 294 cm (Ulleungdo, 1962)
    }
)

# "0" and "" are good. Anything not listed is kept: an unknown flag is no evidence against a value.
_BAD_FLAGS: Final = MappingProxyType({"1": "flagged-error", "9": "flagged-missing"})

# Temperature and dew point are each rounded to 0.1 °C, so at saturation they may cross by one step.
_DEW_POINT_TOLERANCE: Final = 0.1 + 1e-6


@dataclass(frozen=True)
class Parsed:
    """Checked observations and what was found on the way.

    `frame` is a lake frame; `values_masked` counts values sent and not believed; `duplicates` rows replaced
    by a later row of the same hour; `rejected` rows of another station or without a readable hour; `blank`
    rows in which nothing at all was observed (no hour of the lake, and so asked for again).
    """

    frame: pd.DataFrame
    values_masked: int = 0
    duplicates: int = 0
    rejected: int = 0
    blank: int = 0


def parse_rows(rows: Sequence[Mapping[str, str]], station: str) -> Parsed:
    """Turn rows as the KMA sends them (strings, clock time UTC+9) into a lake frame of `station`.

    Of several rows for one hour the last that holds anything wins. An hour with any value is never dropped.
    """
    text = _text_frame(rows)
    times, usable = _times(text, station)
    text, times = text[usable], times[usable]
    if text.empty:
        return Parsed(empty_frame(), rejected=len(rows))

    values, reasons, masked = _values(text)
    frame = pd.DataFrame(values, index=times)
    frame["masked"] = reasons
    blank = (frame[list(VARIABLES)].isna().all(axis=1) & (frame["masked"] == "")).to_numpy(dtype=np.bool_)
    repeated = np.zeros(len(frame), dtype=np.bool_)
    repeated[~blank] = frame.index[~blank].duplicated(keep="last")
    kept = ~blank & ~repeated
    return Parsed(
        frame=frame.loc[kept, list(COLUMNS)].sort_index(),
        values_masked=int(masked[kept].sum()),
        duplicates=int(repeated.sum()),
        rejected=len(rows) - len(text),
        blank=int(blank.sum()),
    )


def _text_frame(rows: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    fields = ["tm", "stnId", *VARIABLES, *(f"{name}Qcflg" for name in VARIABLES)]
    columns = {name: [str(row.get(name) or "").strip() for row in rows] for name in fields}
    return pd.DataFrame(columns, dtype="object")


def _times(text: pd.DataFrame, station: str) -> tuple[pd.DatetimeIndex, Mask]:
    """Return each row's hour and whether the row can be used."""
    times = pd.DatetimeIndex(pd.to_datetime(text["tm"], format="%Y-%m-%d %H:%M", errors="coerce"))
    full_hour = times.notna() & (times.minute == 0)
    own = text["stnId"].isin(["", station]).to_numpy(dtype=np.bool_)
    return hour_index(times.tz_localize(KMA_TIME)), np.asarray(full_hour & own, dtype=np.bool_)


def _values(
    text: pd.DataFrame,
) -> tuple[dict[str, npt.NDArray[np.float64]], list[str], npt.NDArray[np.int64]]:
    """Return believed values per variable, the reasons per row, and the number of values masked per row."""
    sent = {name: (text[name] != "").to_numpy(dtype=np.bool_) for name in VARIABLES}
    values = {
        name: pd.to_numeric(text[name], errors="coerce").to_numpy(dtype=np.float64, copy=True)
        for name in VARIABLES
    }
    reasons: list[list[str]] = [[] for _ in range(len(text))]
    masked = np.zeros(len(text), dtype=np.int64)

    def mask(name: str, where: Mask, reason: str) -> None:
        values[name][where] = np.nan
        masked[where] += 1
        for row in np.flatnonzero(where):
            reasons[row].append(f"{name}:{reason}")

    for name, (low, high) in LIMITS.items():
        mask(name, sent[name] & np.isnan(values[name]), "unreadable")
        for flag, reason in _BAD_FLAGS.items():
            flagged = (text[f"{name}Qcflg"] == flag).to_numpy(dtype=np.bool_)
            mask(name, flagged & ~np.isnan(values[name]), reason)
        mask(name, (values[name] < low) | (values[name] > high), "out-of-range")
    # The KMA computes the dew point from temperature and humidity: it is the one that does not fit.
    mask("td", values["td"] > values["ta"] + _DEW_POINT_TOLERANCE, "above-temperature")
    return values, [";".join(found) for found in reasons], masked
