"""features, train, evaluate and predict with their real wiring: the environment, S3 and DynamoDB in moto."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

import boto3
import numpy as np
import pandas as pd
import pytest
from moto import mock_aws
from pydantic import ValidationError

from plantcast.clock import KST, FixedClock, iso_hour
from plantcast.errors import CorruptDataError, InvalidInputError, NotFoundError
from plantcast.forecasting import TARGETS
from plantcast.forecasting.boosting import TrainingParameters
from plantcast.forecasting.feature_store import encode, features_key, read_features
from plantcast.forecasting.features import build_features
from plantcast.forecasting.train_step import holdout, version_id
from plantcast.forecasts import ForecastStore
from plantcast.observations.lake import ObservationLake
from plantcast.registry import ModelRegistry, Pointer
from plantcast.storage import DynamoTable, S3ObjectStore
from tests.made_weather import made_weather
from tests.observed import sent_of

# Imported here, not in the tests: the X-Ray library makes a socket when it is loaded (it sends nothing).
MODULES = {
    name: importlib.import_module(f"functions.{name}.handler")
    for name in ("features", "train", "evaluate", "predict")
}
ENVIRONMENT = {
    "DATA_BUCKET": "lake",
    "TABLE_NAME": "plantcast",
    "OBSERVATION_SOURCE": "synthetic",
    "STATIONS": "108",
    "HISTORY_DAYS": "60",
}
AS_OF = datetime(2024, 5, 1, tzinfo=KST)
ORIGIN = AS_OF - timedelta(hours=1)
DAYS = 61
QUICK = TrainingParameters(
    rows=2_000, validation_rows=1_000, max_trees=12, patience=5, min_data_in_leaf=20, learning_rate=0.2
)


@dataclass
class Functions:
    """The four functions over one bucket and one table, at 02:00 on the day of the run."""

    modules: dict[str, ModuleType]
    store: S3ObjectStore
    lake: ObservationLake
    registry: ModelRegistry
    forecasts: ForecastStore

    def call(self, function: str, **event: Any) -> dict[str, Any]:
        """Call a handler as Lambda does: JSON in, JSON out."""
        reply = self.modules[function].handler(json.loads(json.dumps(event)), None)
        result: dict[str, Any] = json.loads(json.dumps(reply, allow_nan=False))
        return result

    def fill(self, observations: pd.DataFrame) -> None:
        """Put observations into the lake."""
        self.lake.merge("108", sent_of(observations), received_at=AS_OF)

    def run(self, run_id: str, as_of: datetime = AS_OF, targets: tuple[str, ...] = ("ta",)) -> dict[str, Any]:
        """Take a run through features, train, evaluate and predict; return all facts."""
        facts: dict[str, Any] = {
            "features": self.call("features", run_id=run_id, station="108", as_of=f"{as_of:%Y-%m-%d}")
        }
        common = {"run_id": run_id, "station": "108"}
        common |= {name: facts["features"][name] for name in ("features_key", "origin")}
        for target in targets:
            trained = self.call("train", target=target, **common)
            facts[f"train_{target}"] = trained
            if trained["status"] == "trained":
                version = trained["version"]
                facts[f"evaluate_{target}"] = self.call("evaluate", target=target, version=version, **common)
        facts["predict"] = self.call("predict", degraded_reasons=[], **common)
        return facts

    def stand_at(self, moment: datetime) -> None:
        """Set the clock of the functions that look at one."""
        for name in ("evaluate", "predict"):
            self.modules[name]._step = replace(self.modules[name]._step, clock=FixedClock(moment))  # type: ignore[attr-defined]


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        _make_bucket_and_table()
        for name, module in MODULES.items():
            module._wiring.cache_clear()
            changes: dict[str, Any] = {"parameters": QUICK} if name == "train" else {}
            monkeypatch.setattr(module, "_step", replace(module._wiring(), **changes), raising=False)
            monkeypatch.setattr(module, "_wiring", lambda module=module: module._step)
        store = S3ObjectStore("lake")
        ready = Functions(
            MODULES,
            store,
            ObservationLake(store, "synthetic"),
            ModelRegistry(store),
            ForecastStore(DynamoTable("plantcast")),
        )
        ready.stand_at(AS_OF + timedelta(hours=2))
        yield ready


def _make_bucket_and_table() -> None:
    boto3.client("s3").create_bucket(
        Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
    )
    boto3.client("dynamodb").create_table(
        TableName="plantcast",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )


def _history(days: int = DAYS) -> pd.DataFrame:
    return made_weather(days * 24, start=AS_OF - timedelta(days=days))


def _learnable() -> pd.DataFrame:
    """Weather whose humidity foretells the next day's temperature: a challenger beats every baseline."""
    observations = _history()
    rng = np.random.default_rng(3)
    signal = np.repeat(rng.normal(0, 20, DAYS), 24)
    # Not quite the same all day: a sensor that stands still is not believed.
    observations["hm"] = np.clip(50 + signal, 1, 96) + np.arange(DAYS * 24) % 3
    observations["ta"] = 15 + np.roll(signal, 24) / 4 + rng.normal(0, 0.3, DAYS * 24)
    return observations


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
    functions.fill(_learnable())

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
    functions.fill(_learnable())
    first = functions.run("run-1")
    before = {key: functions.store.get(key) for key in functions.store.list("")}

    again = functions.run("run-1")

    assert {key: functions.store.get(key) for key in functions.store.list("")} == before
    assert again["evaluate_ta"]["promoted"] is True
    assert again["evaluate_ta"]["reason_en"] == first["evaluate_ta"]["reason_en"]
    assert len(functions.forecasts.recent("108", 9)) == 1


