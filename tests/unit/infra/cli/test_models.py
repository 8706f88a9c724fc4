"""`plantcast models` and `plantcast rollback` on a registry in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.cli import app as cli
from infra.cli import models as models_command
from infra.cli import rollback as rollback_command
from infra.terminal import console
from plantcast.common.clock import KST
from plantcast.common.errors import CorruptDataError
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.evaluation.gates import ChampionFound
from plantcast.registry import ModelRegistry, Pointer
from tests.support.fakes import MemoryObjectStore
from tests.support.registry_examples import decision_on, held_out_scores, version_files

NOW = datetime(2025, 5, 30, 9, 20, tzinfo=KST)


@pytest.fixture
def store() -> MemoryObjectStore:
    return MemoryObjectStore()


@pytest.fixture
def registry(store: MemoryObjectStore) -> ModelRegistry:
    """Of both targets: v1 was promoted, then v2; v3 was not."""
    made = ModelRegistry(store)
    for target in TARGETS:
        save(made, target, "v1")
        save(made, target, "v2", rows=500_000, features=["ta", "lead", "wind"], parameters={"rows": 500_000})
        save(made, target, "v3")
        refused = held_out_scores(1.4, 1.2)
        made.record_decision("108", target, "v1", decision_on("v1", target=target))
        made.record_decision("108", target, "v2", decision_on("v2", held_out_scores(1.2), target=target))
        made.record_decision(
            "108", target, "v3", decision_on("v3", refused, ChampionFound("scored", "v2"), target)
        )
        for version in ("v1", "v2"):
            promote(made, target, version)
    return made


def save(registry: ModelRegistry, target: Target, version: str, **serving: Any) -> None:
    registry.save_version("108", target, version, version_files(version, target, **serving))


def promote(registry: ModelRegistry, target: Target, version: str) -> None:
    pointer = Pointer(version, NOW - timedelta(days=1), "r", "승격", "promoted: it is better")
    registry.promote("108", target, pointer, expected=registry.pointer("108", target))


@pytest.fixture
def stations() -> tuple[str, ...]:
    return ("108",)


@pytest.fixture
def plantcast(
    store: MemoryObjectStore,
    registry: ModelRegistry,
    stations: tuple[str, ...],
    command_line: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Result]:
    """The command line on a deployment whose bucket is in memory."""
    deployment = SimpleNamespace(store=store, stations=stations, now=lambda: NOW)
    for module in (models_command, rollback_command):
        monkeypatch.setattr(module, "find_deployment", lambda *_, **__: deployment)
    # These versions have no trees that LightGBM could load.
    monkeypatch.setattr(rollback_command, "load_model", lambda *version: None)
    monkeypatch.setattr(console.out, "width", 200)

    def run(*arguments: str, **more: Any) -> Result:
        return CliRunner().invoke(cli.app, arguments, **more)

    return run


def in_production(registry: ModelRegistry) -> dict[str, str | None]:
    pointers = {target: registry.pointer("108", target) for target in TARGETS}
    return {target: None if one is None else one.version for target, one in pointers.items()}


def output(result: Result) -> str:
    return " ".join(result.output.split())


# ------------------------------------------------------------------ models


def test_versions_are_shown_with_production_marked_figures_and_decisions(
    plantcast: Callable[..., Result],
) -> None:
    result = plantcast("models", "--target", "ta")
    text = result.stdout

    assert result.exit_code == 0
    assert "108 ta (temperature, °C)" in text
    assert "▶ v2 since 2025-05-29 09:20: promoted: it is better; before it v1" in text
    (champion,) = [line for line in text.splitlines() if line.startswith("▶ v2 ") and "since" not in line]
    for figure in ("2024-05-30 +365 d", "500,000", "750", "1.52", "1.20", "1.50"):
        assert figure in champion
    (refused,) = [line for line in text.splitlines() if line.startswith("v3 ")]
    assert "not promoted, worse than the champion by more than the tolerance" in refused
    assert "hm" not in text


def test_both_targets_are_told_as_json(plantcast: Callable[..., Result]) -> None:
    facts = json.loads(plantcast("models", "--json").stdout)

    assert [one["target"] for one in facts] == ["ta", "hm"]
    assert facts[0]["production"]["version"] == "v2"
    assert facts[0]["production"]["since"] == "2025-05-29T09:20:00+09:00"
    versions = facts[0]["versions"]
    assert [one["version"] for one in versions] == ["v3", "v2", "v1"]
    assert [one["in_production"] for one in versions] == [False, True, False]
    assert (versions[1]["rows"], versions[1]["trees"], versions[1]["features"]) == (500_000, 750, 3)
    assert versions[0]["decision"]["promoted"] is False
    assert versions[0]["decision"]["gates"][3]["passed"] is False


def test_nothing_trained_and_damage_are_told(
    plantcast: Callable[..., Result], store: MemoryObjectStore
) -> None:
    store.put("models/station=108/ta/production.json", b"{")
    store.put("models/station=108/ta/versions/v1/metadata.json", b"{")
    for key in list(store.list("models/station=108/hm/")):
        store.delete(key)

    text = output(plantcast("models"))

    assert "! models/station=108/ta/production.json is not JSON" in text
    assert "v1/metadata.json is not JSON" in text
    assert "no model in production: forecasts use the damped anomaly" in text
    assert "no version yet" in text


def test_two_versions_are_shown_side_by_side(plantcast: Callable[..., Result]) -> None:
    call = ("models", "--compare", "v1", "v2", "--target", "ta")
    text = output(plantcast(*call))
    assert "v1 ▶ v2" in text
    assert "model.rows 400,000 500,000" in text
    (facts,) = json.loads(plantcast(*call, "--json").stdout)
    assert facts["fields"]["model.rows"] == [400_000, 500_000]
    assert facts["fields"]["held_out.leads_1_48.challenger"] == [1.2, 1.2]
    assert facts["fields"]["model.features"] == ["ta, hm, lead", "ta, lead, wind"]
    assert facts["same_hours_scored"]


def test_a_comparison_of_other_days_warns_that_scores_cannot_be_compared(
    plantcast: Callable[..., Result], registry: ModelRegistry
) -> None:
    later = held_out_scores(1.2, **{"from": "2025-05-03T00:00+09:00"})
    registry.record_decision("108", "ta", "v2", decision_on("v2", later))
    assert "cannot be compared" in output(plantcast("models", "--compare", "v1", "v2"))


# ------------------------------------------------------------------ rollback


def test_rollback_of_both_targets_after_a_yes(
    plantcast: Callable[..., Result], registry: ModelRegistry
) -> None:
    result = plantcast("rollback", input="y\n")

    assert result.exit_code == 0, result.output
    assert in_production(registry) == {"ta": "v1", "hm": "v1"}
    assert "station 108 ta: v2 → v1" in output(result)
    assert "--no-retrain" in output(result)
    pointer = registry.pointer("108", "ta")
    assert pointer is not None
    assert (pointer.run_id, pointer.promoted_at, pointer.previous) == ("cli", NOW, "v2")


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_without_a_yes_nothing_moves(
    plantcast: Callable[..., Result], registry: ModelRegistry, answer: str
) -> None:
    result = plantcast("rollback", input=answer)

    assert result.exit_code == 1
    assert in_production(registry) == {"ta": "v2", "hm": "v2"}


def test_rollback_to_a_named_version_of_one_target_as_json_and_repeated(
    plantcast: Callable[..., Result], registry: ModelRegistry
) -> None:
    call = ("rollback", "--target", "ta", "--to", "v3", "--yes", "--json")
    (first,), (second,) = (json.loads(plantcast(*call).stdout) for _ in range(2))

    assert (first["changed"], first["replaced"], first["production"]["version"]) == (True, "v2", "v3")
    assert (second["changed"], second["replaced"]) == (False, None)
    assert second["production"] == first["production"]
    assert in_production(registry) == {"ta": "v3", "hm": "v2"}


def test_with_one_target_that_has_nowhere_to_go_neither_moves(
    plantcast: Callable[..., Result], registry: ModelRegistry, store: MemoryObjectStore
) -> None:
    store.delete("models/station=108/hm/production.json")
    promote(registry, "hm", "v1")

    result = plantcast("rollback", "--yes")

    assert result.exit_code == console.EXIT_FAULT
    assert "no hm version of station 108 to roll back to: v1 replaced none" in output(result)
    assert in_production(registry) == {"ta": "v2", "hm": "v1"}


def test_a_version_that_lightgbm_cannot_load_is_refused(
    plantcast: Callable[..., Result], registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*version: Any) -> None:
        raise CorruptDataError("A stored model cannot be read.", remedy="Train again.")

    monkeypatch.setattr(rollback_command, "load_model", unreadable)

    assert "A stored model cannot be read." in output(plantcast("rollback", "--yes"))
    assert in_production(registry) == {"ta": "v2", "hm": "v2"}


def test_trees_that_lightgbm_cannot_read_are_refused(registry: ModelRegistry) -> None:
    with pytest.raises(CorruptDataError, match="cannot be read"):
        rollback_command.load_model(registry, "108", "ta", "v1")


def test_a_pointer_moved_by_a_run_since_it_was_shown_is_left_alone(
    plantcast: Callable[..., Result], registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_meanwhile(*question: Any, **more: Any) -> bool:
        promote(registry, "ta", "v3")
        return True

    monkeypatch.setattr(rollback_command.typer, "confirm", run_meanwhile)

    result = plantcast("rollback", "--target", "ta")

    assert result.exit_code == console.EXIT_FAULT
    assert "v3 is in production for ta of station 108, not v2" in output(result)
    assert in_production(registry)["ta"] == "v3"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("models", "--target", "ws"), "--target='ws' is unknown"),
        (("rollback", "--target", "ws", "--yes"), "--target='ws' is unknown"),
        (("rollback", "--json"), "--json cannot ask for a confirmation"),
        (("models", "--station", "112"), "Station 112 is not deployed; 108 is."),
        (("rollback", "--station", "112", "--yes"), "Station 112 is not deployed; 108 is."),
        (("rollback", "--to", "../v1", "--yes"), "version='../v1'"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(
    plantcast: Callable[..., Result], arguments: tuple[str, ...], named: str
) -> None:
    result = plantcast(*arguments)

    assert result.exit_code == console.EXIT_USAGE
    assert named in output(result)


@pytest.mark.parametrize("stations", [("108", "112")])
def test_with_several_stations_rollback_wants_one_named(
    plantcast: Callable[..., Result], registry: ModelRegistry
) -> None:
    assert "Name one with --station." in output(plantcast("rollback", "--yes"))
    assert plantcast("rollback", "--yes", "--station", "108").exit_code == 0
    assert in_production(registry) == {"ta": "v1", "hm": "v1"}
