"""Replayed observations: equal to their source value by value, whatever file held them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infra.kma_simulator.replay import ReplayedObservations
from infra.kma_simulator.rows import write_rows
from plantcast.common.clock import HOUR, KST, midnight
from plantcast.observations import VARIABLES

pytestmark = pytest.mark.slow

# The header as the portal writes it, trailing space in `(100m )` included.
HEADER = (
    "지점,지점명,일시,기온(°C),기온 QC플래그,강수량(mm),강수량 QC플래그,풍속(m/s),풍속 QC플래그,"
    "풍향(16방위),풍향 QC플래그,습도(%),습도 QC플래그,증기압(hPa),이슬점온도(°C),현지기압(hPa),"
    "현지기압 QC플래그,해면기압(hPa),해면기압 QC플래그,일조(hr),일조 QC플래그,일사(MJ/m2),일사 QC플래그,"
    "적설(cm),3시간신적설(cm),전운량(10분위),중하층운량(10분위),운형(운형약어),최저운고(100m ),시정(10m),"
    "지면상태(지면상태코드),현상번호(국내식),지면온도(°C),지면온도 QC플래그,5cm 지중온도(°C),"
    "10cm 지중온도(°C),20cm 지중온도(°C),30cm 지중온도(°C)"
)
COLUMNS = [
    "ta", "taQcflg", "rn", "rnQcflg", "ws", "wsQcflg", "wd", "wdQcflg", "hm", "hmQcflg", "pv", "td",
    "pa", "paQcflg", "ps", "psQcflg", "ss", "ssQcflg", "icsr", "icsrQcflg", "dsnw", "hr3Fhsc",
    "dc10Tca", "dc10LmcsCa", "clfmAbbrCd", "lcsCh", "vs", "gndSttCd", "dmstMtphNo", "ts", "tsQcflg",
    "m005Te", "m01Te", "m02Te", "m03Te",
]  # fmt: skip
READ = [name for name in COLUMNS if name.removesuffix("Qcflg") in VARIABLES]
FULL = (
    "-3.4,0,0.5,0,2.1,0,290,0,63,0,3.0,-9.5,1010.2,0,1020.7,0,0.3,0,0.71,,4.2,1.5,8,6,ScCi,12,1500,12,71,"
    "-1.1,0,0.2,0.9,2.4,4.0"
)
SPARSE = ",9,,,,,,,55,,,,,,,,,,,,,,,,,,,,,,,,,,"


def csv_lines() -> list[str]:
    return [HEADER, f"108,서울,2022-01-05 13:00,{FULL}", f"108,서울,2022-01-05 14:00,{SPARSE}"]


def served(
    source: ReplayedObservations, station: str, start: datetime, end: datetime
) -> list[dict[str, str]]:
    frame = source.hours(station, start, end)
    return write_rows(frame, station=station, name=source.stations[station], first_number=1)


@pytest.mark.parametrize("day", [date(1955, 6, 1), date(1988, 5, 8), date(1988, 10, 9)])
def test_given_a_day_on_which_koreas_clock_was_another_then_its_24_hours_are_served(
    tmp_path: Path, day: date
) -> None:
    file = tmp_path / "OBS_ASOS_TIM.csv"
    lines = [f"108,서울,{day} {hour:02}:00,{hour}.5" for hour in range(24)]
    file.write_text("\n".join(["지점,지점명,일시,기온(°C)", *lines, ""]), encoding="utf-8")
    rows = served(ReplayedObservations.from_files([file]), "108", midnight(day), midnight(day) + 23 * HOUR)
    assert [row["tm"] for row in rows] == [f"{day} {hour:02}:00" for hour in range(24)]
    assert [row["ta"] for row in rows] == [f"{hour}.5" for hour in range(24)]


@pytest.mark.parametrize(("encoding", "newline"), [("cp949", "\r\n"), ("utf-8", "\n"), ("utf-8-sig", "\n")])
def test_given_the_portals_csv_in_any_encoding_when_served_then_every_cell_arrives(
    tmp_path: Path, encoding: str, newline: str
) -> None:
    file = tmp_path / "OBS_ASOS_TIM.csv"
    file.write_bytes(newline.join(csv_lines()).encode(encoding))
    source = ReplayedObservations.from_files([file])
    assert source.stations == {"108": "서울"}
    full, sparse = served(
        source, "108", datetime(2022, 1, 5, tzinfo=KST), datetime(2022, 1, 5, 23, tzinfo=KST)
    )
    cells = {name: cell for name, cell in zip(COLUMNS, FULL.split(","), strict=True) if name in READ}
    del cells["icsrQcflg"]  # the portal has it, the service does not
    assert {name: full[name] for name in cells} == cells
    assert (full["tm"], full["stnNm"]) == ("2022-01-05 13:00", "서울")
    assert (sparse["ta"], sparse["taQcflg"], sparse["hm"], sparse["ts"]) == ("", "9", "55", "")


def test_given_several_files_when_joined_then_all_hours_are_there_and_the_later_file_corrects(
    tmp_path: Path,
) -> None:
    first, second, parquet = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.parquet"
    first.write_text("지점,일시,기온(°C)\n108,2022-01-01 01:00,2\n108,2022-01-01 00:00,1\n", encoding="cp949")
    second.write_text("지점,일시,기온(°C)\n108,2022-01-01 01:00,2.5\n", encoding="utf-8")
    times = pd.to_datetime(["2022-01-01 02:00", "2022-01-01 00:00"])
    pd.DataFrame({"tm": times, "stnId": ["108", "143"], "ta": [3.0, 9.0], "hm": [50.0, np.nan]}).to_parquet(
        parquet
    )
    source = ReplayedObservations.from_files([first, second, parquet])
    rows = served(source, "108", datetime(2022, 1, 1, tzinfo=KST), datetime(2022, 1, 1, 5, tzinfo=KST))
    assert [(row["tm"][-5:], row["ta"], row["hm"]) for row in rows] == [
        ("00:00", "1.0", ""),
        ("01:00", "2.5", ""),
        ("02:00", "3.0", "50"),
    ]
    assert source.stations == {"108": "서울", "143": "대구"}
    assert {station: str(end) for station, end in source.ends.items()} == {
        "108": "2022-01-01 02:00:00",
        "143": "2022-01-01 00:00:00",
    }


@pytest.mark.shared
@pytest.mark.parametrize("file", ["asos_108_2013_2022.parquet", "asos_multi_2018_2021.parquet"])
def test_given_real_observations_when_written_as_the_service_does_then_every_value_is_the_sources(
    shared_data: Path, file: str
) -> None:
    table = pd.read_parquet(shared_data / file)
    source = ReplayedObservations.from_files([shared_data / file])
    assert set(source.stations) == set(table["stnId"])
    for station, rows in table.groupby("stnId"):
        expected = rows.sort_values("tm")[[name for name in READ if name in rows]]
        frame = source.hours(
            str(station), datetime(2013, 1, 1, tzinfo=KST), datetime(2022, 12, 31, tzinfo=KST)
        )
        assert list(pd.DatetimeIndex(frame.index).tz_localize(None)) == sorted(rows["tm"])
        sample = slice(0, None, 7)  # every hour of the day and the year, in a seventh of the time
        written = pd.DataFrame(write_rows(frame.iloc[sample], station=str(station), name="", first_number=1))[
            list(expected.columns)
        ]
        read = written.replace("", "nan").astype(float)
        np.testing.assert_array_equal(read.to_numpy(), expected.iloc[sample].to_numpy())
