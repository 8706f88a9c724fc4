"""What the registry holds, as facts: the versions of a target, two versions side by side, a rollback."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from plantcast.common.errors import ConflictError, CorruptDataError, NotFoundError
from plantcast.forecasting import Target
from plantcast.registry import ModelRegistry, Pointer, VersionEntry, catalogue, version_entry

VERSIONS_SHOWN: Final = 30
_RUN_ID: Final = "cli"


def models_facts(registry: ModelRegistry, station: str, target: Target) -> dict[str, Any]:
    """Return what is in production and the newest versions, newest first; what cannot be read is None."""
    found = catalogue(registry, station, target, limit=VERSIONS_SHOWN)
    return {
        "station": station,
        "target": target,
        "production": None if found.pointer is None else pointer_facts(found.pointer),
        "problem": found.pointer_problem,
        "versions": [_version_facts(entry) for entry in found.versions],
    }


def pointer_facts(pointer: Pointer) -> dict[str, Any]:
    """Return what a pointer says."""
    return {
        "version": pointer.version,
        "since": pointer.promoted_at.isoformat(timespec="seconds"),
        "run_id": pointer.run_id,
        "reason_ko": pointer.reason_ko,
        "reason_en": pointer.reason_en,
        "previous": pointer.previous,
        "scores": dict(pointer.scores),
    }


def _version_facts(entry: VersionEntry) -> dict[str, Any]:
    serving, decision = entry.serving, entry.decision
    features = serving.get("features")
    wanted = ("promoted", "reason_ko", "reason_en", "scores", "gates")
    return {
        "version": entry.version,
        "in_production": entry.in_production,
        "trained_from": serving.get("first"),
        "trained_to": serving.get("last"),
        "hours": serving.get("hours"),
        "rows": serving.get("rows"),
        "features": len(features) if isinstance(features, list) else None,
        "trees": entry.trees,
        "validation_rmse": entry.validation_rmse,
        "decision": {name: decision.get(name) for name in wanted} if decision else None,
        "problem": entry.problem,
    }


def comparison_facts(
    registry: ModelRegistry, station: str, target: Target, versions: Sequence[str]
) -> dict[str, Any]:
    """Return two versions side by side: each field with the two values, and what differs in the features.

    Raises:
        NotFoundError: one of the versions does not exist.
        CorruptDataError: one of them cannot be read.
    """
    pair = [version_entry(registry, station, target, version) for version in versions]
    first, second = pair
    features = [list(entry.serving.get("features") or ()) for entry in pair]
    spans = [_span(entry) for entry in pair]
    return {
        "station": station,
        "target": target,
        "versions": [entry.version for entry in pair],
        "in_production": [entry.in_production for entry in pair],
        "data": _side_by_side([_data(entry) for entry in pair]),
        "parameters": _side_by_side([_flat(entry.serving.get("parameters")) for entry in pair]),
        "libraries": _side_by_side([_flat(entry.serving.get("versions")) for entry in pair]),
        "validation_rmse": _side_by_side([_flat(entry.serving.get("validation_rmse")) for entry in pair]),
        "held_out": _side_by_side([_held_out(entry) for entry in pair]),
        "same_hours_scored": spans[0] == spans[1] and spans[0] is not None,
        "same_data": _same(first.serving.get("data_sha256"), second.serving.get("data_sha256")),
        "features": {
            "counts": [len(names) for names in features],
            "only_in_first": [name for name in features[0] if name not in set(features[1])],
            "only_in_second": [name for name in features[1] if name not in set(features[0])],
        },
        "decisions": [entry.decision.get("reason_en") for entry in pair],
    }


def _data(entry: VersionEntry) -> dict[str, Any]:
    serving = entry.serving
    return {
        "trained from": serving.get("first"),
        "trained to": serving.get("last"),
        "held out from": entry.metadata.get("holdout_start"),
        "hours": serving.get("hours"),
        "rows": serving.get("rows"),
        **{f"trees {part}": count for part, count in _flat(serving.get("trees")).items()},
    }


def _held_out(entry: VersionEntry) -> dict[str, Any]:
    scores = entry.decision.get("scores")
    if not isinstance(scores, Mapping):
        return {}
    rmse = {
        f"{block} {name}": value
        for block in ("leads_1_48", "leads_1_24", "leads_25_48")
        for name, value in _flat(scores.get(block)).items()
    }
    return {name: scores.get(name) for name in ("from", "to", "pairs", "bias", "coverage_80")} | rmse


def _span(entry: VersionEntry) -> tuple[Any, Any] | None:
    scores = entry.decision.get("scores")
    return (scores.get("from"), scores.get("to")) if isinstance(scores, Mapping) else None


def _flat(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _side_by_side(pair: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for side in pair for name in side)
    return {name: [side.get(name) for side in pair] for name in names}


def _same(first: object, second: object) -> bool | None:
    return None if first is None or second is None else first == second


@dataclass(frozen=True)
class PlannedRollback:
    """One pointer's move, looked at before anything is changed; `current` None: nothing is in production."""

    station: str
    target: Target
    current: str | None
    wanted: str


