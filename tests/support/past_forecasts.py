"""A forecast of a past day as if it had been issued then: a run of that day would give a hindcast."""

from __future__ import annotations

from datetime import date
from typing import Any

from infra.stack.deployment import Deployment


def issue_past(cloud: Deployment, day: date, *, station: str = "108") -> dict[str, Any]:
    """Issue the forecast of the night of `day` by its steps; return what predict returned."""
    run = {"run_id": f"night-{day}", "station": station}
    features = cloud.invoke("features", {**run, "as_of": day.isoformat()})
    place = {name: features[name] for name in ("features_key", "origin")}
    facts: dict[str, Any] = cloud.invoke("predict", {**run, **place, "degraded_reasons": []})
    assert facts["status"] == "issued", facts
    return facts
