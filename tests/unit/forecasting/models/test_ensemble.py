"""The model: deterministic, bounded, uncrossed, blind to what comes after its cutoff, and kept as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasting.evaluation.backtest import ScoredPairs, run_backtest
from plantcast.forecasting.evaluation.metrics import BLOCKS
from plantcast.forecasting.features.origin import build_features
from plantcast.forecasting.models import ridge
from plantcast.forecasting.models.ensemble import LOOKBACK, FittedModel
from plantcast.forecasting.models.intervals import CANDIDATES, Blend, Ranges
from plantcast.forecasting.models.network import NetworkParameters
from plantcast.forecasting.models.trees import TrainingParameters
from plantcast.forecasting.training import train, validation_hours
from tests.support.synthetic_weather import START, made_weather

pytestmark = pytest.mark.slow

HOURS = 24 * 120
CUTOFF = START + timedelta(days=110)
NETWORK = NetworkParameters(count=1, hidden=(16,), epochs=2)
QUICK = TrainingParameters(
    rows=4_000, validation_rows=2_000, max_trees=25, patience=5, min_data_in_leaf=20, networks=NETWORK
)


@pytest.fixture(scope="module", autouse=True)
def _few_strengths() -> Iterator[None]:
    """Two strengths of the ridge to choose from: each costs a factorisation for every fold."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ridge, "STRENGTHS", (1e4, 1e5))
        yield


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return build_features(made_weather(HOURS))


@pytest.fixture(scope="module")
def models(frame: pd.DataFrame) -> dict[Target, FittedModel]:
    return {target: train(frame, target, cutoff=CUTOFF, parameters=QUICK) for target in TARGETS}


@pytest.mark.parametrize("target", TARGETS)
def test_paths_have_48_leads_uncrossed_and_within_bounds(
    frame: pd.DataFrame, models: dict[Target, FittedModel], target: Target
) -> None:
    origins = pd.DatetimeIndex(frame.index[-200:])

    paths = models[target].predict(frame, origins)

    assert {name: values.shape for name, values in paths.items()} == dict.fromkeys(
        ("mean", "p10", "p90"), (200, LEADS)
    )
    assert np.all(paths["p10"] <= paths["mean"])
    assert np.all(paths["mean"] <= paths["p90"])
    assert np.all(np.isfinite(paths["mean"]))
    if target == "hm":
        assert paths["p10"].min() >= 0
        assert paths["p90"].max() <= 100


def test_other_hours_after_the_cutoff_give_the_same_bytes(
    models: dict[Target, FittedModel],
) -> None:
    observations = made_weather(HOURS)
    observations.loc[observations.index >= CUTOFF] = 77.0

    blind = train(build_features(observations), "ta", cutoff=CUTOFF, parameters=QUICK)

    assert blind.to_files() == models["ta"].to_files()


def test_changing_what_follows_the_origin_changes_no_forecast(models: dict[Target, FittedModel]) -> None:
    observations = made_weather(HOURS)
    origin = observations.index[-60:-59]
    changed = observations.copy()
    changed.loc[changed.index > origin[0]] = -50.0

    before = models["hm"].predict(build_features(observations), origin)
    after = models["hm"].predict(build_features(changed), origin)

    np.testing.assert_array_equal(before["mean"], after["mean"])
    np.testing.assert_array_equal(before["p90"], after["p90"])


def test_a_cut_history_gives_the_same_forecast(models: dict[Target, FittedModel]) -> None:
    observations = made_weather(HOURS)
    cut = observations.loc[observations.index[-1] - LOOKBACK :]

    whole, recent = (models["ta"].predict(build_features(part)) for part in (observations, cut))

    np.testing.assert_array_equal(whole["p10"], recent["p10"])


