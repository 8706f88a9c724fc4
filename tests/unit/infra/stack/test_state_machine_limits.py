"""The worst night and hour of the whole network, and a backfill since 1904, within Step Functions' quotas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from infra.stack.localize import load_template
from plantcast.common.clock import KST
from plantcast.common.stations import STATIONS
from plantcast.pipeline.backfill import BackfillPlan
from plantcast.pipeline.contracts.update import FeedSummary, UpdateResult
from plantcast.pipeline.outcomes import assess_stations, describe
from plantcast.pipeline.prepare import FIRST_DAY
from plantcast.pipeline.run_steps import RunSteps, StepResult, shorten
from plantcast.pipeline.runs import Run, RunStore
from tests.support.asl_worst_case import EVENTS, STATE_BYTES, TaskFailedError, Walk
from tests.support.fakes import MemoryTable

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[4]
NUMBERS: Final = list(STATIONS)
LONG: Final = "가" * 5000  # of a message: three bytes each
ITEM_BYTES: Final = 400 * 1024  # of DynamoDB
RUN_ID: Final = "x" * 80  # the longest name of an execution
NOW = datetime(2026, 11, 30, 2, tzinfo=KST)


def definition(name: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((ROOT / "infra" / f"{name}.asl.json").read_text("utf-8"))
    return parsed


def checks() -> int:
    return int(load_template(ROOT / "template.yaml")["Parameters"]["FreshnessMaxChecks"]["Default"])


def worst_results() -> RunSteps:
    """All that a run's steps can store of each station, each text as long as it is kept."""
    steps = RunSteps(MemoryTable())
    texts = dict.fromkeys(("message", "reason_ko", "reason_en"), LONG) | {"version": "20261129T23-0a1b2c3d"}
    for number in NUMBERS:
        for step, target in (
            ("ingest", None), ("features", None), ("predict", None),
            ("train", "ta"), ("train", "hm"), ("evaluate", "ta"), ("evaluate", "hm"),
        ):  # fmt: skip
            status = {"ingest": "failed", "features": "ready", "train": "trained"}.get(step, "issued")
            facts = {
                **texts, "status": status, "promoted": True, "origin": "2026-11-29T23:00+09:00",
                "degraded_reasons": ["model_newer_than_origin_ta"] * 7,
                "hours_new": 240, "hours_corrected": 240, "values_masked": 5000,
            }  # fmt: skip
            steps.put(RUN_ID, StepResult(step, number, target, NOW, 900.0, facts))
    return steps


