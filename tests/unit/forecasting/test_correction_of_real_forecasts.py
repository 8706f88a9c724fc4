"""The correction on real forecasts of the KMA, learning only from what was observed before each origin."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pytest

from plantcast.common.clock import KST
from plantcast.forecasting import Target
from plantcast.forecasting.correction import Correction, GuidancePairs
from plantcast.forecasting.evaluation.metrics import rmse
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import Ints
from plantcast.guidance.files import read_guidance

pytestmark = pytest.mark.shared

GWANGJU_RMSE: Final = {"ta": 1.22, "hm": 5.8}  # as published: 1.32 and 9.6


def observed(file: Path, column: str, name: str) -> pd.Series:
    frame = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)
    times = pd.DatetimeIndex(pd.to_datetime(frame[column])).tz_localize(KST)
    return frame.set_index(times)[name].asfreq("h")


def corrected(
    table: pd.DataFrame, truth: pd.Series, target: Target, origins: Ints, leads: Ints
) -> tuple[Floats, Floats, Floats]:
    """Return the guidance as issued, corrected, and what was observed, where there are all of them."""
    values = truth.to_numpy(np.float64)
    pairs = GuidancePairs.of(table, target, truth.index[0], len(values))
    rows = pairs.newest(origins, leads)
    kept = (rows >= 0) & (origins + leads < len(values))
    origins, leads, rows = origins[kept], leads[kept], rows[kept]
    result = Correction.fit(pairs, values, target).apply(origins, leads, rows)
    return pairs.values[rows], result, values[origins + leads]


def pairs_of(truth: pd.Series, first: str, last: str) -> tuple[Ints, Ints]:
    """Return every pair of an origin and a lead of 1…48 that is valid from `first` to `last`."""
    start, end = truth.index.get_indexer([pd.Timestamp(day, tz=KST) for day in (first, last)])
    origins = np.repeat(np.arange(start - 48, end), 48)
    leads = np.tile(np.arange(1, 49), end - start + 48)
    kept = (origins >= 0) & (origins + leads >= start) & (origins + leads <= end)
    return origins[kept], leads[kept]


def gwangju_at_17(shared_data: Path, target: Target) -> tuple[Floats, Floats, Floats]:
    """Return what `corrected` does of the forecasts of 17:00 for the next day, 8 to 31 July 2022."""
    file = shared_data / "guidance" / "kma_short_term_gwangju_2022-07.csv"
    table = read_guidance([file], "156", archive_station=None)
    truth = observed(shared_data / "guidance" / "asos_156_2022-01_2022-07.parquet", "tm", target)
    origins, leads = pairs_of(truth, "2022-07-08 00:00", "2022-07-31 23:00")
    next_day = (truth.index.hour.to_numpy()[origins] == 17) & (leads >= 7) & (leads <= 30)
    return corrected(table, truth, target, origins[next_day], leads[next_day])


@pytest.mark.parametrize("target", ["ta", "hm"])
def test_gwangju_s_forecasts_of_17_00_are_corrected_from_the_eighth_day_on(
    shared_data: Path, target: Target
) -> None:
    raw, result, known = gwangju_at_17(shared_data, target)

    assert rmse(result, known) <= GWANGJU_RMSE[target] < rmse(raw, known)


@pytest.mark.parametrize("target", ["ta", "hm"])
def test_gwangju_s_daily_extremes_are_corrected_too(shared_data: Path, target: Target) -> None:
    raw, result, known = (values.reshape(-1, 24) for values in gwangju_at_17(shared_data, target))

    for extreme in (np.max, np.min):
        of_days = [extreme(values, axis=1) for values in (raw, result, known)]
        assert rmse(of_days[1], of_days[2]) < rmse(of_days[0], of_days[2])


@pytest.mark.parametrize("block", [(1, 24), (25, 48)])
def test_seoul_s_temperature_in_a_heat_wave_that_ends_is_not_made_worse(
    shared_data: Path, block: tuple[int, int]
) -> None:
    folder = shared_data / "guidance"
    files = [folder / f"kma_portal_seoul_60_127_2025-07_{name}.csv" for name in ("ta", "hm")]
    table = read_guidance(files, "108", archive_station="108")
    truth = observed(folder / "asos_108_ta_2025-07-02_17.csv", "kst", "ta")
    origins, leads = pairs_of(truth, "2025-07-08 00:00", "2025-07-16 23:00")
    of_block = (leads >= block[0]) & (leads <= block[1])

    raw, result, known = corrected(table, truth, "ta", origins[of_block], leads[of_block])

    assert rmse(result, known) <= 1.01 * rmse(raw, known)
