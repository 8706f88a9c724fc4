"""Files of the portal are read as the text they hold, whatever their encoding and columns."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.observations import files

NOW = datetime(2026, 1, 1, tzinfo=KST)
HOUR = "2022-01-05 13:00"
COLUMNS = {
    "기온(°C)": "ta",
    "기온 QC플래그": "taQcflg",
    "풍향(16방위)": "wd",
    "습도(%)": "hm",
    "전운량(10분위)": "dc10Tca",
    "시정(10m)": "vs",
    "적설(cm)": "dsnw",
    "지면온도(°C)": "ts",
}


def read(content: str | bytes) -> pd.DataFrame:
    body = content.encode() if isinstance(content, str) else content
    return pd.concat(list(files.read_table(body, "OBS_ASOS_TIM.csv", until=NOW)))


def one_row(header: str, row: str) -> dict[str, str]:
    (found,) = read(f"{header}\n{row}\n").to_dict("records")
    return {str(name): str(value) for name, value in found.items()}


@pytest.mark.parametrize(
    "header",
    [
        "지점,일시,기온(℃),습도(%)",
        "지점번호,일시,기온 (°C),상대습도(%)",
        "\ufeff지점 , 일시 ,기온,습도",
        '"지점","일시","기온[°C]","습도(%)"',
        "stnId,tm,ta,hm",
        "지점,일시,기온(°C),습도(%),",
    ],
)
def test_given_headers_of_other_years_then_they_are_understood(header: str) -> None:
    assert one_row(header, f"112,{HOUR},1.5,40") == {"tm": HOUR, "stnId": "112", "ta": "1.5", "hm": "40"}


def test_given_unknown_columns_and_two_of_one_then_the_first_known_counts() -> None:
    found = one_row("지점,지점명,일시,습도(%),상대습도(%),평균기온(°C)", f"108,서울,{HOUR},1,2,3")
    assert found == {"tm": HOUR, "stnId": "108", "hm": "1"}


@pytest.mark.parametrize(
    "written", ["2022-01-05 13:00:00", "2022-01-05T13:00", "2022/1/5 13:00", "2022.01.05 13", f"  {HOUR}  "]
)
def test_given_a_time_in_another_form_then_it_is_the_same_hour(written: str) -> None:
    assert one_row("지점,일시,기온(°C)", f"108,{written},1")["tm"] == HOUR


def test_given_24_00_then_it_is_midnight_of_the_next_day() -> None:
    assert one_row("지점,일시,기온(°C)", "108,2021-12-31 24:00,1")["tm"] == "2022-01-01 00:00"


def test_given_values_that_are_no_numbers_then_they_are_passed_on_as_written() -> None:
    found = one_row("지점,일시,기온(°C),습도(%),풍속(m/s)", f'108,{HOUR}, 맑음 ,"1,013.2",.9')
    assert [found[name] for name in ("ta", "hm", "ws")] == ["맑음", "1,013.2", ".9"]


def test_given_flags_and_stations_that_became_floats_then_they_are_codes_again() -> None:
    found = one_row("지점,일시,기온(°C),기온 QC플래그", f"108.0,{HOUR},1.0,9.0")
    assert (found["stnId"], found["taQcflg"], found["ta"]) == ("108", "9", "1.0")


def test_given_parquet_with_zone_and_numbers_then_the_text_is_the_portals() -> None:
    times = pd.DatetimeIndex([f"{HOUR}+09:00"]).tz_convert("UTC")
    table = pd.DataFrame({"tm": times, "stnId": [108], "ta": pd.array([1.1], "float32"), "hm": [None]})
    table["hm"] = table["hm"].astype(float)
    assert read(table.to_parquet()).to_dict("records") == [
        {"tm": HOUR, "stnId": "108", "ta": "1.1", "hm": ""}
    ]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "holds no observation"),
        ("지점,일시,기온(°C)\n", "holds no observation"),
        ("지점,일시,기온(°C)\n , ,\n", "holds no observation"),
        ("지점,일시,기온(°C)\n".encode("utf-16"), "UTF-8 or CP949"),
        (b"PAR1 and nothing else", "Parquet"),
        ("날짜,기온(°C)\n2022-01-01,1\n", "no column stnId and tm (일시, 지점); it begins '날짜"),
        ("<html><body>로그인</body></html>\nx\n", "it begins '<html>"),
        (f"지점,일시,메모\n108,{HOUR},x\n", "no column of observations"),
        ("지점,일시,기온(°C)\n108,2022-02-30 01:00,1\n", "row 2: '2022-02-30 01:00' is not a full hour"),
        ("지점,일시,기온(°C)\n108,2022-01-05 25:00,1\n", "'2022-01-05 25:00' is not a full hour"),
        ("지점,일시,평균기온,습도\n108,2022-01-05,1,2\n", "'2022-01-05' is not a full hour such as"),
        (
            f"지점,일시,기온(°C)\n95,{HOUR},1\n95,2022-01-05 13:01,1\n",
            "row 3: '2022-01-05 13:01' is not a full hour such as 2022-08-10 02:00. On data.kma.go.kr choose",
        ),
        (
            f"지점,일시,기온(°C)\n108,{HOUR},1\n108,2032-01-01 05:00,1\n",
            "row 3: '2032-01-01 05:00' is after 2026-01-01 00:00",
        ),
        (f"지점,일시,기온(°C)\n서울,{HOUR},1\n", "row 2: '서울' is not a station number"),
        (f"지점,일시,기온(°C)\n108,{HOUR},1,013.2\n", "row 2: '013.2' is under no header"),
        (f"지점,일시,기온(°C)\n108,{HOUR},1\n108,{HOUR},1,2,3\n", "Expected 4 fields in line 3, saw 5"),
        (f'지점,일시,기온(°C)\n108,{HOUR},"1\n', "EOF inside string"),
        (f"tm,stnId,ta,지점명\n{HOUR},108,1,서울\n{HOUR},108,2,서".encode("cp949")[:-1], "cannot be read"),
    ],
)  # fmt: skip
def test_given_a_file_that_cannot_be_read_then_the_message_names_file_row_value_and_remedy(
    content: str | bytes, named: str
) -> None:
    with pytest.raises(InvalidInputError) as raised:
        read(content)
    assert named in str(raised.value)
    assert str(raised.value).startswith("OBS_ASOS_TIM.csv")


def test_given_a_long_file_then_it_is_read_in_pieces_and_a_fault_names_its_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "CHUNK_ROWS", 2)
    hours = [f"108,2022-01-05 {hour:02}:00,1" for hour in range(5)]
    content = "\n".join(["지점,일시,기온(°C)", *hours, ""]).encode()
    assert [len(part) for part in files.read_table(content, "long.csv", until=NOW)] == [2, 2, 1]
    with pytest.raises(InvalidInputError, match="row 7: 'x' is"):
        list(files.read_table(content + b"108,x,1\n", "long.csv", until=NOW))


VALUES = st.decimals(-100, 1100, places=1).map(str) | st.sampled_from(["", ".9", "0", "-0.0", "x,y", 'a"b'])


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    fields = draw(st.lists(st.sampled_from(list(COLUMNS)), min_size=1, max_size=5, unique=True))
    header = list(draw(st.permutations(["지점", "일시", *fields])))
    rows = []
    for offset in draw(st.lists(st.integers(0, 200_000), min_size=1, max_size=5)):
        hour = pd.Timestamp("2000-01-01") + pd.Timedelta(hours=offset)
        known = {"지점": draw(st.sampled_from(["90", "108"])), "일시": f"{hour:%Y-%m-%d %H:%M}"}
        flag = draw(st.sampled_from(["", "0", "1", "9"]))
        rows.append([known.get(name) or (flag if "QC" in name else draw(VALUES)) for name in header])
    return header, rows


@settings(max_examples=20, deadline=None)
@given(tables(), st.sampled_from(["cp949", "utf-8", "utf-8-sig"]), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_as_a_portal_csv_is_read_as_the_same_text(
    table: tuple[list[str], list[list[str]]], encoding: str, newline: str
) -> None:
    header, rows = table
    names = {"지점": "stnId", "일시": "tm"} | COLUMNS
    text = io.StringIO()
    csv.writer(text, lineterminator=newline).writerows([header, *rows])
    frame = read(text.getvalue().encode(encoding))
    assert set(frame.columns) == {names[name] for name in header}
    assert frame[[names[name] for name in header]].to_numpy().tolist() == rows
