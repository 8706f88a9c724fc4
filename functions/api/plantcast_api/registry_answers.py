"""The registry as the API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from plantcast.common.stations import Station
from plantcast.forecasting import TARGETS, Target
from plantcast.registry import Catalogue, ModelRegistry, Pointer, VersionEntry, catalogue
from plantcast_api.present import moment, station_info
from plantcast_api.registry_models import (
    ChampionInfo,
    DecisionInfo,
    HeldOutScores,
    ModelsResponse,
    TargetModels,
    VersionInfo,
)

VERSIONS_SHOWN: Final = 30
_UNITS: Final[Mapping[Target, str]] = {"ta": "°C", "hm": "%"}


def models_response(registry: ModelRegistry, station: Station) -> ModelsResponse:
    """Return champion and newest versions of each target of a station."""
    found = (catalogue(registry, station.number, target, limit=VERSIONS_SHOWN) for target in TARGETS)
    return ModelsResponse(station=station_info(station), targets=[_target(one) for one in found])


def champion_info(pointer: Pointer) -> ChampionInfo:
    """Return what a pointer says; scores of another form than today's are left out."""
    return ChampionInfo(
        version=pointer.version,
        since=moment(pointer.promoted_at),
        run_id=pointer.run_id,
        reason_ko=pointer.reason_ko,
        reason_en=pointer.reason_en,
        previous=pointer.previous,
        scores=_scores(pointer.scores),
    )


def _target(found: Catalogue) -> TargetModels:
    return TargetModels(
        target=found.target,
        unit=_UNITS[found.target],
        champion=None if found.pointer is None else champion_info(found.pointer),
        problem=found.pointer_problem,
        versions=[_version(entry) for entry in found.versions],
    )


def _version(entry: VersionEntry) -> VersionInfo:
    serving = entry.serving
    decision, problem = _decision(entry.decision)
    try:
        return VersionInfo(
            version=entry.version,
            in_production=entry.in_production,
            trained_from=serving.get("first"),
            trained_to=serving.get("last"),
            hours=serving.get("hours"),
            rows=serving.get("rows"),
            trees=entry.trees,
            validation_rmse=entry.validation_rmse,
            decision=decision,
            problem=entry.problem or problem,
        )
    except ValidationError as error:
        unread: dict[str, Any] = dict.fromkeys(
            ("trained_from", "trained_to", "hours", "rows", "trees", "validation_rmse")
        )
        return VersionInfo(
            version=entry.version,
            in_production=entry.in_production,
            decision=decision,
            problem=f"Its metadata is of another form ({error.error_count()} fields).",
            **unread,
        )


def _decision(decision: Mapping[str, Any]) -> tuple[DecisionInfo | None, str | None]:
    if not decision:
        return None, None
    try:
        return DecisionInfo.model_validate(decision), None
    except ValidationError as error:
        return None, f"Its decision is of another form ({error.error_count()} fields)."


def _scores(scores: Mapping[str, Any]) -> HeldOutScores | None:
    try:
        return HeldOutScores.model_validate(scores)
    except ValidationError:
        return None  # of a version put there by hand, which nobody scored
