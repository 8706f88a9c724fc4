"""Standardised inputs: of size 1 without a season, silent where nothing is known, the same wherever cut."""

from __future__ import annotations

import json
from typing import Final

import numpy as np
import pandas as pd
import pytest

from plantcast.common.clock import KST
from plantcast.forecasting.features.anomalies import Inputs
from plantcast.forecasting.models.baselines import calendar_terms

HOURS: Final = 2 * 8_760  # more than one chunk, whole years
TERMS: Final = calendar_terms(pd.date_range("2021-01-01", periods=HOURS, freq="h", tz=KST))
FIELDS: Final = ("centre", "spread", "seasonal", "scale")


def _table(seed: int = 1) -> np.ndarray:
    """Pressure without a season, temperature with one, the same with gaps, what never varies, nothing."""
    rng = np.random.default_rng(seed)
    hour = np.arange(HOURS)
    season = -12 * np.cos(2 * np.pi * hour / 8_760) + 4 * np.sin(2 * np.pi * hour / 24)
    pressure = rng.normal(1_005, 7, HOURS)
    temperature = 13 + season + rng.normal(0, 3, HOURS)
    gappy = np.where(rng.random(HOURS) < 0.3, np.nan, temperature)
    # Of a computed constant the last bit flickers.
    level = np.float32(1_005.3)
    flat = np.where(rng.random(HOURS) < 0.5, level, np.nextafter(level, np.float32(0)))
    return np.stack([pressure, temperature, gappy, flat, np.full(HOURS, np.nan)], axis=1).astype(np.float32)


TABLE: Final = _table()
INPUTS: Final = Inputs.fit(TABLE, TERMS)


def test_what_varies_has_mean_0_and_size_1_without_its_season() -> None:
    values = INPUTS.apply(TABLE, TERMS)

    varying = values[:, :2]
    assert values.dtype == np.float32
    assert np.mean(varying, axis=0) == pytest.approx(np.zeros(2), abs=0.01)
    # A normal distribution cut off at 4 loses less than 0.1 % of its standard deviation.
    assert np.std(varying, axis=0) == pytest.approx(np.ones(2), abs=0.01)
    # Neither the month nor the hour says anything about what is left: 13 °C in July is a cold day. Of a
    # year four times as large as the weather the calendar's ridge leaves 2 %.
    waves = TERMS[:, 1:] / np.std(TERMS[:, 1:], axis=0)
    np.testing.assert_allclose(waves.T @ varying / HOURS, 0, atol=0.03)


def test_a_column_with_gaps_loses_the_season_that_the_whole_one_loses() -> None:
    whole, gappy = INPUTS.apply(TABLE, TERMS)[:, 1:3].T

    known = ~np.isnan(TABLE[:, 2])
    # The 30 % that are missing are a sample: their absence moves the season a little, not by its size (3.2).
    np.testing.assert_allclose(gappy[known], whole[known], atol=0.2)
    assert abs(np.mean(gappy[known] - whole[known])) < 0.02


def test_the_unknown_is_0_its_usual_value() -> None:
    values = INPUTS.apply(TABLE, TERMS)

    gaps = np.isnan(TABLE[:, 2])
    assert np.all(values[gaps, 2] == 0)
    assert np.std(values[~gaps, 2]) == pytest.approx(1, abs=0.01)


def test_a_column_that_never_varies_or_was_never_there_is_0_and_no_noise() -> None:
    values = INPUTS.apply(TABLE, TERMS)

    # The last bit of 1005.3 is 6e-5: blown up to size 1 that would be noise.
    assert np.abs(values[:, 3]).max() < 1e-4
    assert np.all(values[:, 4] == 0)


@pytest.mark.parametrize("extreme", [1e4, -1e4, 3e38, np.inf, -np.inf])
def test_the_extreme_is_cut_off_at_4(extreme: float) -> None:
    table = TABLE[:48].copy()
    table[17, 0] = extreme

    values = INPUTS.apply(table, TERMS[:48])

    assert values[17, 0] == np.sign(extreme) * 4
    rest = np.arange(48) != 17
    np.testing.assert_array_equal(values[rest], INPUTS.apply(TABLE[:48], TERMS[:48])[rest])


def test_restored_from_json_it_standardises_alike() -> None:
    restored = Inputs.from_json(json.loads(json.dumps(INPUTS.to_json())))

    for name in FIELDS:
        np.testing.assert_array_equal(getattr(restored, name), getattr(INPUTS, name))
    part = slice(0, 500)
    np.testing.assert_array_equal(
        restored.apply(TABLE[part], TERMS[part]), INPUTS.apply(TABLE[part], TERMS[part])
    )
