"""Schema versions: what each reader makes of older, newer and unknown data, and that newer is never lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from plantcast.aws import DynamoTable, ItemTable, put_object
from plantcast.common.clock import KST, FixedClock
from plantcast.common.errors import CorruptDataError, SchemaVersionError
from plantcast.common.schema import REPORT, Schema
from plantcast.forecasting.issued import ForecastStore
from plantcast.forecasting.shadows import ShadowStore
from plantcast.notifications.alerts import alert_of
from plantcast.observations.kma.quota import DailyBudget
from plantcast.observations.published import ObservedDays
from plantcast.observations.status import read_newest_report, read_status
from plantcast.pipeline.runs import RunStore
from plantcast.verification.days import newest_days
from plantcast.verification.windows import read_track
from tests.support.aws_tables import create_table
from tests.support.fakes import MemoryObjectStore, MemoryTable
from tests.support.forecast_examples import ORIGIN, forecast

NOW = datetime(2025, 5, 30, 2, 5, tzinfo=KST)
STATION = "STATION#108"


THREE = Schema("thing", version=3)


# ------------------------------------------------------------------ one kind


def test_a_document_of_this_version_is_read_as_it_is() -> None:
    assert THREE.read({"schema_version": 3, "value": 5}, "here") == {"schema_version": 3, "value": 5}


@pytest.mark.parametrize(
    "stored", [{}, {"schema_version": None}, {"schema_version": 2}, {"schema_version": 1}]
)
def test_an_older_version_and_none_are_refused_with_the_remedy_and_may_be_replaced(
    stored: dict[str, Any],
) -> None:
    with pytest.raises(
        CorruptDataError, match=r"some/key has (no schema version|schema version [12]; this code)"
    ):
        THREE.read(stored, "some/key")
    THREE.refuse_newer(stored, "some/key")


@pytest.mark.parametrize("found", [4, 0, -1, 2.0, True, "3", [3], {}])
def test_given_a_version_unknown_when_read_then_the_error_says_which_and_what_to_do(found: object) -> None:
    with pytest.raises(SchemaVersionError) as refused:
        THREE.read({"schema_version": found, "value": 5}, "some/key")

    said = str(refused.value)
    assert f"some/key has schema version {found!r}; this code reads 3" in said
    assert "Deploy" in said
    with pytest.raises(SchemaVersionError):
        THREE.refuse_newer({"schema_version": found}, "some/key")


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
    (STATION, "VERIFY#2025-05-29", lambda table: newest_days(table, "108", 1)),
    (STATION, "TRACK", lambda table: read_track(table, "108")),
    (STATION, "ALERT#default", lambda table: alert_of(table, "108", "default")),
    ("PIPELINE", "RUN#run-1", lambda table: RunStore(table).get("run-1")),
    ("PIPELINE", "STARTED#2025", lambda table: RunStore(table).newest(1)),
]


@pytest.mark.parametrize(("pk", "sk", "read"), _READERS, ids=[sk for _, sk, _ in _READERS])
def test_given_a_newer_item_when_read_then_it_is_named_and_not_taken_for_damaged(
    pk: str, sk: str, read: Callable[[ItemTable], object]
) -> None:
    table = MemoryTable()
    table.put({"pk": pk, "sk": sk, "schema_version": 99})

    with pytest.raises(SchemaVersionError, match=r"has schema version 99; this code reads") as refused:
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

    with pytest.raises(SchemaVersionError, match=r"ISSUE#1 has schema version"):
        write(table, older)

    assert table.get(STATION, "ISSUE#1") == stored


def _put_raw(table: Any, item: dict[str, Any]) -> None:
    """Store an item whose version is no whole number, which the stores would refuse to write."""
    if isinstance(table, MemoryTable):
        table.items[item["pk"], item["sk"]] = item
    else:
        table.put(
            {name: value for name, value in item.items() if name != "schema_version"} | {"schema_version": 1}
        )
        client = boto3.client("dynamodb", region_name="ap-northeast-2")
        client.update_item(
            TableName="plantcast",
            Key={"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}},
            UpdateExpression="SET schema_version = :version",
            ExpressionAttributeValues={":version": {"N": str(item["schema_version"])}},
        )


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


def test_given_a_newer_forecast_when_older_code_issues_from_the_same_origin_then_it_stays() -> None:
    table = MemoryTable()
    store = ForecastStore(table)
    store.issue(forecast())
    (key,) = table.items
    table.items[key] |= {"schema_version": 2, "extra": 1}
    before = dict(table.items[key])

    assert not store.issue(forecast(issued_at=datetime(2025, 5, 30, 3, tzinfo=UTC)))
    with pytest.raises(SchemaVersionError, match="ISSUE#2025-05-29T23:00"):
        store.at("108", ORIGIN)

    assert table.items[key] == before


# ------------------------------------------------------------------ objects


def test_given_a_newer_object_when_older_code_writes_then_it_is_refused_and_stays() -> None:
    store = MemoryObjectStore()
    newer = json.dumps({"schema_version": 2}).encode()
    store.put("report.json", newer)

    with pytest.raises(SchemaVersionError, match=r"report\.json has schema version 2; this code reads 1"):
        put_object(store, "report.json", b'{"schema_version": 1}', REPORT)

    assert store.objects == {"report.json": newer}


@pytest.mark.parametrize("stored", [None, b"", b"[]", b"{", b"{}", b'{"schema_version": 1, "old": 1}'])
def test_given_anything_else_when_written_then_it_is_replaced(stored: bytes | None) -> None:
    store = MemoryObjectStore()
    if stored is not None:
        store.put("report.json", stored)

    put_object(store, "report.json", b'{"schema_version": 1}', REPORT)

    assert store.objects == {"report.json": b'{"schema_version": 1}'}


def test_given_a_newer_one_that_comes_between_when_written_then_it_stays() -> None:
    class Overtaken(MemoryObjectStore):
        def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = "") -> str:
            if not self.objects:
                self.put(key, b'{"schema_version": 2}')
            return super().put_if(key, body, etag=etag)

    store = Overtaken()
    with pytest.raises(SchemaVersionError):
        put_object(store, "report.json", b'{"schema_version": 1}', REPORT)
    assert store.objects == {"report.json": b'{"schema_version": 2}'}
