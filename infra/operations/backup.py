"""Takes a backup: the table first, then the bucket, its pointers last.

The order is what makes it hold together while a run goes on. Items name objects (a report, a model's
version), never the other way round, and an object is written before the item that names it: read in this
order, whatever an item of the backup names is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from infra.operations.aws_faults import aws_faults
from infra.operations.backup_folder import BackupFolder
from infra.operations.backup_items import TableReader
from infra.operations.backup_manifest import Counts, Listing, Manifest, ObjectEntry
from infra.operations.backup_objects import ObjectCopier, newest_versions, pruned_on_purpose
from infra.operations.deployment import Deployment
from plantcast import __version__
from plantcast.errors import ConflictError, CorruptDataError, InvalidInputError

STATES_KEPT: Final = 14

OnProgress = Callable[[str, int, int], None]  # what, done, in all


@dataclass(frozen=True)
class Wanted:
    """How a backup is to be taken.

    `states` is how many are kept in the folder, this one among them. With `mirror`, what the deployment has
    lost is left out; else it stays. `adopt` takes over a folder that another deployment's backup began.
    """

    states: int = STATES_KEPT
    mirror: bool = False
    adopt: bool = False


@dataclass(frozen=True)
class BackupReport:
    """What came of it."""

    folder: str
    manifest: Manifest
    fetched: int
    fetched_bytes: int

    def facts(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        manifest = self.manifest
        return {
            "folder": self.folder,
            "state": manifest.state,
            "stack": manifest.stack,
            "source": manifest.source,
            "stations": manifest.stations,
            **manifest.counts.model_dump(),
            "fetched": self.fetched,
            "fetched_bytes": self.fetched_bytes,
            "notes": manifest.notes,
        }


def take_backup(
    deployment: Deployment,
    folder: BackupFolder,
    wanted: Wanted,
    on_progress: OnProgress = lambda what, done, total: None,
) -> BackupReport:
    """Add the deployment's present state to the folder; cut off, it goes on where it was when called again.

    Raises:
        InvalidInputError: the folder is something else, or of another deployment.
        ConflictError: another backup or restore holds the folder.
        PlantcastError: AWS could not be read; the folder holds what it held, and what was fetched.
    """
    folder.create()
    with folder.locked(), aws_faults(deployment.where):
        former = _former(deployment, folder, adopt=wanted.adopt)
        started = datetime.now(UTC)
        reader = TableReader(deployment.client("dynamodb"), deployment.outputs.table_name, folder)
        on_progress("table", 0, 1)
        items = reader.read()
        on_progress("table", 1, 1)

        earlier = chain(folder.entries(former.objects) if former else (), _journal(folder))
        copier = ObjectCopier(deployment.client("s3"), deployment.outputs.data_bucket, folder, earlier)
        copier.copy_all(lambda done, total: on_progress("bucket", done, total))

        notes = copier.notes + [
            f"Run {run} was going on: a restored deployment shows it as running for ever."
            for run in sorted(reader.running)
        ]
        keeps = former if former is not None and not wanted.mirror else None
        gone = list(_lost_objects(folder, keeps, copier.entries, started)) if keeps else []
        items_gone = folder.add_listing(reader.lost(keeps, started.timestamp())) if keeps else None
        entries = sorted([*copier.entries.values(), *gone], key=lambda entry: entry.key)
        outputs = deployment.outputs
        manifest = Manifest(
            taken_at=datetime.now(UTC),
            started_at=started,
            code_version=__version__,
            stack=outputs.stack_name,
            region=outputs.region,
            bucket=outputs.data_bucket,
            table=outputs.table_name,
            source=deployment.source,
            stations=list(deployment.stations),
            parameters=deployment.parameters,
            counts=Counts(
                objects=len(entries),
                object_bytes=sum(entry.size for entry in entries),
                objects_gone=len(gone),
                items=sum(listing.lines for listing in items) + _lines(items_gone),
                items_gone=_lines(items_gone),
            ),
            objects=folder.add_listing(entry.to_line() for entry in entries),
            items=items,
            items_gone=items_gone if _lines(items_gone) else None,
            notes=notes,
        )
        folder.save(manifest)
        folder.journal.unlink(missing_ok=True)
        folder.drop_states(wanted.states)
    return BackupReport(str(folder.root), manifest, copier.fetched, copier.fetched_bytes)


def _former(deployment: Deployment, folder: BackupFolder, *, adopt: bool) -> Manifest | None:
    """Return the newest state that can be read; a damaged one is passed over: what it named is fetched anew.

    Raises:
        InvalidInputError: the folder is another deployment's, or of a newer format.
    """
    former = None
    for name in reversed(folder.state_names()):
        try:
            found = folder.load(name)
            for listing in found.listings:
                folder.check_listing(listing)
        except CorruptDataError:
            continue
        former = found
        break
    if former is None:
        return None
    if former.source != deployment.source:
        raise InvalidInputError(
            f"{folder.root} holds {former.source} observations; this deployment's are {deployment.source}.",
            remedy="Back it up to a folder of its own.",
        )
    outputs = deployment.outputs
    if (former.bucket, former.table) != (outputs.data_bucket, outputs.table_name) and not adopt:
        raise ConflictError(
            f"{folder.root} is a backup of stack {former.stack!r} (bucket {former.bucket}); this one has "
            f"{outputs.data_bucket}.",
            remedy="Use a new folder, or go on with this one by --adopt (after a restore into a new stack).",
        )
    return former


def _journal(folder: BackupFolder) -> Iterator[ObjectEntry]:
    """Return what an unfinished backup has fetched; its last line may be cut off."""
    try:
        lines = folder.journal.read_text("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            yield ObjectEntry.from_line(line)
        except ValueError:
            continue


def _lost_objects(
    folder: BackupFolder, former: Manifest, entries: dict[str, ObjectEntry], now: datetime
) -> Iterator[ObjectEntry]:
    """Return the objects of an earlier state that the bucket has no more, unless they were to go."""
    newest = newest_versions(entries)
    for entry in folder.entries(former.objects):
        if entry.key not in entries and not pruned_on_purpose(entry.key, newest):
            since = entry.gone or now.isoformat(timespec="seconds")
            yield replace(entry, gone=since)


def _lines(listing: Listing | None) -> int:
    return 0 if listing is None else listing.lines
