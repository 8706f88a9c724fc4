"""Commands on the lake: import of files, rebuild from all that was received, removal of hours.

Years of history come in with no key and no calls. Every file is read whole before the first is uploaded, so
that a bad one leaves the lake as it was; a file that was uploaded before is not uploaded again.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer

from infra.cli.portal_files import PortalFile, survey
from infra.emulator.lifecycle import running
from infra.emulator.sources import KMA_KEY_VARIABLE, REPLAY_VARIABLE, ObservationPlan, parse_stations
from infra.emulator.state import StateFolder
from infra.stack.deployed import LocalCloud, local_session
from infra.terminal import console
from infra.terminal.console import done, print_json, show_lines, step, warn
from plantcast.aws import ObjectStore, S3ObjectStore
from plantcast.common.clock import HOUR, iso_hour, parse_hour
from plantcast.common.errors import ConflictError, InvalidInputError, PlantcastError

T = TypeVar("T")
R = TypeVar("R")

PREFIX: Final = "raw/portal/"
REMOVALS: Final = "raw/removals/"
_COUNTS: Final = ("hours_new", "hours_corrected", "hours_unchanged", "values_masked")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, nothing else.")]


@dataclass(frozen=True)
class Report:
    """What ingest said of each file or station, in the order asked; `source` is what the lake holds."""

    source: str
    kind: str
    facts_of: tuple[Mapping[str, Any], ...]

    def facts(self) -> dict[str, Any]:
        """Return it as JSON-ready facts."""
        return {"source": self.source, self.kind: [dict(facts) for facts in self.facts_of]}

    def raise_if_incomplete(self) -> None:
        """Raise if any file or station did not get through.

        Raises:
            PlantcastError: the message names each of them and says what ingest said.
        """
        wrong = [facts for facts in self.facts_of if facts.get("status") != "complete"]
        if wrong:
            said = "; ".join(
                f"{facts.get('name') or facts.get('station')} {facts.get('status')}"
                f" ({facts.get('message') or 'no reason given'})"
                for facts in wrong
            )
            raise PlantcastError(
                f"{len(wrong)} of {len(self.facts_of)} {self.kind} not complete: {said}.",
                remedy="Details: `./plantcast logs ingest`. Calling again is safe.",
            )


def import_command(
    files: Annotated[
        list[str],
        typer.Argument(
            help="Hourly ASOS data: CSV of data.kma.go.kr (CP949 or UTF-8) or Parquet, or .zip or .gz of it."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Bring files of hourly observations from data.kma.go.kr into the lake; needs no key and no quota."""
    state, outputs = running(StateFolder.locate(os.environ))
    cloud = LocalCloud(outputs)
    s3 = local_session().client("s3", endpoint_url=outputs.endpoint)
    store = S3ObjectStore(outputs.data_bucket, client=s3)
    report = import_files(cloud, store, state.plan, [Path(file) for file in files])
    if as_json:
        print_json(report.facts())
    else:
        show_lines(_station_lines(report))
    report.raise_if_incomplete()