def test_a_model_restored_from_its_files_forecasts_alike(
    frame: pd.DataFrame, models: dict[Target, FittedModel]
) -> None:
    files = models["ta"].to_files()

    restored = FittedModel.from_files(files)

    assert restored.to_files() == files
    np.testing.assert_array_equal(restored.predict(frame)["mean"], models["ta"].predict(frame)["mean"])
    information = json.loads(files["model.json"])["information"]
    assert information["cutoff"] == "2024-06-19T00:00+09:00"
    assert information["parameters"]["seed"] == QUICK.seed
    assert set(information["versions"]) == {"plantcast", "lightgbm", "numpy", "pandas", "scipy"}
    assert len(information["data_sha256"]) == 64


@pytest.mark.parametrize("damage", ["missing", "no_json", "booster"])
def test_damaged_files_are_refused(models: dict[Target, FittedModel], damage: str) -> None:
    files = models["ta"].to_files()
    if damage == "missing":
        del files["p90.txt"]
    elif damage == "no_json":
        files["model.json"] = b"{"
    else:
        files["mean.txt"] = b"tree\nrubbish"

    with pytest.raises(CorruptDataError, match="cannot be read"):
        FittedModel.from_files(files)


def test_gaps_and_an_absent_variable_do_not_stop_training_or_forecast() -> None:
    observations = made_weather(24 * 60).drop(columns=["icsr", "ps", "td"])
    observations.iloc[700:760] = np.nan
    observations.loc[observations.index[900:1068], "pa"] = np.nan
    frame = build_features(observations)

    model = train(frame, "ta", cutoff=START + timedelta(days=60), parameters=QUICK)

    assert np.all(np.isfinite(model.predict(frame)["p90"]))


def test_too_little_history_is_refused_with_the_numbers(frame: pd.DataFrame) -> None:
    with pytest.raises(InvalidInputError, match=r"Only 120 hours of ta .* needs 240"):
        train(frame, "ta", cutoff=START + timedelta(days=5), parameters=QUICK)


def test_hours_too_scattered_or_too_old_are_refused_with_the_reason() -> None:
    scattered, old = made_weather(24 * 60), made_weather(24 * 60)
    scattered.loc[scattered.index.hour < 13, "ta"] = np.nan
    old.loc[old.index[24 * 12] :, "ta"] = np.nan
    cutoff = START + timedelta(days=60)

    with pytest.raises(InvalidInputError, match=r"Only 0 hours of ta are followed by 48 hours"):
        train(build_features(scattered), "ta", cutoff=cutoff, parameters=QUICK)
    with pytest.raises(InvalidInputError, match=r"No hour of ta is known in the 15 days before"):
        train(build_features(old), "ta", cutoff=cutoff, parameters=QUICK)


@pytest.mark.parametrize(("days", "held"), [(20, 5), (90, 22.5), (365, 45.625), (720, 90), (3653, 365)])
def test_validation_is_a_share_of_the_newest_history(days: int, held: float) -> None:
    assert validation_hours(days * 24) == pytest.approx(held * 24, abs=1)


def test_learning_beats_the_baselines_where_there_is_something_to_learn() -> None:
    """Given weather whose humidity foretells temperature a day ahead, the model must find it."""
    observations = made_weather(24 * 150)
    rng = np.random.default_rng(3)
    signal = np.repeat(rng.normal(0, 20, 150), 24)
    observations["hm"] = np.clip(50 + signal, 0, 100)
    observations["ta"] = 15 + np.roll(signal, 24) / 4 + rng.normal(0, 0.3, 24 * 150)
    frame = build_features(observations.iloc[24:])

    report = run_backtest(
        frame,
        datetime(2024, 7, 10).date(),  # noqa: DTZ001 - a day, not a moment
        datetime(2024, 7, 26).date(),  # noqa: DTZ001
        "108",
        targets=["ta"],
        parameters=TrainingParameters(
            rows=6_000, max_trees=40, min_data_in_leaf=20, learning_rate=0.2, networks=NETWORK
        ),
    )

    scores = report["targets"]["ta"]["leads_1_24"]
    best = min(scores["persistence"], scores["climatology"], scores["damped_anomaly"])
    assert scores["model"] < 0.75 * best


