"""Files of published forecasts: tables and the portal's archive files, and what is refused in them."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.guidance.files import is_guidance, read_guidance

CSV = """issued_at,valid_at,stnId,ta,hm,sky,pop
2022-07-01 17:00:00,2022-07-02 00:00:00,156,25.0,90.0,1,20
2022-07-01 17:00:00,2022-07-02 01:00:00,156,24.0,,4,60
2022-07-01 17:00:00,2022-07-02 00:00:00,143,30.0,50.0,1,0
"""
# Made up in the portal's form: an issue of 20 UTC, the last day of the year, is KST's 05:00 of the next.
OLD = """ format: day,hour,forecast,value  location:60_127 Start : 20241231
 31,2000,+6,-1.000000
 31,2000,+7,-999.900000
 31,2300,+6,2.000000
 Start : 20250101
 1,0200,+6,3.000000
"""
NEW = """format: day(UTC),hour(UTC),forecast,value,day(KST),hour(KST) location:60_127 Start : 20250101
 1,2000,+6,3.000000,2,0500
"""


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def read(*paths: Path, station: str = "156", archive_station: str | None = None) -> pd.DataFrame:
    return read_guidance(list(paths), station, archive_station=archive_station)


def test_a_table_gives_the_rows_of_its_station_in_kst(tmp_path: Path) -> None:
    table = read(written(tmp_path, "forecasts.csv", CSV))

    assert table["valid_at"].tolist() == [datetime(2022, 7, 2, hour, tzinfo=KST) for hour in (0, 1)]
    assert (table["issued_at"] == datetime(2022, 7, 1, 17, tzinfo=KST)).all()
    assert table["ta"].tolist() == [25.0, 24.0]
    assert table["hm"].isna().tolist() == [False, True]
    assert table[["sky", "pop"]].iloc[1].tolist() == [4.0, 60.0]


def test_parquet_gzip_and_zoned_times_give_the_same(tmp_path: Path) -> None:
    expected = read(written(tmp_path, "forecasts.csv", CSV))
    (tmp_path / "forecasts.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    rows = pd.read_csv(tmp_path / "forecasts.csv", parse_dates=["issued_at", "valid_at"])
    for column in ("issued_at", "valid_at"):
        rows[column] = rows[column].dt.tz_localize(KST).dt.tz_convert("UTC")
    rows.to_parquet(tmp_path / "forecasts.parquet")

    for name in ("forecasts.csv.gz", "forecasts.parquet"):
        pd.testing.assert_frame_equal(read(tmp_path / name), expected)


def test_an_archive_file_counts_issues_in_utc_and_leads_from_them(tmp_path: Path) -> None:
    table = read(
        written(tmp_path, "교남동_1시간기온_20241231_20250101.csv", OLD), station="108", archive_station="108"
    )

    first = table.iloc[0]
    assert first["issued_at"] == datetime(2025, 1, 1, 5, tzinfo=KST)
    assert first["valid_at"] - first["issued_at"] == timedelta(hours=6)
    assert table["ta"].dropna().tolist() == [-1.0, 2.0, 3.0]
    assert table["ta"].isna().sum() == 1  # −999.9


def test_a_year_that_stands_twice_and_both_headers_make_one_table(tmp_path: Path) -> None:
    files = [
        written(tmp_path, "x_ta.csv", OLD + OLD),
        written(tmp_path, "교남동_1시간기온_2025.csv", NEW),
        written(tmp_path, "교남동_습도_2025.csv", NEW.replace("3.000000", "80.000000")),
    ]

    table = read(*files, station="108", archive_station="108")

    assert len(table) == 5
    assert not table.duplicated(["issued_at", "valid_at"]).any()
    assert table["hm"].dropna().tolist() == [80.0]
    assert table.loc[table["hm"].notna(), "ta"].tolist() == [3.0]


def test_a_pair_given_again_counts_as_in_the_last_file(tmp_path: Path) -> None:
    first = written(tmp_path, "first.csv", CSV)
    second = written(tmp_path, "second.csv", CSV.replace("25.0", "26.0"))

    assert read(first, second)["ta"].tolist() == [26.0, 24.0]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", CSV.replace("24.0", "240"), "row 2: ta=240"),
        ("a.csv", CSV.replace("24.0", "warm"), "row 2: ta=warm"),
        ("a.csv", CSV.replace("2022-07-02 01:00:00", "2022-07-02 01:30:00"), "row 2: valid_at"),
        ("a.csv", CSV.replace("2022-07-02 01:00:00", "tomorrow"), "row 2: valid_at"),
        ("a.csv", CSV.replace("2022-07-02 01:00:00", "2022-06-02 01:00:00"), "row 2: valid_at"),
        ("a.csv", CSV.replace("issued_at", "tm"), "no column issued_at"),
        ("a.csv", CSV.replace(",156,", ",159,"), "no forecast for station 156"),
        ("x_ta.csv", OLD.replace("+7", "soon"), "line 3"),
        ("x_ta.csv", OLD.replace(" 1,0200", " 32,0200"), "line 6"),
        ("forecast.csv", OLD, "which hourly element"),
        ("교남동_일최고기온_2025.csv", OLD, "which hourly element"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        read(written(tmp_path, name, text), archive_station="156")


def test_an_archive_file_needs_a_station(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as raised:
        read(written(tmp_path, "x_ta.csv", OLD))

    assert "--guidance-station" in raised.value.remedy


def test_files_are_recognised_by_what_they_hold(tmp_path: Path) -> None:
    observations = pd.DataFrame({"tm": ["2022-07-01 00:00"], "stnId": [156], "ta": [25.0]})
    observations.to_parquet(tmp_path / "observations.parquet")

    assert is_guidance(written(tmp_path, "forecasts.csv", CSV))
    assert is_guidance(written(tmp_path, "x_ta.csv", OLD))
    assert not is_guidance(tmp_path / "observations.parquet")
