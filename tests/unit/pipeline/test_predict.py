"""predict with its real wiring: what is issued."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from plantcast.forecasting import TARGETS
from plantcast.forecasting.features.origin import build_features
from plantcast.forecasting.features.pairs import References
from plantcast.forecasting.models.ensemble import baseline_paths
from plantcast.pipeline.run_steps import RunSteps, StepResult
from plantcast.pipeline.train import version_id
from plantcast.registry import Pointer
from tests.support.functions_setup import AS_OF, ORIGIN, Functions, history, learnable, ml_functions

pytestmark = pytest.mark.slow

CODE = "observations_incomplete"


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    with ml_functions(monkeypatch) as made:
        yield made


def test_given_an_issued_forecast_when_another_run_or_the_api_computes_it_again_then_it_stays(
    functions: Functions,
) -> None:
    functions.fill(learnable())
    first = functions.run("run-1", targets=())
    issued = functions.forecasts.latest("108")
    functions.stand_at(AS_OF + timedelta(hours=3))

    again = functions.run("run-2")  # its model would forecast otherwise
    asked = [functions.call("predict", station="108", force=force) for force in (False, True)]

    assert again["evaluate_ta"]["promoted"] is True
    for answer in (again["predict"], *asked):
        assert answer["status"] == "unchanged"
        assert answer["issued_at"] == first["predict"]["issued_at"]
    assert functions.forecasts.recent("108", 9) == [issued]
    assert functions.shadows.at("108", ORIGIN) is None


def test_given_a_run_of_a_past_day_when_it_forecasts_then_it_is_a_hindcast_beside_the_issued_forecast(
    functions: Functions,
) -> None:
    functions.fill(history(10))
    functions.run("run-1", targets=())
    issued = functions.forecasts.latest("108")
    functions.stand_at(AS_OF + timedelta(days=30))
    features = functions.call("features", run_id="past", station="108", as_of="2024-05-01")

    answer = functions.call(
        "predict", run_id="past", station="108", hindcast=True,
        features_key=features["features_key"], origin=features["origin"],
    )  # fmt: skip

    assert answer["status"] == "hindcast"
    assert answer["degraded_reasons"][0] == "hindcast"
    assert functions.forecasts.recent("108", 9) == [issued]
    hindcast = functions.forecasts.hindcast("108", ORIGIN)
    assert hindcast is not None
    assert (hindcast.run_id, hindcast.is_hindcast) == ("past", True)
    assert functions.shadows.at("108", ORIGIN) is None


@pytest.mark.parametrize(("status", "reasons"), [("complete", ()), ("partial", (CODE,)), (None, (CODE,))])
def test_given_what_ingest_reported_of_yesterday_when_predicting_then_an_incomplete_one_is_a_reason(
    functions: Functions, run_steps: RunSteps, status: str | None, reasons: tuple[str, ...]
) -> None:
    functions.fill(history(10))
    if status is not None:
        run_steps.put("r", StepResult("ingest", "108", None, AS_OF, 1.0, {"status": status}))
    features = functions.call("features", run_id="r", station="108", as_of="2024-05-01")

    answer = functions.call(
        "predict", run_id="r", station="108", features_key=features["features_key"], origin=features["origin"]
    )

    assert tuple(one for one in answer["degraded_reasons"] if one == CODE) == reasons


def test_given_the_same_origin_when_the_api_and_the_run_forecast_then_the_paths_are_equal(
    functions: Functions,
) -> None:
    functions.fill(learnable())
    functions.run("run-1")
    from_run = functions.forecasts.latest("108")
    functions.forget_forecast()

    functions.call("predict", station="108", force=True)

    from_api = functions.forecasts.latest("108")
    assert from_run is not None
    assert from_api is not None
    assert from_api.run_id != from_run.run_id
    assert from_api.models["ta"].kind == "lightgbm"
    # The API reads fewer hours: running means differ by 1e-13, which may turn the last digit of a value.
    for name in ("mean", "p10", "p90"):
        assert getattr(from_api.ta, name) == pytest.approx(getattr(from_run.ta, name), abs=0.0101)


def test_given_a_new_champion_when_the_api_calls_then_a_warm_function_uses_it(functions: Functions) -> None:
    functions.fill(learnable())
    first = functions.run("run-1")
    version = first["train_ta"]["version"]
    files = functions.registry.load_version("108", "ta", version)
    functions.registry.save_version("108", "ta", "99-by-hand", files)
    pointer = Pointer("99-by-hand", AS_OF, "r", "손으로", "by hand")
    functions.registry.promote("108", "ta", pointer, expected=functions.registry.pointer("108", "ta"))

    functions.forget_forecast()

    facts = functions.call("predict", station="108", force=False)

    assert facts["status"] == "issued"
    assert facts["models"]["ta"]["version"] == "99-by-hand"


def test_given_an_unreadable_production_model_when_predicting_then_the_baseline_forecasts(
    functions: Functions,
) -> None:
    functions.fill(learnable())
    functions.run("run-1")
    version = version_id(ORIGIN, "run-1")
    functions.store.put(f"models/station=108/ta/versions/{version}/serving/model.json", b"{")
    functions.modules["predict"]._step._models.clear()  # type: ignore[attr-defined]
    functions.forget_forecast()

    facts = functions.call("predict", station="108", force=True)

    assert facts["models"]["ta"]["kind"] == "damped_anomaly"
    issued = functions.forecasts.latest("108")
    assert issued is not None
    assert {"baseline_only_ta", "model_unreadable_ta"} <= set(issued.degraded_reasons)


def test_given_models_newer_than_the_origin_when_the_api_calls_then_the_climatology_is_of_years(
    functions: Functions,
) -> None:
    days = 150  # more than a forecast with models looks back
    functions.fill(history(days))
    facts = functions.run("run-1", targets=TARGETS)  # trained on the last 60 days
    for target in TARGETS:
        pointer = Pointer(facts[f"train_{target}"]["version"], AS_OF, "r", "손으로", "by hand")
        if functions.registry.pointer("108", target) is None:
            functions.registry.promote("108", target, pointer, expected=None)
    functions.stand_at(AS_OF - timedelta(hours=24, minutes=1))  # both models know a day too much

    functions.call("predict", station="108", force=True)

    origin = ORIGIN - timedelta(days=1)
    issued = functions.forecasts.at("108", origin)
    assert issued is not None
    assert "model_newer_than_origin_ta" in issued.degraded_reasons
    assert issued.history_hours == (days - 1) * 24
    frame = build_features(functions.lake.read("108", AS_OF - timedelta(days=days), origin))
    expected = baseline_paths(References.fit(frame, "ta"), frame)
    assert issued.ta.mean == pytest.approx(expected["mean"][0], abs=0.0051)


@pytest.mark.parametrize(("lost", "reasons"), [(0, ()), (3, ("observations_incomplete",))])
def test_given_a_day_that_is_not_whole_when_the_api_calls_then_the_forecast_says_so(
    functions: Functions, lost: int, reasons: tuple[str, ...]
) -> None:
    observations = history(10)
    functions.fill(observations.iloc[: len(observations) - lost])

    facts = functions.call("predict", station="108", force=True)

    issued = functions.forecasts.latest("108")
    assert (facts["status"], issued is not None) == ("issued", True)
    assert issued is not None
    assert tuple(reason for reason in issued.degraded_reasons if reason.startswith("observ")) == reasons
