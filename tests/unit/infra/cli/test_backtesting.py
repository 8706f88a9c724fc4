"""Observation files as `plantcast backtest` reads them: as the lake would hold them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from analysis.explore.sources import read_observations
from infra.cli.backtest import backtest_report
from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError


def write(path: Path, hours: object, ta: object, station: object = 108, **columns: object) -> str:
    pd.DataFrame({"tm": hours, "stnId": station, "ta": ta, "hm": 50.0, **columns}).to_parquet(path)
    return str(path)


def times(*hours: str) -> pd.DatetimeIndex:
    return pd.to_datetime([f"2022-01-01 {hour}" for hour in hours])


def test_given_two_files_then_hours_are_joined_in_order_and_the_last_file_wins(tmp_path: Path) -> None:
    later = write(tmp_path / "b.parquet", times("02:00", "01:00"), [3.0, 2.0], src="x")
    newer = write(tmp_path / "a.parquet", times("01:00"), [9.0], station="108")
    frame = read_observations([later, newer], "108")
    assert frame["ta"].tolist() == [9.0, 3.0]
    assert frame.index[0] == pd.Timestamp("2022-01-01 01:00", tz=KST)


def test_given_an_hour_that_is_still_to_come_then_file_and_row_are_named(tmp_path: Path) -> None:
    hours = pd.to_datetime(["2022-01-01", f"{datetime.now(KST) + timedelta(days=1):%Y-%m-%d}"])
    path = write(tmp_path / "a.parquet", hours, [1.0, 2.0])
    with pytest.raises(InvalidInputError, match=r"a\.parquet, row 2: .* is after"):
        read_observations([path], "108")


def test_given_a_span_that_ends_before_it_starts_then_refused_before_anything_is_read() -> None:
    with pytest.raises(InvalidInputError, match="is after"):
        backtest_report(["/none"], start=date(2022, 2, 1), end=date(2022, 1, 1), station="108", every=1)
