"""The commands `models` and `rollback`: look at the registry, go back to an earlier version."""

from __future__ import annotations

import os
from typing import Annotated, Final

import typer

from infra.cli.models_facts import (
    comparison_facts,
    do_rollback,
    model_loads,
    models_facts,
    plan_rollback,
)
from infra.cli.models_table import render_comparison, render_models
from infra.emulator.lifecycle import running
from infra.emulator.sources import parse_stations
from infra.emulator.state import LocalState, StateFolder
from infra.stack.deployed import local_session
from infra.stack.outputs import Outputs
from infra.terminal.console import done, out, print_json, say, warn
from plantcast.aws import S3ObjectStore
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import TARGETS, Target
from plantcast.registry import ModelRegistry

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, nothing else.")]
_ALL: Final = "all"


def models_command(
    station: Annotated[
        str | None,
        typer.Option(help="ASOS station number(s); all deployed ones if left out.", show_default=False),
    ] = None,
    target: Annotated[str, typer.Option(help="ta (temperature), hm (humidity) or all.")] = _ALL,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Two versions to show side by side.", metavar="V1 V2", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the model versions, which one is in production, how they scored, and why."""
    targets = parse_target(target)
    state, outputs = running(StateFolder.locate(os.environ))
    stations = _deployed(station, state)
    registry = registry_of(outputs)
    if compare is not None:
        pairs = [comparison_facts(registry, s, t, compare) for s in stations for t in targets]
        if as_json:
            print_json(pairs)
        for pair in () if as_json else pairs:
            out.print(render_comparison(pair))
        return
    found = [models_facts(registry, s, t) for s in stations for t in targets]
    if as_json:
        print_json(found)
    for facts in () if as_json else found:
        out.print(render_models(facts))


def rollback_command(
    station: Annotated[
        str | None,
        typer.Option(help="ASOS station number; the deployed one if left out.", show_default=False),
    ] = None,
    target: Annotated[str, typer.Option(help="ta (temperature), hm (humidity) or all.")] = _ALL,
    to: Annotated[
        str | None, typer.Option(help="Version; the one before the present if left out.", show_default=False)
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put the model before the present one, or a named one, back into production."""
    targets = parse_target(target)
    if as_json and not yes:
        raise InvalidInputError("--json cannot ask whether you mean it.", remedy="Add --yes.")
    state, outputs = running(StateFolder.locate(os.environ))
    stations = _deployed(station, state)
    if station is None and len(stations) > 1:
        raise InvalidInputError(
            f"Several stations are deployed: {', '.join(stations)}.", remedy="Name one with --station."
        )
    registry = registry_of(outputs)
    plans = [
        plan
        for number in stations
        for plan in plan_rollback(registry, number, targets, to=to, readable=model_loads)
    ]
    for plan in () if as_json else plans:
        say(f"station {plan.station} {plan.target}: {plan.current or 'nothing readable'} → {plan.wanted}")
    if not yes:
        typer.confirm("Put it back into production?", abort=True, err=True)
    moved = [do_rollback(registry, plan, state.plan.now()) for plan in plans]
    if as_json:
        print_json(moved)
        return
    for facts in moved:
        version = facts["production"]["version"]
        if facts["changed"]:
            done(f"station {facts['station']} {facts['target']}: {version} is in production")
        else:
            say(f"station {facts['station']} {facts['target']}: {version} was in production already")
    if any(facts["changed"] for facts in moved):
        warn("The forecast shown is still the old model's: `./plantcast run --no-retrain` makes a new one.")
        warn("The next run that trains may promote a challenger over it.")


def parse_target(text: str) -> tuple[Target, ...]:
    """Return the targets that `ta`, `hm` or `all` names.

    Raises:
        InvalidInputError: it is none of them.
    """
    if text == _ALL:
        return TARGETS
    for known in TARGETS:
        if text == known:
            return (known,)
    raise InvalidInputError(f"--target={text!r} is unknown.", remedy=f"Use {', '.join(TARGETS)} or {_ALL}.")


def registry_of(outputs: Outputs) -> ModelRegistry:
    """Return the registry of a deployment."""
    s3 = local_session().client("s3", endpoint_url=outputs.endpoint)
    return ModelRegistry(S3ObjectStore(outputs.data_bucket, client=s3))


def _deployed(station: str | None, state: LocalState) -> tuple[str, ...]:
    deployed = state.plan.stations
    chosen = deployed if station is None else parse_stations(station)
    if unknown := sorted(set(chosen) - set(deployed)):
        raise InvalidInputError(
            f"Station {', '.join(unknown)} is not deployed here; {', '.join(deployed)} is.",
            remedy="Choose one of these.",
        )
    return chosen
