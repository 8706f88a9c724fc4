"""The simulated Open-Meteo over real HTTP: hourly JSON of models, past forecasts, refusals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from plantcast.common.clock import KST
from tests.support.running_simulator import RunningSimulator

QUERY = {
    "latitude": "37.5714",
    "longitude": "126.9658",
    "hourly": "temperature_2m,relative_humidity_2m",
    "timezone": "Asia/Seoul",
}


def call(simulator: RunningSimulator, **changes: str) -> httpx.Response:
    return httpx.get(f"{simulator.root_url}/v1/forecast", params=QUERY | changes, verify=False)


def hourly(response: httpx.Response) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = response.json()["hourly"]
    return values


def test_given_one_model_when_called_then_days_from_midnight_come_without_its_name(
    simulator: RunningSimulator,
) -> None:
    response = call(simulator, models="ecmwf_ifs025", forecast_days="2")
    document = response.json()
    assert (document["utc_offset_seconds"], document["timezone"]) == (32400, "Asia/Seoul")
    assert document["hourly_units"]["temperature_2m"] == "°C"
    values = hourly(response)
    assert list(values) == ["time", "temperature_2m", "relative_humidity_2m"]
    assert (values["time"][0], values["time"][-1]) == ("2025-05-30T00:00", "2025-05-31T23:00")
    assert all(-5 < value < 45 for value in values["temperature_2m"])


def test_given_two_models_when_called_then_names_end_in_theirs_and_they_differ(
    simulator: RunningSimulator,
) -> None:
    values = hourly(call(simulator, models="ecmwf_ifs025,gfs_seamless"))
    assert set(values) == {
        "time",
        *(
            f"{name}_{model}"
            for name in QUERY["hourly"].split(",")
            for model in ("ecmwf_ifs025", "gfs_seamless")
        ),
    }
    assert values["temperature_2m_ecmwf_ifs025"] != values["temperature_2m_gfs_seamless"]


def test_past_forecasts_are_of_runs_a_day_older_each_and_the_same_whatever_else_is_called_for(
    simulator: RunningSimulator,
) -> None:
    days = {"start_date": "2025-05-28", "end_date": "2025-05-28", "models": "gfs_seamless"}
    names = [f"temperature_2m{ending}" for ending in ("", "_previous_day1", "_previous_day2")]
    values = hourly(call(simulator, hourly=",".join(names), **days))
    assert len({tuple(values[name]) for name in names}) == 3
    # The run of 03:00 a day before its hour: what was served then.
    simulator.set_clock(datetime(2025, 5, 27, 9, tzinfo=KST))
    then = hourly(call(simulator, **days))
    assert then["temperature_2m"][3:9] == values["temperature_2m_previous_day1"][3:9]
    simulator.set_clock(datetime(2025, 5, 30, 2, tzinfo=KST))
    longer = hourly(call(simulator, hourly=names[1], **days | {"start_date": "2025-05-20"}))
    assert longer[names[1]][-24:] == values[names[1]]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"hourly": "warmth"}, "warmth"),
        ({"latitude": "north"}, "latitude"),
        ({"start_date": "2025-05-20"}, "end_date"),
        ({"start_date": "2025-05-20", "end_date": "2025-05-19"}, "End-date"),
        ({"start_date": "2025-05-20", "end_date": "2026-05-19"}, "end_date"),
    ],
)
def test_a_wrong_parameter_is_refused_with_400_and_the_reason(
    simulator: RunningSimulator, changes: dict[str, str], reason: str
) -> None:
    response = call(simulator, **changes)
    assert response.status_code == 400
    assert response.json()["error"] is True
    assert reason in response.json()["reason"]


def test_given_its_quota_used_up_when_called_then_429(simulator: RunningSimulator) -> None:
    simulator.set_behaviour(open_meteo_fault="quota")
    assert call(simulator).status_code == 429
