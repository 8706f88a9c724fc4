"""features, train, evaluate and predict with their real wiring, a run through all of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from plantcast.common.clock import iso_hour
from plantcast.common.errors import CorruptDataError, InvalidInputError, NotFoundError
from plantcast.forecasting import TARGETS
from plantcast.forecasting.features.origin import build_features
from plantcast.pipeline.features import encode, features_key, read_features
from plantcast.pipeline.train import holdout, version_id
from tests.support.functions_setup import (
    AS_OF,
    ORIGIN,
    Functions,
    history,
    learnable,
    ml_functions,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    with ml_functions(monkeypatch) as made:
        yield made


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


def test_given_the_last_hours_lack_humidity_when_features_run_then_the_origin_lies_before_them(
    functions: Functions,
) -> None:
    observations = history(10)
    observations.loc[observations.index[-3:], "hm"] = np.nan
    functions.fill(observations)

    facts = functions.call("features", run_id="r", station="108", as_of="2024-05-01")

    assert facts["origin"] == iso_hour(ORIGIN - timedelta(hours=3))
    assert facts["history_hours"] == 237


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
