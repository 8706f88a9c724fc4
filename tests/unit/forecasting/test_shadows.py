"""Shadows: the runner-ups' paths that a run stores beside the issued forecast."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from plantcast.common.errors import CorruptDataError, SchemaVersionError
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.issued import RETENTION
from plantcast.pipeline.shadow import runner_up
from plantcast.pipeline.train import version_id
from plantcast.registry import METADATA, ModelRegistry, Pointer
from tests.support.fakes import MemoryObjectStore
from tests.support.functions_setup import AS_OF, ORIGIN, Functions, learnable, ml_functions
from tests.support.log_lines import Logged, capture

pytestmark = pytest.mark.slow


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    with ml_functions(monkeypatch) as made:
        yield made


NEWER = "20240501T23-bbbbbbbb"


def copied(functions: Functions, version: str, target: Target = "ta") -> str:
    """Register the run's champion once more under another name: its path is known, its files are its own."""
    pointer = functions.registry.pointer("108", target)
    assert pointer is not None
    functions.registry.save_version(
        "108", target, version, functions.registry.load_version("108", target, pointer.version)
    )
    return version


def promoted(registry: ModelRegistry, version: str, target: Target = "ta") -> None:
    pointer = Pointer(version, AS_OF, "r", "손으로", "by hand")
    registry.promote("108", target, pointer, expected=registry.pointer("108", target))


def again(functions: Functions, run: dict[str, Any], run_id: str = "run-1") -> dict[str, Any]:
    """Predict from the features of a run as if nothing had been issued."""
    functions.forget_forecast()
    return repeated(functions, run, run_id)


def repeated(functions: Functions, run: dict[str, Any], run_id: str = "run-1") -> dict[str, Any]:
    """Predict once more from the features of a run."""
    features = {name: run["features"][name] for name in ("features_key", "origin")}
    return functions.call("predict", run_id=run_id, station="108", **features)


def failures(logged: Logged) -> list[str]:
    """Return which of the ways a shadow can fail were logged as an error."""
    ways = ("shadow failed", "shadow not stored")
    return [way for way in ways for line in logged(way) if line["level"] == "ERROR"]


def test_given_a_challenger_turned_down_when_predicting_then_its_path_is_stored_beside_and_nowhere_else(
    functions: Functions,
) -> None:
    functions.fill(learnable())
    run = functions.run("run-1")
    before = functions.table.get("STATION#108", f"ISSUE#{run['features']['origin']}")
    copied(functions, NEWER)

    facts = again(functions, run)

    assert facts["models"]["ta"]["version"] == version_id(ORIGIN, "run-1")
    assert functions.table.get("STATION#108", f"ISSUE#{run['features']['origin']}") == before
    item = functions.table.get("STATION#108", f"SHADOW#{run['features']['origin']}")
    assert item is not None
    assert {target: path["version"] for target, path in item["paths"].items()} == {"ta": NEWER}
    issued = functions.forecasts.at("108", ORIGIN)
    shadow = functions.shadows.at("108", ORIGIN)
    assert issued is not None
    assert shadow is not None
    assert shadow.paths["ta"].path == issued.ta  # the same trees, so to the stored decimal the same path
    assert (shadow.issued_at, shadow.run_id) == (issued.issued_at, issued.run_id)
    assert item["expires_at"] == int((issued.issued_at + RETENTION).timestamp())


def test_given_a_forecast_issued_for_the_api_then_only_the_run_stores_a_shadow_beside_it(
    functions: Functions,
) -> None:
    functions.fill(learnable())
    run = functions.run("run-1")
    copied(functions, NEWER)
    functions.forget_forecast()

    assert functions.call("predict", station="108", force=False)["status"] == "issued"
    assert functions.shadows.at("108", ORIGIN) is None

    functions.stand_at(AS_OF + timedelta(hours=9))
    assert repeated(functions, run)["status"] == "unchanged"
    assert functions.shadows.at("108", ORIGIN) is not None


