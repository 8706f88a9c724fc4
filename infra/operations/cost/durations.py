"""How long an invocation takes on Lambda, from the CPU time and the calls that were measured here."""

from __future__ import annotations

from typing import Final

from infra.operations.cost.assumptions import Assumptions
from infra.operations.cost.measurements import FUNCTION_OF, Use, cpu_share

IMAGES: Final = frozenset({"TrainFunction", "EvaluateFunction", "PredictFunction"})


def seconds(use: Use, memory_mb: int, assumed: Assumptions) -> float:
    """Return what a warm function takes: CPU time on its share of a CPU, its calls one after the other."""
    return use.cpu_s * assumed.cpu_factor / cpu_share(memory_mb) + _waiting(use, assumed)


def start_seconds(function: str, use: Use, memory_mb: int, assumed: Assumptions) -> float:
    """Return what a new one takes before, which is paid as well."""
    fetching = assumed.image_start_seconds if function in IMAGES else assumed.zip_start_seconds
    return fetching + use.start_cpu_s * assumed.cpu_factor / cpu_share(memory_mb)


def again_seconds(use: Use, memory_mb: int, assumed: Assumptions) -> float:
    """Return what the same work once more takes within an invocation, for another station."""
    cpu = use.cpu_s if use.warm_cpu_s is None else use.warm_cpu_s
    return cpu * assumed.cpu_factor / cpu_share(memory_mb) + _waiting(use, assumed)


def whole_seconds(name: str, use: Use, memory_mb: int, assumed: Assumptions, *, stations: int = 1) -> float:
    """Return what a new function takes in all; `stations` are worked through one after the other."""
    return (
        start_seconds(FUNCTION_OF[name], use, memory_mb, assumed)
        + seconds(use, memory_mb, assumed)
        + (stations - 1) * again_seconds(use, memory_mb, assumed)
    )


def _waiting(use: Use, assumed: Assumptions) -> float:
    s3, table = use.called("s3"), use.called("dynamodb")
    # An ingest asks for its key once and then the KMA; a backfilled year is ten pages.
    kma = use.called("ssm") * (1 + use.s3_put_bytes.get("raw", 0) // 60_000)
    others = sum(use.calls.values()) - s3 - table
    return (
        s3 * assumed.s3_seconds
        + table * assumed.dynamodb_seconds
        + others * assumed.other_seconds
        + kma * assumed.kma_seconds
    )
