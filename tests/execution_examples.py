"""Histories of executions in the shape Step Functions gives them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from plantcast.clock import KST
from plantcast.storage import History

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
    """Return the events of infra/pipeline.asl.json for stations 108 and 112; training hm of 112 fails twice.

    Recorded from moto's interpreter of the state language. A row of the file is id, previous id, type,
    milliseconds, and where there are such the name of the state and the index of the iteration.
    """
    rows = json.loads((Path(__file__).parent / "execution_history.json").read_text("utf-8"))
    return [
        event(number, previous, kind, milliseconds / 1000, **dict(zip(("name", "index"), told, strict=False)))
        for number, previous, kind, milliseconds, *told in rows
    ]


def thin(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the history as the embedded emulator tells it: no previous events, of Maps only tasks."""
    depth, kept = 0, []
    for one in events:
        kind = one["type"]
        if kind == "MapStateExited":
            depth -= 1
        inside = depth > 0 and not kind.startswith(("TaskScheduled", "TaskSucceeded", "TaskFailed"))
        if kind == "MapStateEntered":
            depth += 1
        if not inside and kind not in ("TaskStarted", "MapStateStarted", "MapStateSucceeded"):
            kept.append({name: value for name, value in one.items() if name != "previousEventId"})
    return [{**one, "id": number} for number, one in enumerate(kept, start=1)]


def history(events: list[dict[str, Any]], *, status: str = "SUCCEEDED", whole: bool = True) -> History:
    """Return a history that ended with its last event, unless it is running."""
    stopped = None if status == "RUNNING" else events[-1]["timestamp"]
    return History(status=status, stopped=stopped, events=events, whole=whole)
