"""The text of kma_sfctm3: columns and units, what is missing, winter rain, cut and foreign bodies."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantcast.common.clock import HOUR, KST
from plantcast.kma_service.reply import Row
from plantcast.observations.kma.api_hub.text import NotATableError, read_hub_text
from plantcast.observations.rows import read_rows
from tests.support.hub_tables import END, HEADER, hub_row, hub_table

NOON = datetime(2025, 1, 19, 12, tzinfo=KST)
ONE_O_CLOCK = NOON.replace(hour=1)


def one(at: datetime = NOON, **values: object) -> Row:
    (row,) = read_hub_text(hub_table([hub_row(at, **values)]), "108").rows
    return row


def rain(*sums: object, start: datetime = ONE_O_CLOCK, rn: object = -9.0) -> list[str | None]:
    """What is read of hours from `start` on with these sums of the day; None where a row has no rain."""
    rows = [hub_row(start + n * HOUR, ta=1, rn=rn, rn_day=each) for n, each in enumerate(sums) if each != ""]
    return [row.get("rn") for row in read_hub_text(hub_table(rows), "108").rows]


@pytest.mark.shared
def test_the_real_sample_is_read_with_the_asos_service_s_names_and_units(shared_data: Path) -> None:
    text = read_hub_text((shared_data / "guidance" / "apihub_sfctm3_seoul.txt").read_bytes(), "108")

    assert (len(text.rows), text.whole, text.malformed) == (7, True, 0)
    frame = read_rows(text.rows, "108").frame
    first, noon = frame.iloc[0], frame.iloc[2]
    assert str(frame.index[0]) == "2024-01-01 00:00:00+09:00"
    read = {
        name: first[name] for name in ("ta", "td", "hm", "pv", "ws", "wd", "pa", "ps", "vs", "dsnw", "ts")
    }
    assert read == {
        "ta": 0.6, "td": 0.1, "hm": 97.0, "pv": 6.2, "ws": 1.9, "wd": 20.0, "pa": 1015.4, "ps": 1026.3,
        "vs": 394.0, "dsnw": 2.4, "ts": -0.2,
    }  # fmt: skip
    assert first[["rn", "ss", "icsr"]].isna().all()
    assert (noon["ss"], noon["icsr"], noon["dc10Tca"]) == (1.0, 1.7, 4.0)
    assert (frame["qc_flags"] == "").all()


@pytest.mark.parametrize("text", ["-9.0", "-9", "-32.6"])
def test_minus_nine_degrees_is_a_temperature(text: str) -> None:
    row = one(ta=text, td="-9.0", ts="-9.0", hm=60)
    assert (row["ta"], row["td"], row["ts"]) == (text, "-9.0", "-9.0")


@pytest.mark.parametrize("missing", ["-99", "-99.9", "-999.0"])
def test_temperatures_below_minus_fifty_are_missing(missing: str) -> None:
    row = one(ta=missing, td=missing, ts=missing, hm=60)
    assert (row["ta"], row["td"], row["ts"]) == ("", "", "")


def test_other_values_below_zero_are_missing() -> None:
    row = one(ta=-9.0, hm=-9.0, ws="-9.0", pa=-99.9, ps=-9, pv=-9.0, vs=-9, ss="-9.0", si="-9.00", wd="-9")
    assert {name: value for name, value in row.items() if value} == {
        "tm": "2025-01-19 12:00",
        "stnId": "108",
    }


def test_an_hour_of_which_nothing_is_known_is_no_hour_at_minus_nine_degrees() -> None:
    text = read_hub_text(hub_table([hub_row(NOON)]), "108")
    assert read_rows(text.rows, "108").blank == 1


def test_a_temperature_alone_is_kept_unless_it_is_what_missing_is_written_as() -> None:
    assert one(ta="-12.5")["ta"] == "-12.5"


@pytest.mark.parametrize(("sent", "degrees"), [("0", "0"), ("2", "20"), ("36", "360")])
def test_wind_direction_is_in_degrees(sent: str, degrees: str) -> None:
    assert one(wd=sent, ws=1)["wd"] == degrees


def test_what_is_no_number_stays_to_be_reported() -> None:
    frame = read_rows((one(ta="1O.5", hm=60, wd="x"),), "108").frame
    assert frame["qc_flags"].tolist() == ['{"ta": ["unreadable", "1O.5"], "wd": ["unreadable", "x"]}']


def test_in_winter_rain_is_the_difference_of_the_day_s_sum() -> None:
    assert rain("-9.0", "0.0", "1.5", "1.5", "4.0", rn=9.9) == ["", "0.0", "1.5", "", "2.5"]


def test_the_day_s_sum_begins_after_midnight() -> None:
    evening = NOON.replace(hour=23)
    assert rain("3.0", "3.5", "0.2", "0.2", start=evening) == [None, "0.5", "0.2", ""]


def test_a_difference_that_cannot_be_told_is_not_mentioned() -> None:
    noon = NOON.replace(hour=12)
    assert rain("3.0", "3.5", start=noon) == [None, "0.5"]  # the first hour of a table
    assert rain("3.0", "", "3.5", "4.0", start=noon) == [None, None, "0.5"]  # an hour without a row
    assert rain("3.0", "-9.0", "4.0", "4.0", start=noon) == [None, None, None, ""]  # a sum that went missing
    assert rain("3.0", "2.0", "2.5", start=noon) == [None, None, "0.5"]  # a sum that was corrected


@pytest.mark.parametrize("month", [4, 7, 10])
def test_outside_of_winter_rain_is_that_of_the_hour(month: int) -> None:
    start = datetime(2025, month, 19, 12, tzinfo=KST)
    assert rain("9.0", "9.0", start=start, rn=0.5) == ["0.5", "0.5"]
    assert rain("9.0", start=start, rn=-9.0) == [""]


@pytest.mark.parametrize("midnight", [datetime(2025, 4, 1, tzinfo=KST), datetime(2025, 11, 1, tzinfo=KST)])
def test_at_the_turn_of_the_season_midnight_is_a_difference(midnight: datetime) -> None:
    rows = [hub_row(midnight - HOUR, rn_day=1.0), hub_row(midnight, ta=1, rn=7.0, rn_day=1.5)]
    assert read_hub_text(hub_table(rows), "108").rows[-1]["rn"] == "0.5"


def test_rows_come_by_hour_whatever_their_order_and_of_one_station_only() -> None:
    rows = [hub_row(NOON + HOUR, ta=2), hub_row(NOON, ta=1), hub_row(NOON, "112", ta=3)]
    assert [row["ta"] for row in read_hub_text(hub_table(rows), "108").rows] == ["1", "2"]


def test_rows_that_are_not_as_expected_are_counted() -> None:
    rows = [hub_row(NOON, ta=1) + " 7", hub_row(NOON, ta=1).replace("2025", "x"), "-", hub_row(NOON, ta=4)]
    text = read_hub_text(hub_table(rows), "108")
    assert (len(text.rows), text.malformed) == (1, 3)


@given(st.data())
def test_of_a_text_cut_anywhere_only_whole_rows_count(data: st.DataObject) -> None:
    whole = hub_table([hub_row(NOON + n * HOUR, ta=1.25, hm=60) for n in range(3)])
    cut = whole[: data.draw(st.integers(len("#START7777"), len(whole) - 3))]
    text = read_hub_text(cut, "108")
    assert not text.whole
    assert len(text.rows) == max(0, cut.count(b"\n") - HEADER.count("\n"))
    assert text.malformed == 0


def test_a_table_may_be_in_cp949() -> None:
    body = (
        hub_table([hub_row(NOON, ta=1)])
        .replace(b"# ", "# 관측시각 ".encode("cp949"))
        .replace(b"\xe2\x80\xa6", b"")
    )
    assert len(read_hub_text(body, "108").rows) == 1


@pytest.mark.parametrize("body", [b"", b" \n", b"<html>", b'{"result": {}}', END.encode(), b"#START77"])
def test_anything_else_is_no_table(body: bytes) -> None:
    with pytest.raises(NotATableError):
        read_hub_text(body, "108")
