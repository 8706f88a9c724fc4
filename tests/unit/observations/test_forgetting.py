"""Forget: hours leave the lake, status, days and report follow, and rebuild does not bring them back."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest

from plantcast.common.clock import HOUR, KST, FixedClock
from plantcast.common.errors import InvalidInputError
from plantcast.observations.forgetting import Forget
from plantcast.observations.imports import PortalImport
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.raw import portal_key
from plantcast.observations.lake.rebuild import Rebuild
from plantcast.observations.published import ObservedDays
from plantcast.observations.status import read_newest_report, read_status
from tests.support.fakes import MemoryObjectStore, MemoryTable
from tests.support.observed import observed

NOW = datetime(2025, 5, 10, 2, tzinfo=KST)
FIRST, LAST = datetime(2025, 4, 29, tzinfo=KST), datetime(2025, 5, 9, 23, tzinfo=KST)


def portal_csv(first: datetime, hours: int) -> bytes:
    rows = [f"108,{first + hour * HOUR:%Y-%m-%d %H:%M},{10 + hour % 5 / 10},50" for hour in range(hours)]
    return "\n".join(["지점,일시,기온(°C),습도(%)", *rows, ""]).encode()


@dataclass
class Environment:
    """A deployment's data with a file imported at `NOW`."""

    store: MemoryObjectStore = field(default_factory=MemoryObjectStore)
    table: MemoryTable = field(default_factory=MemoryTable)

    @property
    def lake(self) -> ObservationLake:
        return ObservationLake(self.store, "kma")

    def bring(self, content: bytes, at: datetime = NOW) -> dict[str, Any]:
        key = portal_key(content, at)
        self.store.put(key, gzip.compress(content, mtime=0))
        return PortalImport(self.store, self.lake, self.table, FixedClock(at)).run(key)

    def forget(self, first: datetime, last: datetime, at: datetime = NOW + HOUR) -> dict[str, Any]:
        return Forget(self.store, self.lake, self.table, FixedClock(at)).run("108", first, last)

    def months(self) -> dict[str, bytes]:
        return {key: body for key, body in self.store.objects.items() if key.startswith("observations/")}

    def report(self) -> dict[str, Any]:
        """The newest quality report."""
        key = (read_newest_report(self.table, "108") or {})["report_key"]
        found: dict[str, Any] = json.loads(self.store.objects[key])
        return found

    def hours(self) -> int:
        return len(self.lake.read_station("108"))


@pytest.fixture
def env() -> Environment:
    made = Environment()
    made.bring(portal_csv(FIRST, 11 * 24))
    return made


def test_given_a_span_when_forgotten_then_lake_status_days_and_report_follow(env: Environment) -> None:
    first, last = datetime(2025, 5, 9, 12, tzinfo=KST), datetime(2025, 5, 9, 23, tzinfo=KST)

    facts = env.forget(first, last)

    assert (facts["status"], facts["hours_removed"]) == ("complete", 12)
    assert env.lake.read("108", first, last).empty
    assert len(env.lake.missing_hours("108", first, last)) == 12
    status = read_status(env.table, "108") or {}
    assert (status["last_observation"], status["hours_present"]) == ("2025-05-09T11:00+09:00", 252)
    (day,) = ObservedDays(env.table).between("108", date(2025, 5, 9), date(2025, 5, 9))
    assert [value is None for value in day.values["ta"]] == [False] * 12 + [True] * 12
    report = env.report()
    assert (report["kind"], report["hours_present"]) == ("removal", 0)
    assert report["freshness"]["hours_behind"] == 12


def test_given_a_span_forgotten_when_rebuilt_then_the_same_bytes_without_it(env: Environment) -> None:
    env.forget(datetime(2025, 4, 30, 20, tzinfo=KST), datetime(2025, 5, 1, 5, tzinfo=KST))
    before = env.months()
    assert Rebuild(env.store, env.lake).run("108")["months_rewritten"] == 0
    for key in before:
        del env.store.objects[key]
    assert Rebuild(env.store, env.lake).run("108")["status"] == "complete"
    assert env.months() == before
    assert env.hours() == 11 * 24 - 10


def test_given_everything_forgotten_then_nothing_is_held_and_a_repetition_changes_nothing(
    env: Environment,
) -> None:
    facts = env.forget(datetime(1990, 1, 1, tzinfo=KST), datetime(2090, 1, 1, tzinfo=KST))
    assert facts["hours_removed"] == 11 * 24
    assert len(env.months()) == 2  # no files of months that the lake never held
    status = read_status(env.table, "108") or {}
    assert (status["last_observation"], status["hours_present"], status["hours_expected"]) == (None, 0, 0)
    before = dict(env.store.objects)
    facts = env.forget(FIRST, LAST, at=NOW + 3 * HOUR)
    assert (facts["hours_removed"], facts["message"]) == (
        0,
        "The lake holds none of these hours of station 108.",
    )
    assert env.store.objects == before


def test_given_an_hour_of_2032_in_the_lake_when_forgotten_then_freshness_is_right_again(
    env: Environment,
) -> None:
    wrong = datetime(2032, 1, 1, 5, tzinfo=KST)
    env.lake.merge("108", observed(1, start=wrong), received_at=NOW)
    env.bring(portal_csv(datetime(2025, 5, 9, tzinfo=KST), 24), at=NOW + HOUR)
    status = read_status(env.table, "108") or {}
    report = env.report()
    assert status["last_observation"] == "2032-01-01T05:00+09:00"
    assert report["freshness"]["hours_behind"] > 50_000  # never up to date
    assert ObservedDays(env.table).newest("108", 1, until=date.max)[0].day == date(2025, 5, 10)

    env.forget(wrong, wrong, at=NOW + 2 * HOUR)

    status = read_status(env.table, "108") or {}
    report = env.report()
    assert (status["last_observation"], report["freshness"]["hours_behind"]) == ("2025-05-09T23:00+09:00", 0)


def test_given_a_file_with_an_impossible_hour_when_imported_then_nothing_of_it_is_merged(
    env: Environment,
) -> None:
    before = env.months()
    good = portal_csv(datetime(2025, 4, 1, tzinfo=KST), 3)
    with pytest.raises(InvalidInputError, match="row 5: '2032-01-01 05:00' is after 2025-05-10 02:00"):
        env.bring(good + b"108,2032-01-01 05:00,1,50\n")
    assert env.months() == before
    # Years later the raw archive still gives the same lake.
    Rebuild(env.store, env.lake).run("108")
    assert env.months() == before
