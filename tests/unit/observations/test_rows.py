"""From rows of text to the frame of what was sent: nothing lost, nothing invented, nothing assessed."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.common.clock import KST
from plantcast.observations import VARIABLES
from plantcast.observations.rows import read_rows

# As seen from the service: strings only, "" for missing and for good flags, night without sun, no rain.
REAL_ROW = {
    "tm": "2025-04-30 00:00", "rnum": "1", "stnId": "108", "stnNm": "서울", "ta": "14.1", "taQcflg": "",
    "rn": "", "rnQcflg": "", "ws": "1.9", "wsQcflg": "", "wd": "270", "wdQcflg": "", "hm": "52",
    "hmQcflg": "", "pv": "8.4", "td": "4.4", "pa": "1003.7", "paQcflg": "", "ps": "1013.9", "psQcflg": "",
    "ss": "", "ssQcflg": "", "icsr": "", "dsnw": "", "hr3Fhsc": "", "dc10Tca": "3", "dc10LmcsCa": "0",
    "clfmAbbrCd": "Ci", "lcsCh": "", "vs": "2000", "gndSttCd": "", "dmstMtphNo": "", "ts": "11.8",
    "tsQcflg": "",
}  # fmt: skip


def row(tm: str = "2025-04-30 00:00", **values: str) -> dict[str, str]:
    return {"tm": tm, "stnId": "108", "ta": "14.1"} | values


def only(frame: pd.DataFrame) -> pd.Series:
    assert len(frame) == 1
    return frame.iloc[0]


def test_a_real_row_is_read_value_by_value() -> None:
    read = read_rows([REAL_ROW], "108")
    hour = only(read.frame)
    assert read.frame.index[0] == pd.Timestamp("2025-04-30 00:00", tz=KST)
    expected = {name: float(REAL_ROW[name]) if REAL_ROW[name] else math.nan for name in VARIABLES}
    assert hour[list(VARIABLES)].to_dict() == pytest.approx(expected, abs=0, nan_ok=True)
    assert hour["qc_flags"] == ""


@pytest.mark.parametrize("rows", [[], [{}], [{"tm": "soon", "ta": "1"}]])
def test_no_usable_row_gives_an_empty_frame(rows: list[dict[str, str]]) -> None:
    read = read_rows(rows, "108")
    assert (len(read.frame), read.rejected) == (0, len(rows))


@pytest.mark.parametrize(("flag", "reason"), [("1", "flagged-error"), ("9", "flagged-missing")])
def test_a_flag_is_kept_and_the_value_stays_as_sent(flag: str, reason: str) -> None:
    hour = only(read_rows([row(hm="50", taQcflg=flag)], "108").frame)
    assert (hour["ta"], hour["hm"]) == (14.1, 50.0)
    assert json.loads(hour["qc_flags"]) == {"ta": [reason, None]}


@pytest.mark.parametrize("text", ["abc", "1,5", "nan", "None", "--", "1_000", "inf", "1e400"])
def test_an_unreadable_value_is_flagged_with_the_text(text: str) -> None:
    hour = only(read_rows([row(hm=text)], "108").frame)
    assert math.isnan(hour["hm"])
    assert json.loads(hour["qc_flags"]) == {"hm": ["unreadable", text]}


def test_a_field_that_is_absent_is_unsent_and_an_empty_one_is_sent() -> None:
    hour = only(read_rows([row(hm="")], "108").frame)
    assert hour["unsent"].split(";") == [name for name in VARIABLES if name not in ("ta", "hm")]
    assert only(read_rows([REAL_ROW], "108").frame)["unsent"] == ""


def test_duplicate_hours_are_merged_variable_by_variable_with_the_flags_of_each() -> None:
    rows = [row(ta="1", taQcflg="1", hm="50", ws="3"), row(ta="2", hm=""), row(wsQcflg="9", td="4")]
    hour = only(read_rows([*rows[:2], {**rows[2], "ta": "3"}], "108").frame)
    assert (hour["ta"], hour["ws"], hour["td"], hour["qc_flags"]) == (3.0, 3.0, 4.0, "")
    assert math.isnan(hour["hm"])


def test_rows_of_another_station_or_off_the_hour_are_rejected() -> None:
    read = read_rows([row(stnId="112"), row("2025-04-30 00:10"), row("2025-04-30 24:00"), row()], "108")
    assert (len(read.frame), read.rejected) == (1, 3)


FIELDS = st.sampled_from(["ta", "hm", "td", "rn", "ss", "wd", "taQcflg", "hmQcflg", "rnQcflg", "stnId"])
TEXTS = st.sampled_from(["", "0", "1", "9", "14.1", "-7.3", "99", "500", "1e9", "-", "nan", "108", " 5.0 "])
ROWS = st.lists(
    st.builds(
        lambda hour, fields: {"tm": f"2025-04-30 {hour:02}:00"} | fields,
        st.integers(0, 5),
        st.dictionaries(FIELDS, TEXTS, max_size=10),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=30)
@given(ROWS)
def test_any_rows_give_a_sent_frame_of_values_that_were_sent(rows: list[dict[str, str]]) -> None:
    read = read_rows(rows, "108")
    assert len(read.frame) + read.duplicates + read.rejected + read.blank == len(rows)
    for name in VARIABLES:
        sent = {float(sent) for one in rows if (sent := one.get(name, "").strip()) not in ("", "-", "nan")}
        assert set(read.frame[name].dropna()) <= sent


@settings(deadline=None, max_examples=30)
@given(ROWS)
def test_no_hour_with_a_value_is_dropped(rows: list[dict[str, str]]) -> None:
    frame = read_rows(rows, "108").frame
    for one in rows:
        if one.get("stnId", "").strip() in ("", "108") and any(
            one.get(name, "").strip() for name in VARIABLES
        ):
            assert pd.Timestamp(one["tm"], tz=KST) in frame.index


@settings(deadline=None, max_examples=30)
@given(ROWS)
def test_a_value_sent_is_a_number_or_flagged(rows: list[dict[str, str]]) -> None:
    last = {one["tm"]: one for one in rows}
    for time, hour in read_rows(list(last.values()), "108").frame.iterrows():
        one = last[time.strftime("%Y-%m-%d %H:%M")]  # type: ignore[attr-defined]  # a Timestamp
        flags = json.loads(hour["qc_flags"] or "{}")
        for name in VARIABLES:
            text = one.get(name, "").strip()
            if np.isnan(hour[name]):
                assert flags.get(name) == (["unreadable", text] if text else None)
            else:
                assert hour[name] == float(text)
