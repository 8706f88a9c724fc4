"""The guidance lake: months of issue, values sent again, other writers, damaged files."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from plantcast.common.clock import HOUR, KST
from plantcast.common.errors import ConflictError, CorruptDataError, SchemaVersionError
from plantcast.common.schema import GUIDANCE
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.table import COLUMNS, guidance_table
from tests.support.fakes import MemoryObjectStore

MAY = "guidance/source=kma/station=108/year=2025/month=05/guidance.parquet"
JUNE = "guidance/source=kma/station=108/year=2025/month=06/guidance.parquet"
ISSUE = datetime(2025, 5, 31, 23, tzinfo=KST)


def forecasts(issue: datetime = ISSUE, hours: int = 3, **values: float) -> pd.DataFrame:
    valid = [issue + lead * HOUR for lead in range(1, hours + 1)]
    return guidance_table(pd.DataFrame({"issued_at": issue, "valid_at": valid, "ta": 20.0} | values), "test")


def test_a_station_without_guidance_reads_as_an_empty_table() -> None:
    lake = GuidanceLake(MemoryObjectStore())

    table = lake.read("kma", "108", ISSUE, ISSUE)

    assert (len(table), tuple(table.columns)) == (0, COLUMNS)
    pd.testing.assert_series_equal(table.dtypes, forecasts().dtypes)
    assert lake.newest_issue("kma", "108") is None


def test_issues_are_kept_by_their_month_in_kst_and_read_back_by_their_time() -> None:
    store = MemoryObjectStore()
    lake = GuidanceLake(store)
    june = ISSUE + 3 * HOUR
    both = pd.concat([forecasts(hm=55.0), forecasts(june, pcp=0.5, wd=270.0)])

    assert lake.merge("kma", "108", both) == 6

    assert sorted(store.objects) == [MAY, JUNE]
    assert lake.newest_issue("kma", "108") == june
    pd.testing.assert_frame_equal(lake.read("kma", "108", ISSUE, ISSUE), forecasts(hm=55.0))
    assert set(lake.read("kma", "108", ISSUE, june)["issued_at"]) == {ISSUE, june}
    assert lake.read("kma", "108", ISSUE + HOUR, june - HOUR).empty
    assert lake.read("open_meteo", "108", ISSUE, june).empty
    assert lake.read("kma", "112", ISSUE, june).empty


def test_a_row_sent_again_replaces_value_by_value_and_only_changes_count() -> None:
    store = MemoryObjectStore()
    lake = GuidanceLake(store)
    lake.merge("kma", "108", forecasts(hm=55.0))
    again = forecasts(ta=21.0)  # without humidity

    assert lake.merge("kma", "108", again.iloc[:1]) == 1
    before = dict(store.objects)
    assert lake.merge("kma", "108", again.iloc[:1]) == 0

    assert store.objects == before
    table = lake.read("kma", "108", ISSUE, ISSUE)
    assert table["ta"].tolist() == [21.0, 20.0, 20.0]
    assert table["hm"].tolist() == [55.0, 55.0, 55.0]


def test_a_row_without_any_value_is_new_once() -> None:
    lake = GuidanceLake(MemoryObjectStore())
    empty = forecasts(hours=1, ta=np.nan)

    assert [lake.merge("kma", "108", empty), lake.merge("kma", "108", empty)] == [1, 0]


def test_two_writers_lose_nothing() -> None:
    store = MemoryObjectStore()
    write = store.put_if

    def interrupted(key: str, body: bytes, *, etag: str | None, content_type: str = "") -> str:
        store.put_if = write  # type: ignore[method-assign] # only the first write meets another
        GuidanceLake(store).merge("kma", "108", forecasts(ISSUE - 3 * HOUR))
        return write(key, body, etag=etag)

    store.put_if = interrupted  # type: ignore[method-assign]
    lake = GuidanceLake(store)

    lake.merge("kma", "108", forecasts())

    assert len(lake.read("kma", "108", ISSUE - timedelta(days=1), ISSUE)) == 6


def test_writers_that_never_stop_are_named() -> None:
    class Contended(MemoryObjectStore):
        def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = "") -> str:
            raise ConflictError("changed", remedy="again")

    with pytest.raises(ConflictError, match=MAY):
        GuidanceLake(Contended()).merge("kma", "108", forecasts())


def test_a_damaged_month_is_named_and_left_alone() -> None:
    store = MemoryObjectStore()
    lake = GuidanceLake(store)
    lake.merge("kma", "108", forecasts(hours=48))
    whole = store.objects[MAY]
    flipped = bytearray(whole)
    flipped[60] ^= 1

    for damaged in (whole[:300], bytes(flipped), b""):
        store.objects[MAY] = damaged
        with pytest.raises(CorruptDataError, match=MAY):
            lake.read("kma", "108", ISSUE, ISSUE)
        with pytest.raises(CorruptDataError, match=MAY):
            lake.merge("kma", "108", forecasts())
        assert store.objects[MAY] == damaged


def test_a_month_of_newer_code_is_left_alone() -> None:
    store = MemoryObjectStore()
    lake = GuidanceLake(store)
    lake.merge("kma", "108", forecasts())
    table = pq.read_table(io.BytesIO(store.objects[MAY]))
    sink = io.BytesIO()
    pq.write_table(
        table.replace_schema_metadata({"plantcast.schema_version": str(GUIDANCE.version + 1)}), sink
    )
    store.objects[MAY] = newer = sink.getvalue()

    with pytest.raises(SchemaVersionError):
        lake.merge("kma", "108", forecasts(ISSUE - HOUR))
    assert store.objects[MAY] == newer
