"""Monitor over a season: track record, shadows, drift, alarms, metrics, end to end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from infra.stack.localize import load_template
from plantcast.common.clock import HOUR, KST, iso_hour, midnight
from plantcast.forecasting.issued import Forecast, ForecastStore
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.runs import RunStore
from tests.support.fakes import MemoryObjectStore, MemoryTable
from tests.support.log_lines import capture
from tests.support.monitor_setup import World, finish, metrics
from tests.support.observed import sent_of
from tests.support.synthetic_weather import made_weather
from tests.support.verification_examples import forecast_for, issue_days, observed_value

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
LAST = date(2025, 5, 29)
NIGHT = datetime(2025, 5, 30, 2, 3, tzinfo=KST)
DAYS = 40
STEP = 0.8  # so that forty days stay within what a sensor is believed; persistence is off by 0.8 and 1.6
GOOD, BAD, SHADOW = 0.4, 1.2, 0.2


@pytest.fixture
def season(monkeypatch: pytest.MonkeyPatch) -> World:
    """Forty days of forecasts and better shadows, observed, and the same season of last year."""
    table, store = MemoryTable(), MemoryObjectStore()
    made = World(table, store, ForecastStore(table), RunStore(table))
    lake = ObservationLake(store, "synthetic")
    lake.merge("108", sent_of(weather_that_came()), received_at=NIGHT)
    lake.merge("108", sent_of(made_weather(70 * 24, start=midnight(date(2024, 4, 10)))), received_at=NIGHT)
    issue_days(table, DAYS, last=LAST, error=GOOD, shadow_error=SHADOW, step=STEP)
    made.forecasts.issue(forecast_for(LAST + timedelta(days=1), GOOD, step=STEP))
    made.stand_at(NIGHT, monkeypatch)
    return made


def weather_that_came() -> pd.DataFrame:
    """Warmer by STEP each day, as the forecasts of the examples have it; an hour a tenth off (see above)."""
    first = LAST - timedelta(days=DAYS + 2)
    weather = made_weather((DAYS + 3) * 24, start=midnight(first), seed=4)
    truth = [observed_value(first + timedelta(days=n), STEP) for n in range(DAYS + 3) for _ in range(24)]
    weather["ta"] = weather["hm"] = truth
    weather.iloc[::24, :2] -= 0.1
    return weather


def night(
    world: World, day: date, monkeypatch: pytest.MonkeyPatch, *, run_id: str | None = None
) -> dict[str, Any]:
    """Close the run of a night."""
    world.stand_at(datetime(day.year, day.month, day.day, 2, 3, tzinfo=KST), monkeypatch)
    origin = iso_hour(midnight(day) - HOUR)
    forecasts = {"108": {"status": "issued", "origin": origin}}
    return finish(run_id=run_id or f"night-{day}", as_of=day.isoformat(), forecasts=forecasts)


def put_in_place(world: World, forecast: Forecast) -> None:
    """Store a forecast in place of the one from its origin, which the store itself never does."""
    world.table.items.pop(("STATION#108", f"ISSUE#{iso_hour(forecast.origin)}"))
    world.forecasts.issue(forecast)


def verify_all(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Close runs until every day is verified: each looks back a week."""
    for back in (35, 28, 21, 14, 7):
        night(world, LAST + timedelta(days=1 - back), monkeypatch)
    return night(world, LAST + timedelta(days=1), monkeypatch)


def test_given_forty_days_when_the_runs_are_closed_then_record_shadow_drift_and_metrics_are_there(
    season: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logged = capture(monkeypatch)

    answer = verify_all(season, monkeypatch)

    written = metrics(capsys)
    assert (answer["outcome"], answer["verified"]) == ("succeeded", 7)
    track = season.table.get("STATION#108", "TRACK")
    assert track is not None
    windows = track["windows"]
    verified = {length: windows[length]["days_verified"] for length in ("7", "30", "365")}
    assert verified == {"7": 7, "30": 30, "365": DAYS}
    ta = windows["30"]["targets"]["ta"]
    assert ta["leads_1_24"]["rmse"] == pytest.approx(GOOD, abs=0.01)
    assert ta["leads_1_24"]["skill"] == pytest.approx(0.5, abs=0.02)
    assert ta["shadow"]["leads_1_48"]["gain"] == pytest.approx(0.5, abs=0.02)
    assert ta["shadow"]["days"] == 30
    assert logged("data")[-1]["psi"]["ta"] > 1  # 0.8 °C more each day for forty days is no weather
    last = {line["target"]: line for line in logged("scores")}  # of each the newest
    assert last["ta"]["shadow_gain_30d"] == pytest.approx(0.5, abs=0.02)
    assert (last["ta"]["skill_lost"], last["hm"]["skill_lost"]) == (False, False)
    assert written["StationsWithoutSkill"][-1]["StationsWithoutSkill"] == [0]
    assert "persistence" not in answer["message_en"]


def test_given_a_week_without_skill_when_closed_then_the_message_reports_it_until_skill_returns(
    season: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for back in range(8):
        put_in_place(season, forecast_for(LAST - timedelta(days=back), BAD, step=STEP))
    logged = capture(monkeypatch)

    answer = verify_all(season, monkeypatch)

    written = metrics(capsys)
    assert answer["outcome"] == "succeeded"
    assert answer["message_en"].startswith(
        "Forecast issued for Seoul (108). Seoul (108): in the week 2025-05-23"
    )
    assert "temperature forecasts were no better than persistence" in answer["message_en"]
    assert "기온 예보가" in answer["message_ko"]
    run = season.runs.get(answer["run_id"])
    assert run is not None
    assert run.message_en == answer["message_en"]
    assert written["StationsWithoutSkill"][-1]["StationsWithoutSkill"] == [1]
    assert [line.get("skill_lost") for line in logged("scores") if line["target"] == "ta"][-1] is True

    # The forecasts become good again: corrected as if they had been, the week is verified anew.
    for back in range(8):
        day = LAST - timedelta(days=back)
        put_in_place(season, replace(forecast_for(day, GOOD, step=STEP), issued_at=midnight(day) + 9 * HOUR))
    healed = night(season, LAST + timedelta(days=1), monkeypatch, run_id="later")

    assert "persistence" not in healed["message_en"]
    assert metrics(capsys)["StationsWithoutSkill"][-1]["StationsWithoutSkill"] == [0]


def test_given_the_template_when_read_then_its_alarm_watches_the_metric_that_monitor_writes(
    season: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    resources = load_template(ROOT / "template.yaml")["Resources"]
    alarm = resources["SkillLostAlarm"]["Properties"]
    variables = resources["MonitorFunction"]["Properties"]["Environment"]["Variables"]
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", variables["POWERTOOLS_SERVICE_NAME"])

    night(season, LAST + timedelta(days=1), monkeypatch)

    (line,) = metrics(capsys)[alarm["MetricName"]]
    (declared,) = line["_aws"]["CloudWatchMetrics"]
    assert declared["Namespace"] == alarm["Namespace"]
    assert declared["Dimensions"] == [[one["Name"] for one in alarm["Dimensions"]]]
    assert {one["Name"]: one["Value"] for one in alarm["Dimensions"]} == {"service": line["service"]}
