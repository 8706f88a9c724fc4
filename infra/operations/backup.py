"""`plantcast backup` and `plantcast restore`: a deployment's bucket and table, to a folder and back.

objects/<key>    every object but features/, which each run computes anew
items.jsonl      every item as DynamoDB's own exports write it: {"Item": {"pk": {"S": …}, …}}
backup.json      which deployment's backup it is, and when it was last completed

Each file is replaced whole, pointers to models in production last: after an interruption the folder holds the
former backup with what was fetched since. The bucket encrypts with SSE-S3, so that an object's ETag is the
MD5 of its body.
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

from infra.stack.deployment import Deployment
from infra.terminal.console import progress
from plantcast.common.clock import KST
from plantcast.common.errors import ConflictError, CorruptDataError, InvalidInputError, NotFoundError

SCHEMA_VERSION: Final = 1
_SKIPPED: Final = "features/"
_POINTER: Final = "/production.json"
# Transfers mostly wait for the network; the clients' pools have twice as many connections.
_WORKERS: Final = 16

Item = dict[str, Any]  # in DynamoDB's JSON: {"pk": {"S": "STATION#108"}, …}
R = TypeVar("R")


def back_up(deployment: Deployment, root: Path, *, delete: bool = False) -> dict[str, Any]:
    """Update the folder `root` from the deployment; return counts. It may be interrupted and repeated.

    A run may be under way: the table is read before the bucket, and the pointers before the models, so that
    what an item or a pointer names is in the backup too. Files of objects that the bucket no longer has are
    kept unless `delete`.

    Raises:
        ConflictError: the folder is another deployment's, or another backup writes to it.
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
        found = _scan(deployment.client("dynamodb"), deployment.outputs.table_name)
        items = _write(root / "items.jsonl", (_line(item) for item in found))
        pointers = [(key, store.get(key)) for key in store.list("models/") if key.endswith(_POINTER)]
        there = {key: _md5_of(etag) for key, etag in store.etags("") if not key.startswith(_SKIPPED)}
        stale = [key for key, md5 in there.items() if _md5(_path(root, key)) != md5]

        def fetch(key: str) -> None:
            found = store.get(key)
            if found is not None:  # else deleted since it was listed
                _write(_path(root, key), [found.body])

        for _ in _in_parallel("objects", fetch, [key for key in stale if not key.endswith(_POINTER)]):
            pass
        for key, pointer in pointers:
            if pointer is not None:
                _write(_path(root, key), [pointer.body])
        if delete:
            for key in _files(root).keys() - there.keys():
                _path(root, key).unlink()
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "stack": deployment.outputs.stack_name,
            "bucket": bucket,
            "source": deployment.source,
            "completed_at": f"{datetime.now(KST):%Y-%m-%dT%H:%M:%S%z}",
        }
        _write(root / "backup.json", [json.dumps(manifest, ensure_ascii=False, indent=1).encode()])
        return {"folder": str(root), "objects": len(_files(root)), "items": items, "fetched": len(stale)}


@dataclass
class Restored:
    """Counts of a restore; `conflicts` names what others wrote at the same time, which is kept."""

    objects: int
    items: int
    unchanged: int
    conflicts: list[str] = field(default_factory=list)


