"""Monitor: verifies, closes the run, counts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from functions.monitor import handler as monitor
from plantcast.forecasting.issued import ForecastStore
from plantcast.observations import VARIABLES
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.run_steps import RunSteps, StepResult
from plantcast.pipeline.runs import Run, RunStore
from plantcast.verification.days import newest_days
from tests.support.fakes import MemoryObjectStore, MemoryTable
from tests.support.forecast_examples import ORIGIN, forecast
from tests.support.log_lines import capture
from tests.support.monitor_setup import ISSUED, NOW, STARTED, World, finish, metrics
from tests.support.observed import sent_of


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A handler on stores in memory, two forecasts issued, the first one's day observed, the run begun."""
    table, store = MemoryTable(), MemoryObjectStore()
    made = World(table, store, ForecastStore(table), RunStore(table))
    lake = ObservationLake(store, "synthetic")
    lake.merge("108", sent_of(observations()), received_at=NOW)
    made.forecasts.issue(forecast())
    made.forecasts.issue(forecast(origin=ORIGIN + timedelta(days=1)))
    made.runs.start(
        Run(
            "run-2",
            NOW - timedelta(minutes=3),
            as_of=date(2025, 5, 31),
            stations=("108",),
            retrain=False,
        )
    )
    made.stand_at(NOW, monkeypatch)
    return made


def observations() -> pd.DataFrame:
    index = pd.date_range("2025-05-29 00:00", "2025-05-30 23:00", freq="h", tz="Asia/Seoul", name="time")
    frame = pd.DataFrame({variable: float("nan") for variable in VARIABLES}, index=index)
    # An hour of each day is a tenth off: a sensor that stands still all day is not believed.
    return frame.assign(ta=[17.9] + [18.0] * 23 + [20.9] + [21.0] * 23, hm=([54.0] + [55.0] * 23) * 2)


def test_given_an_issued_forecast_when_finished_then_the_run_succeeded_and_yesterday_is_verified(
    world: World,
) -> None:
    answer = finish()

    assert (answer["outcome"], answer["verified"]) == ("succeeded", 1)
    assert "서울(108)" in answer["message_ko"]
    assert "Seoul (108)" in answer["message_en"]
    scores = newest_days(world.table, "108", 1)[0].sums["ta"].blocks()["leads_1_24"]
    assert (scores.rmse, scores.bias, scores.persistence_rmse) == pytest.approx((1, -1, 3), abs=0.01)
    run = world.runs.get("run-2")
    assert run is not None
    assert (run.outcome, run.finished_at) == ("succeeded", NOW)
    assert run.facts[0]["state"] == "ok"


def test_given_a_finished_run_when_finished_again_then_nothing_changes(world: World) -> None:
    first = finish()
    items = dict(world.table.items)

    assert finish(forecasts={}) == first
    assert world.table.items == items


def test_given_a_station_that_failed_when_finished_then_the_run_is_degraded_and_names_it(
    world: World,
) -> None:
    answer = finish(run_id="run-3", forecasts={**ISSUED, "112": "OSError: no disk"})

    assert answer["outcome"] == "degraded"
    assert "Incheon (112) failed: features: OSError: no disk" in answer["message_en"]


def test_given_a_damaged_lake_when_finished_then_the_run_still_succeeds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged = capture(monkeypatch)
    for key in world.store.objects:
        world.store.objects[key] = b"rubbish"

    answer = finish()

    assert (answer["outcome"], answer["verified"]) == ("succeeded", 0)
    lines = logged("monitoring failed")
    assert [(line["level"], line["station"], line["part"]) for line in lines] == [
        ("ERROR", "108", "verify"),
        ("ERROR", "108", "drift"),
    ]


@pytest.mark.parametrize("last", ["yesterday", 5])
def test_given_a_damaged_status_when_finished_then_the_run_succeeds(world: World, last: Any) -> None:
    world.table.put({"pk": "STATION#108", "sk": "STATUS", "last_observation": last})

    assert finish()["outcome"] == "succeeded"


