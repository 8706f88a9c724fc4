"""What was measured of each function (`python -m bench.function_memory`), and the memory that asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

FILE: Final = Path(__file__).with_name("measurements.json")

# Lambda's own runtime, and that a heavier night or another allocator may take more than what was measured.
MARGIN: Final = 1.25
OVERHEAD_MB: Final = 40
# "At 1,769 MB, a function has the equivalent of one vCPU" (Lambda's developer guide, "Configure Lambda
# function memory"); the share is proportional to the memory.
MB_OF_ONE_CPU: Final = 1769


class Use(BaseModel):
    """One way a function is used: CPU and memory of one invocation in a new process, what it asks of AWS.

    Of `api, a page view` everything but the start is of all requests of a page view.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    runs: int
    start_cpu_s: float  # interpreter's imports of the function
    start_mb: int
    peak_mb: int
    cpu_s: float
    warm_cpu_s: float | None  # the same once more in the same process
    log_bytes: int
    calls: Mapping[str, int]  # "s3:GetObject" → how many
    s3_received_bytes: int
    s3_put_bytes: Mapping[str, int]  # first folder of the key → bytes
    wru: float
    rru: float
    item_bytes: Mapping[str, int]  # kind of item → bytes put

    @property
    def least_memory(self) -> int:
        """MB that a function used so must have."""
        return round(self.peak_mb * MARGIN + OVERHEAD_MB)

    def called(self, service: str, *operations: str) -> int:
        """Return how many calls of a service were made, of these operations or of all."""
        return sum(
            count
            for name, count in self.calls.items()
            if name.startswith(f"{service}:") and (not operations or name.split(":")[1] in operations)
        )


class Measurements(BaseModel):
    """All uses, and where and when they were measured."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    measured_at: str
    commit: str
    command: str
    machine: str
    observations: str
    lake_bytes: Mapping[str, int]  # first folder → bytes, after ten years were backfilled
    uses: Mapping[str, Use]


# Use → the function of the template.
FUNCTION_OF: Final[Mapping[str, str]] = {
    "prepare": "PrepareFunction",
    "ingest, a night": "IngestFunction",
    "ingest, a backfilled chunk": "IngestFunction",
    "features": "FeaturesFunction",
    "train ta": "TrainFunction",
    "train hm": "TrainFunction",
    "evaluate ta": "EvaluateFunction",
    "evaluate hm": "EvaluateFunction",
    "predict": "PredictFunction",
    "monitor": "MonitorFunction",
    "notify, a night": "NotifyFunction",
    "notify, an hour": "NotifyFunction",
    "api, a page view": "ApiFunction",
    "backfill, plan of 97": "BackfillFunction",
    "backfill, report of 97": "BackfillFunction",
}


def measurements() -> Measurements:
    """Return what was measured last."""
    return Measurements.model_validate_json(FILE.read_text("utf-8"))


def cpu_share(memory_mb: int) -> float:
    """Return how much of one CPU a function of so much memory has for one thread."""
    return min(1.0, memory_mb / MB_OF_ONE_CPU)