Readable = Callable[[ModelRegistry, str, Target, str], None]


def plan_rollback(
    registry: ModelRegistry,
    station: str,
    targets: Sequence[Target],
    *,
    to: str | None,
    readable: Readable,
) -> list[PlannedRollback]:
    """Find where each target would go, and that the model there can be read, before any is moved.

    Raises:
        NotFoundError: a target has no version to go back to, or the one named is gone.
        CorruptDataError: the version to go back to is damaged; the pointer is, and no version was named.
    """
    plans = []
    for target in targets:
        current = _current(registry, station, target, named=to is not None)
        wanted = to or (None if current is None else current.previous)
        if wanted is None:
            why = "nothing is in production" if current is None else f"{current.version} replaced none"
            raise NotFoundError(
                f"There is no {target} version of station {station} to roll back to: {why}.",
                remedy="Name one of `./plantcast models` with --to, or leave this target out with --target.",
            )
        registry.check_serving(station, target, wanted)
        readable(registry, station, target, wanted)
        plans.append(PlannedRollback(station, target, None if current is None else current.version, wanted))
    return plans


def do_rollback(registry: ModelRegistry, plan: PlannedRollback, at: datetime) -> dict[str, Any]:
    """Move the pointer as planned; return what is in production now.

    Raises:
        ConflictError: a run has moved it since the plan was made.
    """
    if plan.current == plan.wanted:
        pointer = registry.pointer(plan.station, plan.target)
        if pointer is None or pointer.version != plan.wanted:
            raise ConflictError(
                f"{plan.wanted} is no longer in production for {plan.target} of station {plan.station}.",
                remedy="Look at `./plantcast models` and call again.",
            )
    else:
        pointer = registry.rollback(
            plan.station, plan.target, at=at, run_id=_RUN_ID, to=plan.wanted, expected=plan.current
        )
    return {
        "station": plan.station,
        "target": plan.target,
        "changed": plan.current != plan.wanted,
        "replaced": plan.current if plan.current != plan.wanted else None,
        "production": pointer_facts(pointer),
    }


def model_loads(registry: ModelRegistry, station: str, target: Target, version: str) -> None:
    """Load the serving model as `predict` will.

    Raises:
        CorruptDataError: it cannot be loaded.
    """
    from plantcast.forecasting.models.ensemble import (
        FittedModel,  # LightGBM and pandas: a second, and only here
    )

    FittedModel.from_files(registry.load_version(station, target, version, folder="serving"))


def _current(registry: ModelRegistry, station: str, target: Target, *, named: bool) -> Pointer | None:
    try:
        return registry.pointer(station, target)
    except CorruptDataError:
        if not named:
            raise
        return None  # a rollback to a named version makes the pointer anew
