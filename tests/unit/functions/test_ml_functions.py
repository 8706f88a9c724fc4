"""features, train, evaluate and predict with their real wiring, a run through all of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from plantcast.common.clock import iso_hour
from plantcast.common.errors import CorruptDataError, InvalidInputError, NotFoundError
from plantcast.forecasting import TARGETS
from plantcast.forecasting.features.origin import build_features
from plantcast.pipeline.features import encode, features_key, read_features
from plantcast.pipeline.train import holdout, version_id
from tests.support.functions_setup import (
    AS_OF,
    ENVIRONMENT,
    MODULES,
    ORIGIN,
    Functions,
    history,
    learnable,
    ml_functions,
)


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    with ml_functions(monkeypatch) as made:
        yield made


@pytest.mark.parametrize("name", MODULES)
def test_given_no_bucket_when_called_then_the_variable_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)
    module = MODULES[name]
    module._wiring.cache_clear()

    with pytest.raises(ValidationError, match="data_bucket"):
        module._wiring()


def test_given_two_months_when_a_run_goes_through_then_a_forecast_of_both_targets_is_issued(
    functions: Functions,
) -> None:
    functions.fill(learnable())

    facts = functions.run("run-1", targets=TARGETS)

    assert facts["features"] == {
        "station": "108",
        "status": "ready",
        "features_key": "features/run=run-1/station=108/features.parquet",
        "origin": "2024-04-30T23:00+09:00",
        "history_hours": 60 * 24,
        "message": "1440 hours up to 2024-04-30T23:00+09:00",
    }
    version = version_id(ORIGIN, "run-1")
    assert facts["train_ta"]["status"] == "trained"
    assert facts["train_ta"]["version"] == version
    assert facts["train_ta"]["rows"] > 0
    assert facts["train_ta"]["trees"] > 0
    assert facts["evaluate_ta"]["promoted"] is True
    assert "first model" in facts["evaluate_ta"]["reason_en"]
    scores = facts["evaluate_ta"]["scores"]["leads_1_48"]
    assert scores["challenger"] < min(scores[b] for b in ("persistence", "climatology", "damped_anomaly"))
    assert facts["predict"]["status"] == "issued"
    assert facts["predict"]["models"]["ta"] == {"kind": "lightgbm", "version": version}
    issued = functions.forecasts.latest("108")
    assert issued is not None
    assert issued.origin == ORIGIN
    assert issued.source == "synthetic"
    assert issued.history_hours >= 59 * 24
    assert all(
        low <= mean <= high
        for low, mean, high in zip(issued.hm.p10, issued.hm.mean, issued.hm.p90, strict=True)
    )


def test_given_a_run_when_every_step_is_repeated_then_nothing_changes(functions: Functions) -> None:
    functions.fill(learnable())
    first = functions.run("run-1")
    before = {key: functions.store.get(key) for key in functions.store.list("")}

    again = functions.run("run-1")

    assert {key: functions.store.get(key) for key in functions.store.list("")} == before
    assert again["evaluate_ta"]["promoted"] is True
    assert again["evaluate_ta"]["reason_en"] == first["evaluate_ta"]["reason_en"]
    assert len(functions.forecasts.recent("108", 9)) == 1


def test_given_a_newer_champion_when_an_old_day_is_run_then_it_stays_and_its_model_is_not_used(
    functions: Functions,
) -> None:
    functions.fill(learnable())
    functions.run("run-1")

    past = functions.run("run-2", AS_OF - timedelta(days=5))

    assert past["evaluate_ta"]["promoted"] is False
    assert "later observations" in past["evaluate_ta"]["reason_en"]
    issued = functions.forecasts.at("108", ORIGIN - timedelta(days=5))
    assert issued is not None
    assert issued.models["ta"].kind == "damped_anomaly"
    assert {"baseline_only_ta", "model_newer_than_origin_ta"} <= set(issued.degraded_reasons)


def test_given_ten_days_when_a_run_goes_through_then_the_baseline_forecasts_and_says_so(
    functions: Functions,
) -> None:
    functions.fill(history(10))

    facts = functions.run("run-1")

    assert facts["train_ta"]["status"] == "skipped"
    assert facts["train_ta"]["version"] is None
    assert "damped anomaly" in facts["train_ta"]["message"]
    assert facts["predict"]["status"] == "issued"
    assert facts["predict"]["models"]["hm"] == {"kind": "damped_anomaly", "version": None}
    issued = functions.forecasts.latest("108")
    assert issued is not None
    assert issued.degraded_reasons == ("baseline_only_ta", "baseline_only_hm")
    assert issued.history_hours == 240


def test_given_five_days_when_features_run_then_there_is_no_data_and_nothing_written(
    functions: Functions,
) -> None:
    functions.fill(history(5))

    facts = functions.call("features", run_id="r", station="108", as_of="2024-05-01")

    assert facts["status"] == "no_data"
    assert facts["features_key"] is None
    assert "120 hours" in facts["message"]
    assert not list(functions.store.list("features/"))
    assert functions.call("predict", station="108", force=False)["status"] == "no_data"


def test_given_the_last_hours_lack_humidity_when_features_run_then_the_origin_lies_before_them(
    functions: Functions,
) -> None:
    observations = history(10)
    observations.loc[observations.index[-3:], "hm"] = np.nan
    functions.fill(observations)

    facts = functions.call("features", run_id="r", station="108", as_of="2024-05-01")

    assert facts["origin"] == iso_hour(ORIGIN - timedelta(hours=3))
    assert facts["history_hours"] == 237


@pytest.mark.parametrize(
    ("function", "event", "said"),
    [
        ("features", {"station": "108", "as_of": "2024-05-01"}, "run_id is missing"),
        ("features", {"run_id": "r", "station": "108", "as_of": "May"}, "as_of='May'"),
        ("features", {"run_id": "a/b", "station": "108", "as_of": "2024-05-01"}, "a/b"),
        ("train", {"run_id": "r", "station": "108", "target": "ws"}, "target='ws'"),
        ("predict", {}, "station is missing"),
        (
            "predict",
            {"run_id": "r", "station": "108", "features_key": "k", "origin": "x"},
            "origin='x'",
        ),
    ],
)
def test_given_a_wrong_event_when_called_then_the_field_is_named(
    functions: Functions, function: str, event: dict[str, Any], said: str
) -> None:
    functions.fill(history(10))

    with pytest.raises(InvalidInputError, match=said):
        functions.call(function, **event)


def test_given_missing_or_damaged_features_when_read_then_the_key_is_named(functions: Functions) -> None:
    frame = build_features(history(8))
    functions.store.put("good", encode(frame))
    functions.store.put("bad", b"PAR1 rubbish")

    with pytest.raises(NotFoundError, match="nothing"):
        read_features(functions.store, "nothing", ORIGIN)
    with pytest.raises(CorruptDataError, match="bad"):
        read_features(functions.store, "bad", ORIGIN)
    with pytest.raises(CorruptDataError, match="2024-04-30T23:00"):
        read_features(functions.store, "good", ORIGIN - timedelta(hours=1))
    with pytest.raises(InvalidInputError):
        features_key("..", "108")
    back = read_features(functions.store, "good", ORIGIN)
    pd.testing.assert_frame_equal(back, frame.astype(np.float32).astype(float), rtol=1e-6, check_freq=False)
    assert back["ta"].equals(frame["ta"].rename_axis("time"))


@pytest.mark.parametrize(("days", "held"), [(14, 3), (30, 7), (90, 22), (112, 28), (3650, 28)])
def test_the_holdout_is_28_days_or_a_quarter_of_a_short_history(days: int, held: int) -> None:
    frame = pd.DataFrame(index=pd.date_range(AS_OF, periods=days * 24, freq="h"))

    assert holdout(frame) == timedelta(days=held)


def test_version_names_sort_by_origin_and_repeat_for_a_run() -> None:
    earlier, later = version_id(ORIGIN, "b"), version_id(ORIGIN + timedelta(days=1), "a")

    assert earlier < later
    assert earlier == version_id(ORIGIN, "b")
    assert earlier != version_id(ORIGIN, "c")
