"""The range given out: never crossed and within bounds, whatever boosters, networks and factors say."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasting.evaluation.metrics import BLOCKS
from plantcast.forecasting.features.pairs import BASELINES, References
from plantcast.forecasting.models.baselines import Climatology, DampedAnomaly
from plantcast.forecasting.models.ensemble import BOUNDS, Members, Pairs, combine
from plantcast.forecasting.models.intervals import CANDIDATES, Blend, Ranges
from plantcast.forecasting.models.smooth import Hindcast
from plantcast.forecasting.models.trees import PARTS

LEAD: Final = np.arange(1, LEADS + 1)
FEW: Final = len(BLOCKS)


def _anything(low: float, high: float, shape: int | tuple[int, int] = LEADS) -> st.SearchStrategy[np.ndarray]:
    """Arrays of few different values, ends, zero and tiny ones among them."""
    return arrays(np.float64, shape, elements=st.floats(low, high))


def _references(target: Target, low: np.ndarray, high: np.ndarray) -> References:
    climatology = Climatology(np.zeros(63))
    damped = DampedAnomaly(climatology, np.full(LEADS, 0.5), low, high)
    return References(target, damped, {target: climatology})


@given(data=st.data(), target=st.sampled_from(TARGETS), absent=st.booleans())
@settings(max_examples=25, deadline=None)
def test_a_range_never_crosses_and_stays_within_bounds(
    data: st.DataObject, target: Target, *, absent: bool
) -> None:
    outputs = {part: data.draw(_anything(-500, 500)) for part in PARTS}
    candidates = {name: data.draw(_anything(-300, 300)) for name in CANDIDATES}
    if absent:
        candidates["persistence"] = np.full(LEADS, np.nan)  # yesterday was not observed
    factors, season = data.draw(_anything(0.5, 2)), data.draw(_anything(0.3, 3))
    members = Members(candidates, outputs, factors, season)
    references = _references(target, data.draw(_anything(-50, 0)), data.draw(_anything(0, 50)))
    shares = data.draw(_anything(0, 1, (FEW, len(CANDIDATES)))) + 1e-9
    blend = Blend(shares / shares.sum(axis=1, keepdims=True))
    ranges = Ranges(data.draw(_anything(0.05, 20, FEW)), data.draw(_anything(0.05, 20, FEW)))

    mean, low, high = combine(members, references, blend, LEAD)
    assert np.all((low <= mean) & (mean <= high))
    low, high = ranges.apply(mean, low, high, LEAD)
    pairs = Pairs.bounded(target, mean, low, high)

    least, most = BOUNDS[target]
    assert np.all(least <= pairs.p10)
    assert np.all(pairs.p10 <= pairs.mean)
    assert np.all(pairs.mean <= pairs.p90)
    assert np.all(pairs.p90 <= most)


@pytest.mark.parametrize(
    ("trust", "factor", "season", "low", "high"),
    [
        (0.0, 1.0, 1.0, -3.0, 4.0),  # the damped anomaly's range alone
        (0.0, 1.0, 0.5, -1.5, 2.0),  # in a calm season
        (1.0, 1.0, 1.0, -1.0, 2.0),  # the boosters' alone
        (1.0, 1.0, 1.5, -1.0, 2.0),  # which know the season already
        (0.5, 1.0, 1.0, -2.0, 3.0),
        (0.5, 1.5, 1.0, -3.0, 4.5),  # restless weeks
    ],
)
def test_distances_worked_by_hand(
    trust: float, factor: float, season: float, low: float, high: float
) -> None:
    """Boosters say 1 below and 2 above, the damped anomaly's climatology 3 and 4; all candidates say 20."""
    weights = np.zeros((FEW, len(CANDIDATES)))
    weights[:, CANDIDATES.index("network")] = trust
    weights[:, CANDIDATES.index("damped_anomaly")] = 1 - trust
    outputs = {"mean": np.full(LEADS, 7.0), "p10": np.full(LEADS, 6.0), "p90": np.full(LEADS, 9.0)}
    candidates = {name: np.full(LEADS, 20.0) for name in CANDIDATES}
    members = Members(candidates, outputs, np.full(LEADS, factor), np.full(LEADS, season))
    references = _references("ta", np.full(LEADS, -3.0), np.full(LEADS, 4.0))

    mean, below, above = combine(members, references, Blend(weights), LEAD)

    np.testing.assert_allclose(mean, 20)
    np.testing.assert_allclose(below, 20 + low)
    np.testing.assert_allclose(above, 20 + high)


def test_quantiles_that_cross_the_mean_leave_a_tenth_of_the_climatological_distance() -> None:
    weights = np.zeros((FEW, len(CANDIDATES)))
    weights[:, CANDIDATES.index("trees")] = 1
    outputs = {"mean": np.zeros(LEADS), "p10": np.full(LEADS, 5.0), "p90": np.full(LEADS, -5.0)}
    members = Members(
        {name: np.zeros(LEADS) for name in CANDIDATES}, outputs, np.ones(LEADS), np.full(LEADS, 2.0)
    )

    _, low, high = combine(
        members, _references("ta", np.full(LEADS, -3.0), np.full(LEADS, 4.0)), Blend(weights), LEAD
    )

    # Twice as much in a season twice as restless.
    np.testing.assert_allclose(low, -0.6)
    np.testing.assert_allclose(high, 0.8)


def test_members_are_taken_from_the_row_of_their_origin_and_the_column_of_their_lead() -> None:
    """The hindcast begins at hour 100; its entries tell row and lead."""
    rows = np.arange(20)[:, None]
    linear = rows * 100.0 + LEAD
    factors = rows * 10.0 + np.arange(FEW)
    season = np.arange(20 + LEADS)[:, None] + np.arange(FEW) / 8
    hindcast = Hindcast(100, linear, -linear, factors, season)
    origins, leads = np.array([103, 119, 100]), np.array([1, 48, 13])
    baselines = {name: np.array([1_000.0, 2_000.0, 3_000.0]) for name in BASELINES}
    outputs = {part: np.array([0.25, 0.5, 0.75]) for part in PARTS}

    members = Members.of(outputs, hindcast, baselines, origins, leads)

    assert members.candidates["trees"].tolist() == [1_000.25, 2_000.5, 3_000.75]
    assert members.candidates["linear"].tolist() == [1_301, 3_948, 3_013]
    assert members.candidates["network"].tolist() == [699, 52, 2_987]
    assert members.factors.tolist() == [30, 195, 3]
    # The season is that of the hour forecast; quantiles are learnt in units of it, the mean is not.
    assert members.season.tolist() == [4, 67 + 5 / 8, 13 + 3 / 8]
    assert members.outputs["mean"].tolist() == [0.25, 0.5, 0.75]
    for part in ("p10", "p90"):
        np.testing.assert_allclose(members.outputs[part], [0.25, 0.5, 0.75] * members.season)
    assert set(members.candidates) == set(CANDIDATES)
