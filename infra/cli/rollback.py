"""The command `rollback`: put an earlier model version back into production."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from infra.cli.models import OfTarget, parse_target, pointer_details
from infra.cli.options import (
    AsJson,
    SomeStations,
    Stack,
    deployed_stations,
)
from infra.operations.target import find_deployment
from infra.terminal.console import done, print_json, say, warn
from plantcast.common.errors import InvalidInputError, NotFoundError
from plantcast.forecasting import Target
from plantcast.registry import ModelRegistry

_RUN_ID: Final = "cli"


@dataclass(frozen=True)
class PlannedRollback:
    """One pointer's move, checked before anything is changed; `current` None: nothing is in production."""

    station: str
    target: Target
    current: str | None
    wanted: str


def rollback_command(
    station: SomeStations = None,
    target: OfTarget = "all",
    to: Annotated[
        str | None, typer.Option(help="Version.", show_default="the one before the present")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Put the previous model, or the version given, back into production."""
    targets = parse_target(target)
    if as_json and not yes:
        raise InvalidInputError("--json cannot ask for a confirmation.", remedy="Add --yes.")
    deployment = find_deployment(os.environ, stack)
    stations = deployed_stations(station, deployment.stations)
    if station is None and len(stations) > 1:
        raise InvalidInputError(
            f"Several stations are deployed: {', '.join(stations)}.", remedy="Name one with --station."
        )
    registry = ModelRegistry(deployment.store)
    plans = [plan for number in stations for plan in plan_rollback(registry, number, targets, to=to)]
    for plan in () if as_json else plans:
        say(f"station {plan.station} {plan.target}: {plan.current or 'none'} → {plan.wanted}")
    if not yes:
        typer.confirm("Put it back into production?", abort=True, err=True)
    moved = [do_rollback(registry, plan, deployment.now()) for plan in plans]
    if as_json:
        print_json(moved)
        return
    for details in moved:
        version = details["production"]["version"]
        if details["changed"]:
            done(f"station {details['station']} {details['target']}: {version} is in production")
        else:
            say(f"station {details['station']} {details['target']}: {version} was in production already")
    if any(details["changed"] for details in moved):
        warn("The current forecast is still the old model's: `./plantcast run --no-retrain` makes a new one.")
        warn("The next run that trains may promote a challenger over it.")


def plan_rollback(
    registry: ModelRegistry, station: str, targets: Sequence[Target], *, to: str | None
) -> list[PlannedRollback]:
    """Find where each target's pointer would move, and load the model there, before any is moved.

    Raises:
        NotFoundError: a target has no version to go back to, or the one named is gone.
        CorruptDataError: the pointer or the version to go back to is damaged.
    """
    plans = []
    for target in targets:
        pointer = registry.pointer(station, target)
        current = None if pointer is None else pointer.version
        wanted = to or (None if pointer is None else pointer.previous)
        if wanted is None:
            why = "nothing is in production" if current is None else f"{current} replaced none"
            raise NotFoundError(
                f"There is no {target} version of station {station} to roll back to: {why}.",
                remedy="Name one of `./plantcast models` with --to, or leave this target out with --target.",
            )
        registry.check_serving(station, target, wanted)
        load_model(registry, station, target, wanted)
        plans.append(PlannedRollback(station, target, current, wanted))
    return plans


def do_rollback(registry: ModelRegistry, plan: PlannedRollback, at: datetime) -> dict[str, Any]:
    """Move the pointer as planned; return what is in production now.

    Raises:
        ConflictError: a run has moved it since the plan was made.
    """
    pointer = registry.rollback(
        plan.station, plan.target, at=at, run_id=_RUN_ID, to=plan.wanted, expected=plan.current
    )
    changed = plan.current != plan.wanted
    return {
        "station": plan.station,
        "target": plan.target,
        "changed": changed,
        "replaced": plan.current if changed else None,
        "production": pointer_details(pointer),
    }


def load_model(registry: ModelRegistry, station: str, target: Target, version: str) -> None:
    """Load the serving model as `predict` will.

    Raises:
        CorruptDataError: it cannot be loaded.
    """
    # LightGBM and pandas take a second to import.
    from plantcast.forecasting.models.ensemble import FittedModel

    FittedModel.from_files(registry.load_version(station, target, version, folder="serving"))