def test_given_a_fault_when_failed_then_the_run_is_closed_with_its_reason(world: World) -> None:
    event = {
        "event": "fail",
        "run_id": "run-2",
        "started_at": STARTED,
        "error": {"Error": "InputRejected", "Cause": "as_of='x' is not a day."},
    }

    answer = monitor.handler(event, None)

    assert answer["outcome"] == "failed"
    assert "as_of='x' is not a day." in answer["message_ko"]
    run = world.runs.get("run-2")
    assert run is not None
    assert run.outcome == "failed"
    assert monitor.handler(event, None) == answer


def test_given_a_closed_run_when_counted_then_the_metrics_are_of_all_stations_together(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    finish()

    written = metrics(capsys)

    assert {name: [line[name] for line in lines] for name, lines in written.items()} == {
        "StationsDegraded": [[0]],
        "StationsFailed": [[0]],
        "StationsWithoutSkill": [[0]],
    }
    for (line,) in written.values():
        (declared,) = line["_aws"]["CloudWatchMetrics"]
        assert (declared["Namespace"], declared["Dimensions"]) == ("Plantcast", [["service"]])


def test_given_a_closed_run_when_logged_then_a_line_a_target_has_its_scores(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged = capture(monkeypatch)

    finish()

    ta, hm = logged("scores")
    assert [(line["run_id"], line["station"], line["target"]) for line in (ta, hm)] == [
        ("run-2", "108", "ta"),
        ("run-2", "108", "hm"),
    ]
    assert ta["rmse_7d"] == pytest.approx(1.0, abs=0.01)
    assert hm["rmse_30d"] == pytest.approx(5.0, abs=0.05)
    assert ta["skill_7d"] == pytest.approx(2 / 3, abs=0.01)
    assert {"bias_7d", "coverage_80_7d", "skill_30d", "bias_30d", "coverage_80_30d"} <= ta.keys()


@pytest.mark.parametrize(
    ("last", "now", "behind"),
    [
        ("2025-05-30T23:00+09:00", NOW, 0),
        ("2025-05-30T19:00+09:00", NOW, 4),
        ("2025-05-29T23:00+09:00", NOW, 24),
        ("2025-05-31T01:00+09:00", NOW, 0),  # more than the KMA serves: a replay, say
        ("2025-05-30T23:00+09:00", NOW + timedelta(days=1), 24),
    ],
)
def test_given_an_observation_when_counted_then_it_is_as_many_hours_behind_yesterdays_last(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    last: str,
    now: datetime,
    behind: int,
) -> None:
    world.table.put({"pk": "STATION#108", "sk": "STATUS", "schema_version": 1, "last_observation": last})
    world.stand_at(now, monkeypatch)

    finish()

    assert [line["HoursBehind"] for line in metrics(capsys)["HoursBehind"]] == [[behind]]


def test_given_a_run_of_a_past_day_when_finished_then_it_is_closed_and_nothing_else_is_touched(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run("past", NOW, as_of=date(2025, 5, 30), stations=("108",), retrain=False)
    world.runs.start(run)
    before = dict(world.table.items)
    steps = RunSteps(world.table)
    steps.put("past", StepResult("features", "108", None, NOW, 1.0, {"status": "ready"}))
    facts = {"status": "hindcast", "origin": "2025-05-29T23:00+09:00", "degraded_reasons": ["hindcast"]}
    steps.put("past", StepResult("predict", "108", None, NOW, 1.0, facts))

    answer = monitor.handler(
        {"event": "finish", "run_id": "past", "started_at": "2025-05-30T17:03:00Z", "as_of": "2025-05-30"},
        None,
    )

    assert (answer["outcome"], answer["verified"]) == ("degraded", 0)
    assert metrics(capsys) == {}
    closed = world.runs.get("past")
    assert closed is not None
    assert closed.facts[0]["forecast"] == {"status": "hindcast", "origin": "2025-05-29T23:00+09:00"}
    changed = {key for key, item in world.table.items.items() if before.get(key) != item}
    assert {pk for pk, _ in changed} == {"RUN#past", "PIPELINE"}
    last = world.runs.last()
    assert last is not None
    assert last.run_id == "run-2"