def test_given_a_champion_when_a_new_run_challenges_then_both_are_scored_on_the_same_hours(
    functions: Functions,
) -> None:
    functions.fill(_learnable())
    yesterday = functions.run("run-1", AS_OF - timedelta(days=1))
    assert yesterday["evaluate_ta"]["promoted"]

    today = functions.run("run-2")

    scores = today["evaluate_ta"]["scores"]
    assert scores["leads_1_48"]["champion"] is not None
    assert scores["from"] == iso_hour(ORIGIN + timedelta(hours=1) - timedelta(days=15))
    assert "champion" in today["evaluate_ta"]["reason_en"]
    pointer = functions.registry.pointer("108", "ta")
    assert pointer is not None
    if today["evaluate_ta"]["promoted"]:
        assert pointer.previous == yesterday["train_ta"]["version"]
    else:
        assert pointer.version == yesterday["train_ta"]["version"]


def test_given_a_newer_champion_when_an_old_day_is_run_then_it_stays_and_its_model_is_not_used(
    functions: Functions,
) -> None:
    functions.fill(_learnable())
    functions.run("run-1")

    past = functions.run("run-2", AS_OF - timedelta(days=5))

    assert past["evaluate_ta"]["promoted"] is False
    assert "later observations" in past["evaluate_ta"]["reason_en"]
    issued = functions.forecasts.at("108", ORIGIN - timedelta(days=5))
    assert issued is not None
    assert issued.models["ta"].kind == "damped_anomaly"
    assert {"baseline_only_ta", "model_newer_than_origin_ta"} <= set(issued.degraded_reasons)


def test_given_a_damaged_champion_when_challenged_then_the_baselines_decide_and_it_is_said(
    functions: Functions,
) -> None:
    functions.fill(_learnable())
    first = functions.run("run-1", AS_OF - timedelta(days=1))
    prefix = f"models/station=108/ta/versions/{first['train_ta']['version']}/"
    functions.store.put(f"{prefix}evaluation/mean.txt", b"rubbish")

    second = functions.run("run-2")

    assert second["evaluate_ta"]["promoted"] is True
    assert "could not be scored" in second["evaluate_ta"]["reason_en"]
    assert second["evaluate_ta"]["scores"]["leads_1_48"]["champion"] is None


def test_given_a_damaged_pointer_when_challenged_then_it_is_replaced(functions: Functions) -> None:
    functions.fill(_learnable())
    functions.store.put("models/station=108/ta/production.json", b"{")

    facts = functions.run("run-1")

    assert facts["evaluate_ta"]["promoted"] is True
    pointer = functions.registry.pointer("108", "ta")
    assert pointer is not None
    assert pointer.version == facts["train_ta"]["version"]


def test_given_ten_days_when_a_run_goes_through_then_the_baseline_forecasts_and_says_so(
    functions: Functions,
) -> None:
    functions.fill(_history(10))

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
    functions.fill(_history(5))

    facts = functions.call("features", run_id="r", station="108", as_of="2024-05-01")

    assert facts["status"] == "no_data"
    assert facts["features_key"] is None
    assert "120 hours" in facts["message"]
    assert not list(functions.store.list("features/"))
    assert functions.call("predict", station="108", force=False)["status"] == "no_data"


def test_given_the_last_hours_lack_humidity_when_features_run_then_the_origin_lies_before_them(
    functions: Functions,
) -> None:
    observations = _history(10)
    observations.loc[observations.index[-3:], "hm"] = np.nan
    functions.fill(observations)

    facts = functions.call("features", run_id="r", station="108", as_of="2024-05-01")

    assert facts["origin"] == iso_hour(ORIGIN - timedelta(hours=3))
    assert facts["history_hours"] == 237


