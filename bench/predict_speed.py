"""The hourly forecast on the data of a running local deployment: `python -m bench.predict_speed`.

Predicts again and again with loaded models, reading lake, guidance and feeds as the function does, and
issues nothing. Prints milliseconds of this process's CPU and of the wall clock.
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from statistics import median

from infra.emulator.state import StateFolder
from infra.stack.outputs import Outputs
from plantcast.common.clock import SystemClock
from plantcast.common.errors import NotFoundError
from plantcast.forecasting.combination_store import CombinationStore
from plantcast.forecasting.issued import Forecast, ForecastStore
from plantcast.forecasting.shadows import ShadowStore
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.status import FeedStatuses
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.learning import LearningStep
from plantcast.pipeline.predict import PredictStep
from plantcast.pipeline.published import PublishedForecasts
from plantcast.registry import ModelRegistry

REPETITIONS = 15


class NothingIssued(ForecastStore):
    """Knows no forecast and stores none: each prediction is computed whole."""

    def at(self, station: str, origin: datetime) -> Forecast | None:
        """Return None."""

    def issue(self, forecast: Forecast) -> bool:
        """Store nothing."""
        return True


def main() -> None:
    """Print what predicting the first station takes."""
    folder = StateFolder.locate(os.environ)
    state = folder.load()
    if state is None:
        raise NotFoundError("No deployment runs.", remedy="Start one with `make demo`.")
    deployment = state.plan.deployment(Outputs.load(folder.outputs_file))
    store, table = deployment.store, deployment.table
    guidance, registry = GuidanceLake(store), ModelRegistry(store)
    step = PredictStep(
        store,
        ObservationLake(store, state.plan.source),
        registry,
        NothingIssued(table),
        ShadowStore(table),
        PublishedForecasts(guidance, FeedStatuses(table)),
        LearningStep(guidance, registry, CombinationStore(store)),
        SystemClock(timedelta(seconds=state.plan.clock_offset_seconds)),
    )
    station = state.plan.stations[0]
    step.from_lake(station, force=True, update=True)  # loads the models
    cpu, wall = [], []
    for _ in range(REPETITIONS):
        began = time.process_time(), time.perf_counter()
        step.from_lake(station, force=True, update=True)
        cpu.append((time.process_time() - began[0]) * 1000)
        wall.append((time.perf_counter() - began[1]) * 1000)
    print(
        f"models loaded, median of {REPETITIONS}: {median(cpu):.0f} ms of CPU, {median(wall):.0f} ms in all"
    )


if __name__ == "__main__":
    main()
