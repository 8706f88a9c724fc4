"""Schema versions: what each reader makes of older, newer and unknown data, and that newer is never lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from moto import mock_aws

from plantcast.clock import KST, FixedClock
from plantcast.errors import CorruptDataError, PlantcastError, SchemaVersionError
from plantcast.forecasts import ForecastStore
from plantcast.monitoring.skill import open_alarms
from plantcast.notices.outbox import Outbox, read_notice
from plantcast.notices.states import State, alert_of
from plantcast.observations.kma.pace import DailyBudget
from plantcast.observations.published import ObservedDays
from plantcast.runs import RunStore
from plantcast.schema import Schema, kinds, put_object
from plantcast.shadows import ShadowStore
from plantcast.station_items import read_newest_report, read_status
from plantcast.storage import DynamoTable, ItemTable
from plantcast.verification import VerificationStore, read_track
from tests import earlier_data
from tests.aws_tables import create_table
from tests.fakes import MemoryObjectStore, MemoryTable
from tests.forecast_examples import ORIGIN, forecast

NOW = datetime(2025, 5, 30, 2, 5, tzinfo=KST)
STATION = "STATION#108"


def doubled(document: Any) -> dict[str, Any]:
    return {**document, "value": document["value"] * 2}


THREE = Schema("thing", version=3, upgrades={1: doubled, 2: doubled}, unversioned=1)


# ------------------------------------------------------------------ one kind


@pytest.mark.parametrize(
    ("stored", "value"),
    [({"schema_version": 3}, 5), ({"schema_version": 2}, 10), ({"schema_version": 1}, 20), ({}, 20)],
)
def test_given_a_version_known_when_read_then_it_comes_through_every_upgrade_after_it(
    stored: dict[str, Any], value: int
) -> None:
    assert THREE.read({**stored, "value": 5}, "here") == {"schema_version": 3, "value": value}


@pytest.mark.parametrize("found", [4, 0, -1, 2.0, True, "3", [3], {}])
def test_given_a_version_unknown_when_read_then_the_error_says_which_and_what_to_do(found: object) -> None:
    with pytest.raises(SchemaVersionError) as refused:
        THREE.read({"schema_version": found, "value": 5}, "some/key")

    said = str(refused.value)
    assert f"some/key is of schema version {found!r}; this code reads 1 and 2 and 3" in said
    assert "Deploy" in said
    assert "plantcast migrate" in said
    with pytest.raises(SchemaVersionError):
        THREE.refuse_newer({"schema_version": found}, "some/key")


def test_given_a_version_read_ahead_of_its_time_when_met_then_it_is_read_and_never_overwritten() -> None:
    readers_first = Schema(
        "thing", version=1, ahead={2: lambda thing: {**thing, "value": thing["value"] // 2}}
    )

    assert readers_first.read({"schema_version": 2, "value": 10}, "here") == {"schema_version": 1, "value": 5}
    assert readers_first.read({"schema_version": 1, "value": 10}, "here") == {
        "schema_version": 1,
        "value": 10,
    }
    with pytest.raises(SchemaVersionError, match="version 2; this code writes 1"):
        readers_first.refuse_newer({"schema_version": 2, "value": 10}, "here")
    with pytest.raises(SchemaVersionError, match="version 3; this code reads 1 and 2"):
        readers_first.read({"schema_version": 3, "value": 10}, "here")


def test_given_no_version_where_there_always_was_one_when_read_then_it_is_damaged_and_may_be_replaced() -> (
    None
):
    with pytest.raises(CorruptDataError, match="some/key does not say its schema version"):
        kinds.POINTER.read({"version": "v1"}, "some/key")
    kinds.POINTER.refuse_newer({"version": "v1"}, "some/key")


def test_given_a_lost_version_when_read_then_the_remedy_is_its_own_and_it_may_be_replaced() -> None:
    with pytest.raises(CorruptDataError, match=r"version 1; this code reads 2\. Train again"):
        kinds.MODEL.read({"schema_version": 1}, "model.json")
    kinds.MODEL.refuse_newer({"schema_version": 1}, "model.json")


def test_every_kind_has_a_way_from_its_oldest_version_to_todays() -> None:
    every = [schema for schema in vars(kinds).values() if isinstance(schema, Schema)]
    assert len(every) == 26
    for schema in every:
        if schema is not kinds.OBSERVATIONS:  # upgraded as a frame: tests/unit/test_schema_months.py
            assert set(schema.upgrades) == set(schema.readable) - {schema.version}, schema.what
        assert set(schema.lost) == set(range(1, schema.oldest)), schema.what


# ------------------------------------------------------------------ what earlier releases wrote


def test_given_a_plants_state_of_the_first_release_when_read_then_it_was_thirsty_and_told() -> None:
    table = MemoryTable()
    table.put(earlier_data.item("ALERT#default"))

    alert = alert_of(table, "108", "default")

    assert alert is not None
    assert (alert.now.state, alert.told) == (State("thirsty", True), State("thirsty", True))
    assert (alert.origin, alert.now.since) == ("2025-05-29T23:00+09:00", "2025-05-30T02:05:00+09:00")


def test_given_a_verification_of_the_first_release_when_read_then_its_scores_are_there() -> None:
    table = MemoryTable()
    table.put(earlier_data.item("VERIFY#"))

    (day,) = VerificationStore(table).newest("108", 5)

    assert day.scores["ta"]["leads_1_24"].hours == 24
    assert (day.sums, day.shadow) == ({}, {})


def test_given_a_run_of_the_first_release_when_listed_then_it_is_there() -> None:
    table = MemoryTable()
    for item in (earlier_data.item("RUN#"), earlier_data.item("STARTED#")):
        table.put(item)

    assert [run.run_id for run in RunStore(table).newest(5)] == ["run-1"]


@pytest.mark.parametrize("sk", ["NOTICE#default", "NOTICE#run-0"])
def test_given_a_notice_of_the_first_release_when_read_then_it_has_gone_out(sk: str) -> None:
    assert read_notice(earlier_data.item(sk))["status"] == "published"


def test_given_a_failure_told_by_the_first_release_when_it_is_told_again_then_nothing_goes_out() -> None:
    table = MemoryTable()
    old = earlier_data.item("NOTICE#run-0")
    table.put(old)
    outbox = Outbox(table, _Nobody(), FixedClock(NOW))

    stored = outbox.add({"pk": old["pk"], "sk": old["sk"], "run_id": "run-0"}, NOW)

    assert outbox.publish(stored) == "known"


class _Nobody:
    def publish(self, **_message: Any) -> None:
        raise AssertionError("this must not go out")


# ------------------------------------------------------------------ what a later release wrote

_READERS: list[tuple[str, str, Callable[[ItemTable], object]]] = [
    (STATION, "ISSUE#2025-05-29T23:00+09:00", lambda table: ForecastStore(table).latest("108")),
    (STATION, "SHADOW#2025-05-29T23:00+09:00", lambda table: ShadowStore(table).at("108", ORIGIN)),
    (STATION, "OBS#2025-05-29", lambda table: ObservedDays(table).newest("108", 1, until=date.max)),
    (
        STATION,
        "OBS#2025-05-29",
        lambda table: ObservedDays(table).readable("108", date(2025, 5, 29), date(2025, 5, 29)),
    ),
    (STATION, "STATUS", lambda table: read_status(table, "108")),
    (STATION, "QUALITY", lambda table: read_newest_report(table, "108")),
    (STATION, "VERIFY#2025-05-29", lambda table: VerificationStore(table).newest("108", 1)),
    (STATION, "TRACK", lambda table: read_track(table, "108")),
    (STATION, "ALARM#skill#ta", lambda table: open_alarms(table, "108")),
    (STATION, "ALERT#default", lambda table: alert_of(table, "108", "default")),
    ("PIPELINE", "RUN#run-1", lambda table: RunStore(table).get("run-1")),
    ("PIPELINE", "STARTED#2025", lambda table: RunStore(table).newest(1)),
    (
        "OUTBOX",
        "2025-05-30T02:00:00+09:00#a#b",
        lambda table: Outbox(table, _Nobody(), FixedClock(NOW)).due(),
    ),
]


@pytest.mark.parametrize(("pk", "sk", "read"), _READERS, ids=[sk for _, sk, _ in _READERS])
def test_given_a_newer_item_when_read_then_it_is_named_and_not_taken_for_damaged(
    pk: str, sk: str, read: Callable[[ItemTable], object]
) -> None:
    table = MemoryTable()
    table.put({"pk": pk, "sk": sk, "schema_version": 99, "settled": False})

    with pytest.raises(SchemaVersionError, match=r"is of schema version 99; this code reads") as refused:
        read(table)
    assert f"{pk}/{sk}" in str(refused.value)


@pytest.fixture(params=["memory", "dynamodb"])
def table(request: pytest.FixtureRequest) -> Any:
    if request.param == "memory":
        yield MemoryTable()
        return
    with mock_aws():
        yield DynamoTable("plantcast", create_table("plantcast"))


NEWER = {"pk": STATION, "sk": "ISSUE#1", "schema_version": 2, "n": 1, "extra": "of the newer form"}


_WRITES: dict[str, Callable[[ItemTable, dict[str, Any]], object]] = {
    "put": lambda table, item: table.put(item),
    "put_if_newer": lambda table, item: table.put_if_newer(item, attribute="n"),
    "count_up": lambda table, item: table.count_up(
        item["pk"], item["sk"], "n", limit=9, also={"schema_version": item["schema_version"], "extra": "lost"}
    ),
}


@pytest.mark.parametrize("version", [2, 2.5])
@pytest.mark.parametrize("write", _WRITES.values(), ids=_WRITES)
def test_given_a_newer_item_when_older_code_writes_then_it_is_refused_and_stays(
    table: ItemTable, write: Callable[[ItemTable, dict[str, Any]], object], version: object
) -> None:
    stored = {**NEWER, "schema_version": version}
    table.put(stored) if version == 2 else _put_raw(table, stored)
    older = {"pk": STATION, "sk": "ISSUE#1", "schema_version": 1, "n": 5}

    with pytest.raises(SchemaVersionError, match=r"ISSUE#1 is of schema version"):
        write(table, older)

    assert table.get(STATION, "ISSUE#1") == stored


def _put_raw(table: Any, item: dict[str, Any]) -> None:
    table.put(
        {name: value for name, value in item.items() if name != "schema_version"} | {"schema_version": 1}
    )
    if isinstance(table, MemoryTable):
        table.items[item["pk"], item["sk"]] = item
    else:
        assert table.change({**item, "schema_version": 1}, item)


@pytest.mark.parametrize("stored", [1, None])
def test_given_an_item_of_this_or_no_version_when_written_then_it_is_replaced(
    table: ItemTable, stored: int | None
) -> None:
    first = {"pk": STATION, "sk": "ISSUE#1", "n": 1} | ({} if stored is None else {"schema_version": stored})
    table.put(first)
    older = {"pk": STATION, "sk": "ISSUE#1", "schema_version": 1, "n": 5}

    table.put(older)
    assert table.get(STATION, "ISSUE#1") == older
    assert table.put_if_newer({**older, "n": 6}, attribute="n") is True
    assert table.put_if_newer({**older, "n": 2}, attribute="n") is False
    assert table.count_up(STATION, "ISSUE#1", "n", limit=9, also={"schema_version": 1}) == 7


def test_given_nothing_stored_when_counted_then_the_count_says_its_version(table: ItemTable) -> None:
    DailyBudget(table, FixedClock(NOW), 2).spend()

    stored = table.get("QUOTA", "DAY#2025-05-30")
    assert stored is not None
    assert (stored["calls"], stored["schema_version"]) == (1, 1)


def test_given_a_count_without_version_when_counted_on_then_the_limit_still_holds(table: ItemTable) -> None:
    table.put({"pk": "QUOTA", "sk": "DAY#2025-05-30", "calls": 1})
    budget = DailyBudget(table, FixedClock(NOW), 2)

    budget.spend()
    with pytest.raises(PlantcastError, match="are used up"):
        budget.spend()


def test_given_a_newer_forecast_when_older_code_issues_from_the_same_origin_then_it_stays() -> None:
    table = MemoryTable()
    store = ForecastStore(table)
    store.issue(forecast())
    (key,) = table.items
    table.items[key] |= {"schema_version": 2, "extra": 1}
    before = dict(table.items[key])

    with pytest.raises(SchemaVersionError, match="ISSUE#2025-05-29T23:00"):
        store.issue(forecast(issued_at=datetime(2025, 5, 30, 3, tzinfo=UTC)))

    assert table.items[key] == before


@mock_aws
def test_an_attribute_changed_meanwhile_is_not_overwritten_by_a_change() -> None:
    table = DynamoTable("plantcast", create_table("plantcast"))
    before = {"pk": STATION, "sk": "X", "a": 1, "b": 1.5, "c": ["x"]}
    table.put(before)
    after = {"pk": STATION, "sk": "X", "a": 2, "b": 1.5, "d": None}

    assert table.change({**before, "a": 7}, after) is False
    assert table.get(STATION, "X") == before
    table.put({**before, "b": 9})  # what the change does not touch may change meanwhile
    assert table.change(before, after) is True
    assert table.get(STATION, "X") == {**after, "b": 9}
    assert table.change({**before, "sk": "gone"}, {**after, "sk": "gone"}) is False
    assert table.get(STATION, "gone") is None


# ------------------------------------------------------------------ objects


def test_given_a_newer_object_when_older_code_writes_then_it_is_refused_and_stays() -> None:
    store = MemoryObjectStore()
    newer = json.dumps({"schema_version": 2}).encode()
    store.put("report.json", newer)

    with pytest.raises(SchemaVersionError, match=r"report\.json is of schema version 2; this code reads 1"):
        put_object(store, "report.json", b'{"schema_version": 1}', kinds.REPORT)

    assert store.objects == {"report.json": newer}


@pytest.mark.parametrize("stored", [None, b"", b"[]", b"{", b"{}", b'{"schema_version": 1, "old": 1}'])
def test_given_anything_else_when_written_then_it_is_replaced(stored: bytes | None) -> None:
    store = MemoryObjectStore()
    if stored is not None:
        store.put("report.json", stored)

    put_object(store, "report.json", b'{"schema_version": 1}', kinds.REPORT)

    assert store.objects == {"report.json": b'{"schema_version": 1}'}


def test_given_a_newer_one_that_comes_between_when_written_then_it_stays() -> None:
    class Overtaken(MemoryObjectStore):
        def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = "") -> str:
            if not self.objects:
                self.put(key, b'{"schema_version": 2}')
            return super().put_if(key, body, etag=etag)

    store = Overtaken()
    with pytest.raises(SchemaVersionError):
        put_object(store, "report.json", b'{"schema_version": 1}', kinds.REPORT)
    assert store.objects == {"report.json": b'{"schema_version": 2}'}
