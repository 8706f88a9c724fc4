"""The raw archive: nothing overwritten, everything found again under what its key says."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from plantcast.common.clock import HOUR, KST
from plantcast.common.errors import CorruptDataError, NotFoundError
from plantcast.observations.lake.raw import RawArchive, Response, Stored
from tests.support.fakes import MemoryObjectStore

START = datetime(2025, 4, 29, tzinfo=KST)
RECEIVED = datetime(2025, 5, 30, 2, 0, 0, 123456, tzinfo=KST)
RESPONSE = Response("108", START, START + 23 * HOUR, 1, b'{"a": 1}', RECEIVED)
KEY = "raw/asos/station=108/20250429T00_20250429T23/20250530T020000123456-page1-f9d86028.json.gz"


def test_a_response_is_kept_as_received() -> None:
    store = MemoryObjectStore()
    assert RawArchive(store).write(RESPONSE) == KEY
    assert gzip.decompress(store.objects[KEY]) == RESPONSE.body
    assert RawArchive(store).read(KEY) == RESPONSE.body


def test_a_response_is_never_overwritten() -> None:
    store = MemoryObjectStore()
    archive = RawArchive(store)
    first, second, again = (archive.write(replace(RESPONSE, body=body)) for body in (b"1", b"2", b"1"))
    assert (first == again, first != second, len(store.objects)) == (True, True, 2)
    assert archive.read(first) == b"1"


def test_what_was_written_is_found_with_its_hours_and_moment() -> None:
    archive = RawArchive(MemoryObjectStore())
    later = replace(RESPONSE, number=2, received_at=RECEIVED + timedelta(microseconds=1))
    for response in (RESPONSE, later, replace(RESPONSE, station="112"), replace(RESPONSE, body=b"2")):
        archive.write(response)
    found = list(archive.responses("108"))
    assert Stored(KEY, START, START + 23 * HOUR, RECEIVED) in found
    assert [response.received_at for response in found] == [RECEIVED, RECEIVED, later.received_at]


def test_a_missing_or_damaged_object_is_named() -> None:
    store = MemoryObjectStore()
    archive = RawArchive(store)
    with pytest.raises(NotFoundError, match="raw/gone"):
        archive.read("raw/gone")
    archive.write(RESPONSE)
    for damaged in (store.objects[KEY][:-9], b"no gzip", b""):
        store.objects[KEY] = damaged
        with pytest.raises(CorruptDataError, match="page1"):
            archive.read(KEY)
