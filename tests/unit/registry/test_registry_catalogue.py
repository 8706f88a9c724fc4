"""The catalogue: what is known of each version, from metadata and decisions alone."""

from __future__ import annotations

from datetime import datetime

import pytest

from plantcast.common.clock import KST
from plantcast.registry import ModelRegistry, Pointer, catalogue, version_entry
from tests.support.fakes import CountingStore
from tests.support.registry_examples import decision_on, version_files

NOW = datetime(2025, 5, 30, 2, 1, tzinfo=KST)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def registry(store: CountingStore) -> ModelRegistry:
    made = ModelRegistry(store)
    for number in range(1, 6):
        made.save_version("108", "ta", f"v{number}", version_files(f"v{number}"))
        made.record_decision("108", "ta", f"v{number}", decision_on(f"v{number}"))
    made.promote("108", "ta", Pointer("v2", NOW, "r", "", "", previous="v1"), expected=None)
    store.read.clear()
    return made


def test_the_newest_are_listed_first_and_champion_previous_and_benchmark_however_old(
    registry: ModelRegistry,
) -> None:
    pointer = Pointer("v3", NOW, "r", "", "", benchmark="v1")
    registry.promote("108", "ta", pointer, expected=registry.pointer("108", "ta"))

    found = catalogue(registry, "108", "ta", limit=1)

    assert [entry.version for entry in found.versions] == ["v5", "v3", "v2", "v1"]
    assert [entry.in_production for entry in found.versions] == [False, True, False, False]
    assert found.pointer is not None
    assert found.pointer.version == "v3"


def test_only_metadata_and_decisions_are_read(registry: ModelRegistry, store: CountingStore) -> None:
    catalogue(registry, "108", "ta", limit=30)

    prefix = "models/station=108/ta/"
    wanted = [f"{prefix}versions/v{n}/metadata.json" for n in range(1, 6)]
    wanted += [f"{prefix}decisions/v{n}.json" for n in range(1, 6)]
    assert sorted(store.read) == sorted([*wanted, f"{prefix}production.json"])


def test_figures_come_from_the_serving_model(registry: ModelRegistry) -> None:
    entry = version_entry(registry, "108", "ta", "v2")

    assert (entry.in_production, entry.promoted, entry.trees) == (True, True, 750)
    assert entry.validation_rmse == 1.523
    assert entry.serving["last"] == "2025-05-29T23:00+09:00"


def test_what_cannot_be_read_is_named_and_the_others_stay(
    registry: ModelRegistry, store: CountingStore
) -> None:
    store.put("models/station=108/ta/versions/v4/metadata.json", b"{")
    store.put("models/station=108/ta/decisions/v5.json", b"{")
    store.put("models/station=108/ta/production.json", b"{")

    found = catalogue(registry, "108", "ta", limit=30)

    assert found.pointer is None
    assert "production.json" in str(found.pointer_problem)
    problems = {entry.version: entry.problem for entry in found.versions}
    assert "v4/metadata.json" in str(problems["v4"])
    assert "decisions/v5.json" in str(problems["v5"])
    assert problems["v3"] is None
