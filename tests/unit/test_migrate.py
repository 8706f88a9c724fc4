"""`plantcast migrate` on a bucket and a table (moto) that earlier releases filled."""

from __future__ import annotations

import io
import json
import threading
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import boto3
import pyarrow.parquet as pq
import pytest
from moto import mock_aws

from infra.operations import stored_kinds
from infra.operations.migrate import Migration
from infra.operations.migrate_objects import Stored
from plantcast.forecasting.feature_store import encode as encode_features
from plantcast.forecasting.features import build_features
from plantcast.observations.frame import RECEIPTS
from plantcast.schema import Schema, kinds
from plantcast.storage import DynamoTable, S3ObjectStore
from tests import earlier_data
from tests.aws_tables import create_table
from tests.made_weather import made_weather
from tests.unit.test_schema_objects import relabelled

RAW = "raw/asos/station=108/20250429T00_20250430T11/20250501T020000000000-page1.json.gz"
DECISION = "models/station=108/ta/decisions/v1.json"
MODEL = "models/station=108/ta/versions/v1/serving/model.json"
FEATURES = "features/run=r/station=108/features.parquet"


class Place:
    """A deployment's bucket and table, as earlier releases left them."""

    def __init__(self) -> None:
        self.s3 = boto3.client("s3")
        self.s3.create_bucket(
            Bucket="data", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
        )
        self.table = DynamoTable("plantcast", create_table("plantcast"))
        self.store = S3ObjectStore("data", self.s3)
        for item in earlier_data.items():
            self.table.put(item)
        self.store.put(earlier_data.MONTH_KEY, earlier_data.month_file())
        self.store.put(RAW, b"as received")
        self.store.put(DECISION, b'{"promoted": true, "run_id": "run-1"}')
        self.store.put(FEATURES, encode_features(build_features(made_weather(10 * 24))))
        self.store.put("models/station=108/ta/versions/v1/serving/mean.txt", b"tree")

    def migration(self, *, dry_run: bool = False, table: DynamoTable | None = None) -> Migration:
        return Migration(table or self.table, Stored(self.store, self.s3), dry_run=dry_run)

    def run(self, **how: Any) -> dict[str, Any]:
        return self.migration(**how).run().facts()

    def everything(self) -> tuple[dict[tuple[str, str], dict[str, Any]], dict[str, bytes]]:
        items = {(item["pk"], item["sk"]): item for item in self.table.scan()}
        objects = {key: self.store.get(key).body for key in self.store.list("")}  # type: ignore[union-attr]
        return items, objects


@pytest.fixture
def place() -> Iterator[Place]:
    with mock_aws():
        yield Place()


def found(facts: dict[str, Any], kind: str) -> dict[str, int]:
    row = next(row for row in facts["kinds"] if row["kind"] == kind)
    versions: dict[str, int] = row["found"]
    return versions


def test_given_what_earlier_releases_left_when_migrated_then_all_of_it_is_of_today(place: Place) -> None:
    before = deepcopy(place.everything())

    facts = place.run()

    assert (facts["status"], facts["problems"], facts["unknown"]) == ("complete", [], 0)
    # A run, its entry, a plant's state, two notices and a verification; the month; the decision.
    assert facts["upgraded"] == 8
    assert found(facts, "observations") == {"1": 1}
    assert (found(facts, "VERIFY"), found(facts, "ALERT"), found(facts, "NOTICE")) == (
        {"1": 1},
        {"none": 1},
        {"none": 2},
    )
    assert found(facts, "ISSUE") == {"1": 1}
    items, objects = place.everything()
    assert all(type(item["schema_version"]) is int for item in items.values())
    alert = items["STATION#108", "ALERT#default"]
    assert (alert["schema_version"], alert["mood"], "state" in alert) == (2, "thirsty", False)
    assert (
        items["STATION#108", "VERIFY#2025-05-30"]["scores"]
        == before[0]["STATION#108", "VERIFY#2025-05-30"]["scores"]
    )
    month = pq.read_table(io.BytesIO(objects[earlier_data.MONTH_KEY]))
    assert month.schema.metadata[b"plantcast.schema_version"] == b"3"
    old = pq.read_table(io.BytesIO(before[1][earlier_data.MONTH_KEY]))
    assert month.drop_columns(["withheld", *RECEIPTS]).equals(old.drop_columns(["received"]))
    assert all(month[name].equals(old["received"]) for name in RECEIPTS)
    assert json.loads(objects[DECISION]) == {"promoted": True, "run_id": "run-1", "schema_version": 1}
    assert (objects[RAW], objects[FEATURES]) == (b"as received", before[1][FEATURES])


def test_given_a_migration_when_repeated_then_nothing_changes(place: Place) -> None:
    place.run()
    before = place.everything()
    etags = dict(place.store.etags(""))

    facts = place.run()

    assert (facts["status"], facts["upgraded"]) == ("complete", 0)
    assert place.everything() == before
    assert dict(place.store.etags("")) == etags


def test_given_a_dry_run_then_it_says_what_would_be_done_and_changes_nothing(place: Place) -> None:
    before = place.everything()

    facts = place.run(dry_run=True)

    assert (facts["status"], facts["outdated"], facts["upgraded"]) == ("partial", 8, 0)
    assert place.everything() == before


