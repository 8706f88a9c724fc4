"""Drift: do the last 28 days still look like what the models learnt from?

Each variable's hourly values are compared (PSI) with those around the same calendar days of the years before:
against a whole year every month would look like drift. Where no such year is held, with everything before;
then a part of what is found is the season.

Hours of a day are not independent, and 28 days hold only a handful of weather systems, so PSI here lies far
above the rules of thumb with nothing wrong: over ten years of Seoul half of all months had more than 0.18 for
temperature, a tenth more than 0.8. Daily means fare worse, not better: 28 values in ten bins leave bins
empty, and half of all months come out above 0.4. So hours are compared, and the years before say how noisy
that is: each one's same 28 days are compared with the other years, `usual` is the largest PSI found so, and
only what lies beyond `usual` is judged by the rules of thumb. So judged, one in fourteen of those months is
`large` for temperature, and every second one once 4 °C are added to it. With fewer than three years nothing
is known of the noise, and `moderate` or `large` then means no more than that the weather was another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

import numpy as np
import pandas as pd

from plantcast.aws import ItemTable
from plantcast.common.clock import HOUR, midnight
from plantcast.common.schema import DRIFT, FIELD
from plantcast.monitoring.psi import Floats, psi
from plantcast.observations.lake import ObservationLake
from plantcast.verification.sums import rounded

Level = Literal["stable", "moderate", "large", "unknown"]
ReferenceKind = Literal["same_season", "history", "none"]

VARIABLES: Final = ("ta", "hm", "td", "ws", "pa", "dc10Tca", "rn", "ss", "icsr")
# The KMA sends these only when there is something to measure: in an hour that has a row, none means nothing,
# unless the station has no such instrument and never sends any.
_ZERO_WHEN_ABSENT: Final = ("rn", "ss", "icsr")

DAYS: Final = 28  # as many as models are held out on
AROUND: Final = 15  # days on either side in the years before: smooths their weather, keeps their season
YEARS: Final = 10  # as long as training looks back
MODERATE: Final = 0.1  # Siddiqi's rules of thumb, see `plantcast.monitoring.psi`
LARGE: Final = 0.25
# With less than half of the days on the one side, or as many days on the other, PSI would measure gaps.
_LEAST_HOURS: Final = DAYS // 2 * 24
_LEAST_REFERENCE_HOURS: Final = DAYS * 24
_YEARS_TO_KNOW_NOISE: Final = 3


@dataclass(frozen=True)
class VariableDrift:
    """One variable: `psi` and `usual` (both None where too little is known), and the level they make.

    `hours` are those with a value; `missing` and `reference_missing` the share of hours without one, None
    without a reference.
    """

    psi: float | None
    usual: float | None
    level: Level
    hours: int
    reference_hours: int
    missing: float
    reference_missing: float | None


@dataclass(frozen=True)
class Drift:
    """The 28 days from `first` to `last` against the reference: the years in it, or the history before."""

    station: str
    source: str
    first: date
    last: date
    reference: ReferenceKind
    years: tuple[int, ...]
    variables: Mapping[str, VariableDrift]


@dataclass(frozen=True)
class _Sample:
    """Hourly values of each variable (NaN: missing or rejected) of the hours held; `hours` are expected."""

    columns: Mapping[str, Floats]
    hours: int

    def values(self, name: str, *, fill: bool) -> Floats:
        """Return the values of a variable; with `fill`, 0 where none was sent."""
        column = self.columns[name]
        return np.nan_to_num(column) if fill else column[np.isfinite(column)]

    def present(self, name: str) -> int:
        """Return how many hours have a value."""
        return int(np.isfinite(self.columns[name]).sum())


def measure_drift(lake: ObservationLake, station: str, as_of: date) -> Drift:
    """Compare the last 28 days before `as_of` with their reference, reading only the months in question.

    Raises:
        CorruptDataError: a month's file is damaged or of another schema version.
    """
    first, last = as_of - timedelta(days=DAYS), as_of - timedelta(days=1)
    current = _read(lake, station, first, last)
    around = timedelta(days=AROUND)
    seasons: dict[int, _Sample] = {}
    same_days: dict[int, _Sample] = {}
    for back in range(1, YEARS + 1):
        start, end = _years_before(first, back), _years_before(last, back)
        frame = lake.read(station, *_hours(start - around, end + around))
        if not frame.empty:
            seasons[start.year] = _sample(frame, start - around, end + around)
            inner = frame.loc[slice(*_hours(start, end))]
            same_days[start.year] = _sample(inner, start, end)
    kind: ReferenceKind = "same_season"
    samples = seasons
    if not seasons:
        samples = _history(lake, station, first)
        kind = "history" if samples else "none"
    return Drift(
        station=station,
        source=lake.source,
        first=first,
        last=last,
        reference=kind,
        years=tuple(sorted(seasons)),
        variables={
            name: _compare(name, current, list(samples.values()), _usual(name, same_days, seasons))
            for name in VARIABLES
        },
    )


def store_drift(table: ItemTable, drift: Drift) -> bool:
    """Store as the station's latest (sk `DRIFT`) unless a later day's is stored; say whether it was."""
    item = {
        "pk": f"STATION#{drift.station}",
        "sk": "DRIFT",
        FIELD: DRIFT.version,
        "station": drift.station,
        "source": drift.source,
        "from": drift.first.isoformat(),
        "to": drift.last.isoformat(),
        "reference": drift.reference,
        "years": list(drift.years),
        "variables": {name: rounded(asdict(one)) for name, one in drift.variables.items()},
    }
    return table.put_if_newer(item, attribute="to")


def level_of(value: float | None, usual: float | None) -> Level:
    """Return what a PSI means beside what is usual."""
    if value is None:
        return "unknown"
    beyond = value - (usual or 0.0)
    if beyond >= LARGE:
        return "large"
    return "moderate" if beyond >= MODERATE else "stable"


def _compare(name: str, current: _Sample, samples: Sequence[_Sample], usual: float | None) -> VariableDrift:
    fill = _fill(name, samples)
    values = current.values(name, fill=fill)
    reference = _joined(name, samples, fill=fill)
    value = _psi(values, reference)
    hours = sum(sample.hours for sample in samples)
    present = sum(sample.present(name) for sample in samples)
    usual = None if value is None else usual
    return VariableDrift(
        psi=value,
        usual=usual,
        level=level_of(value, usual),
        hours=len(values),
        reference_hours=len(reference),
        missing=1 - current.present(name) / current.hours,
        reference_missing=1 - present / hours if hours else None,
    )


def _usual(name: str, same_days: Mapping[int, _Sample], seasons: Mapping[int, _Sample]) -> float | None:
    """Return the largest PSI of the years before, each one's 28 days against the seasons of the others."""
    fill = _fill(name, list(seasons.values()))
    found = []
    for year, sample in same_days.items():
        others = [season for other, season in seasons.items() if other != year]
        value = _psi(sample.values(name, fill=fill), _joined(name, others, fill=fill))
        if value is not None:
            found.append(value)
    return max(found) if len(found) >= _YEARS_TO_KNOW_NOISE else None


