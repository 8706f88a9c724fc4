"""Two runs that evaluate at once: real threads on the stores; one wins, the other decides again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from plantcast.aws import ObjectStore, StoredObject
from tests.support.evaluations import Evaluations
from tests.support.fakes import MemoryObjectStore

POINTER_KEY = "models/station=108/ta/production.json"


class Meeting:
    """A store in which the first two writers of the pointer wait for each other before either writes."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._barrier = threading.Barrier(2, timeout=20)
        self._lock = threading.Lock()
        self._arrived = 0
        self.armed = False

    def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = "text/plain") -> str:
        """Meet, then write; one at a time, as S3 does it for one key (moto does not)."""
        if self.armed and key == POINTER_KEY:
            with self._lock:
                self._arrived += 1
                meets = self._arrived <= 2
            if meets:
                self._barrier.wait()
        with self._lock:
            return self._store.put_if(key, body, etag=etag, content_type=content_type)

    def get(self, key: str) -> StoredObject | None:
        return self._store.get(key)

    def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> str:
        return self._store.put(key, body, content_type=content_type)

    def etag(self, key: str) -> str | None:
        return self._store.etag(key)

    def list(self, prefix: str) -> Iterator[str]:
        return self._store.list(prefix)

    def etags(self, prefix: str) -> Iterator[tuple[str, str]]:
        return self._store.etags(prefix)

    def delete(self, key: str) -> None:
        self._store.delete(key)


@pytest.fixture
def meeting() -> Meeting:
    return Meeting(MemoryObjectStore())


def at_once(runs: Evaluations, meeting: Meeting, *calls: tuple[str, str]) -> list[dict[str, Any]]:
    """Evaluate (version, run) pairs in threads that both have read the pointer before either writes it."""
    meeting.armed = True
    with ThreadPoolExecutor(len(calls)) as pool:
        pending = [pool.submit(runs.evaluate, version, run) for version, run in calls]
        return [one.result(timeout=60) for one in pending]


@pytest.mark.parametrize("champion", [True, False])
def test_of_two_promotions_at_once_the_better_ends_in_production_whoever_writes_first(
    meeting: Meeting, champion: bool
) -> None:
    runs = Evaluations(meeting)
    if champion:
        runs.night("v1", rmse=1.3)
    runs.train("v2", rmse=1.2)
    runs.train("v3", rmse=1.1)

    second, third = at_once(runs, meeting, ("v2", "run-2"), ("v3", "run-3"))

    assert third["promoted"] is True
    if second["promoted"]:  # it wrote first, and was replaced by what was decided against it
        assert runs.in_production() == ("v3", "v2")
        assert third["scores"]["leads_1_48"]["champion"] == pytest.approx(1.2)
    else:  # it wrote second, and decided again against the winner
        assert runs.in_production() == ("v3", "v1" if champion else None)
        assert second["scores"]["leads_1_48"]["champion"] == pytest.approx(1.1)
        assert "worse than the champion" in second["reason_en"]
    for version, facts in (("v2", second), ("v3", third)):
        recorded = runs.registry.decision("108", "ta", version)
        assert recorded is not None
        assert recorded["promoted"] is facts["promoted"]


def test_one_step_that_runs_twice_at_once_promotes_once(meeting: Meeting) -> None:
    runs = Evaluations(meeting)
    runs.night("v1", rmse=1.3)
    runs.train("v2", rmse=1.2)

    first, second = at_once(runs, meeting, ("v2", "run-2"), ("v2", "run-2"))

    assert first == second
    assert runs.in_production() == ("v2", "v1")
