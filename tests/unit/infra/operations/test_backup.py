"""`plantcast backup` and `restore` on moto: complete, conditional, repeatable after any interruption."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from infra.operations import backup as module
from infra.operations.backup import back_up, restore
from plantcast.aws import S3ObjectStore
from plantcast.common.errors import (
    ConflictError,
    CorruptDataError,
    InvalidInputError,
    NotFoundError,
    PlantcastError,
)
from tests.support.backup_setup import ITEMS, Stores, empty_bucket_and_table, filled_stores

pytestmark = pytest.mark.slow

POINTER = "models/station=108/ta/production.json"
INVENTORY = "inventory/station=108.json"
NEW_VERSION = "20250530T23-00000002"


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def stores() -> Stores:
    return filled_stores()


@pytest.fixture
def folder(tmp_path: Path, stores: Stores) -> Path:
    made = tmp_path / "backup"
    back_up(stores.deployment, made)
    return made


def kept(stores: Stores) -> dict[str, bytes]:
    return {key: body for key, body in stores.objects().items() if not key.startswith("features/")}


def writes(stores: Stores) -> list[str]:
    """Return the key of every version of every object, in the order of S3's listing."""
    return [each["Key"] for each in stores.s3.list_object_versions(Bucket=stores.bucket).get("Versions", [])]


def test_an_empty_deployment_gets_all_of_it_and_only_once(stores: Stores, folder: Path) -> None:
    new = empty_bucket_and_table("new")
    planned = restore(new.deployment, folder, dry_run=True)
    assert (planned.objects, planned.items, new.objects()) == (len(kept(stores)), len(ITEMS), {})
    for _ in range(2):
        restore(new.deployment, folder)
        assert (new.objects(), new.items()) == (kept(stores), stores.items())
        assert len(writes(new)) == len(kept(stores))


def test_a_second_backup_fetches_only_what_changed_and_what_is_damaged(stores: Stores, folder: Path) -> None:
    assert back_up(stores.deployment, folder)["fetched"] == 0
    stores.put("raw/new", b"new")
    stores.put(INVENTORY, b"changed")
    (folder / "objects/quality/station=108/run=a/report.json").write_bytes(b"damaged")
    facts = back_up(stores.deployment, folder)
    assert (facts["fetched"], facts["objects"]) == (3, len(kept(stores)))
    new = empty_bucket_and_table("new")
    restore(new.deployment, folder)
    assert new.objects() == kept(stores)


def test_items_are_lines_of_dynamodbs_own_exports(stores: Stores, folder: Path) -> None:
    lines = [json.loads(line)["Item"] for line in (folder / "items.jsonl").read_text("utf-8").splitlines()]
    assert sorted(lines, key=str) == sorted(ITEMS, key=str)


class Killed(Exception):
    """The process is killed there."""


class Calls:
    """Counts calls and ends with `Killed` at one of them."""

    def __init__(self, at: int = -1) -> None:
        self.at, self.count = at, 0

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            self.count += 1
            if self.count == self.at:
                raise Killed
            return call(*arguments, **named)

        return counted


