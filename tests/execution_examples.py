"""Histories of executions in the shape Step Functions gives them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from plantcast.aws import History
from plantcast.common.clock import KST
from plantcast.forecasting import TARGETS
from plantcast.pipeline.run_steps import StepResult

START: Final = datetime(2025, 5, 30, 2, tzinfo=KST)


def event(number: int, previous: int, kind: str, second: float, **told: Any) -> dict[str, Any]:
    """Return an event; `told` are its details."""
    made: dict[str, Any] = {
        "id": number,
        "previousEventId": previous,
        "type": kind,
        "timestamp": START + timedelta(seconds=second),
    }
    if told:
        what = next((what for what in ("StateEntered", "StateExited") if kind.endswith(what)), kind)
        made[f"{what[0].lower()}{what[1:]}EventDetails"] = told
    return made


def recorded() -> list[dict[str, Any]]:
    """Return the events of a night of infra/pipeline.asl.json; what its Maps run are other executions."""
    return [
        event(1, 0, "ExecutionStarted", 0),
        event(2, 0, "TaskStateEntered", 0, name="Prepare"),
        event(3, 2, "TaskStateExited", 0.07, name="Prepare"),
        event(4, 3, "ChoiceStateEntered", 0.07, name="Accepted?"),
        event(5, 4, "ChoiceStateExited", 0.07, name="Accepted?"),
        event(6, 5, "MapStateEntered", 0.1, name="IngestStations"),
        event(7, 6, "MapRunStarted", 0.1),
        event(8, 7, "MapStateExited", 0.3, name="IngestStations"),
        event(9, 8, "MapStateEntered", 0.3, name="ForecastStations"),
        event(10, 9, "MapRunSucceeded", 1),
        event(11, 10, "MapStateExited", 1, name="ForecastStations"),
        event(12, 11, "TaskStateEntered", 1, name="Monitor"),
        event(13, 12, "TaskStateExited", 1.1, name="Monitor"),
        event(14, 13, "TaskStateEntered", 1.1, name="Notify"),
        event(15, 14, "TaskStateExited", 1.2, name="Notify"),
        event(16, 15, "SucceedStateEntered", 1.2, name="Done"),
        event(17, 16, "SucceedStateExited", 1.2, name="Done"),
        event(18, 17, "ExecutionSucceeded", 1.2),
    ]


def recorded_steps(begun: datetime = START, scale: float = 1) -> list[StepResult]:
    """Return what the stations 108 and 112 recorded of that night; training hm of 112 failed."""
    rows: list[tuple[str, str, str | None, float]] = []
    for station, later in (("108", 0.0), ("112", 0.02)):
        rows += [("ingest", station, None, 0.12 + later), ("features", station, None, 0.32 + later)]
        rows += [("train", station, target, 0.4 + later) for target in TARGETS]
        rows += [("evaluate", station, target, 0.7 + later) for target in TARGETS]
        rows += [("predict", station, None, 0.9 + later)]
    failed = ("train", "112", "hm")
    return [
        StepResult(*place, begun + timedelta(seconds=scale * second), round(scale * 0.05, 2),
                   error="MemoryError: " if tuple(place) == failed else None)
        for *place, second in rows
        if tuple(place) != ("evaluate", "112", "hm")
    ]  # fmt: skip


def history(events: list[dict[str, Any]], *, status: str = "SUCCEEDED", whole: bool = True) -> History:
    """Return a history that ended with its last event, unless it is running."""
    stopped = None if status == "RUNNING" else events[-1]["timestamp"]
    return History(status=status, stopped=stopped, events=events, whole=whole)
