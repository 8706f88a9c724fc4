"""Our features beside mlforecast's: `make bench-features`, or in a venv of requirements/bench.txt

    PYTHONPATH=layers/domain/python python -m bench.feature_speed [runs]

Both compute the same columns of the same ten years of hours in one process, in turns: of ta, hm and td the
lags, and mean, standard deviation, minimum and maximum of the trailing windows of `build_features`. Gaps are
closed beforehand, as mlforecast knows none. Before anything is timed, the values are checked against each
other. Real observations where PLANTCAST_SHARED has them, else made-up weather.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final
from unittest.mock import patch

import mlforecast
import numpy as np
import pandas as pd
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMax, RollingMean, RollingMin, RollingStd

from bench.real_observations import seoul
from plantcast.forecasting.features.origin import LAGS, WINDOWS, build_features, dew_point
from plantcast.forecasting.features.origin import origin as features
from plantcast.forecasting.features.windows import Floats
from tests.made_weather import made_weather

VARIABLES: Final = ("ta", "hm", "td")
STATISTICS: Final = {"mean": RollingMean, "std": RollingStd, "min": RollingMin, "max": RollingMax}
TEN_YEARS: Final = 10 * 8766
AGREEMENT: Final = 1e-6


def observations() -> tuple[pd.DataFrame, str]:
    """Return ten years of observations as they are, gaps included, and what they are."""
    try:
        return seoul(), "Seoul 2013-2022, observed"
    except SystemExit:
        return made_weather(TEN_YEARS), "made-up weather"


def without_gaps(frame: pd.DataFrame) -> pd.DataFrame:
    """Return ta, hm and td of every hour, missing ones on a straight line between their neighbours."""
    frame = frame.assign(
        td=frame["td"].fillna(pd.Series(dew_point(*_arrays(frame, "ta", "hm")), frame.index))
    )
    hourly = frame[list(VARIABLES)].astype(np.float64).asfreq("h")
    return hourly.interpolate().bfill()


def ours(whole: pd.DataFrame) -> dict[str, Floats]:
    """Compute the columns by the function `build_features` calls, its differences left out."""
    columns: dict[str, Floats] = {}
    with patch.object(features, "DIFFERENCES", ()):
        for name in VARIABLES:
            columns |= features._history(name, whole[name].to_numpy())
    return columns


class Theirs:
    """The same by `MLForecast.preprocess`: three series of one data frame, its own default of one thread.

    A categorical `unique_id` is the fastest of what it takes: strings, `as_numpy` and two threads are slower.
    Its transforms see values one hour back at the least, so a window that ends at the origin is what it calls
    lag 1 of the hour after. `MLForecast` and the long data frame are made beforehand and are not timed.
    """

    def __init__(self, whole: pd.DataFrame) -> None:
        naive = whole.tz_localize(None)
        self.frame = pd.concat(
            [
                pd.DataFrame({"unique_id": name, "ds": naive.index, "y": naive[name].to_numpy()})
                for name in sorted(VARIABLES)
            ],
            ignore_index=True,
        ).astype({"unique_id": "category"})
        windows = [statistic(window) for window in WINDOWS for statistic in STATISTICS.values()]
        self.forecast = MLForecast(models=[], freq="h", lags=list(LAGS), lag_transforms={1: windows})

    def __call__(self) -> pd.DataFrame:
        """Compute the columns."""
        columns: pd.DataFrame = self.forecast.preprocess(self.frame, static_features=[], dropna=False)
        return columns


def check(own: dict[str, Floats], other: pd.DataFrame) -> float:
    """Return the largest difference between the two where both know a value.

    Raises:
        SystemExit: they differ by more than `AGREEMENT`, or too few values could be compared.
    """
    largest = 0.0
    for name, rows in other.groupby("unique_id", observed=True):
        for lag in LAGS:
            column = f"{name}_lag_{lag}"
            largest = max(largest, _difference(column, own[column], rows[f"lag{lag}"].to_numpy()))
        for window in WINDOWS:
            for statistic in STATISTICS:
                theirs = rows[f"rolling_{statistic}_lag1_window_size{window}"].to_numpy()
                column = f"{name}_{statistic}_{window}"
                mine = own[column]
                if statistic == "std":
                    # Theirs divides by n - 1. Variances are compared: its running sums keep 1e-10 of the
                    # past, the root of which is 1e-5 where hours of saturated air do not vary at all.
                    mine, theirs = mine**2, theirs**2 * (window - 1) / window
                largest = max(largest, _difference(column, mine[:-1], theirs[1:]))
    return largest


def _difference(column: str, mine: Floats, theirs: Floats) -> float:
    both = ~np.isnan(mine) & ~np.isnan(theirs)
    if np.count_nonzero(both) < len(mine) - max(*LAGS, *WINDOWS):
        raise SystemExit(f"{column}: only {np.count_nonzero(both)} of {len(mine)} values can be compared")
    difference = float(np.abs(mine - theirs)[both].max())
    if not difference <= AGREEMENT:
        raise SystemExit(f"{column} differs by {difference:g}, more than {AGREEMENT:g}: not the same thing")
    return difference


def _arrays(frame: pd.DataFrame, *names: str) -> list[Any]:
    return [frame[name].to_numpy(np.float64) for name in names]


def seconds(*works: Callable[[], Any], runs: int) -> list[list[float]]:
    """Return the seconds of `runs` runs of each work, which take turns."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(runs):
        for work, times in zip(works, taken, strict=True):
            gc.collect()
            began = perf_counter()
            result = work()
            times.append(perf_counter() - began)
            del result
    return taken


def main(runs: str = "9") -> None:
    """Print the best time of each, their ratio, and the time of the whole `build_features`."""
    observed, what = observations()
    whole = without_gaps(observed)
    theirs = Theirs(whole)
    largest = check(ours(whole), theirs())
    columns = len(VARIABLES) * (len(LAGS) + len(STATISTICS) * len(WINDOWS))
    print(f"{len(whole):,} hours of {what}; {columns} columns; largest difference {largest:.1e}")
    print(f"mlforecast {mlforecast.__version__}, numpy {np.__version__}, pandas {pd.__version__}")
    own, other, everything = seconds(
        lambda: ours(whole), theirs, lambda: build_features(observed), runs=int(runs)
    )
    for name, times in (("ours", own), ("mlforecast", other), ("build_features, all columns", everything)):
        print(f"  {name:28} min {min(times):.3f} s   (median {sorted(times)[len(times) // 2]:.3f} s)")
    ratio = min(other) / min(own)
    print(
        f"ours takes 1/{ratio:.2f} of mlforecast's time"
        if ratio >= 1
        else f"ours is {1 / ratio:.2f} times slower"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
