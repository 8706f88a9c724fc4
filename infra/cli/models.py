"""The command `models`: versions in the registry, and two of them side by side."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import typer
from rich.table import Table
from rich.text import Text

from infra.cli.options import (
    AsJson,
    SomeStations,
    Stack,
    deployed_stations,
)
from infra.operations.target import find_deployment
from infra.terminal.console import out, print_json
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.evaluation.promotion import best_baseline
from plantcast.registry import ModelRegistry, Pointer, VersionEntry, catalogue, version_entry

VERSIONS_SHOWN: Final = 30
_ALL: Final = "all"
_UNITS: Final = {"ta": "temperature, °C", "hm": "humidity, %"}
_MARK: Final = "▶"
_DECISION: Final = ("promoted", "reason_ko", "reason_en", "scores", "gates")

OfTarget = Annotated[str, typer.Option(help="ta (temperature), hm (humidity) or all.")]


def models_command(
    station: SomeStations = None,
    target: OfTarget = _ALL,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Two versions to show side by side.", metavar="V1 V2", show_default=False),
    ] = None,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Show the model versions, the one in production, their scores and why each was promoted or not."""
    targets = parse_target(target)
    deployment = find_deployment(os.environ, stack)
    stations = deployed_stations(station, deployment.stations)
    registry = ModelRegistry(deployment.store)
    places = [(number, name) for number in stations for name in targets]
    if compare is not None:
        pairs = [compared(registry, number, name, compare) for number, name in places]
        if as_json:
            print_json(pairs)
        for pair in () if as_json else pairs:
            out.print(_comparison_table(pair), Text())
        return
    found = [model_details(registry, number, name) for number, name in places]
    if as_json:
        print_json(found)
    for details in () if as_json else found:
        _print_models(details)


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


def model_details(registry: ModelRegistry, station: str, target: Target) -> dict[str, Any]:
    """Return what is in production and the newest versions, newest first; what cannot be read is None."""
    found = catalogue(registry, station, target, limit=VERSIONS_SHOWN)
    return {
        "station": station,
        "target": target,
        "production": None if found.pointer is None else pointer_details(found.pointer),
        "problem": found.pointer_problem,
        "versions": [_version_details(entry) for entry in found.versions],
    }


def pointer_details(pointer: Pointer) -> dict[str, Any]:
    """Return a production pointer JSON-ready."""
    return {
        "version": pointer.version,
        "since": pointer.promoted_at.isoformat(timespec="seconds"),
        "run_id": pointer.run_id,
        "reason_ko": pointer.reason_ko,
        "reason_en": pointer.reason_en,
        "previous": pointer.previous,
        "scores": dict(pointer.scores),
    }


def _version_details(entry: VersionEntry) -> dict[str, Any]:
    serving = entry.serving
    features = serving.get("features")
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
        "decision": {name: entry.decision.get(name) for name in _DECISION} if entry.decision else None,
        "problem": entry.problem,
    }


def compared(
    registry: ModelRegistry, station: str, target: Target, versions: Sequence[str]
) -> dict[str, Any]:
    """Return each field of two versions' metadata and scores with both values, under its dotted name.

    Raises:
        NotFoundError: one of the versions does not exist.
        CorruptDataError: one of them cannot be read.
    """
    pair = [version_entry(registry, station, target, version) for version in versions]
    sides = [
        dict(_flat({"model": dict(entry.serving), "held_out": entry.decision.get("scores") or {}}))
        for entry in pair
    ]
    spans = [[side.get(f"held_out.{end}") for end in ("from", "to")] for side in sides]
    names = dict.fromkeys([*sides[0], *sides[1]])
    return {
        "station": station,
        "target": target,
        "versions": [entry.version for entry in pair],
        "in_production": [entry.in_production for entry in pair],
        "same_hours_scored": spans[0] == spans[1],
        "fields": {name: [side.get(name) for side in sides] for name in names},
    }


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _flat(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", ", ".join(map(str, inner)) if isinstance(inner, list) else inner


def _comparison_table(pair: Mapping[str, Any]) -> Table:
    """Return both versions' fields; values that differ are bold, equal ones dim."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(_title(pair), style="dim")
    for version, champion in zip(pair["versions"], pair["in_production"], strict=True):
        table.add_column(f"{_MARK} {version}" if champion else version, overflow="fold")
    for name, values in pair["fields"].items():
        style = "bold" if values[0] != values[1] else "dim"
        table.add_row(name, *(Text(_shown(value), style=style) for value in values))
    if not pair["same_hours_scored"]:
        table.caption = "The days held out are not the same: their scores cannot be compared with each other."
    return table


def _title(details: Mapping[str, Any]) -> str:
    return f"{details['station']} {details['target']} ({_UNITS[details['target']]})"


def _print_models(details: Mapping[str, Any]) -> None:
    heading = Text(_title(details), style="bold")
    production = details["production"]
    if production is not None:
        heading.append(f"\n{_MARK} {production['version']}", style="bold green")
        heading.append(f" since {production['since'][:16].replace('T', ' ')}: {production['reason_en']}")
        heading.append(f"; before it {production['previous'] or 'none'}", style="dim")
    elif details["problem"]:
        heading.append(f"\n! {details['problem']}", style="yellow")
    else:
        heading.append("\nno model in production: forecasts use the damped anomaly", style="yellow")
    out.print(heading)
    if not details["versions"]:
        out.print(Text("no version yet: `./plantcast run` trains one\n", style="dim"))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("", "version", "trained on"):
        table.add_column(name, no_wrap=True)
    for name in ("rows", "trees", "tuning", "held out", "baseline"):
        table.add_column(name, justify="right", no_wrap=True)
    for version in details["versions"]:
        table.add_row(*_row(version), style="bold" if version["in_production"] else "")
    out.print(table)
    out.print(
        Text("RMSE: on the tuning days; on the days held out, and of the best baseline there", style="dim")
    )
    for version in details["versions"]:
        # Under the table: a sentence does not fit into a column of an 80-column terminal.
        reason = version["problem"] or (version["decision"] or {}).get("reason_en") or "not evaluated"
        out.print(Text(version["version"], style="dim").append(f"  {reason}", style="not dim"))
    out.print()


def _row(version: Mapping[str, Any]) -> list[str]:
    block = ((version["decision"] or {}).get("scores") or {}).get("leads_1_48") or {}
    best = best_baseline(block)
    return [
        _MARK if version["in_production"] else "",
        version["version"],
        _span(version["trained_from"], version["trained_to"]),
        _shown(version["rows"]),
        _shown(version["trees"]),
        _rmse(version["validation_rmse"]),
        _rmse(block.get("challenger")),
        _rmse(None if best is None else best[1]),
    ]


def _span(first: str | None, last: str | None) -> str:
    """Return the first day and how many follow to the last."""
    try:
        start, end = (datetime.fromisoformat(str(time)) for time in (first, last))
    except ValueError:
        return "—"
    return f"{start:%Y-%m-%d} +{round((end - start) / timedelta(days=1))} d"


def _rmse(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"


def _shown(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
