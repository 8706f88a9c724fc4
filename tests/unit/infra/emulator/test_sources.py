"""From environment and options to a plan of observations."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from infra.emulator.sources import (
    ObservationPlan,
    parse_clock,
    parse_stations,
    plan_observations,
)
from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError


def plan(environ: dict[str, str] | None = None, **options: str) -> ObservationPlan:
    return plan_observations(
        environ or {}, stations=options.get("stations"), seed=108, clock=options.get("clock")
    )


@pytest.fixture
def replay(tmp_path: Path) -> str:
    hours = pd.date_range("2022-08-01", "2022-08-09 23:00", freq="h")
    frames = [
        pd.DataFrame({"tm": hours[: 24 * days], "stnId": station, "ta": 25.0, "hm": 60.0})
        for station, days in ((112, 5), (133, 9))
    ]
    pd.concat(frames).to_parquet(tmp_path / "real.parquet")
    return str(tmp_path / "real.parquet")


def test_given_a_key_and_a_clock_then_refused() -> None:
    with pytest.raises(InvalidInputError, match="cannot be set for the real KMA"):
        plan({"KMA_API_KEY": "abc"}, clock="2022-01-01")


def test_given_a_key_and_a_replay_then_refused() -> None:
    with pytest.raises(InvalidInputError, match="Both KMA_API_KEY and ASOS_REPLAY"):
        plan({"KMA_API_KEY": "abc", "ASOS_REPLAY": "x"})


def test_given_the_api_hub_s_key_alone_then_refused() -> None:
    with pytest.raises(InvalidInputError, match="KMA_API_HUB_KEY is set, KMA_API_KEY is not"):
        plan({"KMA_API_HUB_KEY": "abc"})


def test_given_a_replay_then_its_stations_and_the_night_after_its_end(replay: str) -> None:
    found = plan({"ASOS_REPLAY": replay})
    assert (found.source, found.stations, found.replay) == ("replay", ("112",), (replay,))
    assert abs(found.now() - datetime(2022, 8, 6, 2, tzinfo=KST)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("last", "clock"),
    [
        ("2022-12-31 23:00", datetime(2023, 1, 1, 2, tzinfo=KST)),
        ("2023-01-01 00:00", datetime(2023, 1, 1, 2, tzinfo=KST)),  # as the portal's years end
    ],
)
def test_given_a_replay_then_it_stands_after_the_last_whole_day(
    tmp_path: Path, last: str, clock: datetime
) -> None:
    file = tmp_path / "OBS_ASOS_TIM.csv"
    rows = [
        f"108,서울,{hour:%Y-%m-%d %H:%M},1.0,60" for hour in pd.date_range("2022-12-29 01:00", last, freq="h")
    ]
    file.write_text("\n".join(["지점,지점명,일시,기온(°C),습도(%)", *rows, ""]), encoding="cp949")
    assert abs(plan({"ASOS_REPLAY": str(file)}).now() - clock) < timedelta(minutes=1)


def test_stations_are_parsed_once_each_in_order() -> None:
    assert parse_stations(" 112, 108,112 ") == ("112", "108")


@pytest.mark.parametrize("text", ["abc", "108;112", "", ",", "１０８", "999"])
def test_given_no_station_number_then_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is not known"):
        parse_stations(text)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2025-05-30", datetime(2025, 5, 30, 2, tzinfo=KST)),
        ("2025-05-30T11:30", datetime(2025, 5, 30, 11, 30, tzinfo=KST)),
        ("2025-05-29T17:00+00:00", datetime(2025, 5, 30, 2, tzinfo=KST)),
    ],
)
def test_a_clock_is_a_date_or_a_date_time(text: str, at: datetime) -> None:
    assert parse_clock(text) == at


@pytest.mark.parametrize(
    ("environ", "sources", "label"),
    [
        ({}, ("kma",), "the KMA's short-term forecast, observations of today (SIMULATED)"),
        ({"PLANTCAST_GUIDANCE_SOURCES": ""}, (), "observations of today (SIMULATED)"),
        (
            {"PLANTCAST_GUIDANCE_SOURCES": "kma, open_meteo", "KMA_API_KEY": "abc"},
            ("kma", "open_meteo"),
            "the KMA's short-term forecast, Open-Meteo; KMA_API_HUB_KEY adds observations of today",
        ),
        (
            {"PLANTCAST_GUIDANCE_SOURCES": "", "KMA_API_KEY": "abc", "KMA_API_HUB_KEY": "d"},
            (),
            "observations of today",
        ),
    ],
)
def test_published_forecasts_are_those_of_the_environment(
    environ: dict[str, str], sources: tuple[str, ...], label: str
) -> None:
    found = plan(environ)
    assert (found.guidance, found.guidance_label) == (sources, label)


def test_an_unknown_source_of_published_forecasts_is_named() -> None:
    with pytest.raises(InvalidInputError, match="yr is no source"):
        plan({"PLANTCAST_GUIDANCE_SOURCES": "kma,yr"})


def test_given_both_keys_then_observations_of_today_are_fetched_and_may_be_added_later() -> None:
    without = plan({"KMA_API_KEY": "abc"})
    with_hub = plan({"KMA_API_KEY": "abc", "KMA_API_HUB_KEY": "def"})
    assert (without.api_hub_url, with_hub.api_hub_url) == (None, "https://apihub.kma.go.kr")
    assert without.require_same(with_hub) == with_hub
