"""The registry: complete versions, a conditional pointer, damaged objects named."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from plantcast.common.clock import KST
from plantcast.common.errors import ConflictError, CorruptDataError, InvalidInputError, NotFoundError
from plantcast.registry import ModelRegistry, Pointer
from tests.support.fakes import MemoryObjectStore
from tests.support.registry_examples import version_files, version_metadata

NOW = datetime(2025, 5, 30, 2, 1, 12, tzinfo=KST)
POINTER_KEY = "models/station=108/ta/production.json"


@pytest.fixture
def store() -> MemoryObjectStore:
    return MemoryObjectStore()


@pytest.fixture
def registry(store: MemoryObjectStore) -> ModelRegistry:
    filled = ModelRegistry(store)
    for version in ("v1", "v2", "v3"):
        filled.save_version("108", "ta", version, version_files(version))
    return filled


def _pointer(version: str, **changes: Any) -> Pointer:
    fields = {"run_id": "r", "reason_ko": "승격", "reason_en": "promoted", "scores": {"rmse": 1.5}}
    return Pointer(version=version, promoted_at=NOW, **(fields | changes))


def test_a_version_is_read_back_whole_or_by_folder(registry: ModelRegistry) -> None:
    assert registry.load_version("108", "ta", "v1") == version_files("v1")
    serving = registry.load_version("108", "ta", "v1", folder="serving")
    assert sorted(serving) == ["mean.txt", "model.json", "p10.txt", "p90.txt"]
    assert registry.metadata("108", "ta", "v2") == version_metadata("v2")
    assert registry.versions("108", "ta") == ["v1", "v2", "v3"]
    assert registry.versions("108", "hm") == []


def test_a_version_without_metadata_does_not_exist(store: MemoryObjectStore, registry: ModelRegistry) -> None:
    store.put("models/station=108/ta/versions/v9/serving/mean.txt", b"half")

    assert "v9" not in registry.versions("108", "ta")
    with pytest.raises(NotFoundError, match="v9"):
        registry.load_version("108", "ta", "v9")
    with pytest.raises(InvalidInputError, match="metadata"):
        registry.save_version("108", "ta", "v9", {"mean.txt": b""})


def test_metadata_is_written_last(store: MemoryObjectStore) -> None:
    ModelRegistry(store).save_version("108", "hm", "v1", version_files("v1"))

    assert [key.rsplit("/", 1)[1] for key in store.objects][-1] == "metadata.json"


def test_the_first_promotion_finds_no_pointer_and_makes_one(registry: ModelRegistry) -> None:
    assert registry.pointer("108", "ta") is None

    stored = registry.promote("108", "ta", _pointer("v1"), expected=None)

    assert registry.pointer("108", "ta") == stored
    assert stored.previous is None
    assert stored.promoted_at == NOW
    assert stored.scores == {"rmse": 1.5}
    assert registry.pointer("108", "hm") is None


def test_of_two_promotions_at_once_one_wins_and_the_other_is_refused(registry: ModelRegistry) -> None:
    seen_by_both = registry.promote("108", "ta", _pointer("v1"), expected=None)

    registry.promote("108", "ta", _pointer("v2"), expected=seen_by_both)
    with pytest.raises(ConflictError):
        registry.promote("108", "ta", _pointer("v3"), expected=seen_by_both)

    winner = registry.pointer("108", "ta")
    assert winner is not None
    assert (winner.version, winner.previous) == ("v2", "v1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"schema_version": 1}',
        b'{"schema_version": 1, "version": "../v1", "promoted_at": "2025-05-30T02:00:00+09:00"}',
    ],
)
def test_a_corrupt_pointer_is_named(store: MemoryObjectStore, registry: ModelRegistry, body: bytes) -> None:
    store.put(POINTER_KEY, body)

    with pytest.raises(CorruptDataError, match=r"production\.json"):
        registry.pointer("108", "ta")


def test_a_version_that_does_not_exist_is_not_promoted(registry: ModelRegistry) -> None:
    with pytest.raises(NotFoundError, match="v7"):
        registry.promote("108", "ta", _pointer("v7"), expected=None)


@pytest.mark.parametrize("name", ["", "a/b", "..", "v" * 200])
def test_names_that_would_change_the_key_are_refused(registry: ModelRegistry, name: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be part of a key"):
        registry.metadata("108", "ta", name)
    with pytest.raises(InvalidInputError, match="cannot be part of a key"):
        registry.pointer(name, "ta")


def test_decisions_are_kept_beside_the_versions(registry: ModelRegistry) -> None:
    registry.record_decision("108", "ta", "v1", {"promoted": False, "reason_ko": "아니"})

    assert registry.decision("108", "ta", "v1") == {"promoted": False, "reason_ko": "아니"}
    assert registry.decision("108", "ta", "v2") is None
