"""Objects of older and newer schema versions: months, features, models, the registry."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any

import pyarrow.parquet as pq
import pytest

from plantcast.common.clock import HOUR, KST
from plantcast.common.errors import CorruptDataError, SchemaVersionError
from plantcast.forecasting.features.origin import build_features
from plantcast.forecasting.models.ensemble import FittedModel
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.raw import RawArchive, Response
from plantcast.observations.lake.rebuild import Rebuild
from plantcast.observations.rows import read_rows
from plantcast.pipeline.backfill import BackfillStore
from plantcast.pipeline.features import encode as encode_features
from plantcast.pipeline.features import read_features
from plantcast.registry import ModelRegistry
from tests.support.asos_replies import page_body, rows_of
from tests.support.evaluations import Evaluations
from tests.support.fakes import MemoryObjectStore
from tests.support.registry_examples import version_files
from tests.support.synthetic_weather import made_weather

START = datetime(2025, 4, 29, tzinfo=KST)
LATER = datetime(2025, 5, 30, 2, tzinfo=KST)
MONTH = "observations/station=108/year=2025/month=04/observations.parquet"
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


def lake_with_a_month() -> tuple[MemoryObjectStore, ObservationLake]:
    """Return a lake with the first 36 hours from `START`."""
    store = MemoryObjectStore()
    lake = ObservationLake(store, "kma")
    merge(lake, 0, 36)
    return store, lake


def merge(lake: ObservationLake, first: int, hours: int) -> Any:
    start = START + first * HOUR
    rows = rows_of([start + n * HOUR for n in range(hours)])
    frame = read_rows(rows, "108", start=start, end=start + (hours - 1) * HOUR).frame
    return lake.merge("108", frame, received_at=LATER)


# ------------------------------------------------------------------ months of an older release


def test_a_month_of_an_older_version_is_refused_with_the_remedy_and_rebuilt_from_the_archive() -> None:
    store, lake = lake_with_a_month()
    wanted = store.objects[MONTH]
    rows = rows_of([START + n * HOUR for n in range(36)])
    RawArchive(store).write(Response("108", START, START + 35 * HOUR, 1, page_body(rows), LATER))
    store.objects[MONTH] = relabelled(wanted, "1")

    with pytest.raises(CorruptDataError, match=f"{MONTH} has schema version 1; this code reads 3"):
        lake.read("108", START, START + 5 * HOUR)
    with pytest.raises(CorruptDataError):
        merge(lake, 34, 4)
    Rebuild(store, lake).run("108")
    assert lake.read("108", START, START + 35 * HOUR).notna().any(axis=None)


# ------------------------------------------------------------------ months of a later release


@pytest.mark.parametrize("version", ["4", "99", "two", "-1"])
def test_given_a_newer_month_when_older_code_meets_it_then_it_is_named_and_kept(version: str) -> None:
    store, lake = lake_with_a_month()
    merge(lake, 34, 4)
    newer = store.objects[MONTH] = relabelled(store.objects[MONTH], version)
    frame = lake_frame_of_another_month(lake)

    for act in (
        lambda: lake.read("108", START, START + 5 * HOUR),
        lambda: merge(lake, 30, 10),
        lambda: lake.replace_month("108", month_of(), frame),
        lambda: lake.read_station("108"),
    ):
        with pytest.raises(SchemaVersionError, match="this code reads 3") as refused:
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
    store, lake = lake_with_a_month()
    newer = store.objects[MONTH] = relabelled(store.objects[MONTH], "4")
    rows = rows_of([START + n * HOUR for n in range(48)])
    RawArchive(store).write(Response("108", START, START + 47 * HOUR, 1, page_body(rows), LATER))

    with pytest.raises(SchemaVersionError, match=MONTH):
        Rebuild(store, lake).run("108")
    assert store.objects[MONTH] == newer


# ------------------------------------------------------------------ features and models


@pytest.fixture(scope="module")
def features() -> bytes:
    return encode_features(build_features(made_weather(10 * 24)))


def test_features_are_read_by_their_version_and_without_one_refused(features: bytes) -> None:
    store = MemoryObjectStore()
    store.put("f", features)
    store.put("without", relabelled(features, None))
    index = pq.read_table(io.BytesIO(features)).column("time").to_pandas()
    origin = index.iloc[-1].tz_convert(KST).to_pydatetime()

    assert len(read_features(store, "f", origin)) == 240
    assert pq.read_schema(io.BytesIO(features)).metadata[b"plantcast.schema_version"] == b"1"
    with pytest.raises(CorruptDataError, match="without has no schema version"):
        read_features(store, "without", origin)


def test_given_newer_features_when_read_then_they_are_named(features: bytes) -> None:
    store = MemoryObjectStore()
    store.put("run/features.parquet", relabelled(features, "2"))

    with pytest.raises(SchemaVersionError, match=r"run/features\.parquet has schema version 2"):
        read_features(store, "run/features.parquet", LATER)


def test_given_a_model_when_read_then_a_newer_is_refused_and_one_of_version_1_has_to_be_trained_again() -> (
    None
):
    with pytest.raises(SchemaVersionError, match="version 3; this code reads 2"):
        FittedModel.from_files({"model.json": b'{"schema_version": 3, "target": "ta"}'})
    with pytest.raises(CorruptDataError, match="Deploy the release that wrote it"):
        FittedModel.from_files({"model.json": b'{"schema_version": 1, "target": "ta"}'})


# ------------------------------------------------------------------ the registry


def test_given_a_newer_pointer_when_older_code_evaluates_then_it_stays_and_the_reason_is_in_words() -> None:
    runs = Evaluations(MemoryObjectStore())
    runs.night("v1")
    newer = stamped(runs.store.get(POINTER).body, 2)  # type: ignore[union-attr]
    runs.store.put(POINTER, newer)

    with pytest.raises(SchemaVersionError, match=r"production\.json has schema version 2; this code reads 1"):
        runs.night("v2")

    assert runs.store.get(POINTER).body == newer  # type: ignore[union-attr]
    with pytest.raises(SchemaVersionError):
        runs.registry.rollback("108", "ta", at=LATER, run_id="cli", to="v1")
    assert runs.store.get(POINTER).body == newer  # type: ignore[union-attr]


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


# ------------------------------------------------------------------ backfills


def test_failures_are_read_and_a_newer_one_is_named() -> None:
    store = MemoryObjectStore()
    backfills = BackfillStore(store)
    backfills.record_failure("r", {"station": "108", "start": "2025-01-01", "end": "2025-02-01"}, None)
    assert [failure.station for failure in backfills.failures("r")] == ["108"]
    other = {"station": "112", "start": "2025-01-01", "end": "2025-02-01", "reason": "away"}

    store.put(
        "backfill/run=r/failures/station=112/2025-01-01.json",
        json.dumps({**other, "schema_version": 2}).encode(),
    )
    with pytest.raises(SchemaVersionError, match="station=112"):
        backfills.failures("r")
