"""`plantcast backup` and `plantcast restore`: a deployment's bucket and table, to a folder and back.

backup.json      schema version, stack, bucket, kind of observations, when the last backup was completed, and
                 whether the latest was (`complete`); the ETag of every object
objects/<key>    every object but features/, which each run computes anew
items.jsonl      every item as DynamoDB's own exports write it: {"Item": {"pk": {"S": …}, …}}

The bucket encrypts with SSE-S3, so that an object's ETag is the MD5 of its body.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any, Final, TypeVar

from filelock import FileLock, Timeout

from infra.operations.backup_items import ItemsToRestore, scan, write_items
from infra.stack.deployment import Deployment
from infra.terminal.console import progress
from plantcast.aws import ObjectStore
from plantcast.common.clock import KST
from plantcast.common.errors import (
    ConflictError,
    CorruptDataError,
    InvalidInputError,
    NotFoundError,
    PlantcastError,
)

SCHEMA_VERSION: Final = 1
_SKIPPED: Final = "features/"
_POINTER: Final = "/production.json"
_PASSES: Final = 5
# Transfers mostly wait for the network; the clients' pools have twice as many connections.
_WORKERS: Final = 16

R = TypeVar("R")


def back_up(deployment: Deployment, root: Path, *, delete: bool = False) -> dict[str, Any]:
    """Update the folder `root` from the deployment; return counts. It may be interrupted and repeated.

    The table is read before the bucket, so that an item's objects are in the backup too. While a run promotes
    models the bucket is read again, until each production pointer's version is there. Files of objects that
    the bucket no longer has are kept unless `delete`.

    Raises:
        ConflictError: the folder is another deployment's, or another backup writes to it.
        PlantcastError: models are promoted faster than they can be read.
    """
    store, bucket = deployment.store, deployment.outputs.data_bucket
    former = _manifest(root)
    if former is not None and former["bucket"] != bucket:
        raise ConflictError(
            f"{root} is the backup of bucket {former['bucket']}, not of {bucket}.",
            remedy="Name another folder with --to.",
        )
    root.mkdir(parents=True, exist_ok=True)
    with _locked(root):
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "stack": deployment.outputs.stack_name,
            "bucket": bucket,
            "source": deployment.source,
            "stations": list(deployment.stations),
            "completed_at": former and former["completed_at"],
            "complete": False,
            "objects": former["objects"] if former else {},
        }
        _write_manifest(root, manifest)
        items = write_items(root / "items.jsonl", scan(deployment))
        fetched = 0
        for _ in range(_PASSES):
            there = {key: _md5_of(etag) for key, etag in store.etags("") if not key.startswith(_SKIPPED)}
            fetched += _fetch(store, root, there)
            if all(_has_version(root, key) for key in there if key.endswith(_POINTER)):
                break
        else:
            raise PlantcastError(
                f"Models of {deployment.where} were promoted during each of {_PASSES} passes.",
                remedy="Call again when no run is under way.",
            )
        known = manifest["objects"] | there
        if delete:
            for key in set(known) - set(there):
                _file(root, key).unlink(missing_ok=True)
            known = there
        at = f"{datetime.now(KST):%Y-%m-%dT%H:%M:%S%z}"
        manifest |= {"completed_at": at, "complete": True, "objects": dict(sorted(known.items()))}
        _write_manifest(root, manifest)
    return {"folder": str(root), "objects": len(known), "items": items, "fetched": fetched}


@dataclass
class Restored:
    """Counts of a restore; `conflicts` names what others wrote at the same time, which is kept."""

    objects: int
    items: int
    unchanged: int
    conflicts: list[str] = field(default_factory=list)


def restore(deployment: Deployment, root: Path, *, replace: bool = False, dry_run: bool = False) -> Restored:
    """Write a backup into a deployment: objects, then items, the production pointers last.

    Every write is conditional on what was read before, an object's ETag or an item's attributes. What only
    the deployment has is kept.

    Raises:
        NotFoundError: the folder holds no complete backup.
        InvalidInputError: the deployment holds another kind of observations.
        ConflictError: the deployment has other data under the same names, and `replace` is false.
        CorruptDataError: a file of the backup is missing or damaged.
    """
    manifest = _manifest(root)
    if manifest is None or manifest["completed_at"] is None:
        raise NotFoundError(f"{root} holds no complete backup.", remedy="Name the folder of one.")
    if manifest["source"] != deployment.source:
        raise InvalidInputError(
            f"The backup holds {manifest['source']} observations, the deployment {deployment.source}.",
            remedy=f"Deploy with ObservationSource={manifest['source']} and restore into that.",
        )
    store = deployment.store
    with _locked(root):
        there = dict(store.etags(""))
        wanted = _files(root, manifest)
        keys = [key for key, md5 in wanted.items() if key not in there or _md5_of(there[key]) != md5]
        table = ItemsToRestore(deployment, root)
        different = sorted([*(key for key in keys if key in there), *table.different])
        if different and not replace:
            raise ConflictError(
                f"{deployment.where} has other data under {len(different)} of the backup's names: "
                f"{', '.join(different[:5])}{', …' if different[5:] else ''}. Nothing was written.",
                remedy="Restore into a new deployment, or overwrite these with --replace.",
            )
        result = Restored(len(keys), len(table.wanted), len(wanted) - len(keys))
        if dry_run:
            return result

        def put(key: str) -> str | None:
            kind = "application/json" if key.endswith(".json") else "application/octet-stream"
            try:
                store.put_if(key, _file(root, key).read_bytes(), etag=there.get(key), content_type=kind)
            except ConflictError:
                now = store.etag(key)  # another restore may have written the same
                return None if now is not None and _md5_of(now) == wanted[key] else key
            return None

        pointers = [key for key in keys if key.endswith(_POINTER)]
        for label, write, names in (
            ("objects", put, [key for key in keys if key not in pointers]),
            ("items", table.put, list(table.items())),
            ("pointers", put, pointers),
        ):
            written: Iterator[str | None] = _in_parallel(label, write, names)
            result.conflicts += [name for name in written if name is not None]
    return result


def _in_parallel(label: str, work: Callable[[Any], R], inputs: list[Any]) -> Iterator[R]:
    """Yield `work(input)` as each is done, behind a progress bar; the first error ends it."""
    with ThreadPool(_WORKERS) as pool, progress() as bar:
        results: Iterable[R] = pool.imap_unordered(work, inputs)
        yield from bar.track(results, total=len(inputs), description=label)


def _fetch(store: ObjectStore, root: Path, there: dict[str, str]) -> int:
    """Fetch what the folder does not have, pointers last; return how many.

    Each file is replaced whole: after an interruption it is the former one or the new one. `there` gets the
    ETags of what was fetched.
    """
    stale = [key for key, md5 in there.items() if _md5(_file(root, key)) != md5]

    def copy(key: str) -> None:
        found = store.get(key)
        if found is None:
            del there[key]  # deleted since it was listed
            return
        path = _file(root, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.new")
        draft.write_bytes(found.body)
        draft.replace(path)
        there[key] = _md5_of(found.etag)

    for pointers in (False, True):
        for _ in _in_parallel("objects", copy, [key for key in stale if key.endswith(_POINTER) is pointers]):
            pass
    return len(stale)


def _files(root: Path, manifest: dict[str, Any]) -> dict[str, str]:
    """Return the MD5 of each object's file; after an interrupted backup also of what it fetched.

    Raises:
        CorruptDataError: a file is missing, or differs although no backup was interrupted since.
    """
    expected, complete = manifest["objects"], manifest["complete"]
    keys = set(expected)
    if not complete:
        files = [path for path in (root / "objects").rglob("*") if path.is_file()]
        keys |= {path.relative_to(root / "objects").as_posix() for path in files if path.suffix != ".new"}
    found = {}
    for key in sorted(keys):
        actual = _md5(_file(root, key))
        if actual is None or (complete and actual != expected[key]):
            raise CorruptDataError(
                f"{_file(root, key)} is {'missing' if actual is None else 'damaged'}.",
                remedy="Back up again, which fetches it, or restore another copy.",
            )
        found[key] = actual
    return found


def _manifest(root: Path) -> dict[str, Any] | None:
    path = root / "backup.json"
    if not path.exists():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        version = found["schema_version"]
    except (ValueError, TypeError, KeyError) as error:
        raise CorruptDataError(f"{path} is damaged ({error}).", remedy="Name another folder.") from error
    if version != SCHEMA_VERSION:
        raise CorruptDataError(
            f"{path} has schema version {version}; this code reads {SCHEMA_VERSION}.",
            remedy="Use the version of Plantcast that wrote it.",
        )
    return found


def _write_manifest(root: Path, manifest: dict[str, Any]) -> None:
    draft = root / "backup.json.new"
    draft.write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", "utf-8")
    draft.replace(root / "backup.json")


def _file(root: Path, key: str) -> Path:
    if key.startswith("/") or key.endswith("/") or ".." in key.split("/"):
        raise InvalidInputError(f"Object {key!r} cannot be a file.", remedy="Delete it or rename it.")
    return root / "objects" / key


def _md5(path: Path) -> str | None:
    if not path.is_file():
        return None
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _md5_of(etag: str) -> str:
    return etag.strip('"')


def _has_version(root: Path, pointer: str) -> bool:
    """Return whether the version that a pointer names is in the folder; its metadata is written last."""
    try:
        version = json.loads(_file(root, pointer).read_bytes())["version"]
    except (OSError, ValueError, TypeError, KeyError):
        return True  # deleted meanwhile, or damaged in the bucket: copied as it is
    return (_file(root, pointer).parent / "versions" / str(version) / "metadata.json").is_file()


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    try:
        with FileLock(root / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise ConflictError(
            f"Another backup or restore uses {root}.", remedy="Wait until it has ended."
        ) from error