def _fill(name: str, samples: Sequence[_Sample]) -> bool:
    return name in _ZERO_WHEN_ABSENT and any(sample.present(name) for sample in samples)


def _psi(values: Floats, reference: Floats) -> float | None:
    if len(values) < _LEAST_HOURS or len(reference) < _LEAST_REFERENCE_HOURS:
        return None
    return psi(values, reference)


def _joined(name: str, samples: Sequence[_Sample], *, fill: bool) -> Floats:
    return np.concatenate([sample.values(name, fill=fill) for sample in samples]) if samples else np.empty(0)


def _history(lake: ObservationLake, station: str, before: date) -> dict[int, _Sample]:
    """Return the hours before a day, a year at a time; the first year held counts from its first hour.

    An empty year ends it: a young lake is not searched ten years back each night.
    """
    samples: dict[int, _Sample] = {}
    for back in range(1, YEARS + 1):
        start, end = _years_before(before, back), _years_before(before, back - 1) - timedelta(days=1)
        frame = lake.read(station, *_hours(start, end))
        if frame.empty:
            break
        samples[back] = _sample(frame, max(start, frame.index[0].date()), end)
    return samples


def _read(lake: ObservationLake, station: str, first: date, last: date) -> _Sample:
    return _sample(lake.read(station, *_hours(first, last)), first, last)


def _sample(frame: pd.DataFrame, first: date, last: date) -> _Sample:
    columns = {name: frame[name].to_numpy(dtype=np.float64) for name in VARIABLES}
    return _Sample(columns, ((last - first).days + 1) * 24)


def _hours(first: date, last: date) -> tuple[datetime, datetime]:
    return midnight(first), midnight(last) + 23 * HOUR


def _years_before(day: date, years: int) -> date:
    """The same calendar day; of 29 February the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
