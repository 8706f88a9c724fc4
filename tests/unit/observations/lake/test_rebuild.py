"""Rebuild: the raw archive alone gives the lake again, byte for byte; what it lacks is never thrown away."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.common.clock import HOUR, KST, FixedClock
from plantcast.observations.imports import PortalImport
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.raw import RawArchive, Response
from plantcast.observations.lake.rebuild import Rebuild
from plantcast.observations.rows import read_rows
from tests.support.asos_replies import page_body, refusal_body, rows_of
from tests.support.fakes import MemoryObjectStore, MemoryTable

pytestmark = pytest.mark.slow

START = datetime(2025, 4, 28, tzinfo=KST)
RECEIVED = datetime(2025, 5, 30, 2, tzinfo=KST)
MAY = "observations/station=108/year=2025/month=05/observations.parquet"
APRIL = "observations/station=108/year=2025/month=04/observations.parquet"


@dataclass(frozen=True)
class Fetched:
    """A response about `hours` hours from `first`, received at second `second`; `level` makes it differ."""

    first: int
    hours: int
    second: int
    level: int

    def rows(self) -> list[dict[str, str]]:
        hours = pd.date_range(START + self.first * HOUR, periods=self.hours, freq="h")
        rows = rows_of(hours)
        for number, row in enumerate(rows):
            row["ws"] = f"{2 + self.level + number % 3 / 10:.1f}"
            if number % 17 == self.level:
                row |= {"ta": "99.9", "pa": "x"}
            if self.level == 3:
                row.pop("hm")
                row.pop("pa", None)
            if number % 5 == self.level:
                row["ws"] = ""
        return rows


@dataclass
class Environment:
    """A lake filled as ingest fills it: the response kept first, then its rows merged."""

    store: MemoryObjectStore = field(default_factory=MemoryObjectStore)

    @property
    def lake(self) -> ObservationLake:
        return ObservationLake(self.store, "kma")

    def receive(self, fetched: Fetched, *, merge: bool = True) -> None:
        start = START + fetched.first * HOUR
        end, received = start + (fetched.hours - 1) * HOUR, RECEIVED + timedelta(seconds=fetched.second)
        rows = fetched.rows()
        RawArchive(self.store).write(Response("108", start, end, 1, page_body(rows), received))
        if merge:
            frame = read_rows(rows, "108", start=start, end=end).frame
            self.lake.merge("108", frame, received_at=received)

    def keep(self, body: bytes) -> None:
        RawArchive(self.store).write(Response("108", START, START, 1, body, RECEIVED))

    def rebuild(self) -> dict[str, object]:
        return Rebuild(self.store, self.lake).run("108")

    def months(self) -> dict[str, bytes]:
        return {key: body for key, body in self.store.objects.items() if key.startswith("observations/")}


FETCHED = st.lists(
    st.builds(Fetched, st.integers(0, 90), st.integers(1, 60), st.integers(0, 4), st.integers(0, 4)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=6, deadline=None)
@given(FETCHED)
def test_the_archive_alone_gives_the_same_bytes(fetched: list[Fetched]) -> None:
    env = Environment()
    for one in fetched:
        env.receive(one)
    before = env.months()
    assert env.rebuild()["months_rewritten"] == 0
    assert env.months() == before
    for key in before:
        del env.store.objects[key]
    facts = env.rebuild()
    assert (facts["status"], facts["months_rewritten"]) == ("complete", len(before))
    assert env.months() == before


@pytest.mark.parametrize("damage", [b"", b"PAR1"])
def test_damaged_files_are_made_again(damage: bytes) -> None:
    env = Environment()
    env.receive(Fetched(0, 120, 0, 1))
    before = env.months()
    env.store.objects[MAY] = damage
    assert env.rebuild()["status"] == "complete"
    assert env.months() == before


def test_refusals_and_damaged_responses_are_counted_and_left_out() -> None:
    env = Environment()
    env.receive(Fetched(0, 24, 0, 1))
    before = env.months()
    for body in (refusal_body("22"), refusal_body("03"), b"<html>502</html>", b'{"cut'):
        env.keep(body)
    key = next(key for key in env.store.objects if key.startswith("raw/") and key.endswith("xml.gz"))
    env.store.objects[key] = env.store.objects[key][:10]
    facts = env.rebuild()
    assert (facts["responses"], facts["unreadable"], facts["status"]) == (5, 4, "complete")
    assert env.months() == before


def test_a_month_that_holds_more_than_the_archive_is_left_alone_and_named() -> None:
    env = Environment()
    env.receive(Fetched(0, 120, 0, 1))
    raw = [key for key in env.store.objects if key.startswith("raw/")]
    env.receive(Fetched(120, 24, 1, 1))
    for key in env.store.objects.keys() - set(raw):
        if key.startswith("raw/"):
            del env.store.objects[key]
    env.store.objects[APRIL] = b"damaged"
    facts = env.rebuild()
    assert (facts["status"], facts["months_kept"], facts["months_rewritten"]) == ("partial", ["2025-05"], 1)
    assert "2025-05" in str(facts["message"])
    assert len(env.lake.hours_present("108", START, START + 200 * HOUR)) == 144


def test_an_ingest_in_between_is_not_undone() -> None:
    class Busy(MemoryObjectStore):
        meanwhile: list[Fetched]

        def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = "") -> str:
            if self.meanwhile and key.startswith("observations/"):
                Environment(self).receive(self.meanwhile.pop())
            return super().put_if(key, body, etag=etag)

    busy = Busy()
    busy.meanwhile = []
    env, undisturbed = Environment(busy), Environment()
    for target in (env, undisturbed):
        target.receive(Fetched(0, 60, 0, 1))
    undisturbed.receive(Fetched(30, 60, 1, 2))
    busy.objects[APRIL] = b"damaged"
    busy.meanwhile = [Fetched(30, 60, 1, 2)]
    # The other writer meets the damaged file; its rows are in the archive all the same.
    with pytest.raises(Exception, match="damaged"):
        env.rebuild()
    assert env.rebuild()["status"] == "complete"
    assert env.months() == undisturbed.months()


PORTAL = "raw/portal/20250530T030000000000-0a1b2c3d.csv.gz"


def portal_csv(hours: int, stations: tuple[str, ...] = ("108", "112")) -> bytes:
    lines = ["지점,지점명,일시,기온(°C),습도(%)"]
    for station in stations:
        for row in rows_of(pd.date_range(START, periods=hours, freq="h"), station):
            lines.append(f"{station},이름,{row['tm']},{row['ta']},{row['hm']}")
    return gzip.compress("\n".join([*lines, ""]).encode("cp949"), mtime=0)


def importer(env: Environment) -> PortalImport:
    return PortalImport(env.store, env.lake, MemoryTable(), FixedClock(RECEIVED))


def test_an_imported_file_is_merged_reported_and_rebuilt() -> None:
    env = Environment()
    env.receive(Fetched(0, 24, 0, 1))
    env.store.objects[PORTAL] = portal_csv(100)
    facts = importer(env).run(PORTAL)
    assert facts["status"] == "complete"
    seoul, incheon = facts["stations"]
    # Of the 24 hours known the two with a wrong temperature are corrected; what the file lacks stays.
    assert (seoul["station"], seoul["hours_new"], seoul["hours_corrected"]) == ("108", 76, 2)
    assert (incheon["station"], incheon["hours_new"], incheon["last"]) == (
        "112",
        100,
        "2025-05-02T03:00+09:00",
    )
    report = json.loads(env.store.objects[seoul["report_key"]])
    assert (report["kind"], report["hours_present"], report["lake"]["hours_present"]) == ("import", 100, 100)
    before = env.months()
    for key in before:
        del env.store.objects[key]
    assert env.rebuild()["status"] == "complete"
    assert Rebuild(env.store, env.lake).run("112")["status"] == "complete"
    assert env.months() == before


def test_rows_of_unknown_stations_are_left_out_and_named() -> None:
    env = Environment()
    env.store.objects[PORTAL] = portal_csv(5, ("999", "108"))
    facts = importer(env).run(PORTAL)
    assert (facts["status"], [entry["station"] for entry in facts["stations"]]) == ("partial", ["108"])
    assert "999 (5 rows)" in facts["message"]
    env.store.objects[PORTAL] = portal_csv(5, ("999",))
    assert importer(env).run(PORTAL)["status"] == "failed"
