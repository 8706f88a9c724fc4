"""Observation files as `plantcast backtest` reads them: as the lake would hold them."""

from __future__ import annotations

import gzip
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from analysis.explore.sources import read_observations
from infra.cli.backtest import backtest_report
from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError

CSV = "지점,일시,기온(°C),습도(%)\n108,2022-01-01 01:00,1.5,50\n108,2022-01-01 02:00,1.6,51\n"


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


@pytest.mark.parametrize(
    "tm",
    [
        pd.to_datetime(["2021-12-31T16:00Z", "2021-12-31T17:00Z"]),
        pd.to_datetime(["2022-01-01T01:00+09:00", "2022-01-01T02:00+09:00"]),
        ["2022-01-01 01:00", "2022-01-01 2:00:00"],
    ],
)
def test_given_times_in_any_zone_or_as_text_then_hours_are_the_same(tmp_path: Path, tm: object) -> None:
    frame = read_observations([write(tmp_path / "a.parquet", tm, [1.0, 2.0])], "108")
    assert [f"{hour:%d %H}" for hour in frame.index] == ["01 01", "01 02"]


def test_given_24_00_then_it_is_midnight_of_the_day_after(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", ["2022-01-01 23:00", "2022-01-01 24:00"], [1.0, 2.0])
    frame = read_observations([path], "108")
    assert [f"{hour:%d %H}" for hour in frame.index] == ["01 23", "02 00"]


def test_given_the_portals_csv_packed_or_not_then_it_is_read(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    plain.write_bytes(CSV.encode("cp949"))
    packed.write_bytes(gzip.compress(CSV.replace("1.6", "1.7").encode()))
    assert read_observations([str(plain)], "108")["ta"].tolist() == [1.5, 1.6]
    assert read_observations([str(plain), str(packed)], "108")["ta"].tolist() == [1.5, 1.7]


def test_given_an_hour_that_is_still_to_come_then_file_and_row_are_named(tmp_path: Path) -> None:
    hours = pd.to_datetime(["2022-01-01", f"{datetime.now(KST) + timedelta(days=1):%Y-%m-%d}"])
    path = write(tmp_path / "a.parquet", hours, [1.0, 2.0])
    with pytest.raises(InvalidInputError, match=r"a\.parquet, row 2: .* is after"):
        read_observations([path], "108")


@pytest.mark.parametrize("content", [None, b"text", b"PAR1 and then nothing"])
def test_given_no_observations_then_the_error_names_the_file(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"a\.parquet"):
        read_observations([str(path)], "108")


def test_given_a_span_that_ends_before_it_starts_then_refused_before_anything_is_read() -> None:
    with pytest.raises(InvalidInputError, match="lies after"):
        backtest_report(["/none"], start=date(2022, 2, 1), end=date(2022, 1, 1), station="108", every=1)
