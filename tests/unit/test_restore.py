"""Restores: exact, checked before anything is written, conditional, repeatable."""

from __future__ import annotations

import gzip
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from infra.operations.backup import Wanted, take_backup
from infra.operations.backup_folder import BackupFolder
from infra.operations.restore import RestoreReport, Restoring, restore
from plantcast.errors import ConflictError, CorruptDataError, InvalidInputError, NotFoundError, PlantcastError
from tests.backup_room import ITEMS, Room, empty_room, furnished_room

POINTER = "models/station=108/ta/production.json"


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def room() -> Room:
    return furnished_room()


@pytest.fixture
def folder(tmp_path: Path, room: Room) -> BackupFolder:
    made = BackupFolder(tmp_path / "backup")
    take_backup(room.deployment, made, Wanted())
    return made


def bring(room: Room, folder: BackupFolder, **how: Any) -> RestoreReport:
    return restore(room.deployment, folder, Restoring(**how))


def kept(room: Room) -> dict[str, bytes]:
    return {key: body for key, body in room.objects().items() if not key.startswith("features/")}


def test_an_empty_deployment_gets_everything(room: Room, folder: BackupFolder) -> None:
    new = empty_room("new")
    report = bring(new, folder)
    assert new.objects() == kept(room)
    assert new.items() == room.items()
    assert report.plan.obstacles == []
    head = new.s3.head_object(Bucket=new.bucket, Key=POINTER)
    assert head["ContentType"] == "application/json"


def test_a_restore_can_be_repeated(room: Room, folder: BackupFolder) -> None:
    new = empty_room("new")
    bring(new, folder)
    facts = bring(new, folder).facts()
    assert (facts["objects_to_write"], facts["items_to_write"]) == (0, 0)
    assert len(list(_versions(new))) == len(kept(room))


def test_a_dry_run_writes_nothing(folder: BackupFolder) -> None:
    new = empty_room("new")
    facts = bring(new, folder, dry_run=True).facts()
    assert not facts["written"]
    assert facts["items_to_write"] == len(ITEMS)
    assert (new.objects(), new.items()) == ({}, [])


def test_data_of_its_own_is_named_and_not_touched(room: Room, folder: BackupFolder) -> None:
    room.put("inventory/station=108.json", b"newer")
    room.put("observations/station=108/year=2025/month=06/observations.parquet", b"newer")
    room.put_item(ITEMS[0] | {"ta": {"L": [{"N": "17.2"}]}})
    room.put_item(ITEMS[0] | {"sk": {"S": "ISSUE#newer"}})
    before = room.objects(), room.items()
    with pytest.raises(ConflictError) as refused:
        bring(room, folder)
    for name in ("inventory/station=108.json", "month=06", "ISSUE#2025-05-29T23:00+09:00", "ISSUE#newer"):
        assert name in str(refused.value)
    assert (room.objects(), room.items()) == before


def test_replace_overwrites_what_differs_and_leaves_the_rest(room: Room, folder: BackupFolder) -> None:
    wanted = room.items()
    room.put("inventory/station=108.json", b"newer")
    room.put("raw/new", b"of its own")
    room.put_item(ITEMS[0] | {"ta": {"L": [{"N": "17.2"}]}})
    bring(room, folder, replace=True)
    assert room.objects()["inventory/station=108.json"] == b'{"months": {}}'
    assert room.objects()["raw/new"] == b"of its own"
    assert room.items() == wanted


def test_equal_numbers_and_other_etags_are_no_differences(room: Room, folder: BackupFolder) -> None:
    room.put_item(ITEMS[0] | {"ta": {"L": [{"N": "17.10"}]}})
    key = "observations/station=108/year=2025/month=05/observations.parquet"
    upload = room.s3.create_multipart_upload(Bucket=room.bucket, Key=key)["UploadId"]
    where = {"Bucket": room.bucket, "Key": key, "UploadId": upload}
    part = room.s3.upload_part(**where, PartNumber=1, Body=b"PAR1 hours")
    room.s3.complete_multipart_upload(
        **where, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    )
    assert bring(room, folder).plan.obstacles == []


