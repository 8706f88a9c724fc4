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
from plantcast.forecasting.models.ensemble import FittedModel
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.raw import RawArchive, Response
from plantcast.observations.lake.rebuild import Rebuild
from plantcast.observations.rows import read_rows
from tests.support.asos_replies import page_body, rows_of
from tests.support.fakes import MemoryObjectStore

START = datetime(2025, 4, 29, tzinfo=KST)
LATER = datetime(2025, 5, 30, 2, tzinfo=KST)
MONTH = "observations/station=108/year=2025/month=04/observations.parquet"


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

    with pytest.raises(CorruptDataError, match=f"{MONTH} has schema version 1; this code reads 4"):
        lake.read("108", START, START + 5 * HOUR)
    with pytest.raises(CorruptDataError):
        merge(lake, 34, 4)
    Rebuild(store, lake).run("108")
    assert lake.read("108", START, START + 35 * HOUR).notna().any(axis=None)


# ------------------------------------------------------------------ months of a later release


@pytest.mark.parametrize("version", ["5", "99", "two", "-1"])
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
        with pytest.raises(SchemaVersionError, match="this code reads 4") as refused:
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


# ------------------------------------------------------------------ models


def test_given_a_model_when_read_then_a_newer_is_refused_and_one_of_version_1_has_to_be_trained_again() -> (
    None
):
    with pytest.raises(SchemaVersionError, match="version 3; this code reads 2"):
        FittedModel.from_files({"model.json": b'{"schema_version": 3, "target": "ta"}'})
    with pytest.raises(CorruptDataError, match="Deploy the release that wrote it"):
        FittedModel.from_files({"model.json": b'{"schema_version": 1, "target": "ta"}'})


# ------------------------------------------------------------------ the registry