def test_given_newer_lost_and_damaged_data_when_migrated_then_it_is_named_and_left_and_the_rest_goes_on(
    place: Place,
) -> None:
    place.store.put("models/station=108/ta/production.json", b'{"schema_version": 5}')
    place.store.put(MODEL, b'{"schema_version": 1}')
    place.store.put("inventory/station=108.json", b"{")
    place.store.put(earlier_data.MONTH_KEY.replace("04", "05"), relabelled(earlier_data.month_file(), "4"))
    place.store.put(earlier_data.MONTH_KEY.replace("04", "06"), b"PAR1 rubbish")
    place.table.put({"pk": "STATION#108", "sk": "TRACK", "schema_version": 9})
    place.table.put({"pk": "STATION#109", "sk": "ALERT#default", "state": "sunny"})
    place.table.put({"pk": "elsewhere", "sk": "x"})
    before = place.everything()

    facts = place.run()

    assert (facts["status"], facts["upgraded"]) == ("partial", 8)
    assert (facts["newer"], facts["unreadable"], facts["unknown"]) == (3, 4, 1)
    said = " ".join(problem["problem"] for problem in facts["problems"])
    for words in (
        "production.json is of schema version 5",
        "Train again",
        "TRACK is of schema version 9",
        "sunny",
    ):
        assert words in said
    after = place.everything()
    for key in ("models/station=108/ta/production.json", MODEL, earlier_data.MONTH_KEY.replace("04", "05")):
        assert after[1][key] == before[1][key]
    assert after[0]["STATION#108", "TRACK"] == before[0]["STATION#108", "TRACK"]


@pytest.mark.parametrize("cut", range(9))
def test_given_a_migration_killed_anywhere_when_called_again_then_it_ends_as_if_it_had_not_been(
    place: Place, cut: int
) -> None:
    undisturbed = _migrated_apart()

    class Killed(BaseException):
        pass

    left = [cut]
    lock = threading.Lock()

    def spend() -> None:
        with lock:
            if left[0] == 0:
                raise Killed
            left[0] -= 1

    class Dying(DynamoTable):
        def change(self, before: dict[str, Any], after: dict[str, Any]) -> bool:
            spend()
            return super().change(before, after)

    class DyingStore(S3ObjectStore):
        def put_if(self, *args: Any, **how: Any) -> str:
            spend()
            return super().put_if(*args, **how)

    dying = Migration(Dying("plantcast"), Stored(DyingStore("data", place.s3), place.s3))
    if cut < 8:
        with pytest.raises(Killed):
            dying.run()
    else:
        dying.run()

    assert place.run()["status"] == "complete"
    assert place.everything() == undisturbed


def _migrated_apart() -> Any:
    """Return what a migration that nothing disturbs leaves; in the same mock, and taken away again."""
    place = Place.__new__(Place)
    place.s3, place.table, place.store = boto3.client("s3"), DynamoTable("plantcast"), S3ObjectStore("data")
    items, objects = deepcopy(place.everything())
    place.run()
    wanted = place.everything()
    for item in items.values():
        boto3.resource("dynamodb").Table("plantcast").put_item(Item=_plain(item))
    for key, body in objects.items():
        place.store.put(key, body)
    return wanted


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    from decimal import Decimal

    plain: dict[str, Any] = json.loads(json.dumps(item), parse_float=Decimal)
    return plain


def test_given_two_migrations_at_once_then_each_piece_is_upgraded_once(place: Place) -> None:
    wanted = _migrated_apart()
    reports: list[dict[str, Any]] = []
    threads = [threading.Thread(target=lambda: reports.append(place.run())) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [report["status"] for report in reports] == ["complete", "complete"]
    assert sum(report["upgraded"] for report in reports) == 8
    assert place.everything() == wanted


def test_given_an_item_that_a_run_changes_meanwhile_then_what_the_run_wrote_stays(place: Place) -> None:
    newer = {"pk": "STATION#108", "sk": "ALERT#default", "schema_version": 2, "mood": "happy"}

    class Overtaken(DynamoTable):
        def change(self, before: dict[str, Any], after: dict[str, Any]) -> bool:
            if before["sk"] == "ALERT#default":
                self.put(newer)
            return super().change(before, after)

    place.run(table=Overtaken("plantcast"))

    assert place.table.get("STATION#108", "ALERT#default") == newer


# ------------------------------------------------------------------ what lies where


def test_every_kind_of_stored_data_is_found_by_its_key() -> None:
    placed = Counter(
        id(kind.schema) for kind in (*stored_kinds.ITEMS, *stored_kinds.OBJECTS) if kind.schema is not None
    )
    for name, schema in vars(kinds).items():
        if isinstance(schema, Schema):
            assert placed[id(schema)] == 1, name


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (RAW, "raw"),
        ("raw/portal/20250501T020000000000-0123abcd.csv.gz", "raw"),
        (earlier_data.MONTH_KEY, "observations"),
        ("quality/station=108/days=2025-01-01_2025-02-01/report.json", "quality"),
        ("quality/station=108/run=a:b/report.json", "quality"),
        ("backfill/run=r/chunks.json", "backfill chunks"),
        ("backfill/run=r/failures/station=108/2025-01-01.json", "backfill failures"),
        (MODEL, "model"),
        ("models/station=108/hm/versions/20250529T23-0123abcd/metadata.json", "model metadata"),
        ("models/station=108/hm/versions/v1/evaluation/smooth.json", "model parts"),
        (DECISION, "decision"),
        ("models/station=108/hm/production.json", "pointer"),
    ],
)
def test_an_object_is_known_by_its_key(key: str, kind: str) -> None:
    known = stored_kinds.object_kind(key)
    assert known is not None
    assert known.name == kind


def test_what_nobody_here_writes_is_of_no_kind() -> None:
    assert stored_kinds.object_kind("models/station=108/ta/other.json") is None
    assert stored_kinds.item_kind("STATION#108", "OTHER") is None
