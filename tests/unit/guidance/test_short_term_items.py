"""Items of the short-term forecast: categories, texts of amounts, missing and damaged values."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantcast.common.clock import HOUR, KST
from plantcast.guidance.grid import Cell
from plantcast.guidance.kma_short_term.issues import released_issues
from plantcast.guidance.kma_short_term.items import read_items
from plantcast.guidance.table import COLUMNS, VALUES, guidance_table
from tests.support.short_term import SEOUL, items_of

ISSUE = datetime(2025, 5, 30, 5, tzinfo=KST)


def one_hour(**values: str) -> pd.Series[float]:
    [(_, row)] = read_items(items_of(ISSUE, 1, **values), ISSUE, SEOUL).table.iterrows()
    return row


def test_the_values_of_an_hour_become_a_row() -> None:
    read = read_items(items_of(ISSUE, 3), ISSUE, SEOUL)

    assert (read.rejected, tuple(read.table.columns)) == (0, COLUMNS)
    pd.testing.assert_frame_equal(read.table, guidance_table(read.table, "the same"))
    assert read.table["valid_at"].tolist() == [ISSUE + lead * HOUR for lead in (1, 2, 3)]
    assert (read.table["issued_at"] == ISSUE).all()
    assert read.table.loc[0, list(VALUES)].tolist() == [21.0, 55.0, 2.3, 270.0, 3.0, 1.0, 1.0, 60.0]


@pytest.mark.parametrize(
    ("text", "millimetres"),
    [
        ("강수없음", 0.0),
        ("1mm 미만", 0.5),
        ("1.0mm 미만", 0.5),
        ("1.0mm", 1.0),
        ("29.9mm", 29.9),
        ("30.0~50.0mm", 40.0),
        ("30.0mm~50.0mm", 40.0),
        ("50.0mm 이상", 50.0),
        ("0", 0.0),
        ("2.5", 2.5),
        ("", math.nan),
        ("-", math.nan),
        ("-999", math.nan),
        ("900", math.nan),
    ],
)
def test_amounts_of_precipitation(text: str, millimetres: float) -> None:
    assert one_hour(PCP=text)["pcp"] == pytest.approx(millimetres, nan_ok=True)


@pytest.mark.parametrize("text", ["900", "999.0", "-900", "-999", "", "-"])
def test_a_missing_value_is_none_and_the_others_stay(text: str) -> None:
    row = one_hour(TMP=text)
    assert (math.isnan(row["ta"]), row["hm"]) == (True, 55.0)


@pytest.mark.parametrize("value", ["-9", "-9.0", "0"])
def test_a_cold_temperature_is_one(value: str) -> None:
    assert one_hour(TMP=value)["ta"] == float(value)


@pytest.mark.parametrize(
    "values",
    [{"TMP": "warm"}, {"TMP": "71"}, {"REH": "130"}, {"PTY": "9"}, {"PCP": "비"}, {"WSD": "nan"}],
)
def test_an_impossible_value_is_left_out_and_counted(values: dict[str, str]) -> None:
    read = read_items(items_of(ISSUE, 1, **values), ISSUE, SEOUL)

    assert read.rejected == 1
    assert int(read.table[list(VALUES)].isna().sum().sum()) == 1


def test_an_issue_that_comes_twice_is_there_once_and_the_later_value_counts() -> None:
    items = [*items_of(ISSUE, 2), *items_of(ISSUE, 2, TMP="23", REH="-999")]

    table = read_items(items, ISSUE, SEOUL).table

    assert table["ta"].tolist() == [23.0, 23.0]
    assert len(table) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"fcstDate": "20250230"},
        {"fcstTime": "0630"},
        {"fcstTime": ""},
        {"fcstDate": "20250530", "fcstTime": "0500"},  # not after the issue
        {"baseTime": "0200"},
        {"baseDate": "20250529"},
        {"nx": "98"},
    ],
)
def test_items_of_another_hour_issue_or_cell_are_left_out(wrong: dict[str, str]) -> None:
    items = items_of(ISSUE, 2)
    items[0] |= wrong

    read = read_items(items, ISSUE, SEOUL)

    assert read.rejected == 1
    assert read.table["ta"].isna().tolist() == [True, False]


def test_times_without_their_zero_are_read() -> None:
    items = [item | {"fcstTime": item["fcstTime"].lstrip("0")} for item in items_of(ISSUE, 2)]
    assert len(read_items(items, ISSUE, SEOUL).table) == 2


def test_no_items_give_an_empty_table() -> None:
    read = read_items([], ISSUE, Cell(1, 1))
    assert (len(read.table), tuple(read.table.columns)) == (0, COLUMNS)


def test_issues_are_released_ten_minutes_after_their_hour_and_kept_three_days() -> None:
    now = datetime(2025, 5, 30, 5, 10, tzinfo=KST)

    issues = released_issues(now)

    assert issues[0] == ISSUE
    assert released_issues(now - timedelta(minutes=1))[0] == ISSUE - 3 * HOUR
    assert issues[-1] == datetime(2025, 5, 27, 8, tzinfo=KST)
    assert len(issues) == 24


@given(st.integers(0, 4000))
def test_at_any_time_the_issues_of_three_days_are_three_hours_apart(minutes: int) -> None:
    issues = released_issues(ISSUE + timedelta(minutes=minutes))
    assert {later - earlier for later, earlier in pairwise(issues)} == {3 * HOUR}
    assert len(issues) in (23, 24)
