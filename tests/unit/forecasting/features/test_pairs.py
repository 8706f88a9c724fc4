"""(origin, lead) pairs: right hours joined, no leakage, training and inference alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import LEADS
from plantcast.forecasting.features.origin import LOOKBACK, build_features
from plantcast.forecasting.features.pairs import Dataset, References, pairs
from tests.support.synthetic_weather import made_weather

HOURS = 24 * 60


@pytest.fixture(scope="module")
def observations() -> pd.DataFrame:
    return made_weather(HOURS)


@pytest.fixture(scope="module")
def frame(observations: pd.DataFrame) -> pd.DataFrame:
    return build_features(observations)


@pytest.fixture(scope="module")
def references(frame: pd.DataFrame) -> References:
    return References.fit(frame, "ta", HOURS - 100)


def test_a_row_joins_origin_and_hour_forecast(frame: pd.DataFrame, references: References) -> None:
    dataset = Dataset(frame, references)
    origin, lead = np.array([1000]), np.array([30])

    row = dict(zip(dataset.names, dataset.matrix(origin, lead)[0], strict=True))

    valid = frame.index[1030]
    expected = references.damped.climatology.at(pd.DatetimeIndex([valid, frame.index[982]]))
    assert row["lead"] == 30
    assert row["ta"] == np.float32(frame["ta"].iloc[1000])
    assert row["valid_hour_sin"] == pytest.approx(np.sin(2 * np.pi * valid.hour / 24), abs=1e-6)
    assert row["valid_climatology"] == pytest.approx(expected[0], rel=1e-6)
    # Of lead 30 the newest known hour with the same time of day lies 48 hours before it, at 982.
    assert row["ta_anomaly_same_hour"] == pytest.approx(frame["ta"].iloc[982] - expected[1], abs=1e-5)
    assert dataset.truth(origin, lead)[0] == frame["ta"].iloc[1030]


def test_nothing_after_the_origin_enters_the_matrix(
    observations: pd.DataFrame, frame: pd.DataFrame, references: References
) -> None:
    origin = 900
    changed = observations.copy()
    changed.iloc[origin + 1 :] = 99.0
    origins, leads = np.full(LEADS, origin), np.arange(1, LEADS + 1)

    before = Dataset(frame, references).matrix(origins, leads)
    after = Dataset(build_features(changed), references).matrix(origins, leads)

    np.testing.assert_array_equal(before, after)


def test_inference_on_a_cut_frame_equals_training_to_the_last_bit(
    frame: pd.DataFrame, references: References
) -> None:
    cut = frame.loc[frame.index[-1] - LOOKBACK :]
    leads = np.arange(1, LEADS + 1)

    trained = Dataset(frame, references).matrix(np.full(LEADS, len(frame) - 1), leads)
    inferred = Dataset(cut, references).matrix(np.full(LEADS, len(cut) - 1), leads)

    np.testing.assert_array_equal(trained, inferred)


def test_an_absent_variable_leaves_its_columns_unknown(observations: pd.DataFrame) -> None:
    frame = build_features(observations.assign(hm=np.nan, td=np.nan))
    dataset = Dataset(frame, References.fit(frame, "ta"))

    matrix = dataset.matrix(np.array([1000]), np.array([5]))

    assert np.isnan(matrix[0, dataset.names.index("hm_anomaly_same_hour")])
    assert not np.isnan(matrix[0, dataset.names.index("ta_anomaly_same_hour")])


@pytest.mark.parametrize("budget", [10_000_000, 3_000, 480, 40])
def test_pairs_meet_every_lead_equally_often_within_the_budget(budget: int) -> None:
    origins, leads = pairs(np.arange(480), budget, seed=3)
    again = pairs(np.arange(480), budget, seed=3)

    assert len(origins) <= max(budget, 40)
    assert leads.min() >= 1
    assert leads.max() <= LEADS
    np.testing.assert_array_equal(leads, again[1])
    if budget > 480 * LEADS:
        assert np.all(np.bincount(leads)[1:] == 480)
    assert len(np.unique(np.stack([origins, leads]), axis=1)[0]) == len(origins)


def test_frames_with_missing_rows_are_refused(frame: pd.DataFrame, references: References) -> None:
    with pytest.raises(InvalidInputError, match="consecutive"):
        Dataset(frame.drop(frame.index[5]), references)
