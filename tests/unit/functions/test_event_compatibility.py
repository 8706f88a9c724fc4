"""Events as the former release's state machines send them, and the facts those read, with today's handlers.

An execution keeps the definition it began with while functions switch under it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from functions.backfill import handler as backfill
from functions.evaluate import handler as evaluate
from functions.features import handler as features
from functions.ingest import handler as ingest
from functions.monitor import handler as monitor
from functions.notify import handler as notify
from functions.predict import handler as predict
from functions.prepare import handler as prepare
from functions.train import handler as train
from plantcast.common.clock import KST, FixedClock
from plantcast.forecasting.issued import ForecastStore
from plantcast.notifications.outbox import Outbox
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.features import FeatureStep
from plantcast.pipeline.monitor import Watch
from plantcast.pipeline.notify import Notifier
from plantcast.pipeline.run_steps import RunSteps
from plantcast.pipeline.runs import RunStore
from tests.fakes import MemoryObjectStore, MemoryTable

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "events_of_former_release.json").read_text("utf-8")
)
EVENTS: dict[str, list[dict[str, Any]]] = RECORDED["events"]
READ: dict[str, Any] = RECORDED["facts_read"]
NOW = datetime(2026, 11, 27, 2, 5, tzinfo=KST)
ORIGIN = datetime(2026, 11, 26, 23, tzinfo=KST)
RUN, STATION = EVENTS["train"][0]["run_id"], "108"
FEATURES_KEY = EVENTS["train"][0]["features_key"]


class Answer(dict[str, Any]):
    """Facts, and a report that has them."""

    stopped_by = "none"

    def facts(self) -> dict[str, Any]:
        return dict(self)


@dataclass
class Steps:
    """Keeps what a handler asks of its domain: the name of the call and its arguments."""

    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            named.pop("seconds_left", None)
            self.asked.append((name, *arguments, *named.values()))
            return Answer(status="complete")

        return call


@pytest.fixture
def steps() -> Steps:
    return Steps()


def test_every_function_of_the_state_machines_has_events() -> None:
    definitions = Path(__file__).parents[3] / "infra"
    called = {
        part.split("Function")[0].rpartition("${")[2].lower()
        for name in ("pipeline.asl.json", "backfill.asl.json")
        for part in (definitions / name).read_text("utf-8").split('"FunctionName"')[1:]
    }
    assert called == set(EVENTS)


def test_prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SimpleNamespace(
        clock_offset_seconds=0, stations=(STATION,), freshness_max_checks=1, freshness_wait_seconds=10
    )
    wiring = SimpleNamespace(settings=settings, runs=RunStore(MemoryTable()))
    monkeypatch.setattr(prepare, "_wiring", lambda: wiring)
    for event in EVENTS["prepare"]:
        facts = prepare.handler(event, None)
        assert facts["status"] == "ready", facts
        assert set(READ["prepare"]) <= set(facts)


def test_ingest(monkeypatch: pytest.MonkeyPatch, steps: Steps) -> None:
    monkeypatch.setattr(ingest, "_ingest", lambda: steps)
    for event in EVENTS["ingest"]:
        assert ingest.handler(event, None)["status"] == "complete"
    assert steps.asked == [
        ("night", STATION, date(2026, 11, 27), RUN),
        ("days", STATION, date(2025, 1, 1), date(2025, 12, 31), RUN),
    ]


def test_a_backfill(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryObjectStore()
    settings = SimpleNamespace(clock_offset_seconds=0, data_bucket="data")
    wiring = backfill._Wiring(settings, store, ObservationLake(store, "synthetic"))  # type: ignore[arg-type]
    monkeypatch.setattr(backfill, "_wiring", lambda: wiring)
    plan, failure, report = (backfill.handler(event, None) for event in EVENTS["backfill"])
    assert (plan["status"], failure["status"], report["status"]) == ("ready", "recorded", "failed")
    assert "schema version 2" in report["message"]
    assert set(READ["backfill"]["plan"]) <= set(plan)
    assert set(READ["backfill"]["report"]) <= set(report)
    assert json.loads(store.objects[plan["chunks_key"]])[0]["station"] == STATION


def test_features(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryObjectStore()
    step = FeatureStep(ObservationLake(store, "synthetic"), store, 30)
    monkeypatch.setattr(features, "_wiring", lambda: step)
    for event in EVENTS["features"]:
        assert set(READ["features"]) <= set(features.handler(event, None))


def test_train_and_evaluate(monkeypatch: pytest.MonkeyPatch, steps: Steps) -> None:
    for module, name in ((train, "train"), (evaluate, "evaluate")):
        monkeypatch.setattr(module, "_wiring", lambda: steps)
        for event in EVENTS[name]:
            module.handler(event, None)
    version = EVENTS["evaluate"][0]["version"]
    assert steps.asked == [
        ("run", RUN, STATION, "ta", FEATURES_KEY, ORIGIN),
        ("run", RUN, STATION, "hm", version, FEATURES_KEY, ORIGIN),
    ]


def test_predict(monkeypatch: pytest.MonkeyPatch, steps: Steps) -> None:
    monkeypatch.setattr(predict, "_wiring", lambda: steps)
    for event in EVENTS["predict"]:
        predict.handler(event, None)
    assert steps.asked == [
        ("from_features", RUN, STATION, FEATURES_KEY, ORIGIN, ()),
        ("from_features", RUN, STATION, FEATURES_KEY, ORIGIN, ("observations_incomplete",)),
        ("from_lake", STATION, False),
    ]


def test_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, table = FixedClock(NOW), MemoryTable()
    forecasts, runs = ForecastStore(table), RunStore(table)
    watch = Watch(clock, ObservationLake(MemoryObjectStore(), "synthetic"), forecasts, table)
    wiring = monitor._Wiring(clock, timedelta(0), runs, RunSteps(table), watch)
    monkeypatch.setattr(monitor, "_wiring", lambda: wiring)

    finished, failed = (monitor.handler(event, None) for event in EVENTS["monitor"])

    assert set(READ["monitor"]) <= set(finished)
    # A version that older code met is told to people in words.
    assert "schema version 2; this code reads 1" in finished["message_en"]
    assert (failed["outcome"], "schema version 2; this code reads 1" in failed["message_ko"]) == (
        "failed",
        True,
    )


def test_notify(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, table = FixedClock(NOW), MemoryTable()
    sent: list[dict[str, Any]] = []
    topic = SimpleNamespace(publish=lambda **message: sent.append(message))
    notifier = Notifier(table, ForecastStore(table), Outbox(table, topic, clock), clock, ("default",), "")
    monkeypatch.setattr(notify, "_wiring", lambda: notify._Wiring(notifier, "synthetic"))
    for event in EVENTS["notify"]:
        notify.handler(event, None)
    assert len(sent) == 1  # the run that failed
