"""The registry's depth: what is deleted, what stays whatever its age; interrupted anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantcast.common.clock import KST
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.registry import ModelRegistry, Pointer, prune
from tests.support.fakes import MemoryObjectStore
from tests.support.registry_examples import decision_on, version_files

NOW = datetime(2025, 5, 30, 2, 1, tzinfo=KST)
PREFIX = "models/station=108/ta/versions/"


def made(versions: Sequence[str], champion: str | None = None, previous: str | None = None) -> ModelRegistry:
    registry = ModelRegistry(MemoryObjectStore())
    for version in versions:
        registry.save_version("108", "ta", version, version_files(version))
        registry.record_decision("108", "ta", version, decision_on(version) | {"promoted": False})
    if champion is not None:
        pointer = Pointer(champion, NOW, "r", "", "", previous=previous)
        registry.promote("108", "ta", pointer, expected=None)
    return registry


def names(registry: ModelRegistry) -> list[str]:
    """Every version of which any file is left."""
    return sorted({key.removeprefix(PREFIX).split("/")[0] for key in registry.store.list(PREFIX)})


def test_versions_older_than_the_newest_few_go_with_all_their_files_and_decisions_stay() -> None:
    registry = made(["v1", "v2", "v3", "v4"], champion="v4", previous="v3")

    assert prune(registry, "108", "ta", keep=2) == ["v1", "v2"]

    assert names(registry) == ["v3", "v4"]
    assert registry.decision("108", "ta", "v1") is not None
    assert prune(registry, "108", "ta", keep=2) == []


def test_the_champion_and_the_one_before_it_stay_however_old() -> None:
    registry = made([f"v{n}" for n in range(1, 8)], champion="v2", previous="v1")

    assert prune(registry, "108", "ta", keep=1) == ["v3", "v4", "v5", "v6"]
    assert names(registry) == ["v1", "v2", "v7"]


def test_an_old_version_never_completed_goes_and_one_being_written_stays() -> None:
    registry = made(["v2", "v3"], champion="v3")
    for version in ("v1", "v25", "v4"):
        registry.store.put(f"{PREFIX}{version}/serving/mean.txt", b"half")

    assert prune(registry, "108", "ta", keep=2) == ["v1"]
    assert names(registry) == ["v2", "v25", "v3", "v4"]


def test_a_version_rolled_back_to_while_others_are_deleted_stays() -> None:
    class RolledBack(MemoryObjectStore):
        """Somebody rolls back to v2 when v1 goes."""

        def delete(self, key: str) -> None:
            super().delete(key)
            if key == f"{PREFIX}v1/metadata.json":
                registry.rollback("108", "ta", at=NOW, run_id="by hand", to="v2")

    registry = ModelRegistry(RolledBack())
    for version in ("v1", "v2", "v3", "v4"):
        registry.save_version("108", "ta", version, version_files(version))
    registry.promote("108", "ta", Pointer("v4", NOW, "r", "", ""), expected=None)

    assert prune(registry, "108", "ta", keep=1) == ["v1", "v3"]
    assert names(registry) == ["v2", "v4"]


def test_a_damaged_pointer_stops_it_before_anything_goes() -> None:
    registry = made(["v1", "v2"])
    registry.store.put("models/station=108/ta/production.json", b"{")

    with pytest.raises(CorruptDataError):
        prune(registry, "108", "ta", keep=1)
    assert names(registry) == ["v1", "v2"]


def test_the_newest_version_cannot_be_pruned() -> None:
    with pytest.raises(InvalidInputError, match="newest"):
        prune(made(["v1"]), "108", "ta", keep=0)


class CutOff(MemoryObjectStore):
    """Fails at the n-th deletion."""

    left = 10**9

    def delete(self, key: str) -> None:
        if self.left == 0:
            raise OSError("cut off")
        self.left -= 1
        super().delete(key)


@given(st.integers(1, 8), st.integers(1, 9), st.data())
def test_cut_off_anywhere_and_repeated_it_ends_as_if_it_had_not_been(
    count: int, keep: int, data: st.DataObject
) -> None:
    versions = [f"v{n}" for n in range(count)]
    champion = data.draw(st.sampled_from(versions))
    previous = data.draw(st.none() | st.sampled_from(versions))
    whole, cut = made(versions, champion, previous), made(versions, champion, previous)
    store = CutOff()
    store.objects = dict(cut.store.objects)  # type: ignore[attr-defined]
    store.left = data.draw(st.integers(0, 40))
    cut = ModelRegistry(store)

    prune(whole, "108", "ta", keep=keep)
    try:
        prune(cut, "108", "ta", keep=keep)
    except OSError:
        for version in cut.versions("108", "ta"):
            assert cut.load_version("108", "ta", version) == version_files(version)
    store.left = 10**9
    prune(cut, "108", "ta", keep=keep)

    assert store.objects == whole.store.objects  # type: ignore[attr-defined]
    assert set(names(cut)) == {*versions[-keep:], champion, *([previous] if previous else [])}
