"""Rollback: back to the version before or a named one, with a reason, and refused where it cannot serve."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from plantcast.common.clock import KST
from plantcast.common.errors import ConflictError, CorruptDataError, NotFoundError
from plantcast.registry import ModelRegistry, Pointer
from tests.support.fakes import MemoryObjectStore
from tests.support.registry_examples import decision_on, version_files

NOW = datetime(2025, 5, 30, 9, 20, tzinfo=KST)
VERSIONS = "models/station=108/ta/versions"
POINTER_KEY = "models/station=108/ta/production.json"


@pytest.fixture
def store() -> MemoryObjectStore:
    return MemoryObjectStore()


@pytest.fixture
def registry(store: MemoryObjectStore) -> ModelRegistry:
    """Three versions; v1 was promoted, then v2; v3 was not."""
    made = ModelRegistry(store)
    for version in ("v1", "v2", "v3"):
        made.save_version("108", "ta", version, version_files(version))
        made.record_decision("108", "ta", version, decision_on(version))
    for version in ("v1", "v2"):
        pointer = Pointer(version, NOW - timedelta(days=1), "r", "승격", "promoted")
        made.promote("108", "ta", pointer, expected=made.pointer("108", "ta"))
    return made


def back(registry: ModelRegistry, to: str | None = None, expected: str | None = None) -> Pointer:
    return registry.rollback("108", "ta", at=NOW, run_id="by hand", to=to, expected=expected)


def test_rollback_returns_to_the_version_before_and_back_again(registry: ModelRegistry) -> None:
    first = back(registry)

    assert registry.pointer("108", "ta") == first
    assert (first.version, first.previous, first.run_id, first.promoted_at) == ("v1", "v2", "by hand", NOW)
    assert "from v2 to v1" in first.reason_en
    assert "v2에서 v1" in first.reason_ko
    assert first.scores["leads_1_48"]["challenger"] == 1.2
    assert first.scores["gates"]
    assert back(registry).version == "v2"


def test_rollback_to_a_named_version_repeated_changes_nothing(
    store: MemoryObjectStore, registry: ModelRegistry
) -> None:
    there = back(registry, to="v3")
    stored = dict(store.objects)

    assert (there.version, there.previous) == ("v3", "v2")
    assert registry.rollback("108", "ta", at=NOW + timedelta(days=1), run_id="again", to="v3") == there
    assert store.objects == stored


def test_a_rollback_that_expects_another_version_is_refused(
    store: MemoryObjectStore, registry: ModelRegistry
) -> None:
    stored = dict(store.objects)

    with pytest.raises(ConflictError, match="v2 is in production for ta of station 108, not v1"):
        back(registry, expected="v1")
    assert store.objects == stored

    assert back(registry, expected="v2").version == "v1"
    with pytest.raises(ConflictError):
        back(registry, expected="v2")  # the same call sent twice does not swap back


def test_of_a_rollback_and_a_promotion_at_once_one_is_told(
    store: MemoryObjectStore, registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = registry.check_serving

    def promoted_meanwhile(station: str, target: str, version: str) -> None:
        check("108", "ta", version)
        pointer = Pointer("v3", NOW, "night", "승격", "promoted")
        registry.promote("108", "ta", pointer, expected=registry.pointer("108", "ta"))

    monkeypatch.setattr(registry, "check_serving", promoted_meanwhile)

    with pytest.raises(ConflictError, match="another writer"):
        back(registry)
    now = registry.pointer("108", "ta")
    assert now is not None
    assert now.version == "v3"


@pytest.mark.parametrize("promoted", [False, True])
def test_rollback_with_nowhere_to_go_is_refused(promoted: bool) -> None:
    registry = ModelRegistry(MemoryObjectStore())
    if promoted:
        registry.save_version("108", "ta", "v1", version_files("v1"))
        registry.promote("108", "ta", Pointer("v1", NOW, "r", "", ""), expected=None)

    with pytest.raises(NotFoundError, match="no earlier ta version"):
        back(registry)


@pytest.mark.parametrize(
    ("file", "body", "message"),
    [
        ("metadata.json", None, "no complete ta version 'v1'"),
        ("metadata.json", b"{", "not JSON"),
        ("serving/model.json", None, "not JSON"),
        ("serving/model.json", b"[", "not JSON"),
    ],
)
def test_a_version_that_cannot_serve_is_not_put_back(
    store: MemoryObjectStore, registry: ModelRegistry, file: str, body: bytes | None, message: str
) -> None:
    key = f"{VERSIONS}/v1/{file}"
    if body is None:
        store.delete(key)
    else:
        store.put(key, body)
    pointer = store.objects[POINTER_KEY]

    with pytest.raises((NotFoundError, CorruptDataError), match=message):
        back(registry)
    assert store.objects[POINTER_KEY] == pointer


def test_a_damaged_decision_is_no_reason_not_to_go_back(
    store: MemoryObjectStore, registry: ModelRegistry
) -> None:
    store.put("models/station=108/ta/decisions/v1.json", b"{")

    assert back(registry).scores == {}


def test_a_lost_pointer_is_made_again_by_naming_a_version(
    store: MemoryObjectStore, registry: ModelRegistry
) -> None:
    store.delete(POINTER_KEY)

    made = back(registry, to="v1")

    assert (made.version, made.previous) == ("v1", None)
    assert "from none to v1" in made.reason_en


def test_a_damaged_pointer_is_named(store: MemoryObjectStore, registry: ModelRegistry) -> None:
    store.put(POINTER_KEY, b"{")

    with pytest.raises(CorruptDataError, match=r"production\.json"):
        back(registry, to="v1")
