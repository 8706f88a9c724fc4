"""Objects of older and newer schema versions: months, features, models, the registry."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any

import pyarrow.parquet as pq
import pytest

from plantcast.backfills import BackfillStore
from plantcast.clock import HOUR, KST
from plantcast.errors import CorruptDataError, SchemaVersionError
from plantcast.forecasting.feature_store import encode as encode_features
from plantcast.forecasting.feature_store import read_features
from plantcast.forecasting.features import build_features
from plantcast.forecasting.model import FittedModel
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.inventory import take_inventory
from plantcast.observations.lake.rebuild import Rebuild
from plantcast.observations.rows import read_rows
from plantcast.registry import ModelRegistry
from tests import earlier_data
from tests.asos_replies import rows_of
from tests.evaluations import Evaluations
from tests.fakes import MemoryObjectStore
from tests.made_weather import made_weather
from tests.registry_examples import version_files

START = datetime(2025, 4, 29, tzinfo=KST)
LATER = datetime(2025, 5, 30, 2, tzinfo=KST)
MONTH = earlier_data.MONTH_KEY
POINTER = "models/station=108/ta/production.json"


def relabelled(body: bytes, version: str | None) -> bytes:
    """Return a Parquet file with another schema version in its label, or with none."""
    table = pq.read_table(io.BytesIO(body))
    label = {
        name: value for name, value in (table.schema.metadata or {}).items() if b"schema_version" not in name
    }
    if version is not None:
        label[b"plantcast.schema_version"] = version.encode()
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(label), sink)
    return sink.getvalue()


def stamped(body: bytes, version: object) -> bytes:
    """Return a JSON object that names another schema version."""
    return json.dumps({**json.loads(body), "schema_version": version}).encode()


def lake_with(body: bytes) -> tuple[MemoryObjectStore, ObservationLake]:
    store = MemoryObjectStore()
    store.put(MONTH, body)
    return store, ObservationLake(store, "kma")


def merge(lake: ObservationLake, first: int, hours: int) -> Any:
    start = START + first * HOUR
    rows = rows_of([start + n * HOUR for n in range(hours)])
    frame = read_rows(rows, "108", start=start, end=start + (hours - 1) * HOUR).frame
    return lake.merge("108", frame, received_at=LATER)


# ------------------------------------------------------------------ months of the first lake


def test_given_a_month_of_version_1_when_read_then_values_and_reasons_are_there() -> None:
    _, lake = lake_with(earlier_data.month_file())

    frame = lake.read_with_withheld("108", START, START + 35 * HOUR)

    assert len(frame) == 36
    assert frame["ta"].iloc[10] == 11.0
    masked = {row: frame["masked"].iloc[row] for row in range(36) if frame["masked"].iloc[row]}
    assert masked == earlier_data.MASKED
    assert frame["withheld"].iloc[3] == '{"ta": null}'


def test_given_a_month_of_version_1_when_merged_then_it_is_of_todays_version_and_has_lost_nothing() -> None:
    store, lake = lake_with(earlier_data.month_file())
    before = lake.read("108", START, START + 35 * HOUR)

    counts = merge(lake, 34, 4)

    assert (counts.new, counts.corrected + counts.unchanged) == (2, 2)
    assert pq.read_schema(io.BytesIO(store.objects[MONTH])).metadata[b"plantcast.schema_version"] == b"3"
    after = lake.read("108", START, START + 33 * HOUR)
    assert after.equals(before.iloc[:34])
    # What is not known cannot be judged again, and stays as it was judged.
    merge(lake, 40, 2)
    assert lake.read("108", START, START + 33 * HOUR).equals(before.iloc[:34])


def test_given_a_month_of_version_1_when_inventoried_then_it_counts() -> None:
    store, lake = lake_with(earlier_data.month_file())
    inventory = take_inventory(lake, store, "108")
    assert (inventory.hours, inventory.masked["ta:out-of-range"]) == (36, 1)


# ------------------------------------------------------------------ months of a later release


@pytest.mark.parametrize("version", ["4", "99", "two", "-1"])
def test_given_a_newer_month_when_older_code_meets_it_then_it_is_named_and_kept(version: str) -> None:
    store, lake = lake_with(earlier_data.month_file())
    merge(lake, 34, 4)
    newer = store.objects[MONTH] = relabelled(store.objects[MONTH], version)
    frame = lake_frame_of_another_month(lake)

    for act in (
        lambda: lake.read("108", START, START + 5 * HOUR),
        lambda: merge(lake, 30, 10),
        lambda: lake.put_right("108", START, START + HOUR),
        lambda: lake.replace_month("108", month_of(), frame),
        lambda: take_inventory(lake, store, "108"),
    ):
        with pytest.raises(SchemaVersionError, match="this code reads 1 and 2") as refused:
            act()
        assert MONTH in str(refused.value)
    assert store.objects[MONTH] == newer


def month_of() -> Any:
    from plantcast.observations.lake.months import Month

    return Month(2025, 4)


def lake_frame_of_another_month(lake: ObservationLake) -> Any:
    from plantcast.observations.lake.merging import stamped as with_received

    rows = rows_of([START + n * HOUR for n in range(5)])
    return with_received(read_rows(rows, "108", start=START, end=START + 4 * HOUR).frame, LATER)


def test_given_a_newer_month_when_rebuilt_by_older_code_then_it_is_kept() -> None:
    from plantcast.observations.lake.raw import RawArchive, Response
    from tests.asos_replies import page_body

    store, lake = lake_with(earlier_data.month_file())
    newer = store.objects[MONTH] = relabelled(store.objects[MONTH], "4")
    rows = rows_of([START + n * HOUR for n in range(48)])
    RawArchive(store).write(Response("108", START, START + 47 * HOUR, 1, page_body(rows), LATER))

    with pytest.raises(SchemaVersionError, match=MONTH):
        Rebuild(store, lake).run("108")
    assert store.objects[MONTH] == newer


def test_given_a_newer_inventory_when_older_code_takes_it_then_it_counts_and_leaves_that() -> None:
    store, lake = lake_with(earlier_data.month_file())
    key = "inventory/station=108.json"
    newer = b'{"schema_version": 2, "source": "kma", "months": "elsewhere"}'
    store.put(key, newer)

    assert take_inventory(lake, store, "108").hours == 36
    assert store.objects[key] == newer


# ------------------------------------------------------------------ features and models


@pytest.fixture(scope="module")
def features() -> bytes:
    return encode_features(build_features(made_weather(10 * 24)))


@pytest.mark.parametrize("version", ["1", None])
def test_given_features_of_this_or_no_version_when_read_then_they_are_there(
    features: bytes, version: str | None
) -> None:
    store = MemoryObjectStore()
    store.put("f", relabelled(features, version))
    index = pq.read_table(io.BytesIO(features)).column("time").to_pandas()
    origin = index.iloc[-1].tz_convert(KST).to_pydatetime()

    assert len(read_features(store, "f", origin)) == 240
    assert pq.read_schema(io.BytesIO(features)).metadata[b"plantcast.schema_version"] == b"1"


def test_given_newer_features_when_read_then_they_are_named(features: bytes) -> None:
    store = MemoryObjectStore()
    store.put("run/features.parquet", relabelled(features, "2"))

    with pytest.raises(SchemaVersionError, match=r"run/features\.parquet is of schema version 2"):
        read_features(store, "run/features.parquet", LATER)


def test_given_a_model_when_read_then_a_newer_is_refused_and_one_of_version_1_has_to_be_trained_again() -> (
    None
):
    with pytest.raises(SchemaVersionError, match="version 3; this code reads 2"):
        FittedModel.from_files({"model.json": b'{"schema_version": 3, "target": "ta"}'})
    with pytest.raises(CorruptDataError, match="Train again"):
        FittedModel.from_files({"model.json": b'{"schema_version": 1, "target": "ta"}'})


# ------------------------------------------------------------------ the registry


def test_given_a_newer_pointer_when_older_code_evaluates_then_it_stays_and_the_reason_is_in_words() -> None:
    runs = Evaluations(MemoryObjectStore())
    runs.night("v1")
    newer = stamped(runs.store.get(POINTER).body, 2)  # type: ignore[union-attr]
    runs.store.put(POINTER, newer)

    with pytest.raises(
        SchemaVersionError, match=r"production\.json is of schema version 2; this code reads 1"
    ):
        runs.night("v2")

    assert runs.store.get(POINTER).body == newer  # type: ignore[union-attr]
    with pytest.raises(SchemaVersionError):
        runs.registry.rollback("108", "ta", at=LATER, run_id="cli", to="v1")
    with pytest.raises(SchemaVersionError):
        runs.registry.replace_corrupt("108", "ta", _some_pointer())
    assert runs.store.get(POINTER).body == newer  # type: ignore[union-attr]


def _some_pointer() -> Any:
    from plantcast.registry import Pointer

    return Pointer("v1", LATER, "cli", "이유", "reason")


def test_given_a_champion_of_newer_code_when_older_code_evaluates_then_it_stays_in_production() -> None:
    runs = Evaluations(MemoryObjectStore())
    runs.night("v1")
    key = "models/station=108/ta/versions/v1/metadata.json"
    runs.store.put(key, stamped(runs.store.get(key).body, 2))  # type: ignore[union-attr]

    with pytest.raises(SchemaVersionError, match=r"v1/metadata\.json"):
        runs.night("v2")
    assert runs.in_production() == ("v1", None)


def test_given_a_newer_version_or_decision_when_written_again_by_older_code_then_it_stays() -> None:
    store = MemoryObjectStore()
    registry = ModelRegistry(store)
    registry.save_version("108", "ta", "v1", version_files("v1"))
    registry.record_decision("108", "ta", "v1", {"promoted": True})
    decision, metadata = (
        "models/station=108/ta/decisions/v1.json",
        "models/station=108/ta/versions/v1/metadata.json",
    )
    assert json.loads(store.objects[decision]) == {"promoted": True, "schema_version": 1}
    assert registry.decision("108", "ta", "v1") == {"promoted": True}
    for key in (decision, metadata):
        store.objects[key] = stamped(store.objects[key], 2)
    before = dict(store.objects)

    with pytest.raises(SchemaVersionError, match=r"decisions/v1\.json"):
        registry.record_decision("108", "ta", "v1", {"promoted": False})
    with pytest.raises(SchemaVersionError, match=r"v1/metadata\.json"):
        registry.save_version("108", "ta", "v1", version_files("v1"))
    assert store.objects == before


def test_given_a_decision_without_version_when_read_then_it_counts() -> None:
    store = MemoryObjectStore()
    store.put("models/station=108/ta/decisions/v1.json", b'{"promoted": true}')
    assert ModelRegistry(store).decision("108", "ta", "v1") == {"promoted": True}


# ------------------------------------------------------------------ backfills


def test_given_failures_with_and_without_version_when_read_then_both_count_and_a_newer_is_named() -> None:
    store = MemoryObjectStore()
    backfills = BackfillStore(store)
    backfills.record_failure("r", {"station": "108", "start": "2025-01-01", "end": "2025-02-01"}, None)
    old = {"station": "112", "start": "2025-01-01", "end": "2025-02-01", "reason": "away"}
    store.put("backfill/run=r/failures/station=112/2025-01-01.json", json.dumps(old).encode())

    assert [failure.station for failure in backfills.failures("r")] == ["108", "112"]

    store.put(
        "backfill/run=r/failures/station=112/2025-01-01.json",
        json.dumps({**old, "schema_version": 2}).encode(),
    )
    with pytest.raises(SchemaVersionError, match="station=112"):
        backfills.failures("r")
