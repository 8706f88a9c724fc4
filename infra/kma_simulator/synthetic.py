"""Weather computed from a seed: deterministic for (seed, station, hour), whatever range is requested.

It is computed in blocks of one calendar year (KST), each after a spin-up that starts at a fixed hour, from
noise that belongs to (seed, place, year). So every request, page, process and machine sees the same values.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd

from infra.kma_simulator.rows import DECIMALS
from infra.kma_simulator.stations import STATIONS, Station
from infra.kma_simulator.synoptic import SPIN_UP_HOURS, Noise, blend, evolve, white_noise
from infra.kma_simulator.weather import observe
from plantcast.common.clock import KST
from plantcast.common.stations import STATIONS as REGISTRY

FIRST_YEAR, LAST_YEAR = 1990, 2099

# Instruments that fail together.
_SENSORS = (("ta",), ("hm", "td", "pv"), ("ws", "wd"), ("pa", "ps"), ("ts",), ("vs",), ("dc10Tca",))
_FAILURES = 0.001  # chance that an instrument fails in an hour; rows are never missing
_BLOCKS_KEPT = 64  # about 2 MB each
_REGION = 0
_FAULT_STREAM = 999


class SyntheticWeather:
    """Made-up weather with the statistics and the memory of Korea's."""

    name: Literal["synthetic"] = "synthetic"

    def __init__(self, seed: int = 108) -> None:
        self._seed = seed
        self.stations = {number: known.name_ko for number, known in REGISTRY.items()}
        self._year = lru_cache(maxsize=_BLOCKS_KEPT)(self._compute_year)

    def hours(self, station: str, start: datetime, end: datetime) -> pd.DataFrame:
        """Return the observations of `station` from `start` to `end`, both included; see `write_rows`."""
        years = range(max(start.year, FIRST_YEAR), min(end.year, LAST_YEAR) + 1)
        if station not in STATIONS or not years:
            return pd.DataFrame()
        return pd.concat([self._year(station, year).loc[start:end] for year in years])

    def _compute_year(self, number: str, year: int) -> pd.DataFrame:
        station = STATIONS[number]
        first = _hours_since_epoch(year)
        begin = first - SPIN_UP_HOURS
        skipped = begin - _hours_since_epoch(year - 1)
        systems = evolve(self._noise(station, year, skipped))
        times = pd.date_range(
            datetime(year, 1, 1, tzinfo=KST) - pd.Timedelta(hours=SPIN_UP_HOURS),
            datetime(year, 12, 31, 23, tzinfo=KST),
            freq="h",
            name="time",
        )
        frame = _rounded(observe(station, systems, times).iloc[SPIN_UP_HOURS:])
        return self._with_gaps(frame, station, year)

    def _noise(self, station: Station, year: int, skipped: int) -> Noise:
        years = (year - 1, year)
        # Systems come from the west at some 45 km/h; a degree of longitude is 89 km here. The islands west of
        # 126° get the region's weather undelayed: earlier would reach past the block's end.
        lag = max(0, round(2 * (station.longitude - 126.0)))
        noise = blend(
            white_noise(self._seed, _REGION, _hours_since_epoch, years),
            white_noise(self._seed, int(station.number), _hours_since_epoch, years),
            lag,
        )
        return lambda stream: noise(stream)[skipped:]

    def _with_gaps(self, frame: pd.DataFrame, station: Station, year: int) -> pd.DataFrame:
        """Blank the values of instruments that failed."""
        sequence = np.random.SeedSequence([self._seed, int(station.number), _FAULT_STREAM, year])
        draw = np.random.Generator(np.random.PCG64(sequence))
        for sensor in _SENSORS:
            failed = draw.random(len(frame)) < _FAILURES
            frame.loc[failed, list(sensor)] = np.nan
        return frame


def _hours_since_epoch(year: int) -> int:
    return int((datetime(year, 1, 1) - datetime(FIRST_YEAR - 1, 1, 1)).total_seconds() // 3600)  # noqa: DTZ001


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Round as the service writes, keeping td ≤ ta and every value where an instrument could read it."""
    rounded = frame.round({name: DECIMALS[name] for name in frame.columns})
    rounded["td"] = np.minimum(rounded["td"], rounded["ta"])
    return rounded + 0.0  # -0.0 → 0.0
