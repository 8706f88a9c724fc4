"""Real forecasts of the KMA into a lake: archive files of Seoul and a table of Gwangju."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from plantcast.aws import received
from plantcast.common.clock import HOUR, KST
from plantcast.guidance import raw
from plantcast.guidance.imports import import_file
from plantcast.guidance.lake import GuidanceLake
from tests.support.fakes import MemoryObjectStore

pytestmark = pytest.mark.shared
NOW = datetime(2025, 8, 1, tzinfo=KST)


def imported(store: MemoryObjectStore, path: Path, station: str, element: str | None = None) -> int:
    content = path.read_bytes()
    key = raw.import_key(content, NOW, element=element)
    received.keep(store, key, content)
    return import_file(store, key, station, deployed="kma").rows_new


def test_archive_files_of_seoul(shared_data: Path) -> None:
    store = MemoryObjectStore()
    for element in ("ta", "hm", "ta"):
        path = shared_data / "guidance" / f"kma_portal_seoul_60_127_2025-07_{element}.csv"
        rows = imported(store, path, "108", element)
    assert rows == 0  # the temperature again
    table = GuidanceLake(store).read("kma", "108", datetime(2025, 6, 30, tzinfo=KST), NOW)
    assert table["issued_at"].dt.hour.isin([2, 5, 8, 11, 14, 17, 20, 23]).all()
    assert not table.duplicated(["issued_at", "valid_at"]).any()
    assert (table["valid_at"] - table["issued_at"]).min() == timedelta(hours=6)
    assert table[["ta", "hm"]].notna().to_numpy().mean() > 0.99
    assert table["ta"].between(15, 40).all()
    assert table["issued_at"].nunique() > 100


def test_a_table_of_gwangju(shared_data: Path) -> None:
    store = MemoryObjectStore()
    rows = imported(store, shared_data / "guidance" / "kma_short_term_gwangju_2022-07.csv", "156")
    lake = GuidanceLake(store)
    first, last = datetime(2022, 6, 30, tzinfo=KST), datetime(2022, 8, 1, tzinfo=KST)
    table = lake.read("kma", "156", first, last)
    assert len(table) == rows > 600
    assert table[["ta", "hm", "ws", "wd", "sky", "pop"]].notna().all().all()
    assert (table["valid_at"] >= table["issued_at"] + 7 * HOUR).all()