def test_given_a_call_from_the_api_when_nothing_changed_then_the_forecast_stays_unless_forced(
    functions: Functions,
) -> None:
    functions.fill(_learnable())
    run = functions.run("run-1")
    functions.stand_at(AS_OF + timedelta(hours=9))

    unchanged = functions.call("predict", station="108", force=False)
    forced = functions.call("predict", station="108", force=True)

    assert unchanged["status"] == "unchanged"
    assert unchanged["issued_at"] == run["predict"]["issued_at"]
    assert forced["status"] == "issued"
    assert forced["issued_at"] > run["predict"]["issued_at"]
    assert forced["models"] == run["predict"]["models"]


def test_given_the_same_origin_when_the_api_and_the_run_forecast_then_the_paths_are_equal(
    functions: Functions,
) -> None:
    functions.fill(_learnable())
    functions.run("run-1")
    from_run = functions.forecasts.latest("108")

    functions.call("predict", station="108", force=True)

    from_api = functions.forecasts.latest("108")
    assert from_run is not None
    assert from_api is not None
    assert from_api.run_id != from_run.run_id
    assert from_api.models["ta"].kind == "lightgbm"
    assert from_api.ta == from_run.ta


def test_given_a_new_champion_when_the_api_calls_then_a_warm_function_uses_it(functions: Functions) -> None:
    functions.fill(_learnable())
    first = functions.run("run-1")
    version = first["train_ta"]["version"]
    files = functions.registry.load_version("108", "ta", version)
    functions.registry.save_version("108", "ta", "99-by-hand", files)
    pointer = Pointer("99-by-hand", AS_OF, "r", "손으로", "by hand")
    functions.registry.promote("108", "ta", pointer, expected=functions.registry.pointer("108", "ta"))

    facts = functions.call("predict", station="108", force=False)

    assert facts["status"] == "issued"
    assert facts["models"]["ta"]["version"] == "99-by-hand"


def test_given_an_unreadable_production_model_when_predicting_then_the_baseline_forecasts(
    functions: Functions,
) -> None:
    functions.fill(_learnable())
    functions.run("run-1")
    version = version_id(ORIGIN, "run-1")
    functions.store.put(f"models/station=108/ta/versions/{version}/serving/model.json", b"{")
    functions.modules["predict"]._step._models.clear()  # type: ignore[attr-defined]

    facts = functions.call("predict", station="108", force=True)

    assert facts["models"]["ta"]["kind"] == "damped_anomaly"
    issued = functions.forecasts.latest("108")
    assert issued is not None
    assert {"baseline_only_ta", "model_unreadable_ta"} <= set(issued.degraded_reasons)


def test_given_old_observations_when_the_api_calls_then_the_forecast_says_they_are_stale(
    functions: Functions,
) -> None:
    functions.fill(_history(30))
    functions.stand_at(AS_OF + timedelta(days=3))

    facts = functions.call("predict", station="108", force=False)

    assert facts["status"] == "issued"
    issued = functions.forecasts.latest("108")
    assert issued is not None
    assert "stale_observations" in issued.degraded_reasons


@pytest.mark.parametrize(("lost", "reasons"), [(0, ()), (3, ("observations_incomplete",))])
def test_given_a_day_that_is_not_whole_when_the_api_calls_then_the_forecast_says_so(
    functions: Functions, lost: int, reasons: tuple[str, ...]
) -> None:
    observations = _history(10)
    functions.fill(observations.iloc[: len(observations) - lost])

    facts = functions.call("predict", station="108", force=True)

    issued = functions.forecasts.latest("108")
    assert (facts["status"], issued is not None) == ("issued", True)
    assert issued is not None
    assert tuple(reason for reason in issued.degraded_reasons if reason.startswith("observ")) == reasons


def test_given_reasons_from_the_run_when_predicting_then_they_are_kept(functions: Functions) -> None:
    functions.fill(_history(10))
    features = functions.call("features", run_id="r", station="108", as_of="2024-05-01")

    functions.call(
        "predict",
        run_id="r",
        station="108",
        features_key=features["features_key"],
        origin=features["origin"],
        degraded_reasons=["observations_incomplete"],
    )

    issued = functions.forecasts.latest("108")
    assert issued is not None
    assert issued.degraded_reasons[0] == "observations_incomplete"


@pytest.mark.parametrize(
    ("function", "event", "said"),
    [
        ("features", {"station": "108", "as_of": "2024-05-01"}, "run_id=None"),
        ("features", {"run_id": "r", "station": "108", "as_of": "May"}, "as_of='May'"),
        ("features", {"run_id": "a/b", "station": "108", "as_of": "2024-05-01"}, "a/b"),
        ("train", {"run_id": "r", "station": "108", "target": "ws"}, "target='ws'"),
        ("predict", {}, "station=None"),
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
    functions.fill(_history(10))

    with pytest.raises(InvalidInputError, match=said):
        functions.call(function, **event)


def test_given_missing_or_damaged_features_when_read_then_the_key_is_named(functions: Functions) -> None:
    frame = build_features(_history(8))
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
