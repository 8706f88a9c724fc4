"""Versions and decisions as `train` and `evaluate` leave them, made up, for tests of what reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from plantcast.forecasting import Target
from plantcast.forecasting.evaluation.gates import ChampionFound
from plantcast.forecasting.evaluation.promotion import decide

# The head and the end of a LightGBM text are all that the registry looks at.
TREES = b"tree\nversion=v4\n\nend of trees\n\npandas_categorical:null\n"


def version_metadata(version: str, target: Target = "ta", **serving: Any) -> dict[str, Any]:
    """Return a version's metadata; `serving` changes what is recorded of both of its models."""
    model = {
        "cutoff": "2025-05-30T00:00+09:00",
        "first": "2024-05-30T00:00+09:00",
        "last": "2025-05-29T23:00+09:00",
        "hours": 8760,
        "rows": 400_000,
        "trees": {"mean": 300, "p10": 200, "p90": 250},
        "validation_rmse": {"blend": 1.523, "model": 1.6},
        "features": ["ta", "hm", "lead"],
        "parameters": {"learning_rate": 0.05, "rows": 400_000},
        **serving,
    }
    return {
        "schema_version": 1,
        "station": "108",
        "target": target,
        "version": version,
        "run_id": f"run of {version}",
        "origin": "2025-05-29T23:00+09:00",
        "holdout_start": "2025-05-02T00:00+09:00",
        "models": {"evaluation": model, "serving": model},
    }


def version_files(version: str, target: Target = "ta", **serving: Any) -> dict[str, bytes]:
    """Return the files of a version that can serve."""
    files = {f"{part}.txt": TREES for part in ("mean", "p10", "p90")}
    files |= {"model.json": b'{"schema_version": 2}'}
    metadata = json.dumps(version_metadata(version, target, **serving)).encode()
    folders = ("evaluation", "serving")
    return {f"{folder}/{name}": body for folder in folders for name, body in files.items()} | {
        "metadata.json": metadata
    }


def held_out_scores(
    challenger: float | None = 1.2, champion: float | None = None, **changes: Any
) -> dict[str, Any]:
    """Return the scores of 28 days on which the damped anomaly is the best baseline with 1.5."""
    block = {
        "challenger": challenger,
        "champion": champion,
        "persistence": 2.5,
        "climatology": 2.0,
        "damped_anomaly": 1.5,
    }
    return {
        "from": "2025-05-02T00:00+09:00",
        "to": "2025-05-29T23:00+09:00",
        "pairs": 32_256,
        "days": 28.0,
        "leads_1_48": block,
        "leads_1_24": block,
        "leads_25_48": block,
        "bias": 0.1,
        "coverage_80": 0.8,
        **changes,
    }


def decision_on(
    version: str,
    scores: Mapping[str, Any] | None = None,
    champion: ChampionFound | None = None,
    target: Target = "ta",
) -> dict[str, Any]:
    """Return the decision that `evaluate` records on these scores."""
    scores = held_out_scores() if scores is None else scores
    decision = decide(scores, champion or ChampionFound("none"))
    return {
        "station": "108",
        "target": target,
        "version": version,
        "run_id": f"run of {version}",
        "promoted": decision.promote,
        "reason_ko": decision.reason_ko,
        "reason_en": decision.reason_en,
        "scores": dict(scores),
        "gates": [gate.to_json() for gate in decision.gates],
    }