def test_backtest_scores_equal_those_worked_out_one_by_one(
    frame: pd.DataFrame, models: dict[Target, FittedModel]
) -> None:
    first, last = CUTOFF, CUTOFF + timedelta(hours=30)

    scored = ScoredPairs.of(models["ta"], frame, first, last)

    errors = []
    for origin in pd.date_range(first - timedelta(hours=24), last - timedelta(hours=24), freq="h"):
        path = models["ta"].predict(frame, pd.DatetimeIndex([origin]))["mean"][0]
        errors.append(path[23] - frame["ta"].loc[origin + timedelta(hours=24)])
    assert scored.rmse("model", 24, 24) == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-9)
    valid = scored.origins + scored.leads
    assert frame.index[valid.min()] == first
    assert frame.index[valid.max()] == last


@pytest.mark.parametrize(
    ("start", "end", "every", "message"),
    [
        ("2024-06-19", "2024-06-01", 1, "before it starts"),
        ("2031-01-01", "2031-01-02", 1, "do not hold"),
        ("2024-06-19", "2024-06-20", 0, "every=0"),
    ],
)
def test_backtest_refuses_spans_it_cannot_score(
    frame: pd.DataFrame, start: str, end: str, every: int, message: str
) -> None:
    days = [datetime.fromisoformat(text).date() for text in (start, end)]

    with pytest.raises(InvalidInputError, match=message):
        run_backtest(frame, days[0], days[1], "108", every)


def test_blend_finds_the_forecast_that_is_right() -> None:
    rng = np.random.default_rng(1)
    leads = np.tile(np.arange(1, LEADS + 1), 100)
    truth = rng.normal(0, 3, len(leads))
    candidates = {name: truth + rng.normal(0, 3, len(leads)) for name in CANDIDATES}
    candidates["trees"] = truth.copy()

    blend = Blend.fit(candidates, truth, leads, days=20_000, fitted_days=3_000)

    assert blend.weights[:, 0] == pytest.approx(np.ones(len(BLOCKS)), abs=0.06)
    assert blend.weights.sum(axis=1) == pytest.approx(np.ones(len(BLOCKS)))
    assert np.all(blend.weights >= 0)


def test_blend_without_evidence_stays_with_the_damped_anomaly() -> None:
    leads = np.arange(1, LEADS + 1)
    candidates = {name: np.full(LEADS, np.nan) for name in CANDIDATES} | {"damped_anomaly": np.ones(LEADS)}

    blend = Blend.fit(candidates, np.ones(LEADS), leads, days=1, fitted_days=15)

    assert np.all(blend.weights[:, CANDIDATES.index("damped_anomaly")] > 0.75)
    assert blend.apply(candidates, leads) == pytest.approx(np.ones(LEADS))


@pytest.mark.parametrize(
    ("days", "tomorrow"), [(22, 0.001), (67, 0.009), (319, 0.172), (958, 0.652), (2920, 0.946), (9000, 0.95)]
)
def test_trust_without_evidence_grows_with_the_history_and_for_tomorrow_is_small_in_the_first_year(
    days: float, tomorrow: float
) -> None:
    nothing = {name: np.empty(0) for name in CANDIDATES}

    blend = Blend.fit(nothing, np.empty(0), np.empty(0, np.int64), days=0, fitted_days=days)

    assert blend.trust(np.array([25, 48])) == pytest.approx([tomorrow] * 2, abs=0.0011)
    assert blend.trust(np.array([1, 24])) == pytest.approx([min(0.85, days / (days + 500))] * 2)


def test_ranges_hold_eighty_percent_of_what_comes_after() -> None:
    rng = np.random.default_rng(4)
    leads = np.tile(np.arange(1, LEADS + 1), 400)
    mean = np.zeros(len(leads))
    fitted, later = rng.normal(0, 2, (2, len(leads)))

    ranges = Ranges.fit(mean, mean - 1, mean + 5, fitted, leads, days=3_000, fitted_days=3_000)
    low, high = ranges.apply(mean, mean - 1, mean + 5, leads)

    assert np.mean((later >= low) & (later <= high)) == pytest.approx(0.8, abs=0.01)
    assert np.mean(later < low) == pytest.approx(0.1, abs=0.01)