def test_given_a_run_of_a_past_day_when_predicting_then_no_shadow_knows_later_hours(
    functions: Functions,
) -> None:
    functions.fill(learnable())
    functions.run("run-1")
    copied(functions, NEWER)
    past = AS_OF - timedelta(days=5)
    features = functions.call("features", run_id="run-2", station="108", as_of=f"{past:%Y-%m-%d}")

    facts = again(functions, {"features": features}, "run-2")

    assert facts["status"] == "issued"
    assert functions.shadows.of_day("108", (past - timedelta(hours=1)).date()) == []


@pytest.mark.parametrize("file", ["serving/model.json", "serving/mean.txt", "serving/smooth.json"])
def test_given_a_corrupt_runner_up_when_predicting_then_the_forecast_stands_and_the_other_target_is_shadowed(
    functions: Functions, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions.fill(learnable())
    run = functions.run("run-1", targets=TARGETS)
    functions.store.delete("models/station=108/hm/production.json")  # so hm's version is a runner-up
    again(functions, run)
    before = functions.forecasts.at("108", ORIGIN)
    copied(functions, NEWER)
    functions.store.put(f"models/station=108/ta/versions/{NEWER}/{file}", b"rubbish")
    logged = capture(monkeypatch)

    facts = again(functions, run)

    assert facts["status"] == "issued"
    assert functions.forecasts.at("108", ORIGIN) == before
    shadow = functions.shadows.at("108", ORIGIN)
    assert shadow is not None
    assert set(shadow.paths) == {"hm"}
    assert failures(logged) == ["shadow failed"]


def test_given_a_damaged_shadow_when_read_then_the_item_is_named(functions: Functions) -> None:
    item = {"pk": "STATION#108", "sk": "SHADOW#2024-04-30T23:00+09:00", "schema_version": 1, "paths": {}}
    functions.table.put(item)

    with pytest.raises(CorruptDataError, match="SHADOW#2024-04-30"):
        functions.shadows.at("108", ORIGIN)
    functions.table.put({**item, "schema_version": 9})
    with pytest.raises(SchemaVersionError, match="schema version 9"):
        functions.shadows.of_day("108", ORIGIN.date())


OLD, MIDDLE, NEW = "20240401T23-aaaaaaaa", "20240415T23-cccccccc", "20240430T23-bbbbbbbb"
SAME_ORIGIN = "20240430T23-aaaaaaaa"


@pytest.mark.parametrize(
    ("versions", "promotions", "expected"),
    [
        ([], [], None),
        ([OLD], [], OLD),
        ([OLD], [OLD], None),
        ([OLD, MIDDLE], [OLD], MIDDLE),
        ([OLD, MIDDLE, NEW], [OLD], NEW),
        ([OLD, MIDDLE, NEW], [OLD, MIDDLE], NEW),
        ([OLD, MIDDLE, NEW], [OLD, NEW], OLD),  # MIDDLE was turned down: NEW replaced OLD
        ([OLD, MIDDLE, NEW], [OLD, NEW, OLD], NEW),  # rolled back
        ([OLD, MIDDLE, NEW], [NEW], None),
        ([OLD, NEW, SAME_ORIGIN], [OLD, NEW], SAME_ORIGIN),  # a second run of the same day, turned down
        ([OLD, NEW, SAME_ORIGIN], [OLD, SAME_ORIGIN], NEW),
    ],
)
def test_the_runner_up_is_the_newest_turned_down_or_else_the_one_replaced(
    versions: list[str], promotions: list[str], expected: str | None
) -> None:
    registry = ModelRegistry(MemoryObjectStore())
    for version in versions:
        registry.save_version("108", "ta", version, {METADATA: b'{"schema_version": 1}'})
    for version in promotions:
        promoted(registry, version)

    assert runner_up(registry, "108", "ta") == expected
