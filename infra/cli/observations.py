"""The commands `import`, `rebuild` and `forget`, which work on the lake without the KMA.

Every file is read whole before the first is uploaded, so that a bad one leaves the lake unchanged; a file
that was uploaded before is not uploaded again.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from infra.cli.options import AsJson, SomeStations, one_station
from infra.emulator.sources import KMA_KEY_VARIABLE, REPLAY_VARIABLE, parse_stations
from infra.operations.target import find_deployment
from infra.stack.deployment import Deployment
from infra.terminal.console import done, print_json, progress, show_lines, step, warn
from plantcast.common.clock import HOUR, iso_hour, parse_hour
from plantcast.common.errors import ConflictError, InvalidInputError, PlantcastError

_PORTAL: Final = "raw/portal/"
_REMOVALS: Final = "raw/removals/"
_COUNTS: Final = ("hours_new", "hours_corrected", "hours_unchanged", "values_masked")


def import_command(
    files: Annotated[
        list[str],
        typer.Argument(
            help="Hourly ASOS data: CSV of data.kma.go.kr (CP949 or UTF-8) or Parquet, or .zip or .gz of it."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Import files of hourly observations from data.kma.go.kr into the lake; needs no key and no quota."""
    deployment = find_deployment(os.environ)
    results = import_files(deployment, [Path(file) for file in files])
    if as_json:
        print_json({"source": deployment.source, "files": results})
    raise_if_incomplete(results, "files")


def rebuild_command(stations: SomeStations = None, as_json: AsJson = False) -> None:
    """Rebuild the lake from the responses and files as received; nothing is fetched."""
    deployment = find_deployment(os.environ)
    chosen = parse_stations(stations) if stations is not None else deployment.stations
    with progress() as bar:
        results = [
            deployment.invoke("ingest", {"station": number, "rebuild": True})
            for number in bar.track(chosen, description="stations rebuilt")
        ]
    if as_json:
        print_json({"source": deployment.source, "stations": results})
    else:
        show_lines((result["station"], _rebuilt(result)) for result in results)
    raise_if_incomplete(results, "stations")


def forget_command(
    station: Annotated[str, typer.Option("--station", help="ASOS station number.", show_default=False)],
    start: Annotated[
        str, typer.Option("--from", help="First hour, KST: 2032-01-01T05, or a day.", show_default=False)
    ],
    end: Annotated[
        str, typer.Option("--to", help="Last hour, included: 2032-01-01T05, or a day.", show_default=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Remove hours of a station from the lake; only what is received from now on fills them again."""
    number = one_station(station)
    first, last = _hour(start, name="--from", last=False), _hour(end, name="--to", last=True)
    event = {"station": number, "forget_from": iso_hour(first), "forget_to": iso_hour(last)}
    result = find_deployment(os.environ).invoke("ingest", event)
    if as_json:
        print_json(result)
    raise_if_incomplete([result], "removals")
    if not as_json:
        done(
            result["message"] or f"{result['hours_removed']} hours of station {number} removed from the lake"
        )


def _hour(text: str, *, name: str, last: bool) -> datetime:
    """Read an hour, or a day as its first hour (with `last`: its last one)."""
    hour = parse_hour(text, name=name)
    return hour + 23 * HOUR if last and len(text) == len("2032-01-01") else hour


def import_files(deployment: Deployment, paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Check every file, then upload and ingest one after the other; return ingest's result of each.

    Raises:
        InvalidInputError: the deployment holds synthetic weather, or a file cannot be imported; nothing is
            uploaded then.
        PlantcastError: ingest raised; the files before are imported.
    """
    if deployment.source == "synthetic":
        raise InvalidInputError(
            "This deployment holds synthetic weather; real observations do not go into the same lake.",
            remedy=f"Stop it with `make down`, then start with {KMA_KEY_VARIABLE} (the real KMA) "
            f"or {REPLAY_VARIABLE} (files) set.",
        )
    # Imported here, so that other commands need not wait for pandas.
    from plantcast.observations.files import read_table, unpacked_files

    step(f"checking {len(paths)} file{'' if len(paths) == 1 else 's'}")
    files = []
    for path in paths:
        for name, content in unpacked_files(path):
            rows = sum(len(frame) for frame in read_table(content, name, until=deployment.now()))
            done(f"{name}: {rows} rows")
            files.append((name, content, rows))
    step("importing")
    with progress() as bar:
        return [_import(deployment, *file) for file in bar.track(files, description="files imported")]


def raise_if_incomplete(results: Sequence[Mapping[str, Any]], kind: str, *, function: str = "ingest") -> None:
    """Raise if any file or station is not complete.

    Raises:
        PlantcastError: the message names each of them with the function's message.
    """
    if wrong := [result for result in results if result.get("status") != "complete"]:
        named = "; ".join(
            f"{result.get('name') or result.get('station')} {result.get('status')}"
            f" ({result.get('message') or 'no reason given'})"
            for result in wrong
        )
        raise PlantcastError(
            f"{len(wrong)} of {len(results)} {kind} not complete: {named}.",
            remedy=f"Details: `./plantcast logs {function}`. Calling again is safe.",
        )


def _import(deployment: Deployment, name: str, content: bytes, rows: int) -> dict[str, Any]:
    key, uploaded = _upload(deployment, content)
    result = deployment.invoke("ingest", {"import_key": key})
    if result.get("status") == "complete":
        counts = _counts(result.get("stations") or [])
        done(f"{name}: {counts}{'' if uploaded else ' (was uploaded before)'}")
    else:
        warn(f"{name}: {result.get('message') or result.get('status')}")
    return {"name": name, "rows": rows, "import_key": key, "uploaded": uploaded, **result}


def _upload(deployment: Deployment, content: bytes) -> tuple[str, bool]:
    """Store the bytes unless they are there; return their key and whether they were stored now.

    After hours were removed from the lake a file has to be received again to bring them back.
    """
    from plantcast.observations.lake.raw import portal_key

    store = deployment.store
    key = portal_key(content, deployment.now())
    removed = max(map(_received_in, store.list(_REMOVALS)), default="")
    for known in store.list(_PORTAL):
        if known.endswith(key.rpartition("-")[2]) and _received_in(known) > removed:
            return known, False
    # A conflict means that an attempt whose reply was lost has stored it: the key holds the hash.
    with suppress(ConflictError):
        store.put_if(key, gzip.compress(content, mtime=0), etag=None, content_type="application/gzip")
    return key, True


def _received_in(key: str) -> str:
    """Return the time of receipt in a raw key, as text that orders as the time does."""
    return key.rpartition("/")[2].partition("-")[0].partition(".")[0]


def _counts(parts: Sequence[Mapping[str, Any]]) -> str:
    total = {name: sum(int(one.get(name) or 0) for one in parts) for name in _COUNTS}
    return (
        f"{total['hours_new']} hours new, {total['hours_corrected']} corrected, "
        f"{total['hours_unchanged']} unchanged, {total['values_masked']} values masked"
    )


def _rebuilt(result: Mapping[str, Any]) -> str:
    return (
        f"{result.get('status')}: {result.get('months_rewritten')} of {result.get('months')} months "
        f"rewritten from {result.get('responses')} responses, {result.get('unreadable')} of them unreadable. "
        f"{result.get('message') or ''}"
    ).rstrip()
