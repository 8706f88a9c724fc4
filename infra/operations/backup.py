"""`plantcast backup` and `plantcast restore`: a deployment's bucket and table, to a folder and back.

backup.json      schema version, stack, bucket, kind of observations, when the last backup was complete
objects/<key>    every object but features/, which each run computes anew
objects.jsonl    key, ETag and MD5 of each
items.jsonl      every item as DynamoDB's own exports write it: {"Item": {"pk": {"S": …}, …}}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from infra.operations.backup_items import ItemsToRestore, scan, write_items
from infra.operations.deployment import Deployment
from infra.operations.in_parallel import in_parallel
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
_LEFT_OUT: Final = "features/"
_POINTER: Final = "production.json"
_PASSES: Final = 5

# Key → ETag → MD5 of what was fetched; more than one ETag after a backup that was interrupted.
Sums = dict[str, dict[str, str]]


def back_up(deployment: Deployment, root: Path, *, delete: bool = False) -> dict[str, Any]:
    """Bring the folder `root` up to date; return counts. May be repeated, and interrupted at any time.

    The table is read before the bucket, so that an item's objects are in the backup too. While a run promotes
    models the bucket is read again, until each production pointer's version is there. What the bucket no
    longer has stays in the folder unless `delete`.

    Raises:
        ConflictError: the folder is another deployment's, or another backup is at work in it.
        PlantcastError: models are promoted faster than they can be read.
    """
    store, bucket, former = deployment.store(), deployment.outputs.data_bucket, _manifest(root)
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
        }
        _write(root / "backup.json", [manifest])
        items = write_items(root / "items.jsonl", scan(deployment))
        sums, fetched = _sums(root), 0
        for _ in range(_PASSES):
            there = {key: etag for key, etag in store.etags("") if not key.startswith(_LEFT_OUT)}
            fetched += _fetch(store, root, there, sums)
            if all(_has_version(root, key) for key in there if key.endswith(f"/{_POINTER}")):
                break
        else:
            raise PlantcastError("A run is promoting models.", remedy="Back up when no run is going on.")
        for key in (sums.keys() - there.keys()) if delete else ():
            _file(root, key).unlink(missing_ok=True)
            del sums[key]
        newest = [(key, *list(each.items())[-1]) for key, each in sorted(sums.items())]
        _write(root / "objects.jsonl", [{"key": key, "etag": etag, "md5": md5} for key, etag, md5 in newest])
        _write(
            root / "backup.json", [manifest | {"completed_at": f"{datetime.now(KST):%Y-%m-%dT%H:%M:%S%z}"}]
        )
    return {"folder": str(root), "objects": len(sums), "items": items, "fetched": fetched}


@dataclass
class Restored:
    """What a restore wrote, or would write; `meanwhile` names what others wrote meanwhile, which is kept."""

    objects: int
    items: int
    unchanged: int
    meanwhile: list[str] = field(default_factory=list)


def restore(deployment: Deployment, root: Path, *, replace: bool = False, dry_run: bool = False) -> Restored:
    """Write a backup into a deployment: objects, then items, the production pointers last.

    Every write is conditional on what was read before, an object's ETag or an item's attributes. What only
    the deployment has is left alone.

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
    store = deployment.store()
    with _locked(root):
        sums, there = _sums(root), dict(store.etags(""))
        keys = [key for key, each in sums.items() if not _is_same(there.get(key), each)]
        table = ItemsToRestore(deployment, root)
        different = sorted([*(key for key in keys if key in there), *table.different])
        if different and not replace:
            raise ConflictError(
                f"{deployment.where} has other data under {len(different)} of the backup's names: "
                f"{', '.join(different[:5])}{', …' if different[5:] else ''}. Nothing was written.",
                remedy="Restore into a new deployment, or overwrite these with --replace.",
            )
        result = Restored(len(keys), len(table.wanted), len(sums) - len(keys))
        if dry_run:
            return result

        def put(key: str) -> str | None:
            body = _body(root, key, sums[key])
            kind = "application/json" if key.endswith(".json") else "application/octet-stream"
            try:
                store.put_if(key, body, etag=there.get(key), content_type=kind)
            except ConflictError:
                return None if _is_same(store.etag(key), sums[key]) else key
            return None

        pointers = [key for key in keys if key.endswith(f"/{_POINTER}")]
        _all(put, [key for key in keys if key not in pointers], "objects", result)
        _all(table.put, table.items(), "items", result)
        _all(put, pointers, "pointers", result)
    return result