def restore(deployment: Deployment, root: Path, *, replace: bool = False, dry_run: bool = False) -> Restored:
    """Write a backup into a deployment: objects, then items, the pointers to models in production last.

    Writes are conditional: an object's on the ETag read before, a new item's on there being none. What only
    the deployment has is kept. With `replace` items with other content are overwritten.

    Raises:
        NotFoundError: the folder holds no complete backup.
        InvalidInputError: the deployment holds another kind of observations.
        ConflictError: the deployment has other data under the same names, and `replace` is false.
        CorruptDataError: a file of the backup is missing or damaged.
    """
    manifest = _manifest(root)
    if manifest is None:
        raise NotFoundError(f"{root} holds no complete backup.", remedy="Name the folder of one.")
    if manifest["source"] != deployment.source:
        raise InvalidInputError(
            f"The backup holds {manifest['source']} observations, the deployment {deployment.source}.",
            remedy=f"Deploy with ObservationSource={manifest['source']} and restore into that.",
        )
    store, table, client = deployment.store, deployment.outputs.table_name, deployment.client("dynamodb")
    with _locked(root):
        there, files = dict(store.etags("")), _files(root)
        keys = [key for key, path in files.items() if _md5_of(there.get(key, "")) != _md5(path)]
        stored = {_name(item): _digest(item) for item in _scan(client, table)}
        items = [item for item in _read(root / "items.jsonl") if stored.get(_name(item)) != _digest(item)]
        different = [key for key in keys if key in there]
        different += [_name(item) for item in items if _name(item) in stored]
        if different and not replace:
            raise ConflictError(
                f"{deployment.where} has other data under {len(different)} of the backup's names: "
                f"{', '.join(different[:5])}{', …' if different[5:] else ''}. Nothing was written.",
                remedy="Restore into a new deployment, or overwrite these with --replace.",
            )
        result = Restored(len(keys), len(items), len(files) - len(keys))
        if dry_run:
            return result

        def put(key: str) -> str | None:
            body = files[key].read_bytes()
            kind = "application/json" if key.endswith(".json") else "application/octet-stream"
            try:
                store.put_if(key, body, etag=there.get(key), content_type=kind)
            except ConflictError:
                now = store.get(key)  # another restore may have written the same
                return None if now is not None and now.body == body else key
            return None

        def put_item(item: Item) -> str | None:
            return _put_item(client, table, item, overwrite=_name(item) in stored)

        conflicts = [
            *_in_parallel("objects", put, [key for key in keys if not key.endswith(_POINTER)]),
            *_in_parallel("items", put_item, items),
            *_in_parallel("pointers", put, [key for key in keys if key.endswith(_POINTER)]),
        ]
        result.conflicts = [name for name in conflicts if name is not None]
    return result


def _put_item(client: Any, table: str, item: Item, *, overwrite: bool) -> str | None:
    """Write an item; return its name if others have written another one under it meanwhile."""
    condition = {} if overwrite else {"ConditionExpression": "attribute_not_exists(pk)"}
    try:
        client.put_item(TableName=table, Item=item, **condition)
    except client.exceptions.ConditionalCheckFailedException:
        key = {"pk": item["pk"], "sk": item["sk"]}
        found = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        return None if found is not None and _digest(found) == _digest(item) else _name(item)
    return None


def _scan(client: Any, table: str) -> Iterator[Item]:
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def _line(item: Item) -> bytes:
    return (json.dumps({"Item": item}, ensure_ascii=False) + "\n").encode()


def _read(path: Path) -> Iterator[Item]:
    if not path.is_file():
        raise CorruptDataError(f"{path} is missing.", remedy="Back up again, or restore another copy.")
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                item: Item = json.loads(line)["Item"]
                _name(item)
            except (ValueError, TypeError, KeyError) as error:
                raise CorruptDataError(
                    f"Line {number} of {path} is damaged ({error!r}).",
                    remedy="Back up again, or restore another copy.",
                ) from error
            yield item


def _name(item: Item) -> str:
    return f"{item['pk']['S']} / {item['sk']['S']}"


def _digest(item: Item) -> bytes:
    return hashlib.blake2b(json.dumps(item, sort_keys=True).encode(), digest_size=16).digest()


def _in_parallel(label: str, work: Callable[[Any], R], inputs: list[Any]) -> Iterator[R]:
    """Yield `work(input)` as each is done, behind a progress bar; the first error ends it."""
    with ThreadPool(_WORKERS) as pool, progress() as bar:
        results: Iterable[R] = pool.imap_unordered(work, inputs)
        yield from bar.track(results, total=len(inputs), description=label)


def _files(root: Path) -> dict[str, Path]:
    """Return the files of objects by key."""
    paths = sorted(path for path in (root / "objects").rglob("*") if path.is_file())
    return {path.relative_to(root / "objects").as_posix(): path for path in paths if path.suffix != ".new"}


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


def _write(path: Path, parts: Iterable[bytes]) -> int:
    """Write a file of these parts, whole or not at all; return how many they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft, count = path.with_name(f"{path.name}.new"), 0
    with draft.open("wb") as file:
        for part in parts:
            file.write(part)
            count += 1
    draft.replace(path)
    return count


def _path(root: Path, key: str) -> Path:
    if key.startswith("/") or key.endswith("/") or ".." in key.split("/"):
        raise InvalidInputError(f"Object {key!r} cannot be a file.", remedy="Delete it or rename it.")
    return root / "objects" / key


def _md5(path: Path) -> str | None:
    if not path.is_file():
        return None
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _md5_of(etag: str) -> str:
    return etag.strip('"')


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    try:
        with FileLock(root / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise ConflictError(
            f"Another backup or restore uses {root}.", remedy="Wait until it has ended."
        ) from error
