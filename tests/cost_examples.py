"""Measurements and facts of a made-up stack whose bill can be worked out by hand."""

from __future__ import annotations

from typing import Any

from infra.operations.cost.assumptions import Assumptions
from infra.operations.cost.measurements import FUNCTION_OF, Measurements, Use
from infra.operations.cost.stack_facts import StackFacts

GB = 1024**3

# No waiting, no margin for another CPU, no starts: what is left is what was measured.
PLAIN = Assumptions(
    page_views_a_day=0,
    waits_a_night=0,
    mails_a_day=0,
    cpu_factor=1.0,
    s3_seconds=0.0,
    dynamodb_seconds=0.0,
    other_seconds=0.0,
    kma_seconds=0.0,
    image_start_seconds=0.0,
    zip_start_seconds=0.0,
    lambda_log_bytes=0,
    images_kept=0,
)


def use(**figures: Any) -> Use:
    """A use of a function that takes nothing, but for these figures."""
    nothing: dict[str, Any] = {
        "runs": 1,
        "start_cpu_s": 0.0,
        "start_mb": 50,
        "peak_mb": 100,
        "cpu_s": 0.0,
        "warm_cpu_s": None,
        "log_bytes": 0,
        "calls": {},
        "s3_received_bytes": 0,
        "s3_put_bytes": {},
        "wru": 0,
        "rru": 0,
        "item_bytes": {},
    }
    return Use.model_validate(nothing | figures)


def measured(lake_bytes: int = 0, **uses: Use) -> Measurements:
    """Measurements of a stack whose functions take nothing, but for `uses` (`_` for what is no letter)."""
    named = {name: uses.get(name.replace(", ", "_").replace(" ", "_"), use()) for name in FUNCTION_OF}
    return Measurements(
        measured_at="2026-01-01",
        commit="0",
        command="none",
        machine="none",
        observations="none",
        lake_bytes={"observations": lake_bytes},
        uses=named,
    )


def facts(**changes: Any) -> StackFacts:
    """Facts of a stack of functions of 1,769 MB (one CPU each) without alarms and dashboards."""
    plain: dict[str, Any] = {
        "memory_mb": dict.fromkeys(FUNCTION_OF.values(), 1769),
        "timeout_s": dict.fromkeys(FUNCTION_OF.values(), 900),
        "alarm_metrics": 0,
        "dashboards": 0,
        "filtered_metrics": frozenset(),
        "detailed_api_metrics": 0,
        "budgets": 0,
        "log_retention_days": 30,
        "model_versions_kept": 30,
        "features_days": 31,
        "noncurrent_days": 90,
        "point_in_time_recovery": True,
    }
    return StackFacts(**(plain | changes))
