"""The portal's CSV is read as the text it holds, whatever its year, encoding and columns."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.observations.kma import portal_csv
from plantcast.observations.kma.portal_csv import CHUNK_ROWS, read_portal_csv
from tests.support.portal_columns import PORTAL_COLUMNS

NOW = datetime(2026, 1, 1, tzinfo=KST)
HOUR = "2022-01-05 13:00"


def is_code(field: str) -> bool:
    return field.endswith("Qcflg") or field in ("clfmAbbrCd", "gndSttCd", "dmstMtphNo")


def read(content: str | bytes, name: str = "OBS_ASOS_TIM.csv") -> pd.DataFrame:
    body = content.encode() if isinstance(content, str) else content
    return pd.concat(list(read_portal_csv(body, name, until=NOW)))


def one_row(header: str, row: str) -> dict[str, str]:
    (found,) = read(f"{header}\n{row}\n").to_dict("records")
    return {str(name): str(value) for name, value in found.items()}


def fault(content: str | bytes) -> str:
    with pytest.raises(InvalidInputError) as raised:
        read(content)
    return str(raised.value)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["cp949", "utf-8", "utf-8-sig"])
def test_given_every_column_then_each_value_stands_under_the_services_name(
    encoding: str, newline: str
) -> None:
    values = [str(number / 10) for number in range(len(PORTAL_COLUMNS))]
    header = ",".join(["지점", "지점명", "일시", *PORTAL_COLUMNS])
    row = ",".join(["108", "서울", HOUR, *values])
    (found,) = read(newline.join([header, row]).encode(encoding)).to_dict("records")
    expected = {
        name: value.removesuffix(".0") if is_code(name) else value
        for name, value in zip(PORTAL_COLUMNS.values(), values, strict=True)
    }
    assert found == {"tm": HOUR, "stnId": "108", "stnNm": "서울"} | expected


@pytest.mark.parametrize(
    "header",
    [
        "지점,일시,기온(℃),습도(%)",
        "지점번호,일시,기온 (°C),상대습도(%)",
        "\ufeff지점 , 일시 ,기온,습도",
        '"지점","일시","기온[°C]","습도(%)"',
        "지점, 일시, 기온(°C), 습도 (%)",
        "stnId,tm,ta,hm",
        "STNID,TM,TA,HM",
        "지점,일시,기온(°C),습도(%),",
    ],
)
def test_given_headers_of_other_years_then_they_are_understood(header: str) -> None:
    assert one_row(header, f"112,{HOUR},1.5,40") == {"tm": HOUR, "stnId": "112", "ta": "1.5", "hm": "40"}


def test_given_a_header_in_decomposed_letters_then_it_is_understood() -> None:
    import unicodedata

    header = unicodedata.normalize("NFD", "지점,일시,기온(°C)")
    assert one_row(header, f"108,{HOUR},1")["ta"] == "1"


def test_given_numbers_beside_names_then_the_station_is_the_number() -> None:
    found = one_row("지점,지점번호,일시,기온(°C)", f"서울,108,{HOUR},1")
    assert (found["stnId"], found["stnNm"]) == ("108", "서울")


def test_given_unknown_columns_and_two_of_one_then_the_first_known_counts() -> None:
    found = one_row(
        "지점,일시,관측자,습도(%),상대습도(%),평균기온(°C),시정 QC플래그2", f"108,{HOUR},김,1,2,3,4"
    )
    assert found == {"tm": HOUR, "stnId": "108", "hm": "1"}


@pytest.mark.parametrize(
    "written",
    [
        "2022-01-05 13:00", "2022-01-05 13:00:00", "2022-01-05 13:00:00.0", "2022-01-05T13:00",
        "2022/1/5 13:00", "2022.01.05 13:00", "2022-01-05 13", "20220105 13", "20220105 13:00",
        "2022010513", "202201051300", "20220105130000", "  2022-01-05  13:00  ",
        "2022-01-05T13:00+09:00", "2022-01-05 04:00:00Z", "2022-01-04 24:00:00-0400",
    ],
)  # fmt: skip
def test_given_a_time_in_another_form_then_it_is_the_same_hour(written: str) -> None:
    assert one_row("지점,일시,기온(°C)", f"108,{written},1")["tm"] == HOUR


def test_given_an_hour_of_one_digit_then_it_is_read() -> None:
    assert one_row("지점,일시,기온(°C)", "108,2022-08-10 2:00,1")["tm"] == "2022-08-10 02:00"


def test_given_values_that_are_no_numbers_then_they_are_passed_on_as_written() -> None:
    found = one_row("지점,일시,기온(°C),습도(%),풍속(m/s),강수량(mm)", f'108,{HOUR}, 맑음 ,"1,013.2",.9,-')
    assert [found[name] for name in ("ta", "hm", "ws", "rn")] == ["맑음", "1,013.2", ".9", "-"]


def test_given_flags_and_stations_that_became_floats_then_they_are_codes_again() -> None:
    found = one_row(
        "지점,일시,기온(°C),기온 QC플래그,현상번호(국내식),습도(%)", f"108.0,{HOUR},1.0,9.0,19.0,63.0"
    )
    assert (found["stnId"], found["taQcflg"], found["dmstMtphNo"]) == ("108", "9", "19")
    assert (found["ta"], found["hm"]) == ("1.0", "63.0")


def test_given_blank_lines_and_missing_ends_then_rows_keep_their_place_in_the_file() -> None:
    frame = read(
        f"\n지점,일시,기온(°C),습도(%)\n\n108,{HOUR},1,2,,\n , , ,\n108,2022-01-05 14:00,3\n"
        '108,"2022-01-05 15:00",,4\n\n'
    )
    assert frame.index.tolist() == [4, 6, 7]
    assert frame.index.name == "row"
    assert frame[["ta", "hm"]].to_numpy().tolist() == [["1", "2"], ["3", ""], ["", "4"]]


def test_given_a_whole_last_line_without_a_line_end_then_it_counts() -> None:
    assert len(read(f"지점,일시,기온(°C)\n108,{HOUR},1")) == 1


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "OBS_ASOS_TIM.csv is empty"),
        (b"\xef\xbb\xbf\r\n", "OBS_ASOS_TIM.csv is empty"),
        ("지점,일시,기온(°C)\n", "holds no observation"),
        (b"\xff\xfe\x00\x81", "neither UTF-8 nor CP949"),
        ("지점,일시,기온(°C)\n".encode("utf-16"), "neither UTF-8 nor CP949"),
        ("날짜,기온(°C)\n2022-01-01,1\n", "no column 지점 (stnId) and 일시 (tm); it begins '날짜, 기온(°C)'"),
        ("지점,기온(°C)\n108,1\n", "no column 일시 (tm)"),
        ("<html><body>로그인</body></html>\n", "no column 지점 (stnId) and 일시 (tm); it begins '<html>"),
        (f"지점,일시,메모\n108,{HOUR},x\n", "no column of observations"),
        ("지점,일시,기온(°C)\n108,어제,1\n", "OBS_ASOS_TIM.csv, row 2: 일시 '어제' is not a time"),
        ("지점,일시,기온(°C)\n108,2022-02-30 01:00,1\n", "row 2: 일시 '2022-02-30 01:00' is not a time"),
        ("지점,일시,기온(°C)\n108,2022-01-05 25:00,1\n", "일시 '2022-01-05 25:00' is not a time"),
        ("지점,일시,기온(°C)\n108,2022-01-05 24:30,1\n", "'2022-01-05 24:30' is not a full hour"),
        (
            f"지점,일시,기온(°C)\n108,{HOUR},1\n108,2032-01-01 05:00,1\n",
            "row 3: 2032-01-01 05:00 lies after 2026-01-01 00:00, the last moment that can",
        ),
        ("지점,일시,기온(°C)\n108,,1\n", "일시 '' is not a time"),
        ("지점,일시,기온(°C)\n108,05/01/2022 13:00,1\n", "'05/01/2022 13:00' is not a time"),
        ("지점,지점명,일시,평균기온(°C)\n108,서울,2022-01-05,1\n", "일시 '2022-01-05' has no hour"),
        ("지점,일시,기온(°C)\n108,20220105,1\n", "daily data (일자료). On data.kma.go.kr choose hourly data"),
        (
            f"지점,일시,기온(°C)\n95,{HOUR},1\n95,2022-01-05 13:01,1\n",
            "row 3: 일시 '2022-01-05 13:01' is not a full hour; this looks like data of minutes (분자료)",
        ),
        (f"지점,일시,기온(°C)\n서울,{HOUR},1\n", "row 2: 지점 '서울' is not a station number"),
        (f"지점,일시,기온(°C)\n,{HOUR},1\n", "지점 '' is not a station number"),
        (f"지점,일시,기온(°C)\n108,{HOUR},1,013.2\n", "more values than the 3 columns of the header"),
        (
            f"지점,일시,기온(°C),습도(%)\n108,{HOUR},1,2\n108,2022-01-05 14:00,1",
            "row 3 ends after 3 of 4 columns: the file is cut off. Download it again",
        ),
        (f"지점,일시,기온(°C)\n108,{HOUR},1\n108,2022-01-0", "row 3 ends after 2 of 3 columns"),
        (f'지점,일시,기온(°C)\n108,{HOUR},"1\n', "is not a CSV"),
        (
            f"지점,지점명,일시,기온(°C)\n108,서울,{HOUR},1\n108,서".encode("cp949")[:-1],
            "row 3: b'\\xbc' is not cp949 text",
        ),
    ],
)  # fmt: skip
def test_given_a_file_that_cannot_be_read_then_the_message_names_file_row_value_and_remedy(
    content: str | bytes, named: str
) -> None:
    message = fault(content)
    assert named in message
    assert message.startswith("OBS_ASOS_TIM.csv")


def test_given_a_fault_far_down_then_its_row_is_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal_csv, "CHUNK_ROWS", 2)
    hours = [f"108,2022-01-05 {hour:02}:00,1" for hour in range(5)]
    assert "row 7: 일시 'x' is" in fault("\n".join(["지점,일시,기온(°C)", *hours, "108,x,1", ""]))


def test_given_a_long_file_then_it_comes_in_pieces_and_memory_does_not_grow_with_it() -> None:
    line = f"108,{HOUR},-3.4,63\n".encode()
    header = "지점,일시,기온(°C),습도(%)\n".encode("cp949")
    content = header + line * (CHUNK_ROWS + 1)
    tracemalloc.start()
    sizes = [len(frame) for frame in read_portal_csv(content, "long.csv", until=NOW)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sizes == [CHUNK_ROWS, 1]
    assert peak < 25_000_000


def value_text(field: str) -> st.SearchStrategy[str]:
    if is_code(field):
        return st.sampled_from(["", "0", "1", "9", "19", "ScAs"])
    return st.decimals(-100, 1100, places=1).map(str) | st.sampled_from(["", ".9", "0", "-0.0", "x,y", 'a"b'])


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    fields = draw(st.lists(st.sampled_from(list(PORTAL_COLUMNS)), min_size=1, max_size=8, unique=True))
    header = draw(st.permutations(["지점", "일시", "지점명", *fields]))
    hours = draw(st.lists(st.integers(0, 200_000), min_size=1, max_size=5))
    rows = []
    for offset in hours:
        moment = pd.Timestamp("2000-01-01") + pd.Timedelta(hours=offset)
        known = {
            "지점": draw(st.sampled_from(["90", "108"])),
            "지점명": "서울",
            "일시": f"{moment:%Y-%m-%d %H:%M}",
        }
        rows.append(
            [known[name] if name in known else draw(value_text(PORTAL_COLUMNS[name])) for name in header]
        )
    return list(header), rows


def written(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


@settings(max_examples=20, deadline=None)
@given(tables(), st.sampled_from(["cp949", "utf-8", "utf-8-sig"]), st.booleans())
@example((["기온(°C)", "일시", "지점"], [["1", HOUR, "108"]]), "cp949", False)
def test_what_is_written_as_a_portal_csv_is_read_as_the_same_text(
    table: tuple[list[str], list[list[str]]], encoding: str, units: bool
) -> None:
    header, rows = table
    names = {"지점": "stnId", "지점명": "stnNm", "일시": "tm"} | PORTAL_COLUMNS
    shown = header if units else [name.split("(")[0] for name in header]
    frame = read(written([shown, *rows]).encode(encoding))
    assert set(frame.columns) == {names[name] for name in header}
    assert frame[[names[name] for name in header]].to_numpy().tolist() == rows