def _all(put: Callable[[Any], str | None], inputs: Any, what: str, result: Restored) -> None:
    with progress() as bar:
        total = {"objects": result.objects, "items": result.items}.get(what)
        for name in bar.track(in_parallel(put, inputs), total=total, description=what):
            result.meanwhile += [name] if name is not None else []


def _fetch(store: ObjectStore, root: Path, there: dict[str, str], sums: Sums) -> int:
    """Fetch what the folder does not have, pointers last; return how many."""
    stale = [key for key, etag in there.items() if not _has(root, key, sums.get(key, {}).get(etag))]
    pointers = [key for key in stale if key.endswith(f"/{_POINTER}")]
    others = [key for key in stale if key not in pointers]
    with (root / "objects.jsonl").open("a", encoding="utf-8") as listing, progress() as bar:
        # Transfers end in any order: a pointer is requested once all versions are here.
        fetched = chain.from_iterable(
            in_parallel(lambda key: (key, store.get(key)), keys) for keys in (others, pointers)
        )
        for key, found in bar.track(fetched, total=len(stale), description="objects"):
            if found is None:
                continue  # deleted since it was listed
            md5 = _md5(found.body)
            line = json.dumps({"key": key, "etag": found.etag, "md5": md5}) + "\n"
            path = _file(root, key)
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"{path.name}.new")
            draft.write_bytes(found.body)
            # After an interruption no file may be taken for damaged or missing: another body is listed
            # before it replaces the file, a new file once it is there.
            if key in sums:
                listing.write(line)
                listing.flush()
            draft.replace(path)
            if key not in sums:
                listing.write(line)
                listing.flush()
            sums.setdefault(key, {}).pop(found.etag, None)
            sums[key][found.etag] = md5  # the newest last
    return len(stale)


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


def _sums(root: Path) -> Sums:
    path, found = root / "objects.jsonl", Sums()
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # cut off by an interruption, before its file was written
        found.setdefault(entry["key"], {})[entry["etag"]] = entry["md5"]
    return found


def _write(path: Path, documents: list[Any]) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in documents), "utf-8")
    draft.replace(path)


def _file(root: Path, key: str) -> Path:
    if key.startswith("/") or key.endswith("/") or ".." in key.split("/"):
        raise InvalidInputError(f"Object {key!r} cannot be a file.", remedy="Delete it or rename it.")
    return root / "objects" / key


def _has(root: Path, key: str, md5: str | None) -> bool:
    path = _file(root, key)
    return md5 is not None and path.is_file() and _md5(path.read_bytes()) == md5


def _body(root: Path, key: str, sums: dict[str, str]) -> bytes:
    path = _file(root, key)
    body = path.read_bytes() if path.is_file() else None
    if body is None or _md5(body) not in sums.values():
        raise CorruptDataError(
            f"{path} is {'missing' if body is None else 'damaged'}.",
            remedy="Back up again, which fetches it, or restore another copy.",
        )
    return body


def _md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def _is_same(etag: str | None, sums: dict[str, str]) -> bool:
    """Say whether an object is that of the backup; the ETag of one put without KMS is its MD5."""
    return etag is not None and (etag in sums or etag.strip('"') in sums.values())


def _has_version(root: Path, pointer: str) -> bool:
    """Say whether the version that a pointer names is in the folder; its metadata is written last."""
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
            f"Another backup or restore is at work in {root}.", remedy="Wait until it has ended."
        ) from error
