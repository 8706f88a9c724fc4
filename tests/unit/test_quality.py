"""From rows of strings to the lake frame: nothing lost, nothing invented, what is not believed is named."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.clock import KST
from plantcast.observations import VARIABLES
from plantcast.observations.frame import COLUMNS, require_lake_frame
from plantcast.observations.quality import LIMITS, parse_rows

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


def test_a_real_row_is_taken_over_value_by_value() -> None:
    parsed = parse_rows([REAL_ROW], "108")
    hour = only(parsed.frame)
    assert parsed.frame.index[0] == pd.Timestamp("2025-04-30 00:00", tz=KST)
    expected = {name: float(REAL_ROW[name]) if REAL_ROW[name] else math.nan for name in VARIABLES}
    assert hour[list(VARIABLES)].to_dict() == pytest.approx(expected, abs=0, nan_ok=True)
    assert (hour["masked"], parsed.values_masked) == ("", 0)


def test_empty_rain_sunshine_and_radiation_stay_missing_and_drop_no_row() -> None:
    hour = only(parse_rows([REAL_ROW], "108").frame)
    assert hour[["rn", "ss", "icsr"]].isna().all()


def test_a_zero_is_a_zero() -> None:
    hour = only(parse_rows([row(rn="0.0", ss="0.0", ta="0", hm="0", wd="0")], "108").frame)
    assert hour[["rn", "ss", "ta", "hm", "wd"]].tolist() == [0.0] * 5


def test_the_frame_is_the_lake_s() -> None:
    frame = parse_rows([REAL_ROW], "108").frame
    require_lake_frame(frame)
    assert tuple(frame.columns) == COLUMNS
    assert (frame.index.name, str(frame.index.dtype)) == ("time", "datetime64[us, Asia/Seoul]")
    assert {str(frame[name].dtype) for name in VARIABLES} == {"float64"}


@pytest.mark.parametrize("rows", [[], [{}], [{"tm": "soon", "ta": "1"}]])
def test_no_usable_row_gives_an_empty_lake_frame(rows: list[dict[str, str]]) -> None:
    parsed = parse_rows(rows, "108")
    require_lake_frame(parsed.frame)
    assert (len(parsed.frame), parsed.rejected) == (0, len(rows))


@pytest.mark.parametrize("flag", ["", "0", "2", "unheard of"])
def test_a_value_is_kept_whatever_flag_does_not_speak_against_it(flag: str) -> None:
    assert only(parse_rows([row(taQcflg=flag)], "108").frame)["ta"] == 14.1


@pytest.mark.parametrize(("flag", "reason"), [("1", "flagged-error"), ("9", "flagged-missing")])
def test_a_flagged_value_is_masked_with_the_reason(flag: str, reason: str) -> None:
    parsed = parse_rows([row(hm="50", taQcflg=flag)], "108")
    hour = only(parsed.frame)
    assert math.isnan(hour["ta"])
    assert (hour["masked"], hour["hm"], parsed.values_masked) == (f"ta:{reason}", 50.0, 1)


def test_a_flag_on_an_empty_value_masks_nothing() -> None:
    parsed = parse_rows([row(rn="", rnQcflg="9")], "108")
    assert (only(parsed.frame)["masked"], parsed.values_masked) == ("", 0)


@pytest.mark.parametrize("text", ["abc", "1,5", "nan", "None", "--", "1_000"])
def test_an_unreadable_value_is_masked(text: str) -> None:
    hour = only(parse_rows([row(hm=text)], "108").frame)
    assert (math.isnan(hour["hm"]), hour["masked"]) == (True, "hm:unreadable")


def test_limits_are_there_for_every_variable() -> None:
    assert set(LIMITS) == set(VARIABLES)


@pytest.mark.parametrize("name", VARIABLES)
def test_values_on_the_limits_pass_and_beyond_are_masked(name: str) -> None:
    low, high = LIMITS[name]
    warm = {} if name in ("ta", "td") else {"ta": "14.1"}
    for value, kept in (
        (low, True),
        (high, True),
        (low - 0.1, False),
        (high + 0.1, False),
        (math.inf, False),
    ):
        hour = only(
            parse_rows([{"tm": "2025-04-30 00:00", "hm": "50"} | warm | {name: repr(value)}], "108").frame
        )
        assert bool(hour[name] == value) is kept
        assert (f"{name}:out-of-range" in hour["masked"]) is not kept


@pytest.mark.parametrize(("td", "kept"), [("14.1", True), ("14.2", True), ("14.3", False), ("20.0", False)])
def test_a_dew_point_above_the_temperature_is_masked_beyond_rounding(td: str, kept: bool) -> None:
    hour = only(parse_rows([row(td=td)], "108").frame)
    assert hour["ta"] == 14.1
    assert (hour["masked"] == "") is kept
    assert math.isnan(hour["td"]) is not kept


def test_several_reasons_are_joined() -> None:
    hour = only(parse_rows([row(hm="120", ws="-1", pa="x")], "108").frame)
    assert sorted(hour["masked"].split(";")) == ["hm:out-of-range", "pa:unreadable", "ws:out-of-range"]


def test_of_duplicate_hours_the_last_wins_and_is_counted() -> None:
    parsed = parse_rows([row(ta="1"), row("2025-04-30 01:00", ta="2"), row(ta="3")], "108")
    assert parsed.frame["ta"].tolist() == [3.0, 2.0]
    assert parsed.duplicates == 1


def test_a_blank_duplicate_does_not_replace_an_observation() -> None:
    parsed = parse_rows([row(ta="1"), row(ta="")], "108")
    assert parsed.frame["ta"].tolist() == [1.0]
    assert (parsed.blank, parsed.duplicates) == (1, 0)


def test_rows_of_another_station_or_off_the_hour_are_rejected() -> None:
    parsed = parse_rows([row(stnId="112"), row("2025-04-30 00:10"), row("2025-04-30 24:00"), row()], "108")
    assert (len(parsed.frame), parsed.rejected) == (1, 3)


def test_an_unsorted_response_comes_out_in_order() -> None:
    parsed = parse_rows([row("2025-04-30 02:00"), row("2025-04-30 00:00"), row("2025-04-30 01:00")], "108")
    assert [time.hour for time in parsed.frame.index] == [0, 1, 2]


def test_clock_times_are_utc_plus_nine_even_when_korea_had_daylight_saving() -> None:
    hours = [f"1988-05-08 {hour:02}:00" for hour in range(24)]
    frame = parse_rows([row(hour) for hour in hours], "108").frame
    assert len(frame) == 24
    assert (frame.index[2] - frame.index[0]) == pd.Timedelta("2h")
    assert frame.index[3] == datetime(1988, 5, 7, 18, tzinfo=UTC)


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


@settings(deadline=None)
@given(ROWS)
def test_any_rows_give_a_lake_frame_of_believable_values_that_were_sent(rows: list[dict[str, str]]) -> None:
    parsed = parse_rows(rows, "108")
    require_lake_frame(parsed.frame)
    assert len(parsed.frame) + parsed.duplicates + parsed.rejected + parsed.blank == len(rows)
    for name, (low, high) in LIMITS.items():
        values = parsed.frame[name].dropna()
        assert values.between(low, high).all()
        sent = {float(sent) for one in rows if (sent := one.get(name, "").strip()) not in ("", "-", "nan")}
        assert set(values) <= sent


@settings(deadline=None)
@given(ROWS)
def test_no_hour_with_a_valid_temperature_is_dropped(rows: list[dict[str, str]]) -> None:
    frame = parse_rows(rows, "108").frame
    for one in rows:
        if one.get("ta") in ("14.1", "-7.3") and one.get("stnId", "").strip() in ("", "108"):
            assert pd.Timestamp(one["tm"], tz=KST) in frame.index


@settings(deadline=None)
@given(ROWS)
def test_a_value_sent_is_either_kept_or_masked_with_a_reason(rows: list[dict[str, str]]) -> None:
    last = {one["tm"]: one for one in rows}
    parsed = parse_rows(list(last.values()), "108")
    for time, hour in parsed.frame.iterrows():
        one = last[time.strftime("%Y-%m-%d %H:%M")]  # type: ignore[attr-defined]  # a Timestamp
        reasons = {reason.split(":")[0] for reason in hour["masked"].split(";") if reason}
        for name in VARIABLES:
            if one.get(name, "").strip():
                assert np.isnan(hour[name]) == (name in reasons)
            else:
                assert np.isnan(hour[name])
                assert name not in reasons
