"""The simulated kma_sfctm3 over real HTTP: columns, last hour, missing values, winter rain, keys, faults."""

from __future__ import annotations

from datetime import datetime

import httpx
import numpy as np
import pandas as pd
import pytest

from infra.kma_simulator.api_hub.text import first_hour_needed, rows_of
from infra.kma_simulator.synthetic import SyntheticWeather
from plantcast.common.clock import KST
from tests.support.running_simulator import RunningSimulator

QUERY = {"tm1": "202505291200", "tm2": "202505301200", "stn": "108", "help": "0"}
# Columns, counted from 0.
TIME, STATION, TA, HM, RN, RN_DAY = 0, 1, 11, 13, 15, 16


def call(simulator: RunningSimulator, **changes: str) -> httpx.Response:
    parameters = {"authKey": simulator.hub_key} | QUERY | changes
    return httpx.get(simulator.api_hub_url, params=parameters, verify=False)


def rows_in(text: str) -> list[list[str]]:
    lines = text.splitlines()
    assert (lines[0], lines[-1]) == ("#START7777", "#7777END")
    rows = [line.split() for line in lines if not line.startswith("#")]
    assert {len(row) for row in rows} <= {46}
    return rows


@pytest.mark.parametrize(("now", "last"), [("02:14", "0100"), ("02:15", "0200")])
def test_rows_reach_the_last_hour_that_is_a_quarter_past(
    simulator: RunningSimulator, now: str, last: str
) -> None:
    simulator.set_clock(datetime.fromisoformat(f"2025-05-30T{now}").replace(tzinfo=KST))
    rows = rows_in(call(simulator).text)
    assert rows[0][TIME] == "202505291200"
    assert rows[-1][TIME] == f"20250530{last}"
    truth = SyntheticWeather(108).hours(
        "108", datetime(2025, 5, 29, 12, tzinfo=KST), datetime(2025, 5, 30, tzinfo=KST)
    )
    assert [float(row[TA]) for row in rows[:13]] == truth["ta"].tolist()
    assert [float(row[HM]) for row in rows[:13]] == truth["hm"].tolist()


def test_given_several_stations_when_called_then_all_come_by_time(simulator: RunningSimulator) -> None:
    rows = rows_in(call(simulator, tm2="202505291300", stn="108:112").text)
    assert [(row[TIME][-4:], row[STATION]) for row in rows] == [
        ("1200", "108"),
        ("1200", "112"),
        ("1300", "108"),
        ("1300", "112"),
    ]


def test_given_winter_when_written_then_rain_is_that_of_three_hours_and_sums_begin_after_midnight() -> None:
    start = datetime(2025, 1, 19, 22, tzinfo=KST)
    times = pd.date_range(first_hour_needed(start), periods=34, freq="h", name="time")
    observed = pd.DataFrame({"rn": np.nan, "ta": -9.0}, index=times)
    observed.loc["2025-01-19 22:00+09:00":"2025-01-20 02:00+09:00", "rn"] = [1.0, 2.0, 0.5, 4.0, 0.1]
    observed.loc["2025-01-20 03:00+09:00", "ta"] = np.nan
    rows = [line.split() for line in rows_of(observed, "108", start)]
    assert [row[RN] for row in rows[:8]] == ["-9.0", "-9.0", "3.5", "-9.0", "-9.0", "4.1", "-9.0", "-9.0"]
    assert [row[RN_DAY] for row in rows[:6]] == ["1.0", "3.0", "3.5", "4.0", "4.1", "4.1"]
    # −9 °C is a temperature, so a missing one is written otherwise.
    assert [row[TA] for row in rows[4:6]] == ["-9.0", "-99.0"]


def test_given_summer_when_written_then_rain_is_that_of_the_hour() -> None:
    start = datetime(2025, 7, 19, 22, tzinfo=KST)
    times = pd.date_range(first_hour_needed(start), periods=26, freq="h", name="time")
    rows = [line.split() for line in rows_of(pd.DataFrame({"rn": 0.5}, index=times), "108", start)]
    assert {row[RN] for row in rows} == {"0.5"}


def test_refusals(simulator: RunningSimulator) -> None:
    unknown = call(simulator, authKey="other")
    assert unknown.status_code == 401
    assert unknown.json() == {"result": {"status": 401, "message": "유효한 인증키가 아닙니다."}}
    assert call(simulator, tm1="2025").status_code == 400
    assert call(simulator, tm1="202504010000").status_code == 400  # more than 31 days
    simulator.set_behaviour(api_hub_fault="not_applied")
    forbidden = call(simulator)
    assert forbidden.status_code == 403
    assert "활용신청이 필요한 API" in forbidden.json()["result"]["message"]
    simulator.set_behaviour(api_hub_fault="quota")
    assert "호출 한도를 초과" in call(simulator).json()["result"]["message"]


def test_given_it_is_late_when_called_then_rows_end_three_hours_earlier(simulator: RunningSimulator) -> None:
    before = rows_in(call(simulator).text)
    simulator.set_behaviour(api_hub_fault="late")
    assert rows_in(call(simulator).text) == before[:-3]


def test_given_a_cut_answer_when_read_then_its_last_line_is_absent(simulator: RunningSimulator) -> None:
    simulator.set_behaviour(api_hub_fault="cut")
    assert "#7777END" not in call(simulator).text
