"""What lies in the bucket and the table after so many months."""

from __future__ import annotations

from typing import Final

from infra.operations.cost.assumptions import DAYS, Assumptions
from infra.operations.cost.measurements import Measurements
from infra.operations.cost.stack_facts import StackFacts

_GB: Final = 1024**3
_NIGHTLY: Final = (
    "ingest, a night",
    "features",
    "train ta",
    "train hm",
    "evaluate ta",
    "evaluate hm",
    "predict",
    "monitor",
    "notify, a night",
)


def nightly_bytes(measured: Measurements) -> dict[str, int]:
    """Return the bytes a night puts of one station, by the first folder of the keys."""
    sums: dict[str, int] = {}
    for name in _NIGHTLY:
        for folder, size in measured.uses[name].s3_put_bytes.items():
            sums[folder] = sums.get(folder, 0) + size
    return sums


def by_folder(
    stations: int, measured: Measurements, facts: StackFacts, assumed: Assumptions
) -> dict[str, float]:
    """Return GB in the bucket, ten years of observations included, by the first folder of the keys.

    `raw/` grows by each night; a feature table stays for days and so does its deleted version; of models so
    many are kept, and the versions of deleted ones for the days of the lifecycle rule; the newest month of
    the lake is replaced each night and its versions stay as long.
    """
    days = DAYS * assumed.months_stored
    nights = {
        "raw": days,
        "features": min(days, facts.features_days),
        "models": min(days, facts.model_versions_kept + facts.noncurrent_days),
    }
    sizes = {folder: float(size) for folder, size in measured.lake_bytes.items()}
    for folder, size in nightly_bytes(measured).items():
        kept = nights.get(folder, min(days, facts.noncurrent_days))
        sizes[folder] = sizes.get(folder, 0.0) + kept * size
    return {folder: stations * size / _GB for folder, size in sorted(sizes.items())}


def stored_gb(stations: int, measured: Measurements, facts: StackFacts, assumed: Assumptions) -> float:
    """Return GB in the bucket in all."""
    return sum(by_folder(stations, measured, facts, assumed).values())


def table_gb(stations: int, measured: Measurements, assumed: Assumptions) -> float:
    """Return GB in the table, as if nothing ever expired or was replaced."""
    per_night = sum(sum(measured.uses[name].item_bytes.values()) for name in _NIGHTLY)
    return stations * DAYS * assumed.months_stored * per_night / _GB
