"""Observation files as `plantcast backtest` reads them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from infra.local.backtesting import backtest_report, read_observations
from plantcast.clock import KST
from plantcast.errors import InvalidInputError


def write(path: Path, hours: list[str], ta: list[float], station: object = 108, **columns: object) -> str:
    frame = pd.DataFrame({"tm": pd.to_datetime(hours), "stnId": station, "ta": ta, "hm": 50.0, **columns})
    frame.to_parquet(path)
    return str(path)


def test_given_two_files_then_hours_are_joined_in_order_and_the_last_file_wins(tmp_path: Path) -> None:
    later = write(tmp_path / "b.parquet", ["2022-01-01 02:00", "2022-01-01 01:00"], [3.0, 2.0], src="x")
    newer = write(tmp_path / "a.parquet", ["2022-01-01 01:00"], [9.0], station="108")
    frame = read_observations([later, newer], "108")
    assert frame["ta"].tolist() == [9.0, 3.0]
    assert frame.index[0] == pd.Timestamp("2022-01-01 01:00", tz=KST)
    assert list(frame.columns) == ["ta", "hm"]


def test_given_a_station_that_is_not_there_then_the_error_names_those_that_are(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", ["2022-01-01 01:00"], [1.0])
    with pytest.raises(InvalidInputError, match="no station 112; they hold 108"):
        read_observations([path], "112")


def test_given_a_file_without_temperatures_then_the_error_names_the_column(tmp_path: Path) -> None:
    pd.DataFrame({"tm": [], "stnId": [], "hm": []}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InvalidInputError, match="has no column ta"):
        read_observations([str(tmp_path / "a.parquet")], "108")


@pytest.mark.parametrize("content", [None, b"text"])
def test_given_no_parquet_then_the_error_names_the_file(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"a\.parquet cannot be read"):
        read_observations([str(path)], "108")


def test_given_a_span_that_ends_before_it_starts_then_refused_before_anything_is_read() -> None:
    with pytest.raises(InvalidInputError, match="lies after"):
        backtest_report(["/none"], start=date(2022, 2, 1), end=date(2022, 1, 1), station="108", every=1)
