"""The stores on moto and in memory: conditional writes, ETags, the counter; the fakes promise no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from plantcast.aws import DynamoTable, ItemTable, ObjectStore, S3ObjectStore
from plantcast.common.errors import ConflictError, TemporaryError
from tests.support.aws_tables import create_table
from tests.support.fakes import MemoryObjectStore, MemoryTable


@dataclass(frozen=True)
class Stores:
    objects: ObjectStore
    table: ItemTable


@pytest.fixture(params=["aws", "memory"])
def stores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    if request.param == "memory":
        yield Stores(MemoryObjectStore(), MemoryTable())
        return
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        boto3.client("s3").create_bucket(
            Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
        )
        create_table("plantcast")
        yield Stores(S3ObjectStore("lake"), DynamoTable("plantcast"))


def test_a_write_on_a_wrong_condition_changes_nothing(stores: Stores) -> None:
    etag = stores.objects.put_if("a", b"one", etag=None)
    stores.objects.put_if("a", b"two", etag=etag)
    for stale in (None, etag):
        with pytest.raises(ConflictError, match="another writer"):
            stores.objects.put_if("a", b"three", etag=stale)
    with pytest.raises(ConflictError):
        stores.objects.put_if("gone", b"three", etag=etag)
    stored = stores.objects.get("a")
    assert stored is not None
    assert stored.body == b"two"


def test_keys_are_listed_in_order_with_their_etags(stores: Stores) -> None:
    written = {key: stores.objects.put(key, key.encode()) for key in ("x/2", "x/1", "y/1", "x/10")}
    assert list(stores.objects.list("x/")) == ["x/1", "x/10", "x/2"]
    assert dict(stores.objects.etags("x/")) == {key: written[key] for key in ("x/1", "x/10", "x/2")}


def test_a_counter_counts_to_its_limit_and_no_further(stores: Stores) -> None:
    counts = [stores.table.increment("Q", "D", "calls", limit=3, also={"expires_at": 7}) for _ in range(5)]
    assert counts == [1, 2, 3, None, None]
    assert stores.table.get("Q", "D") == {"pk": "Q", "sk": "D", "calls": 3, "expires_at": 7}
    assert stores.table.increment("Q", "D", "calls", limit=4) == 4


def test_an_item_is_deleted_once_and_deleting_it_again_changes_nothing(stores: Stores) -> None:
    for sk in ("a", "b"):
        stores.table.put({"pk": "P", "sk": sk})
    for _ in range(2):
        stores.table.delete("P", "a")
    assert [item["sk"] for item in stores.table.query("P")] == ["b"]


def test_items_between_two_keys_are_found_both_included(stores: Stores) -> None:
    for pk, sk in (("S", "OBS#1"), ("S", "OBS#2"), ("S", "OBS#3"), ("S", "ISSUE#2"), ("T", "OBS#2")):
        stores.table.put({"pk": pk, "sk": sk})
    found = stores.table.query("S", sk_between=("OBS#2", "OBS#3"))
    assert [item["sk"] for item in found] == ["OBS#2", "OBS#3"]
    newest = stores.table.query("S", sk_between=("OBS#1", "OBS#3"), newest_first=True, limit=2)
    assert [item["sk"] for item in newest] == ["OBS#3", "OBS#2"]


def test_many_items_are_read_in_the_order_asked_for_without_those_that_are_not_there(stores: Stores) -> None:
    for number in range(120):
        stores.table.put({"pk": "S", "sk": f"{number:03}", "value": number / 10})
    wanted = [("S", f"{number:03}") for number in range(129, -1, -1)]
    found = stores.table.get_many(wanted)
    assert [item["value"] for item in found] == [number / 10 for number in range(119, -1, -1)]
    assert stores.table.get_many([]) == []


def test_a_reply_that_leaves_keys_over_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("plantcast.aws.dynamodb.time.sleep", waits.append)
    with mock_aws():
        table = create_table("plantcast")
        for sk in "abc":
            table.put_item(Item={"pk": "S", "sk": sk})
        whole, requested = table.meta.client.batch_get_item, []

        def one_at_a_time(RequestItems: Any) -> Any:
            keys = RequestItems["plantcast"]["Keys"]
            requested.append(len(keys))
            reply = whole(RequestItems={"plantcast": {**RequestItems["plantcast"], "Keys": keys[:1]}})
            left = {"plantcast": {**RequestItems["plantcast"], "Keys": keys[1:]}} if keys[1:] else {}
            return {**reply, "UnprocessedKeys": left}

        monkeypatch.setattr(table.meta.client, "batch_get_item", one_at_a_time)
        found = DynamoTable("plantcast", table).get_many([("S", sk) for sk in "cab"])
    assert ([item["sk"] for item in found], requested) == (["c", "a", "b"], [3, 2, 1])
    assert len(waits) == 2


def test_a_throttled_table_is_given_up_after_growing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("plantcast.aws.dynamodb.time.sleep", waits.append)
    monkeypatch.setattr("plantcast.aws.dynamodb.random.uniform", lambda low, high: high)
    with mock_aws():
        table = create_table("plantcast")
        throttled = lambda RequestItems: {"Responses": {}, "UnprocessedKeys": RequestItems}  # noqa: E731
        monkeypatch.setattr(table.meta.client, "batch_get_item", throttled)
        with pytest.raises(TemporaryError, match="2 of 2 keys unprocessed"):
            DynamoTable("plantcast", table).get_many([("S", "a"), ("S", "b")])
    assert waits == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2])