class Functions:
    """Functions that return as much as they can; `failing` names those of which every attempt fails."""

    def __init__(self, failing: frozenset[str] = frozenset()) -> None:
        self.failing = failing
        self.calls: list[str] = []

    def __call__(self, function: str, payload: Mapping[str, Any]) -> Any:
        self.calls.append(function)
        if function in self.failing:
            raise TaskFailedError
        if function == "PrepareFunction":
            return self._plan(payload)
        if function == "MonitorFunction":
            results = worst_results().of_run(RUN_ID)
            message_ko, message_en = describe(assess_stations(results, planned=NUMBERS, retrain=True))
            return {"outcome": "degraded", "message_ko": message_ko, "message_en": message_en}
        # More than any step returns: scores, gates and missing hours included.
        found = {"station": "108", "message": LONG, "missing": ["2026-11-29T23:00+09:00"] * 24}
        kept = {"status": "ready", "features_key": "f" * 200, "origin": "2026-11-29T23:00+09:00"}
        return {**found, **kept, "version": "v" * 40} | (
            {"status": "trained"} if function == "TrainFunction" else {}
        )

    def _plan(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        if payload.get("event") == "check_freshness":
            plan = dict(payload["plan"])
            waiting = plan["checks"] < checks()
            return plan | {"status": "waiting" if waiting else "ready", "checks": plan["checks"] + 1}
        return {
            "status": "ready", "run_id": RUN_ID, "as_of": "2026-11-30", "hindcast": False,
            "stations": NUMBERS, "pending": NUMBERS, "checks": 0, "retrain": True, "targets": ["ta", "hm"],
            "freshness_max_checks": checks(), "freshness_wait_seconds": 1800,
            "message": f"Run for {', '.join(NUMBERS)} as of 2026-11-30.",
        }  # fmt: skip


@pytest.mark.parametrize("failing", [frozenset[str](), frozenset({"EvaluateFunction"})])
def test_the_worst_night_of_all_stations_fits_a_state_and_a_history(failing: frozenset[str]) -> None:
    """Every station late at every check, each task repeated as often as can be, each text at its longest."""
    functions = Functions(failing)
    walk = Walk(functions)

    walk.execute(definition("pipeline"), {})

    assert functions.calls.count("IngestFunction") == 1 + checks()
    assert walk.bytes_ < STATE_BYTES / 2, walk.where
    assert walk.events < EVENTS / 10


@pytest.mark.parametrize("failing", [frozenset[str](), frozenset({"PredictFunction"})])
def test_the_worst_hour_of_all_stations_fits_a_state_and_a_history(failing: frozenset[str]) -> None:
    """Every station changed, every feed failing; with `failing`, no forecast can be issued."""
    calls: list[str] = []

    def invoke(function: str, payload: Mapping[str, Any]) -> Any:
        calls.append(function)
        if function in failing:
            raise TaskFailedError
        if function == "PredictFunction":
            return {"station": "108", "status": "issued", "message": LONG}
        feeds = [
            FeedSummary(feed=name, newest=NOW, stations=97, failed=97, refused=True, message=shorten(LONG))
            for name in ("kma", "open_meteo", "api_hub")
        ]
        message = shorten(LONG)
        return UpdateResult(
            status="changed", run_id=RUN_ID, changed=tuple(NUMBERS), feeds=tuple(feeds), message=message
        ).to_json()

    walk = Walk(invoke)

    output = walk.execute(definition("update"), {})

    assert calls.count("PredictFunction") == len(NUMBERS)
    assert output["predict"]["failed"] is bool(failing)
    assert walk.bytes_ < STATE_BYTES / 10, walk.where
    assert walk.events < EVENTS / 2


def test_an_hour_that_brings_nothing_is_one_call() -> None:
    calls: list[str] = []

    def invoke(function: str, payload: Mapping[str, Any]) -> Any:
        calls.append(function)
        return {"status": "unchanged", "changed": [], "message": "Nothing new."}

    Walk(invoke).execute(definition("update"), {})

    assert calls == ["UpdateFunction"]


def test_a_backfill_of_all_stations_since_the_first_day_fits_a_state_and_a_history() -> None:
    chunks = BackfillPlan(FIRST_DAY, date(2026, 11, 29), tuple(NUMBERS)).chunks()
    plan = {
        "status": "ready", "run_id": RUN_ID, "start": "1904-04-09", "end": "2026-11-29", "stations": NUMBERS,
        "chunks_bucket": "b" * 63, "chunks_key": "k" * 200, "chunks": len(chunks), "message": LONG,
    }  # fmt: skip
    stops = iter(())

    def invoke(function: str, payload: Mapping[str, Any]) -> Any:
        nonlocal stops
        if function == "IngestFunction":
            stopped = next(stops, None)
            if (
                stopped is None
            ):  # a chunk that stops for time after each of its pages, then for each day's quota
                stops = iter([*(("time", hours) for hours in range(9)), *[("quota", 9)] * 14, ("key?", 9)])
                stopped = next(stops)
            reason, hours = stopped
            return {
                "station": "108", "status": "partial", "stopped_by": reason, "hours_present": hours,
                "retry_after_seconds": 60, "message": LONG, "missing": ["2026-11-29T23:00+09:00"] * 24,
            }  # fmt: skip
        if payload["event"] == "report":
            return {"status": "partial", "incomplete": NUMBERS, "message": LONG}
        return plan

    walk = Walk(invoke, [chunk.event() for chunk in chunks])

    walk.execute(definition("backfill"), {})

    assert len(chunks) > 11_000
    assert walk.bytes_ < STATE_BYTES, walk.where
    assert walk.events < EVENTS / 10


def test_the_item_of_the_worst_run_fits_dynamodb() -> None:
    table = MemoryTable()
    runs = RunStore(table)
    runs.start(Run(RUN_ID, NOW, NOW.date(), tuple(NUMBERS), retrain=True))
    outcomes = assess_stations(worst_results().of_run(RUN_ID), planned=NUMBERS, retrain=True)
    message_ko, message_en = describe(outcomes)

    runs.finish(
        RUN_ID, outcome="degraded", finished_at=NOW, started_at=NOW,
        facts=[one.fact() for one in outcomes], message_ko=message_ko, message_en=message_en,
    )  # fmt: skip

    item = table.items["PIPELINE", f"RUN#{RUN_ID}"]
    assert len(json.dumps(item, ensure_ascii=False).encode()) < ITEM_BYTES
