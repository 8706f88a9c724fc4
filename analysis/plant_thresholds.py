"""Thresholds of advice: PYTHONPATH=layers/domain/python python -m analysis.plant_thresholds [folder].

Forecasts each year by models trained on the four years before it, from 23:00 of every day. For each
condition it counts hits, misses and false alarms of days over the limits below, by the probability from
which it becomes active (it ends at `ENDS` of that, as in `plantcast.plants.conditions`). It prints the
critical success index, hits / (hits + misses + false alarms), on `CHOSEN_ON`; `TESTED_ON` is kept apart, its
figures are for the record only. `folder` keeps the forecasts, to look at them again.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.plant_probability import DAY, Nights, crossings, limit_of, nights, probabilities
from bench.real_observations import seoul
from plantcast.plants.chance import day_probability
from plantcast.plants.conditions import ENDS, active_from
from plantcast.plants.profiles import Limit

CHOSEN_ON = (2020, 2021)
TESTED_ON = 2022
YEARS_OF_HISTORY = 4
THRESHOLDS = np.round(np.arange(0.1, 0.61, 0.05), 2)
# Those of the plants, near enough; each has days on either side in every year.
CONDITIONS = {
    "hot": [limit_of("hot", "ta", "at_least", value) for value in (25.0, 30.0, 32.0)],
    "cold": [limit_of("cold", "ta", "at_most", value) for value in (0.0, 5.0, 10.0, 15.0)],
    "dry air, humidity": [limit_of("dry", "hm", "at_most", 30.0)],
    "dry air, VPD": [limit_of("dry", "vpd", "at_least", value) for value in (1.2, 1.7, 2.2, 2.6)],
}


@dataclass(frozen=True)
class Days:
    """One limit's days of a year: probability and whether it was crossed, [nights, 2] (today, tomorrow)."""

    probability: np.ndarray
    crossed: np.ndarray

    @classmethod
    def of(cls, limit: Limit, given: Nights) -> Days:
        """Take what the product says of each day, and what was observed."""
        hours = probabilities(limit, given).reshape(-1, 2, DAY)
        said = [[day_probability(list(map(float, day))) for day in night] for night in hours]
        crossed = crossings(limit, given.truth["ta"], given.truth["hm"]).reshape(-1, 2, DAY).max(axis=2)
        return cls(np.array(said), crossed > 0)

    def counts(self, threshold: float, ends: float) -> np.ndarray:
        """Return hits, misses and false alarms, [2, 3], as advice goes from night to night.

        Today starts from what was active the night before, tomorrow from today.
        """
        active = np.zeros(self.probability.shape, bool)
        before = False
        for night, (today, tomorrow) in enumerate(self.probability):
            before = today >= (ends if before else threshold)
            active[night] = before, tomorrow >= (ends if before else threshold)
        return np.stack(
            [
                np.sum(both, axis=0)
                for both in (active & self.crossed, ~active & self.crossed, active & ~self.crossed)
            ],
            axis=1,
        )


def csi(counts: np.ndarray) -> np.ndarray:
    """Return the critical success index of counts [..., 3]."""
    return counts[..., 0] / np.maximum(counts.sum(axis=-1), 1)


def pooled(days: Sequence[Days], threshold: float) -> np.ndarray:
    """Return the counts of several limits or years together, [2, 3]."""
    return np.sum([one.counts(threshold, ENDS * threshold) for one in days], axis=0)


def report(name: str, limits: Sequence[Limit], years: dict[int, Nights]) -> None:
    """Print CSI by threshold on the years to choose on, and what the threshold in use does on each year."""
    days = {year: [Days.of(limit, given) for limit in limits] for year, given in years.items()}
    chosen_on = [one for year in CHOSEN_ON if year in days for one in days[year]]
    by_threshold = {threshold: pooled(chosen_on, threshold) for threshold in THRESHOLDS}
    print(f"\n{name}: CSI today / tomorrow / both on {', '.join(map(str, CHOSEN_ON))}")
    for threshold, counts in by_threshold.items():
        today, tomorrow = csi(counts)
        print(f"  {threshold:.2f}  {today:.3f} / {tomorrow:.3f} / {csi(counts.sum(axis=0)):.3f}")
    best = max(by_threshold, key=lambda threshold: csi(by_threshold[threshold].sum(axis=0)))
    used = active_from(limits[0])
    print(f"  best {best:.2f}, in use {used:.2f}")
    for year in sorted(days):
        for threshold in (0.5, used):
            counts = pooled(days[year], threshold)
            cells = [
                f"{label}: CSI {csi(row):.2f}, caught {row[0] / max(row[0] + row[1], 1):.0%} "
                f"of {row[0] + row[1]}, false {row[2]} of {row[0] + row[2]}"
                for label, row in zip(("today", "tomorrow"), counts, strict=True)
            ]
            print(f"  {year} from {threshold:.2f}  {'; '.join(cells)}")


def forecasts(year: int, folder: Path | None) -> Nights:
    """Forecast a year, or read it from the folder if it was kept there."""
    kept = None if folder is None else folder / f"nights_{year}.pkl"
    if kept is not None and kept.is_file():
        found: Nights = pd.read_pickle(kept)
        return found
    made = nights(seoul().loc[f"{year - YEARS_OF_HISTORY}-01-01" :], year)
    if kept is not None:
        pd.to_pickle(made, kept)
    return made


def main(folder: str | None = None) -> None:
    """Print the choice for each condition and its figures on every year."""
    kept = None if folder is None else Path(folder)
    years = {year: forecasts(year, kept) for year in (*CHOSEN_ON, TESTED_ON)}
    for name, limits in CONDITIONS.items():
        report(name, limits, years)


if __name__ == "__main__":
    main(*sys.argv[1:])
