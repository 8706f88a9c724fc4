"""Objects brought back from S3's own versions, and buckets emptied to the last one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from moto import mock_aws

from infra.operations.buckets import empty_bucket, stored
from infra.operations.undelete import parse_moment, undelete
from plantcast.errors import InvalidInputError, PlantcastError
from tests.backup_room import Room, empty_room

BEFORE = datetime(2025, 5, 30, 5, 3, tzinfo=UTC)  # 14:03 in Korea


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def room() -> Room:
    return empty_room()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time at which moto's S3 writes; move it by replacing the one element."""
    now = [BEFORE - timedelta(hours=1)]
    monkeypatch.setattr("moto.s3.models.utcnow", lambda: now[0].replace(tzinfo=None))
    return now


def test_an_emptied_bucket_is_back_as_it_was(room: Room, clock: list[datetime]) -> None:
    room.promote("20250529T23-00000001")
    room.put("raw/a", b"first")
    clock[0] += timedelta(seconds=1)  # S3 lists versions of one second in their order; moto does not
    room.put("raw/a", b"second")
    room.put("features/run=a/x", b"made anew")
    room.put("raw/deleted-before", b"gone for good")
    room.delete("raw/deleted-before")
    wanted = {key: body for key, body in room.objects().items() if not key.startswith("features/")}
    clock[0] = BEFORE + timedelta(minutes=1)
    for key in room.objects():
        room.delete(key)
    assert room.objects() == {}

    clock[0] += timedelta(minutes=1)
    planned = undelete(room.deployment, BEFORE, dry_run=True)
    assert (sorted(planned.deleted), room.objects()) == (sorted(wanted), {})
    report = undelete(room.deployment, BEFORE)
    assert room.objects() == wanted
    assert report.deleted[-1] == "models/station=108/ta/production.json"  # the pointer, last
    assert undelete(room.deployment, BEFORE).deleted == []


def test_overwritten_objects_come_back_when_asked_for(room: Room, clock: list[datetime]) -> None:
    room.put("raw/overwritten", b"good")
    room.put("raw/untouched", b"good")
    clock[0] = BEFORE + timedelta(minutes=1)
    room.put("raw/overwritten", b"bad")
    room.put("raw/new", b"of later")
    assert undelete(room.deployment, BEFORE).facts()["overwritten"] == 0
    assert room.objects()["raw/overwritten"] == b"bad"
    assert undelete(room.deployment, BEFORE, overwritten=True).overwritten == ["raw/overwritten"]
    assert room.objects() == {"raw/overwritten": b"good", "raw/untouched": b"good", "raw/new": b"of later"}


def test_only_keys_that_begin_so(room: Room, clock: list[datetime]) -> None:
    room.put("raw/a")
    room.put("quality/a")
    clock[0] = BEFORE + timedelta(minutes=1)
    room.delete("raw/a")
    room.delete("quality/a")
    undelete(room.deployment, BEFORE, prefix="raw/")
    assert set(room.objects()) == {"raw/a"}


def test_a_bucket_without_versions_cannot_do_this(room: Room) -> None:
    room.s3.put_bucket_versioning(Bucket=room.bucket, VersioningConfiguration={"Status": "Suspended"})
    with pytest.raises(InvalidInputError, match="keeps no versions"):
        undelete(room.deployment, BEFORE)


def test_a_moment_without_a_zone_is_korean_time() -> None:
    now = datetime(2025, 6, 1, tzinfo=UTC)
    assert parse_moment("2025-05-30T14:03", now=now) == BEFORE
    assert parse_moment("2025-05-30T05:03+00:00", now=now) == BEFORE


@pytest.mark.parametrize(("text", "said"), [("yesterday", "no moment"), ("2099-01-01", "lies ahead")])
def test_moments_that_cannot_be_are_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        parse_moment(text, now=datetime(2025, 6, 1, tzinfo=UTC))


def test_a_bucket_is_emptied_of_versions_markers_and_uploads(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.operations.buckets._BATCH", 4)
    for number in range(10):
        room.put(f"raw/{number}")
    room.put("raw/0", b"again")
    room.delete("raw/1")
    room.s3.create_multipart_upload(Bucket=room.bucket, Key="raw/unfinished")
    assert empty_bucket(room.s3, room.bucket) == 12
    assert stored(room.s3, room.bucket) == (0, 0)
    assert "Uploads" not in room.s3.list_multipart_uploads(Bucket=room.bucket)
    room.s3.delete_bucket(Bucket=room.bucket)
    assert empty_bucket(room.s3, room.bucket) == 0


def test_what_may_not_be_deleted_is_named(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.put("raw/locked")
    refusal = {"Errors": [{"Key": "raw/locked", "Code": "AccessDenied", "Message": "Object Lock"}]}
    monkeypatch.setattr(room.s3, "delete_objects", lambda **kwargs: refusal)
    with pytest.raises(PlantcastError, match=r"raw/locked.*Object Lock"):
        empty_bucket(room.s3, room.bucket)
