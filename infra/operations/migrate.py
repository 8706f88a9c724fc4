"""Brings stored data up to the schema versions of this code, in place and one piece at a time.

Each piece is read, upgraded as its readers do, and written back on the condition that nobody changed it
meanwhile. So the walk can be repeated, killed anywhere, run twice at once or beside a pipeline, and there is
nothing to take up again: what is done is of today's version. Raw responses are not opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from infra.operations.in_parallel import in_parallel
from infra.operations.migrate_objects import Stored, footer_version, json_version, upgraded_object
from infra.operations.migration_report import MigrationReport, Piece
from infra.operations.stored_kinds import ItemKind, ObjectKind, item_kind, object_kind
from plantcast.errors import ConflictError, PlantcastError, SchemaVersionError
from plantcast.schema import FIELD, Schema
from plantcast.storage import DynamoTable, Item

# A piece that changes as often as this while it is looked at is being written by this very release.
_ATTEMPTS: Final = 3
_ITEM_WRITERS: Final = 8

OnProgress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Migration:
    """Walks one deployment; with `dry_run` it looks and changes nothing."""

    table: DynamoTable
    bucket: Stored
    dry_run: bool = False

    def run(self, on_progress: OnProgress = lambda _what, _done, _total: None) -> MigrationReport:
        """Go through the table, then the bucket; return what there is and what became of it.

        What cannot be upgraded is named in the report and left as it is; the walk goes on.
        """
        report = MigrationReport(dry_run=self.dry_run)
        items = in_parallel(self._item, self.table.scan(), workers=_ITEM_WRITERS)
        for done, piece in enumerate(items, start=1):
            report.add(piece)
            on_progress("items", done, None)
        keys = list(self.bucket.store.list(""))
        for done, piece in enumerate(in_parallel(self._object, keys), start=1):
            report.add(piece)
            on_progress("objects", done, len(keys))
        return report

    def _item(self, item: Item) -> Piece:
        kind = item_kind(item["pk"], item["sk"])
        where = f"{item['pk']}/{item['sk']}"
        if kind is None:
            return Piece("table", "unknown", where, None, "unknown")
        current: Item | None = item
        piece = Piece("table", kind.name, where, item.get(FIELD), "present")
        for _ in range(_ATTEMPTS):
            if current is None:
                return piece  # deleted or expired since it was listed
            piece = self._upgrade_item(kind, current, where)
            if piece.outcome != "contested":
                return piece
            current = self.table.get(item["pk"], item["sk"])
        return piece

    def _upgrade_item(self, kind: ItemKind, item: Item, where: str) -> Piece:
        found = item.get(FIELD)
        try:
            ahead = kind.schema.found(item, where) > kind.schema.version
            after = item if ahead else kind.schema.read(item, where)
        except Exception as error:
            return _refused("table", kind.name, where, found, error)
        if after == item:
            return Piece("table", kind.name, where, found, "present")
        if self.dry_run:
            return Piece("table", kind.name, where, found, "outdated")
        done = self.table.change(item, after)
        return Piece("table", kind.name, where, found, "upgraded" if done else "contested")

    def _object(self, key: str) -> Piece:
        kind = object_kind(key)
        if kind is None:
            return Piece("bucket", "unknown", key, None, "unknown")
        piece = Piece("bucket", kind.name, key, None, "present")
        if kind.schema is None:
            return piece
        for _ in range(_ATTEMPTS):
            piece = self._upgrade_object(kind, kind.schema, key)
            if piece.outcome != "contested":
                return piece
        return piece

    def _upgrade_object(self, kind: ObjectKind, schema: Schema, key: str) -> Piece:
        found: object = None
        try:
            if kind.form == "features":
                # Kept for a run and made anew by the next: read as it is, never written again.
                found = footer_version(self.bucket, key)
                schema.found({FIELD: found}, key)
                return Piece("bucket", kind.name, key, found, "present")
            if kind.form == "months":
                found = footer_version(self.bucket, key)
                if found == schema.version:
                    return Piece("bucket", kind.name, key, found, "present")
            stored = self.bucket.store.get(key)
            if stored is None:
                return Piece("bucket", kind.name, key, found, "present")
            found = found if kind.form == "months" else json_version(stored.body, key)
            body = upgraded_object(kind, stored.body, key)
            if body is None:
                return Piece("bucket", kind.name, key, found, "present")
            if self.dry_run:
                return Piece("bucket", kind.name, key, found, "outdated")
            media = "application/json" if kind.form == "json" else "application/octet-stream"
            self.bucket.store.put_if(key, body, etag=stored.etag, content_type=media)
        except ConflictError:
            return Piece("bucket", kind.name, key, found, "contested")
        except Exception as error:
            return _refused("bucket", kind.name, key, found, error)
        return Piece("bucket", kind.name, key, found, "upgraded")


def _refused(store: str, kind: str, where: str, found: object, error: Exception) -> Piece:
    """Name what cannot be upgraded; whatever the store itself raises ends the walk, which can be repeated."""
    if isinstance(error, SchemaVersionError):
        return Piece(store, kind, where, found, "newer", str(error))
    if isinstance(error, PlantcastError):
        return Piece(store, kind, where, found, "unreadable", str(error))
    if isinstance(error, KeyError | TypeError | ValueError | AttributeError):
        said = f"{where} cannot be upgraded ({type(error).__name__}: {error})."
        return Piece(store, kind, where, found, "unreadable", said)
    raise error
