"""Versions, decisions and pointers of every station and target in one object store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from plantcast.aws import ObjectStore
from plantcast.common.errors import ConflictError, CorruptDataError, InvalidInputError, NotFoundError
from plantcast.common.schema import DECISION, FIELD, MODEL, MODEL_METADATA
from plantcast.forecasting import Target
from plantcast.registry.keys import (
    METADATA,
    decision_key,
    dumped,
    files_by_version,
    json_object,
    pointer_key,
    version_prefix,
    versions_prefix,
)
from plantcast.registry.pointer import Pointer

_TRAIN_AGAIN = "Train again, or roll back to the version before it."


class ModelRegistry:
    """Versions, decisions and pointers of every station and target in one object store."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store

    def save_version(self, station: str, target: Target, version: str, files: Mapping[str, bytes]) -> None:
        """Store a version's files; saving the same again changes nothing.

        Raises:
            InvalidInputError: `files` has no `metadata.json`, or a name cannot be part of a key.
        """
        if METADATA not in files:
            raise InvalidInputError(
                f"Version {version!r} has no {METADATA}.",
                remedy=f"Add {METADATA}: it marks a version complete.",
            )
        prefix = version_prefix(station, target, version)
        for name in sorted(files, key=lambda name: (name == METADATA, name)):
            kind = "application/json" if name.endswith(".json") else "text/plain"
            self.store.put(prefix + name, files[name], content_type=kind)

    def load_version(
        self, station: str, target: Target, version: str, *, folder: str = ""
    ) -> dict[str, bytes]:
        """Return a version's files by name; with `folder`, only those in it, named without it.

        Raises:
            NotFoundError: there is no such version, it is not complete, or it has no such folder.
        """
        prefix = version_prefix(station, target, version)
        if self.store.etag(prefix + METADATA) is None:
            raise _no_version(station, target, version)
        inside = f"{prefix}{folder}/" if folder else prefix
        files = {}
        for key in self.store.list(inside):
            stored = self.store.get(key)
            if stored is not None:
                files[key.removeprefix(inside)] = stored.body
        if not files:
            raise _no_version(station, target, version)
        return files

    def metadata(self, station: str, target: Target, version: str) -> dict[str, Any]:
        """Return a version's metadata.

        Raises:
            NotFoundError: there is no such version, or it is not complete.
            CorruptDataError: its metadata is not a JSON object.
            SchemaVersionError: newer code wrote it.
        """
        key = version_prefix(station, target, version) + METADATA
        stored = self.store.get(key)
        if stored is None:
            raise _no_version(station, target, version)
        return MODEL_METADATA.read(json_object(stored.body, key, _TRAIN_AGAIN), key)

    def versions(self, station: str, target: Target) -> list[str]:
        """Return the complete versions, oldest first (they sort by origin)."""
        prefix = versions_prefix(station, target)
        found = files_by_version(self.store.list(prefix), prefix)
        return [version for version, files in found.items() if METADATA in files]

    def check_serving(self, station: str, target: Target, version: str) -> None:
        """Check that a version can serve, as far as that shows without LightGBM.

        Raises:
            NotFoundError: there is no such version, or it is not complete.
            CorruptDataError: its metadata or its serving model's `model.json` cannot be read, or is too old.
            SchemaVersionError: newer code wrote it.
        """
        self.metadata(station, target, version)
        key = f"{version_prefix(station, target, version)}serving/model.json"
        stored = self.store.get(key)
        model = json_object(b"" if stored is None else stored.body, key, _TRAIN_AGAIN)
        MODEL.check(model.get(FIELD), key)

    def pointer(self, station: str, target: Target) -> Pointer | None:
        """Return what is in production, or None when nothing was promoted yet.

        Raises:
            CorruptDataError: the pointer is damaged.
            SchemaVersionError: newer code wrote it.
        """
        key = pointer_key(station, target)
        stored = self.store.get(key)
        return None if stored is None else Pointer.from_stored(stored, key)

    def promote(self, station: str, target: Target, pointer: Pointer, *, expected: Pointer | None) -> Pointer:
        """Put `pointer.version` into production if the pointer still is what was `expected` (None: none).

        `previous` becomes the expected pointer's version. Returns the pointer as stored.

        Raises:
            ConflictError: somebody else changed the pointer meanwhile; read it and decide again.
            NotFoundError: the version does not exist.
            InvalidInputError: a time has no zone.
        """
        self.metadata(station, target, pointer.version)
        etag = None
        if expected is not None:
            etag, pointer = expected.etag, replace(pointer, previous=expected.version)
        key = pointer_key(station, target)
        written = self.store.put_if(key, pointer.to_bytes(), etag=etag, content_type="application/json")
        return replace(pointer, etag=written)

    def rollback(
        self,
        station: str,
        target: Target,
        *,
        at: datetime,
        run_id: str,
        to: str | None = None,
        expected: str | None = None,
    ) -> Pointer:
        """Put the version before the current one back into production, or the one named in `to`.

        A second rollback without `to` returns to where the first started: the two versions have swapped
        places. With `to` what is in production already stays as it is.

        Args:
            at: the time, zoned.
            run_id: recorded in the pointer.
            to: the version wanted; None: the pointer's `previous`.
            expected: the version that must be in production for this to happen; None: whichever is.

        Raises:
            NotFoundError: there is no version to go back to, or the one wanted is gone.
            CorruptDataError: the pointer or the version wanted is damaged.
            ConflictError: another version than the `expected` one is in production, or it changed meanwhile.
        """
        current = self.pointer(station, target)
        in_production = None if current is None else current.version
        if expected is not None and in_production != expected:
            raise ConflictError(
                f"{in_production or 'No version'} is in production for {target} of station {station}, not "
                f"{expected}.",
                remedy="Read what is in production and decide again.",
            )
        if current is not None and to == current.version:
            return current
        wanted = to or (None if current is None else current.previous)
        if wanted is None:
            raise NotFoundError(
                f"There is no earlier {target} version of station {station} to roll back to.",
                remedy="List the versions and name one, or wait for the next training.",
            )
        self.check_serving(station, target, wanted)
        pointer = Pointer(
            version=wanted,
            promoted_at=at,
            run_id=run_id,
            reason_ko=f"{in_production or '없음'}에서 {wanted}(으)로 되돌림",
            reason_en=f"rolled back from {in_production or 'none'} to {wanted}",
            scores=self._scores(station, target, wanted),
        )
        return self.promote(station, target, pointer, expected=current)

    def record_decision(
        self, station: str, target: Target, version: str, decision: Mapping[str, Any]
    ) -> None:
        """Keep why a version was promoted or not (`decisions/<version>.json`, JSON values only)."""
        body = dumped({**decision, FIELD: DECISION.version})
        self.store.put(decision_key(station, target, version), body, content_type="application/json")

    def decision(self, station: str, target: Target, version: str) -> dict[str, Any] | None:
        """Return what `record_decision` kept, or None.

        Raises:
            CorruptDataError: it is not a JSON object.
            SchemaVersionError: newer code recorded it.
        """
        key = decision_key(station, target, version)
        stored = self.store.get(key)
        if stored is None:
            return None
        decision = DECISION.read(json_object(stored.body, key, "Evaluate the version again."), key)
        return {name: value for name, value in decision.items() if name != FIELD}

    def _scores(self, station: str, target: Target, version: str) -> dict[str, Any]:
        """Return the scores of the decision on a version, for its pointer; empty where none can be read."""
        try:
            decision = self.decision(station, target, version) or {}
        except CorruptDataError:
            return {}
        scores = decision.get("scores")
        return {**scores, "gates": decision.get("gates", [])} if isinstance(scores, Mapping) else {}


def _no_version(station: str, target: str, version: str) -> NotFoundError:
    return NotFoundError(
        f"There is no complete {target} version {version!r} of station {station}.",
        remedy="List the versions, or train again.",
    )
