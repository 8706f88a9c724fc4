"""The commands `import-guidance` and `backfill-guidance`: past published forecasts into the lake.

Both can be interrupted and repeated: a file is not uploaded twice, issues of the lake are not fetched again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.cli.observations import raise_if_incomplete
from infra.cli.options import AsJson, SomeStations, Stack, deployed_stations
from infra.operations.target import find_deployment
from infra.stack.deployment import Deployment
from infra.terminal.console import done, print_json, progress, step, warn
from plantcast.common.clock import parse_day
from plantcast.common.errors import InvalidInputError, PlantcastError


@dataclass(frozen=True)
class _File:
    name: str
    content: bytes
    element: str | None


def import_guidance_command(
    files: Annotated[
        list[str],
        typer.Argument(
            help="Archive files of data.kma.go.kr (예·특보 > 단기예보), or CSV or Parquet with issued_at, "
            "valid_at (KST), ta, hm, …; or .zip or .gz of them."
        ),
    ],
    station: Annotated[
        str | None,
        typer.Option(
            "--station", help="ASOS station the forecasts are for.", show_default="the only one deployed"
        ),
    ] = None,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Import the KMA's past short-term forecasts into the guidance lake; needs no key and no quota."""
    deployment = find_deployment(os.environ, stack)
    chosen = deployed_stations(station, deployment.stations)
    if len(chosen) != 1:
        raise InvalidInputError(
            f"The files are for one station; {', '.join(chosen)} are deployed.",
            remedy="Name it with --station.",
        )
    results = import_guidance(deployment, [Path(file) for file in files], chosen[0])
    if as_json:
        print_json({"source": deployment.source, "files": results})
    raise_if_incomplete(results, "files", function="update")


def backfill_guidance_command(
    start: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.", show_default=False)],
    end: Annotated[str | None, typer.Option("--to", help="Last day.", show_default="yesterday")] = None,
    station: SomeStations = None,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Fetch Open-Meteo's past forecasts, to learn their correction; stored ones are not fetched again."""
    deployment = find_deployment(os.environ, stack)
    chosen = deployed_stations(station, deployment.stations)
    first, last = _span(start, end, yesterday=deployment.now().date() - timedelta(days=1))
    try:
        results = backfill_guidance(deployment, chosen, first, last)
    except KeyboardInterrupt:
        warn("fetched months are kept; the same command continues from there")
        raise
    if as_json:
        print_json({"source": deployment.source, "stations": results})


def import_guidance(deployment: Deployment, paths: Sequence[Path], station: str) -> list[dict[str, Any]]:
    """Check every file, then upload and import one after the other; return the result of each.

    Raises:
        InvalidInputError: the deployment holds synthetic weather, or a file cannot be imported; nothing is
            uploaded then.
        PlantcastError: the function raised; the files before are imported.
    """
    if deployment.source == "synthetic":
        raise InvalidInputError(
            "This deployment holds synthetic weather; real forecasts do not go into the same lake.",
            remedy="Stop it with `make down`, then start with KMA_API_KEY or ASOS_REPLAY set.",
        )
    # Imported here, so that other commands need not wait for pandas.
    from plantcast.guidance.files import archive_element, read_content
    from plantcast.observations.files import unpacked_files

    step(f"checking {len(paths)} file{'' if len(paths) == 1 else 's'}")
    found = []
    with progress() as bar:
        for path in bar.track(paths, description="files checked"):
            for name, content in unpacked_files(path):
                table = read_content(content, name, station, archive_station=station)
                if table.empty:
                    raise InvalidInputError(
                        f"{name} holds no forecast for station {station}.", remedy="Check --station."
                    )
                done(f"{name}: {table['issued_at'].nunique()} issues, {len(table)} hours")
                found.append(_File(name, content, archive_element(content, name)))
    step("importing")
    with progress() as bar:
        return [_import(deployment, file, station) for file in bar.track(found, description="files imported")]


def _import(deployment: Deployment, file: _File, station: str) -> dict[str, Any]:
    from plantcast.aws import received
    from plantcast.guidance import raw

    key = raw.import_key(file.content, deployment.now(), element=file.element)
    stored = [known for known in deployment.store.list(raw.IMPORTS) if raw.same_content(known, key)]
    if not stored:
        received.keep(deployment.store, key, file.content)
    key = stored[0] if stored else key
    result = deployment.invoke("update", {"import_key": key, "station": station})
    if result.get("status") == "complete":
        again = " (was uploaded before)" if stored else ""
        done(f"{file.name}: {result['rows_new']} of {result['rows']} hours new or changed{again}")
    else:
        warn(f"{file.name}: {result.get('message') or result.get('status')}")
    return {"name": file.name, "uploaded": not stored, **result}


def backfill_guidance(
    deployment: Deployment, stations: Sequence[str], start: date, end: date
) -> list[dict[str, Any]]:
    """Fetch month by month behind a progress bar; return the counts of each station.

    Raises:
        PlantcastError: the service or the function refused; the months before are kept.
    """
    step(f"fetching Open-Meteo's forecasts issued from {start} to {end}")
    months = list(_months(start, end))
    totals = []
    with progress() as bar:
        task = bar.add_task("months of forecasts", total=len(stations) * len(months))
        for station in stations:
            total = {"issues_expected": 0, "issues_present": 0, "issues_new": 0}
            for first, last in months:
                event = {"station": station, "start": first.isoformat(), "end": last.isoformat()}
                result = deployment.invoke("update", event)
                if result.get("status") == "failed":
                    raise PlantcastError(
                        f"Station {station}, {first:%Y-%m}: {result.get('message')}",
                        remedy="The same command continues from there.",
                    )
                total = {name: count + result[name] for name, count in total.items()}
                bar.advance(task)
            tell = done if total["issues_present"] == total["issues_expected"] else warn
            tell(
                f"station {station}: {total['issues_present']} of {total['issues_expected']} issues, "
                f"{total['issues_new']} of them new"
            )
            totals.append({"station": station, **total})
    return totals


def _months(start: date, end: date) -> Iterator[tuple[date, date]]:
    """Yield first and last day of each calendar month, cut at `start` and `end`."""
    while start <= end:
        following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield start, min(end, following - timedelta(days=1))
        start = following


def _span(start: str, end: str | None, *, yesterday: date) -> tuple[date, date]:
    first = parse_day(start, name="--from")
    last = yesterday if end is None else parse_day(end, name="--to")
    if last > yesterday:
        raise InvalidInputError(
            f"--to={last} is not over yet: by this deployment's clock, yesterday is {yesterday}.",
            remedy="Forecasts of today are fetched by the hourly update.",
        )
    if first > last:
        raise InvalidInputError(f"--from={first} lies after {last}.", remedy="Give an earlier day.")
    return first, last