def test_a_backup_interrupted_at_any_file_goes_on_and_never_spoils_the_one_before(
    stores: Stores, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept(stores)
    stores.promote(NEW_VERSION)
    stores.put(INVENTORY, b"changed")
    at, real = 1, Path.replace
    while True:
        calls = Calls(at)
        monkeypatch.setattr(Path, "replace", calls.wrap(real))
        try:
            back_up(stores.deployment, folder)
            break
        except Killed:
            monkeypatch.setattr(Path, "replace", real)
            new = empty_bucket_and_table(f"new{at}")
            restore(new.deployment, folder)  # the former backup, with what was fetched since
            assert set(before) <= set(new.objects())
            version = json.loads(new.objects()[POINTER])["version"]
            assert (
                f"{POINTER.removesuffix('production.json')}versions/{version}/metadata.json" in new.objects()
            )
        at += 1
    assert at > 3
    monkeypatch.setattr(Path, "replace", real)
    new = empty_bucket_and_table("last")
    restore(new.deployment, folder)
    assert new.objects() == kept(stores)


def test_a_pointer_promoted_while_the_bucket_is_read_has_its_version(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, promoted = S3ObjectStore.get, []

    def get(store: S3ObjectStore, key: str) -> Any:
        if not promoted:
            promoted.append(key)
            stores.promote(NEW_VERSION)
        return real(store, key)

    monkeypatch.setattr(S3ObjectStore, "get", get)
    back_up(stores.deployment, tmp_path)
    new = empty_bucket_and_table("new")
    restore(new.deployment, tmp_path)
    assert new.objects() == kept(stores)


def test_other_data_are_named_and_kept_unless_replaced(stores: Stores, folder: Path) -> None:
    wanted = stores.items()
    stores.put(INVENTORY, b"newer")
    stores.put("raw/new", b"of its own")
    stores.put_item(ITEMS[0] | {"ta": {"L": [{"N": "17.2"}]}})
    before = stores.objects(), stores.items()
    with pytest.raises(
        ConflictError, match=r"under 2 of.*inventory/station=108.*STATION#108 / ISSUE#2025-05-29"
    ):
        restore(stores.deployment, folder)
    assert (stores.objects(), stores.items()) == before
    restore(stores.deployment, folder, replace=True)
    assert stores.objects()[INVENTORY] == b'{"months": {}}'
    assert stores.objects()["raw/new"] == b"of its own"
    assert stores.items() == wanted


def test_what_is_written_meanwhile_is_kept_and_named(
    stores: Stores, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores.delete(INVENTORY)
    stores.delete_item(ITEMS[0])
    other, real = ITEMS[0] | {"ta": {"L": [{"N": "9"}]}}, module._in_parallel

    def meanwhile(*arguments: Any) -> Any:
        monkeypatch.setattr(module, "_in_parallel", real)
        stores.put(INVENTORY, b"meanwhile")
        stores.put_item(other)
        return real(*arguments)

    monkeypatch.setattr(module, "_in_parallel", meanwhile)
    result = restore(stores.deployment, folder)
    assert result.conflicts == [INVENTORY, "STATION#108 / ISSUE#2025-05-29T23:00+09:00"]
    assert stores.objects()[INVENTORY] == b"meanwhile"
    assert other in stores.items()


def test_pointers_are_written_last(folder: Path) -> None:
    new, order = empty_bucket_and_table("new"), []
    store = S3ObjectStore.put_if

    def put_if(self: S3ObjectStore, key: str, body: bytes, **named: Any) -> str:
        order.append((key, len(new.items())))
        return store(self, key, body, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(S3ObjectStore, "put_if", put_if)
        restore(new.deployment, folder)
    assert order[-1] == (POINTER, len(ITEMS))
    assert all(items == 0 for key, items in order[:-1])


DAMAGE: dict[str, tuple[Callable[[Path], Any], type[PlantcastError], str]] = {
    "no folder": (lambda f: (f / "backup.json").unlink(), NotFoundError, "no complete backup"),
    "manifest": (lambda f: (f / "backup.json").write_text("{"), CorruptDataError, "backup.json is damaged"),
    "newer": (
        lambda f: (f / "backup.json").write_text('{"schema_version": 2}'),
        CorruptDataError,
        "schema version 2",
    ),
    "items": (lambda f: (f / "items.jsonl").write_text('{"Item": {"pk"'), CorruptDataError, "Line 1 of"),
    "no items": (lambda f: (f / "items.jsonl").unlink(), CorruptDataError, "missing"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_backup_is_named(folder: Path, damage: str) -> None:
    harm, error, output = DAMAGE[damage]
    harm(folder)
    new = empty_bucket_and_table("new")
    with pytest.raises(error, match=output):
        restore(new.deployment, folder)
    assert POINTER not in new.objects()


def test_another_kind_of_observations_is_refused(folder: Path) -> None:
    real = empty_bucket_and_table("real", source="kma")
    with pytest.raises(InvalidInputError, match="synthetic observations, the deployment kma"):
        restore(real.deployment, folder)
    assert real.objects() == {}


@pytest.mark.parametrize("key", ["../outside", "raw/../../outside"])
def test_no_key_leads_out_of_the_folder(stores: Stores, tmp_path: Path, key: str) -> None:
    stores.put(key)
    with pytest.raises(InvalidInputError, match="cannot be a file"):
        back_up(stores.deployment, tmp_path / "backup")
    assert not (tmp_path / "outside").exists()


def test_a_second_backup_at_the_same_time_is_refused(stores: Stores, folder: Path) -> None:
    with module._locked(folder), pytest.raises(ConflictError, match="Another backup or restore uses"):
        back_up(stores.deployment, folder)
