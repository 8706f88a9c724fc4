"""Steps of a run as they are stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from plantcast.common.clock import KST
from plantcast.forecasting import TARGETS
from plantcast.pipeline.run_steps import StepResult

START: Final = datetime(2025, 5, 30, 2, tzinfo=KST)


def recorded_steps(begun: datetime = START, scale: float = 1) -> list[StepResult]:
    """Return the steps of a night of the stations 108 and 112; training hm of 112 failed."""
    rows: list[tuple[str, str | None, str | None, float]] = [("prepare", None, None, 0)]
    for station, later in (("108", 0.0), ("112", 0.02)):
        rows += [("ingest", station, None, 0.12 + later), ("features", station, None, 0.32 + later)]
        rows += [("train", station, target, 0.4 + later) for target in TARGETS]
        rows += [("evaluate", station, target, 0.7 + later) for target in TARGETS]
        rows += [("predict", station, None, 0.9 + later)]
    rows += [("monitor", None, None, 1)]
    failed = ("train", "112", "hm")
    return [
        StepResult(*place, begun + timedelta(seconds=scale * second), round(scale * 0.05, 2),
                   error="MemoryError: " if tuple(place) == failed else None)
        for *place, second in rows
        if tuple(place) != ("evaluate", "112", "hm")
    ]  # fmt: skip
