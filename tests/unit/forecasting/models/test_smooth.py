"""The smooth members: blind to later hours, the same from a cut history, the same bytes on any machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from plantcast.forecasting import LEADS
from plantcast.forecasting.evaluation.metrics import BLOCKS
from plantcast.forecasting.features.origin import build_features
from plantcast.forecasting.features.pairs import Dataset, References
from plantcast.forecasting.models import ridge
from plantcast.forecasting.models.network import NetworkParameters
from plantcast.forecasting.models.smooth import Hindcast, SmoothMembers
from tests.support.synthetic_weather import made_weather

pytestmark = pytest.mark.slow

HOURS: Final = 120 * 24
UNTIL: Final = 80 * 24
QUICK: Final = NetworkParameters(count=2, hidden=(8,), epochs=3)
PARTS: Final = ("linear", "network", "factors")


def _gappy_weather() -> pd.DataFrame:
    """Weather with single hours missing, half days, two days, and values lost one by one."""
    observations = made_weather(HOURS)
    rng = np.random.default_rng(8)
    observations["ta"] = observations["ta"].mask(rng.random(HOURS) < 0.02)
    observations["hm"] = observations["hm"].mask(rng.random(HOURS) < 0.02)
    for first, hours in ((700, 4), (1_500, 11), (2_000, 14), (2_300, 48), (2_650, 9), (2_760, 13)):
        observations.iloc[first : first + hours] = np.nan
    return observations


OBSERVATIONS: Final = _gappy_weather()


@pytest.fixture(scope="module", autouse=True)
def _few_strengths() -> Iterator[None]:
    """Two strengths of the ridge to choose from: each costs a factorisation for every fold."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ridge, "STRENGTHS", (1e4, 1e5))
        yield


@pytest.fixture(scope="module")
def references() -> References:
    return References.fit(build_features(OBSERVATIONS), "ta", UNTIL)


@pytest.fixture(scope="module")
def dataset(references: References) -> Dataset:
    return Dataset(build_features(OBSERVATIONS), references)


@pytest.fixture(scope="module")
def members(dataset: Dataset) -> SmoothMembers:
    return SmoothMembers.fit(dataset, UNTIL, QUICK, seed=1)[0]


@pytest.fixture(scope="module")
def everywhere(dataset: Dataset, members: SmoothMembers) -> Hindcast:
    """The hindcast from every hour at which the target was observed."""
    return members.hindcast(dataset, dataset.known(), UNTIL)


def _at(hindcast: Hindcast, origin: int) -> dict[str, np.ndarray]:
    return {name: getattr(hindcast, name)[origin - hindcast.first] for name in PARTS}


def _assert_alike(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    for name, values in found.items():
        # Networks reckon in float32, in which products differ with the height of the matrix.
        tolerance = 1e-6 if name == "network" else 1e-9
        np.testing.assert_allclose(values, expected[name], rtol=tolerance, atol=tolerance, err_msg=name)


def _some_origins(dataset: Dataset) -> list[int]:
    """Before and after the cutoff, and the last before and first after each of the long gaps."""
    known = dataset.known()
    edges = [
        known[known < 2_000][-1],
        known[known > 2_013][0],
        known[known < 2_760][-1],
        known[known > 2_772][0],
    ]
    chosen = np.random.default_rng(3).choice(known[known >= 500], 2, replace=False)
    return sorted({*map(int, edges), *map(int, chosen), int(known[-1])})


def test_a_hindcast_says_something_of_every_origin(dataset: Dataset, everywhere: Hindcast) -> None:
    rows = dataset.known() - everywhere.first

    assert np.all(np.isfinite(everywhere.linear[rows]))
    assert np.all(np.isfinite(everywhere.network[rows]))
    assert everywhere.factors.shape == (len(everywhere.linear), len(BLOCKS))
    assert np.all((everywhere.factors >= 0.5) & (everywhere.factors <= 2))
    assert everywhere.season.shape == (len(everywhere.linear) + LEADS, len(BLOCKS))
    settled = everywhere.factors[dataset.known()[dataset.known() > 1_000] - everywhere.first]
    assert np.std(settled) > 0.02


def test_what_follows_the_origin_changes_nothing(
    dataset: Dataset, members: SmoothMembers, everywhere: Hindcast
) -> None:
    rng = np.random.default_rng(4)
    for origin in _some_origins(dataset):
        observations = OBSERVATIONS.copy()
        later = observations.iloc[origin + 1 :]
        observations.iloc[origin + 1 :] = rng.choice([np.nan, -50.0, 99.0], later.shape)
        changed = Dataset(build_features(observations), dataset.references)

        # Asked together with a later origin, so that the later hours are there to be looked at.
        hindcast = members.hindcast(changed, np.array([origin, HOURS - 1]), UNTIL)

        _assert_alike(_at(hindcast, origin), _at(everywhere, origin))


@pytest.mark.parametrize("threads", [2])
def test_the_same_bytes_whatever_the_number_of_threads(
    dataset: Dataset, members: SmoothMembers, threads: int
) -> None:
    with threadpool_limits(limits=threads, user_api="blas"):
        fresh = Dataset(dataset.frame, dataset.references)
        again, _ = SmoothMembers.fit(fresh, UNTIL, QUICK, seed=1)
        forecast = again.hindcast(fresh, np.array([HOURS - 1]), UNTIL)
        left_as_they_were = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    assert json.dumps(again.to_json()) == json.dumps(members.to_json())
    one = members.hindcast(dataset, np.array([HOURS - 1]), UNTIL)
    for name in ("linear", "factors"):
        np.testing.assert_array_equal(getattr(forecast, name), getattr(one, name))
    assert set(left_as_they_were) == {threads}


def test_ranges_learn_from_forecasts_that_have_not_seen_the_truth(members: SmoothMembers) -> None:
    # Weights err more on hours they have not seen.
    assert np.all(members.spread.unseen > members.spread.seen)
