"""The model registry on an object store: versions, and for each target the pointer to the one in production.

Versions never change once complete. The pointer is the only mutable object and is written only on the
condition that nobody changed it since it was read. Plain Python: the API reads pointers without numpy.

    models/station=108/ta/versions/<version>/<file>     metadata.json is written last and makes it complete
    models/station=108/ta/decisions/<version>.json      why it was promoted or not
    models/station=108/ta/production.json
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from plantcast.clock import KST
from plantcast.errors import CorruptDataError, InvalidInputError, NotFoundError
from plantcast.forecasting import TARGETS, Target
from plantcast.storage import ObjectStore

SCHEMA_VERSION: Final = 1
METADATA: Final = "metadata.json"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")


@dataclass(frozen=True)
class Pointer:
    """What is in production for one station and target, since when, and why.

    `previous` is the version it replaced: where `rollback` goes. `scores` are the numbers of the decision.
    `etag` is the stored pointer's; a change must name it.
    """

    version: str
    promoted_at: datetime
    run_id: str
    reason_ko: str
    reason_en: str
    previous: str | None = None
    scores: Mapping[str, Any] = field(default_factory=dict)
    etag: str | None = field(default=None, compare=False)


class ModelRegistry:
    """Versions and pointers of every station and target in one object store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

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
        prefix = self._version_prefix(station, target, version)
        for name in files:
            _check(_FILE, name, "file")
        for name in sorted(files, key=lambda name: (name == METADATA, name)):
            kind = "application/json" if name.endswith(".json") else "text/plain"
            self._store.put(prefix + name, files[name], content_type=kind)

    def load_version(
        self, station: str, target: Target, version: str, *, folder: str = ""
    ) -> dict[str, bytes]:
        """Return a version's files by name; with `folder`, only those in it, named without it.

        Raises:
            NotFoundError: there is no such version, it is not complete, or it has no such folder.
        """
        prefix = self._version_prefix(station, target, version)
        if self._store.get(prefix + METADATA) is None:
            raise _no_version(station, target, version)
        inside = f"{prefix}{folder}/" if folder else prefix
        files = {}
        for key in self._store.list(inside):
            stored = self._store.get(key)
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
        """
        key = self._version_prefix(station, target, version) + METADATA
        stored = self._store.get(key)
        if stored is None:
            raise _no_version(station, target, version)
        return _json_object(stored.body, key, "Train again, or roll back to the version before it.")

    def versions(self, station: str, target: Target) -> list[str]:
        """Return the complete versions, oldest first (they sort by origin)."""
        prefix = f"{_target_prefix(station, target)}versions/"
        ends = f"/{METADATA}"
        names = (key.removeprefix(prefix) for key in self._store.list(prefix))
        return sorted(
            name.removesuffix(ends) for name in names if name.endswith(ends) and name.count("/") == 1
        )

    def pointer(self, station: str, target: Target) -> Pointer | None:
        """Return what is in production, or None when nothing was promoted yet.

        Raises:
            CorruptDataError: the pointer is damaged or of another schema version.
        """
        key = f"{_target_prefix(station, target)}production.json"
        stored = self._store.get(key)
        if stored is None:
            return None
        remedy = f"Restore the object's previous version in S3, or delete {key}: the next run promotes anew."
        data = _json_object(stored.body, key, remedy)
        try:
            _check_schema(data)
            previous = data["previous"]
            return Pointer(
                version=_check(_NAME, data["version"], "version"),
                promoted_at=datetime.fromisoformat(data["promoted_at"]).astimezone(KST),
                run_id=str(data["run_id"]),
                reason_ko=str(data["reason_ko"]),
                reason_en=str(data["reason_en"]),
                previous=None if previous is None else _check(_NAME, previous, "previous"),
                scores=dict(data["scores"]),
                etag=stored.etag,
            )
        except (KeyError, TypeError, ValueError, InvalidInputError) as error:
            raise CorruptDataError(
                f"The production pointer {key} cannot be read ({type(error).__name__}: {error}).",
                remedy=remedy,
            ) from error

    def promote(self, station: str, target: Target, pointer: Pointer, *, expected: Pointer | None) -> Pointer:
        """Put `pointer.version` into production if the pointer still is what was `expected` (None: none).

        `previous` is set from `expected`. Returns the pointer as stored.

        Raises:
            ConflictError: somebody else changed the pointer meanwhile; read it and decide again.
            NotFoundError: the version does not exist.
            InvalidInputError: a time has no zone.
        """
        previous = None if expected is None else expected.version
        return self._write(station, target, pointer, previous, None if expected is None else expected.etag)

    def replace_corrupt(self, station: str, target: Target, pointer: Pointer) -> Pointer:
        """Put `pointer.version` into production over a pointer that cannot be read.

        Raises:
            ConflictError: somebody else changed the pointer meanwhile.
            NotFoundError: the version does not exist.
        """
        stored = self._store.get(f"{_target_prefix(station, target)}production.json")
        return self._write(station, target, pointer, None, None if stored is None else stored.etag)

    def rollback(
        self, station: str, target: Target, *, at: datetime, run_id: str, expected: Pointer | None = None
    ) -> Pointer:
        """Put the version before the current one back into production.

        A second rollback returns to where the first started: the two versions have swapped places.

        Raises:
            NotFoundError: nothing is in production, or it is the first version.
            ConflictError: the pointer is not the `expected` one, or changed meanwhile.
        """
        current = expected or self.pointer(station, target)
        if current is None or current.previous is None:
            raise NotFoundError(
                f"There is no earlier {target} version of station {station} to roll back to.",
                remedy="List the versions, or wait for the next training.",
            )
        pointer = Pointer(
            version=current.previous,
            promoted_at=at,
            run_id=run_id,
            reason_ko=f"{current.version}에서 되돌림",
            reason_en=f"rolled back from {current.version}",
        )
        return self.promote(station, target, pointer, expected=current)

    def record_decision(
        self, station: str, target: Target, version: str, decision: Mapping[str, Any]
    ) -> None:
        """Keep why a version was promoted or not (`decisions/<version>.json`, JSON values only)."""
        key = f"{_target_prefix(station, target)}decisions/{_check(_NAME, version, 'version')}.json"
        self._store.put(key, _dumped(decision), content_type="application/json")

    def decision(self, station: str, target: Target, version: str) -> dict[str, Any] | None:
        """Return what `record_decision` kept, or None.

        Raises:
            CorruptDataError: it is not a JSON object.
        """
        key = f"{_target_prefix(station, target)}decisions/{_check(_NAME, version, 'version')}.json"
        stored = self._store.get(key)
        return None if stored is None else _json_object(stored.body, key, "Evaluate the version again.")

    def _write(
        self, station: str, target: Target, pointer: Pointer, previous: str | None, etag: str | None
    ) -> Pointer:
        self.metadata(station, target, pointer.version)
        if pointer.promoted_at.tzinfo is None:
            raise InvalidInputError(
                f"promoted_at={pointer.promoted_at.isoformat()} has no time zone.",
                remedy="Give it in Asia/Seoul.",
            )
        body = _dumped(
            {
                "schema_version": SCHEMA_VERSION,
                "version": pointer.version,
                "promoted_at": pointer.promoted_at.astimezone(KST).isoformat(timespec="seconds"),
                "run_id": pointer.run_id,
                "reason_ko": pointer.reason_ko,
                "reason_en": pointer.reason_en,
                "previous": previous,
                "scores": dict(pointer.scores),
            }
        )
        key = f"{_target_prefix(station, target)}production.json"
        written = self._store.put_if(key, body, etag=etag, content_type="application/json")
        return Pointer(
            pointer.version,
            pointer.promoted_at.astimezone(KST).replace(microsecond=0),
            pointer.run_id,
            pointer.reason_ko,
            pointer.reason_en,
            previous,
            dict(pointer.scores),
            written,
        )

    def _version_prefix(self, station: str, target: Target, version: str) -> str:
        return f"{_target_prefix(station, target)}versions/{_check(_NAME, version, 'version')}/"


def _target_prefix(station: str, target: Target) -> str:
    if target not in TARGETS:
        raise InvalidInputError(f"target={target!r} is unknown.", remedy=f"Use one of {', '.join(TARGETS)}.")
    return f"models/station={_check(_NAME, station, 'station')}/{target}/"


def _check(pattern: re.Pattern[str], value: str, name: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value) or ".." in value:
        raise InvalidInputError(
            f"{name}={value!r} cannot be part of a key.",
            remedy="Use letters, digits, dots, dashes and underscores.",
        )
    return value


def _check_schema(data: Mapping[str, Any]) -> None:
    if data["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"schema_version {data['schema_version']!r}, not {SCHEMA_VERSION}")


def _dumped(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False).encode()


def _json_object(body: bytes, key: str, remedy: str) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError as error:
        raise CorruptDataError(f"{key} is not JSON ({error}).", remedy=remedy) from error
    if not isinstance(data, dict):
        raise CorruptDataError(f"{key} holds no JSON object.", remedy=remedy)
    return data


def _no_version(station: str, target: str, version: str) -> NotFoundError:
    return NotFoundError(
        f"There is no complete {target} version {version!r} of station {station}.",
        remedy="List the versions, or train again.",
    )
