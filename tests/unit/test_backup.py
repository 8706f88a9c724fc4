"""Backups: what is in one, what the next one costs, what stays of what was lost, runs going on meanwhile."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from infra.operations import backup_objects
from infra.operations.backup import BackupReport, Wanted, take_backup
from infra.operations.backup_folder import BackupFolder
from infra.operations.backup_items import from_line, items_of, to_line
from infra.operations.backup_manifest import ObjectEntry
from plantcast.errors import ConflictError, InvalidInputError
from tests.backup_room import ITEMS, Room, empty_room, furnished_room

FIRST, SECOND, THIRD = (f"202505{day}T23-0000000{day % 10}" for day in (29, 30, 31))
POINTER = "models/station=108/ta/production.json"


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def folder(tmp_path: Path) -> BackupFolder:
    return BackupFolder(tmp_path / "backup")


def backup(room: Room, folder: BackupFolder, **wanted: Any) -> BackupReport:
    return take_backup(room.deployment, folder, Wanted(**wanted))


def entries(folder: BackupFolder) -> dict[str, ObjectEntry]:
    return {entry.key: entry for entry in folder.entries(folder.load().objects)}


def content(folder: BackupFolder, key: str) -> bytes:
    return folder.file(entries(folder)[key].sha256).read_bytes()


def test_a_backup_holds_every_object_but_features_and_every_item(folder: BackupFolder) -> None:
    room = furnished_room()
    report = backup(room, folder)
    expected = {key: body for key, body in room.objects().items() if not key.startswith("features/")}
    assert {key: content(folder, key) for key in entries(folder)} == expected
    assert report.manifest.counts.objects == len(expected)
    assert report.manifest.counts.items == len(ITEMS)
    assert report.manifest.stations == ["108"]
    assert report.manifest.source == "synthetic"


def test_items_keep_their_types_and_digits(folder: BackupFolder) -> None:
    backup(furnished_room(), folder)
    kept = {item["sk"]["S"]: item for item in items_of(folder, folder.load().item_listings)}
    for item in ITEMS:
        found = kept[item["sk"]["S"]]
        assert from_line(to_line(found)) == from_line(to_line(item))
    assert kept["STATUS"]["hours_present"] == {"N": "12345678901234567890.123456789"}


def test_no_key_of_the_parameter_store_is_read(folder: BackupFolder) -> None:
    room = furnished_room()
    secret = "do-not-keep-me"
    room.deployment.client("ssm").put_parameter(
        Name="/plantcast/kma-service-key", Value=secret, Type="SecureString"
    )
    backup(room, folder)
    texts = [*folder.states.iterdir(), *(folder.root / "files").glob("*/*")]
    assert not any(secret.encode() in path.read_bytes() for path in texts)
    lines = [line for listing in folder.load().listings for line in folder.lines(listing)]
    assert not any(secret in line for line in lines)


def test_a_second_backup_fetches_only_what_changed(folder: BackupFolder) -> None:
    room = furnished_room()
    first = backup(room, folder)
    assert first.fetched == first.manifest.counts.objects
    room.put("inventory/station=108.json", b'{"changed": true}')
    second = backup(room, folder)
    assert second.fetched == 2  # the changed one, and the pointer, which is looked at each time
    assert content(folder, "inventory/station=108.json") == b'{"changed": true}'


def test_an_earlier_state_stays_readable_until_it_is_dropped(folder: BackupFolder) -> None:
    room = furnished_room()
    before = backup(room, folder).manifest.state
    room.put("inventory/station=108.json", b"overwritten by mistake")
    backup(room, folder)
    old = {entry.key: entry for entry in folder.entries(folder.load(before).objects)}
    assert folder.file(old["inventory/station=108.json"].sha256).read_bytes() == b'{"months": {}}'
    backup(room, folder, states=1)
    assert len(folder.state_names()) == 1
    assert not folder.file(old["inventory/station=108.json"].sha256).exists()
    named = {entry.sha256 for entry in entries(folder).values()}
    assert {path.name for path in (folder.root / "files").glob("*/*")} == named


def test_what_the_deployment_lost_stays_in_the_backup(folder: BackupFolder) -> None:
    room = furnished_room()
    backup(room, folder)
    for key in room.objects():
        room.delete(key)
    for item in ITEMS:
        room.delete_item(item)
    for _ in range(2):  # the second one rests on a state that has lost them already
        report = backup(room, folder)
        assert report.manifest.counts.objects_gone == report.manifest.counts.objects > 10
        assert report.manifest.counts.items_gone == len(ITEMS)
        assert content(folder, POINTER) == json.dumps({"version": "20250529T23-00000001"}).encode()
    report = backup(room, folder, mirror=True)
    assert (report.manifest.counts.objects, report.manifest.counts.items) == (0, 0)


def test_what_was_meant_to_go_goes_from_the_backup_too(folder: BackupFolder) -> None:
    room = furnished_room()
    expiring = ITEMS[0] | {"sk": {"S": "ISSUE#old"}, "expires_at": {"N": "1000000000"}}
    room.put_item(expiring)
    backup(room, folder)
    room.promote(SECOND)
    room.prune("20250529T23-00000001")
    room.delete_item(expiring)
    report = backup(room, folder)
    assert (report.manifest.counts.objects_gone, report.manifest.counts.items_gone) == (0, 0)
    assert not any("20250529T23-00000001" in key for key in entries(folder))


def test_a_file_damaged_in_the_folder_is_fetched_anew(folder: BackupFolder) -> None:
    room = furnished_room()
    backup(room, folder)
    key = "quality/station=108/run=a/report.json"
    path = folder.file(entries(folder)[key].sha256)
    path.write_bytes(b"[]")
    backup(room, folder)
    assert content(folder, key) == b"{}"


def test_a_run_that_goes_on_is_noted(folder: BackupFolder) -> None:
    room = furnished_room()
    room.put_item({"pk": {"S": "PIPELINE"}, "sk": {"S": "RUN#night"}, "outcome": {"S": "running"}})
    assert "Run night was going on" in " ".join(backup(room, folder).manifest.notes)


def test_a_pointer_to_nothing_is_copied_and_noted(folder: BackupFolder) -> None:
    room = furnished_room()
    room.prune("20250529T23-00000001")
    report = backup(room, folder)
    assert POINTER in entries(folder)
    assert "does not hold whole" in " ".join(report.manifest.notes)


@pytest.mark.parametrize("other", ["source", "bucket"])
def test_another_deployments_folder_is_refused(folder: BackupFolder, other: str) -> None:
    backup(furnished_room(), folder)
    stranger = empty_room("other", source="kma" if other == "source" else "synthetic")
    error = InvalidInputError if other == "source" else ConflictError
    with pytest.raises(error, match="synthetic" if other == "source" else "--adopt"):
        backup(stranger, folder, adopt=other == "source")
    assert folder.load().stack == "plantcast"


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InvalidInputError, match="no backup"):
        backup(furnished_room(), BackupFolder(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_two_backups_to_one_folder_are_kept_apart(folder: BackupFolder) -> None:
    room = furnished_room()
    folder.create()
    with folder.locked(), pytest.raises(ConflictError, match="at work"):
        backup(room, folder)


class KilledError(BaseException):
    """Stands for the end of the process."""


class Interfering:
    """An S3 client that lets something happen before its n-th call."""

    def __init__(self, s3: Any, at: int, happening: Callable[[], None]) -> None:
        self._s3, self._at, self._happening = s3, at, happening
        self._lock = threading.RLock()
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        if name == "get_paginator":
            return lambda operation: _Pages(self, self._s3.get_paginator(operation))
        return self._counted(getattr(self._s3, name))

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            with self._lock:
                self.calls += 1
                if self.calls == self._at:
                    self._happening()
                return call(*args, **kwargs)

        return counted


class _Pages:
    """A paginator whose every page counts as a call; pages of two objects, so that listings take several."""

    def __init__(self, owner: Interfering, paginator: Any) -> None:
        self._owner, self._paginator = owner, paginator

    def paginate(self, **kwargs: Any) -> Iterator[Any]:
        pages = iter(self._paginator.paginate(**kwargs, PaginationConfig={"PageSize": 2}))
        take = self._owner._counted(lambda: next(pages, None))
        while (page := take()) is not None:
            yield page


def copied(room: Room, folder: BackupFolder, at: int, happening: Callable[[], None]) -> Interfering:
    """Copy the bucket while something happens before the n-th call."""
    client = Interfering(room.s3, at, happening)
    folder.create()
    with folder.locked():
        copier = backup_objects.ObjectCopier(client, room.bucket, folder, ())
        copier.copy_all(lambda done, total: None)
    client.entries = copier.entries
    return client


def small_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let versions have three files: there is a case for each call."""
    files = {"evaluation/model.json": b"{}", "metadata.json": b"{}", "serving/model.json": b"{}"}
    monkeypatch.setattr("tests.backup_room.version_files", lambda version: files)