def test_another_kind_of_observations_is_refused_unless_asked_for(room: Room, folder: BackupFolder) -> None:
    real = empty_room("real", source="kma")
    with pytest.raises(InvalidInputError, match="synthetic observations, the deployment's are kma"):
        bring(real, folder)
    assert real.objects() == {}
    bring(real, folder, other_source=True)
    assert real.objects() == kept(room)


def test_nothing_is_written_while_a_run_goes_on(folder: BackupFolder) -> None:
    new = empty_room("new")
    machines = new.deployment.client("stepfunctions")
    machines.start_execution(
        stateMachineArn=new.deployment.outputs.state_machine_arn, name="night", input="{}"
    )
    with pytest.raises(ConflictError, match="night"):
        bring(new, folder)
    assert new.objects() == {}


def flip(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 0x20
    path.write_bytes(body)


def newest(folder: BackupFolder) -> Path:
    return folder.states / f"{folder.state_names()[-1]}.json"


def newer_format(folder: BackupFolder) -> None:
    document = json.loads(newest(folder).read_text()) | {"format_version": 2}
    newest(folder).write_text(json.dumps(document))


def pointer_file(folder: BackupFolder) -> Path:
    found = {entry.key: entry for entry in folder.entries(folder.load().objects)}
    return folder.file(found[POINTER].sha256)


DAMAGE: dict[str, tuple[Callable[[BackupFolder], object], type[PlantcastError], str]] = {
    "byte of an object": (lambda f: flip(pointer_file(f)), CorruptDataError, "SHA-256"),
    "object gone": (lambda f: pointer_file(f).unlink(), CorruptDataError, "No such file"),
    "object cut off": (lambda f: pointer_file(f).write_bytes(b"{"), CorruptDataError, "bytes, not"),
    "byte of the index": (lambda f: flip(f.root / f.load().objects.file), CorruptDataError, "lists/"),
    "items gone": (lambda f: (f.root / f.load().items[-1].file).unlink(), CorruptDataError, "lists/"),
    "manifest cut off": (
        lambda f: newest(f).write_text(newest(f).read_text()[:99]),
        CorruptDataError,
        "JSON",
    ),
    "manifest changed": (
        lambda f: newest(f).write_text(newest(f).read_text().replace('"108"', '"109"')),
        CorruptDataError,
        "digest",
    ),
    "newer format": (newer_format, InvalidInputError, "format version 2"),
    "not a manifest": (lambda f: newest(f).write_text("{}"), InvalidInputError, "no manifest"),
    "no state": (lambda f: newest(f).unlink(), InvalidInputError, "No backup has ended"),
    "no folder": (lambda f: shutil.rmtree(f.root), NotFoundError, "no folder"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_backup_is_found_out_before_anything_is_written(folder: BackupFolder, damage: str) -> None:
    do, error, said = DAMAGE[damage]
    do(folder)
    new = empty_room("new")
    with pytest.raises(error, match=said):
        bring(new, folder)
    assert (new.objects(), new.items()) == ({}, [])


def test_a_folder_of_something_else_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InvalidInputError, match="is no backup"):
        bring(empty_room("new"), BackupFolder(tmp_path))


def test_a_damaged_state_names_the_one_before(room: Room, folder: BackupFolder) -> None:
    earlier = folder.state_names()[0]
    room.put("inventory/station=108.json", b"newer")
    take_backup(room.deployment, folder, Wanted())
    flip(newest(folder))
    new = empty_room("new")
    with pytest.raises(CorruptDataError, match=earlier):
        bring(new, folder)
    bring(new, folder, state=earlier)
    assert new.objects()["inventory/station=108.json"] == b'{"months": {}}'


def test_items_that_are_no_items_are_found_out_before_anything_is_written(
    room: Room, folder: BackupFolder
) -> None:
    manifest = folder.load()
    with folder.locked():
        broken = folder.add_listing(['{"pk": {"S": "no sort key"}}'])
        folder.save(
            manifest.model_copy(update={"items": [broken], "taken_at": manifest.taken_at.replace(year=2099)})
        )
    new = empty_room("new")
    with pytest.raises(CorruptDataError, match="cannot be understood"):
        bring(new, folder)
    assert new.objects() == {}


class KilledError(BaseException):
    """Stands for the end of the process."""


def test_a_restore_killed_at_any_write_can_be_repeated_and_ends_alike(
    room: Room, folder: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At no moment is there a pointer without the version it names."""
    from infra.operations import restore as module

    for after in range(0, 18, 2):
        new = empty_room(f"new{after}")
        lock, writes = threading.Lock(), [0]

        def dying(
            work: Any, inputs: Any, *, lock: Any = lock, writes: list[int] = writes, after: int = after
        ) -> Iterator[Any]:
            for each in inputs:
                with lock:
                    writes[0] += 1
                    if writes[0] > after:
                        raise KilledError
                yield work(each)

        monkeypatch.setattr(module, "in_parallel", _only_writes(module.in_parallel, dying))
        with pytest.raises(KilledError):
            bring(new, folder)
        there = new.objects()
        assert len(there) + len(new.items()) == after
        if POINTER in there:
            assert set(there) == set(kept(room))
        monkeypatch.undo()
        bring(new, folder)
        assert (new.objects(), new.items()) == (kept(room), room.items())


def _only_writes(real: Callable[..., Any], dying: Callable[..., Any]) -> Callable[..., Any]:
    def choose(work: Any, inputs: Any, **options: Any) -> Any:
        return real(work, inputs, **options) if options else dying(work, inputs)

    return choose


def test_of_two_writers_none_is_overwritten(room: Room, folder: BackupFolder, monkeypatch: Any) -> None:
    """A run that begins between the look and the write keeps what it wrote; the restore says so."""
    from infra.operations import restore as module

    for meanwhile, said in (
        (lambda new: new.put(POINTER, b"a run's own"), POINTER),
        (lambda new: new.put_item(ITEMS[1] | {"hours_present": {"N": "7"}}), "STATUS"),
    ):
        new = empty_room(f"new{len(said)}")

        def planned(
            *arguments: Any, new: Room = new, meanwhile: Any = meanwhile, real: Any = module.plan_restore
        ) -> Any:
            plan = real(*arguments)
            meanwhile(new)
            return plan

        monkeypatch.setattr(module, "plan_restore", planned)
        with pytest.raises(ConflictError, match=f"{said}.*someone else"):
            bring(new, folder)
        monkeypatch.undo()
    assert ("N", 7) in {item.get("hours_present") for item in new.items()}


def test_a_second_restore_at_the_same_time_finds_the_work_done(
    room: Room, folder: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infra.operations import restore as module

    new, real = empty_room("new"), module.plan_restore

    def planned(*arguments: Any) -> Any:
        plan = real(*arguments)
        monkeypatch.undo()
        bring(new, folder)  # the other one begins and ends between look and write
        return plan

    monkeypatch.setattr(module, "plan_restore", planned)
    bring(new, folder)
    assert (new.objects(), new.items()) == (kept(room), room.items())
    assert len(list(_versions(new))) == len(kept(room))


def test_what_was_lost_and_kept_comes_back(room: Room, folder: BackupFolder) -> None:
    everything = kept(room), room.items()
    for key in room.objects():
        room.delete(key)
    for item in ITEMS:
        room.delete_item(item)
    take_backup(room.deployment, folder, Wanted())
    bring(room, folder)
    assert (room.objects(), room.items()) == everything


def test_the_folders_files_can_be_read_without_plantcast(folder: BackupFolder) -> None:
    manifest = json.loads(newest(folder).read_text())
    with gzip.open(folder.root / manifest["objects"]["file"], "rt") as lines:
        found = {entry["key"]: entry["sha256"] for entry in map(json.loads, lines)}
    name = found["raw/asos/station=108/2025-05-29_2025-05-29/1-page1.json.gz"]
    assert (folder.root / "files" / name[:2] / name).read_bytes() == b"raw"


def _versions(room: Room) -> Iterator[str]:
    for page in room.s3.get_paginator("list_object_versions").paginate(Bucket=room.bucket):
        yield from (each["Key"] for each in page.get("Versions", []))