def rebuild_command(
    stations: Annotated[
        str | None,
        typer.Option(
            "--stations",
            "--station",
            help="ASOS station number(s); all deployed ones if left out.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the lake again from the responses and files as they were received; nothing is fetched."""
    state, outputs = running(StateFolder.locate(os.environ))
    chosen = parse_stations(stations) if stations is not None else state.plan.stations
    report = rebuild(LocalCloud(outputs), state.plan, chosen)
    if as_json:
        print_json(report.facts())
    else:
        show_lines((facts["station"], _rebuilt(facts)) for facts in report.facts_of)
    report.raise_if_incomplete()


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
    """Take hours of a station out of the lake again; what is received of them from now on counts anew."""
    (number,) = parse_stations(station)[:1]
    first, last = _hour(start, name="--from", last=False), _hour(end, name="--to", last=True)
    _, outputs = running(StateFolder.locate(os.environ))
    event = {"station": number, "forget_from": iso_hour(first), "forget_to": iso_hour(last)}
    facts = LocalCloud(outputs).invoke("ingest", event)
    if as_json:
        print_json(facts)
    if facts.get("status") != "complete":
        raise PlantcastError(
            f"Nothing was removed: {facts.get('message') or 'no reason given'}",
            remedy="Details: `./plantcast logs ingest`. Calling again is safe.",
        )
    if not as_json:
        done(facts["message"] or f"{facts['hours_removed']} hours of station {number} removed from the lake")


def _hour(text: str, *, name: str, last: bool) -> datetime:
    """Read an hour, or a day as its first hour (with `last`: its last one)."""
    hour = parse_hour(text, name=name)
    return hour + 23 * HOUR if last and len(text) == len("2032-01-01") else hour


def import_files(
    cloud: LocalCloud, store: ObjectStore, plan: ObservationPlan, paths: Sequence[Path]
) -> Report:
    """Check every file, then upload and ingest one after the other.

    Raises:
        InvalidInputError: the deployment holds synthetic weather, or a file cannot be imported; nothing is
            uploaded then.
        PlantcastError: ingest raised; the files before are imported.
    """
    if plan.source == "synthetic":
        raise InvalidInputError(
            "This deployment holds synthetic weather; real observations do not go into the same lake.",
            remedy=f"Stop it with `make down`, then start with {KMA_KEY_VARIABLE} (the real KMA) "
            f"or {REPLAY_VARIABLE} (files) set.",
        )
    # Here, so that commands that import nothing need not wait for pandas.
    from plantcast.observations.files import unpacked_files

    step(f"checking {len(paths)} file{'' if len(paths) == 1 else 's'}")
    now = plan.now()
    checked = _with_bar(
        "files checked", paths, lambda path: [survey(*found, until=now) for found in unpacked_files(path)]
    )
    known = [file for files in checked for file in files]
    for file in known:
        done(str(file))
    step("importing")
    uploads = _Uploads(store, plan.now)
    contents = (found for path in paths for found in unpacked_files(path))
    imported = _with_bar(
        "files imported", known, lambda file: _import(cloud, uploads, file, next(contents)[1])
    )
    return Report(plan.source, "files", tuple(imported))


def rebuild(cloud: LocalCloud, plan: ObservationPlan, stations: Sequence[str]) -> Report:
    """Have ingest make the lake of each station again.

    Raises:
        PlantcastError: ingest raised; the stations before are rebuilt.
    """
    step(f"rebuilding the lake of station {', '.join(stations)} from what was received")
    rebuilt = _with_bar(
        "stations", stations, lambda number: cloud.invoke("ingest", {"station": number, "rebuild": True})
    )
    return Report(plan.source, "stations", tuple(rebuilt))


class _Uploads:
    """The portal's files in the data bucket, known by the hash that ends their keys."""

    def __init__(self, store: ObjectStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        # The first upload of equal bytes counts: it says when they were received. After hours were taken out
        # of the lake the same file has to be received anew to bring them back.
        removed = max((_received_in(key) for key in store.list(REMOVALS)), default="")
        uploads = [key for key in store.list(PREFIX) if _received_in(key) > removed]
        self._keys = {_hash_in(key): key for key in reversed(uploads)}

    def keep(self, content: bytes) -> tuple[str, bool]:
        """Store the bytes unless they are there; return their key and whether they were stored now."""
        # Here, so that commands that import nothing need not wait for pandas.
        from plantcast.observations.lake.raw import portal_key

        key = portal_key(content, self._now())
        known = self._keys.get(_hash_in(key))
        if known is not None:
            return known, False
        # A conflict means that an attempt whose answer was lost has stored it: the key holds the hash.
        with suppress(ConflictError):
            self._store.put_if(
                key, gzip.compress(content, mtime=0), etag=None, content_type="application/gzip"
            )
        self._keys[_hash_in(key)] = key
        return key, True


def _received_in(key: str) -> str:
    """Return the moment of receipt in a raw key, as text that orders as the time does."""
    return key.rpartition("/")[2].partition("-")[0].partition(".")[0]


def _hash_in(key: str) -> str:
    return key.rpartition("-")[2].partition(".")[0]


def _import(cloud: LocalCloud, uploads: _Uploads, file: PortalFile, content: bytes) -> dict[str, Any]:
    key, uploaded = uploads.keep(content)
    facts = cloud.invoke("ingest", {"import_key": key})
    if facts.get("status") == "complete":
        found = _counted(facts.get("stations") or [])
        done(f"{file.name}: {found}{'' if uploaded else ' (was uploaded before)'}")
    else:
        warn(f"{file.name}: {facts.get('message') or facts.get('status')}")
    return {"name": file.name, "rows": file.rows, "import_key": key, "uploaded": uploaded, **facts}


def _counted(facts: Sequence[Mapping[str, Any]]) -> str:
    total = {name: sum(int(one.get(name) or 0) for one in facts) for name in _COUNTS}
    return (
        f"{total['hours_new']} hours new, {total['hours_corrected']} corrected, "
        f"{total['hours_unchanged']} unchanged, {total['values_masked']} values masked"
    )


def _station_lines(report: Report) -> Iterator[tuple[str, str]]:
    """Sum up what all files brought, a line for each station."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for facts in report.facts_of:
        for one in facts.get("stations") or []:
            found.setdefault(str(one["station"]), []).append(one)
    for station, parts in sorted(found.items(), key=lambda entry: int(entry[0])):
        first = min((str(one["first"]) for one in parts if one.get("first")), default="—")
        last = max((str(one["last"]) for one in parts if one.get("last")), default="—")
        yield station, f"{first} to {last}: {_counted(parts)}"


def _rebuilt(facts: Mapping[str, Any]) -> str:
    said = f"{facts.get('status')}"
    if "months" in facts:
        said += (
            f": {facts.get('months_rewritten')} of {facts['months']} months rewritten "
            f"from {facts.get('responses')} responses, {facts.get('unreadable')} of them unreadable"
        )
    if kept := facts.get("months_kept"):
        said += f"; left alone, as what was received lacks hours they hold: {', '.join(kept)}"
    return f"{said}. {facts['message']}" if facts.get("message") else said


def _with_bar(what: str, items: Sequence[T], do: Callable[[T], R]) -> list[R]:
    """Do it for each, behind a progress bar on a terminal."""
    results = []
    with console.progress() as bar:
        for item in bar.track(items, description=what):
            results.append(do(item))
    return results
