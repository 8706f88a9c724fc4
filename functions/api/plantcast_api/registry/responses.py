"""The registry as the API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from plantcast.common.stations import Station
from plantcast.forecasting import TARGETS, Target
from plantcast.registry import ModelRegistry, Pointer, VersionEntry, catalogue
from plantcast_api.models import StationInfo
from plantcast_api.registry.models import ChampionInfo, ModelsResponse, TargetModels, VersionInfo

VERSIONS_SHOWN: Final = 30
_UNITS: Final[Mapping[Target, str]] = {"ta": "°C", "hm": "%"}


def models_response(registry: ModelRegistry, station: Station) -> ModelsResponse:
    """Return champion and newest versions of each target of a station."""
    targets = [_target(registry, station, target) for target in TARGETS]
    return ModelsResponse(station=StationInfo.model_validate(station), targets=targets)


def champion_info(pointer: Pointer) -> ChampionInfo:
    """Return the version in production that a pointer names, and why."""
    return ChampionInfo.model_validate({**vars(pointer), "scores": pointer.scores or None})


def _target(registry: ModelRegistry, station: Station, target: Target) -> TargetModels:
    found = catalogue(registry, station.number, target, limit=VERSIONS_SHOWN)
    return TargetModels(
        target=target,
        unit=_UNITS[target],
        champion=None if found.pointer is None else champion_info(found.pointer),
        problem=found.pointer_problem,
        versions=[_version(entry) for entry in found.versions],
    )


def _version(entry: VersionEntry) -> VersionInfo:
    serving = entry.serving
    learned = {
        "trained_from": serving.get("first"),
        "trained_to": serving.get("last"),
        "hours": serving.get("hours"),
        "rows": serving.get("rows"),
        "trees": entry.trees,
        "validation_rmse": entry.validation_rmse,
        "decision": entry.decision or None,
    }
    try:
        return VersionInfo.model_validate({**vars(entry), **learned})
    except ValidationError as error:
        wrong = ", ".join(sorted({str(one["loc"][0]) for one in error.errors()}))
        problem = f"Its metadata or decision cannot be read ({wrong})."
        return VersionInfo(version=entry.version, in_production=entry.in_production, problem=problem)