@pytest.mark.parametrize("what", ["promotion", "rollback", "pruning"])
def test_whenever_a_run_promotes_the_pointers_version_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    small_version(monkeypatch)
    room = empty_room()
    at, calls = 1, 2
    while at <= calls:
        folder = BackupFolder(tmp_path / str(at))
        room.empty_bucket()
        room.promote(FIRST)
        room.promote(SECOND)

        def happening() -> None:
            if what == "rollback":
                room.put(POINTER, json.dumps({"version": FIRST}).encode())
                room.prune(SECOND)
            else:
                room.promote(THIRD)
                room.prune(FIRST)
            if what == "pruning":  # as of a registry that keeps one version
                room.prune(SECOND)

        client = copied(room, folder, at, happening)
        calls = max(calls, client.calls)
        kept = client.entries
        version = json.loads(folder.file(kept[POINTER].sha256).read_bytes())["version"]
        for metadata in [key for key in kept if key.endswith("/metadata.json")]:
            whole = metadata.removesuffix("metadata.json")
            assert {f"{whole}evaluation/model.json", f"{whole}serving/model.json"} <= set(kept), (at, whole)
        assert f"models/station=108/ta/versions/{version}/metadata.json" in kept, at
        at += 1
    assert at > 15


def test_a_backup_killed_at_any_call_leaves_the_former_one_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_version(monkeypatch)
    room, folder = furnished_room(), BackupFolder(tmp_path / "backup")
    backup(room, folder)
    real = room.s3

    def kill() -> None:
        raise KilledError

    at, died = 1, True
    while died:
        room.put("inventory/station=108.json", f'{{"version": {at}}}'.encode())
        before = folder.load()
        client = Interfering(real, at, kill)
        monkeypatch.setattr(type(room.deployment), "client", _client_of(client))
        died = False
        try:
            backup(room, folder)
        except KilledError:
            died = True
            assert folder.load() == before
        monkeypatch.undo()
        small_version(monkeypatch)
        at += 1
    assert at > 10
    assert content(folder, "inventory/station=108.json") == f'{{"version": {at - 1}}}'.encode()


def _client_of(s3: Any) -> Callable[..., Any]:
    def client(deployment: Any, service: str, **kwargs: Any) -> Any:
        return s3 if service == "s3" else deployment.account.client(service, **kwargs)

    return client


def test_what_an_unfinished_backup_fetched_is_not_fetched_again(folder: BackupFolder) -> None:
    room = furnished_room()
    folder.create()
    with folder.locked():  # the bucket is copied, and the process ends before the manifest is written
        copier = backup_objects.ObjectCopier(room.s3, room.bucket, folder, ())
        copier.copy_all(lambda done, total: None)
    with folder.journal.open("a") as journal:
        journal.write('{"key": "cut o')
    assert backup(room, folder).fetched == 1  # the pointer
    assert not folder.journal.exists()
