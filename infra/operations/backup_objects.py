"""Objects of the data bucket, copied into a backup's folder while a run may be going on.

A run writes a model's files, then its metadata, then the pointer to it, and deletes versions that no pointer
names. So a pointer is read first, then the versions of its target, then the pointer once more: if it has not
changed, the version it names was there all the time and is in the copy whole. If it has, that target is read
once more.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import (
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from infra.operations.backup_folder import CHUNK, BackupFolder, check_file
from infra.operations.backup_manifest import ObjectEntry
from infra.operations.in_parallel import in_parallel
from plantcast.errors import CorruptDataError

# Made anew by each run from the observations.
LEFT_OUT: Final = ("features/",)
_TARGET: Final = re.compile(r"models/station=[^/]+/[^/]+/")
_POINTER: Final = re.compile(r"(models/station=[^/]+/[^/]+/)production\.json")
_VERSION: Final = re.compile(r"(models/station=[^/]+/[^/]+/)versions/([^/]+)/.+")
_READ_ATTEMPTS: Final = 5
# Promotions of one target are a night apart and reading one takes a second: more than once is unheard of.
_SETTLE_ATTEMPTS: Final = 20
# botocore repeats a request; a body that breaks off while it is read is for the reader to repeat.
_BROKEN_OFF: Final = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError, HTTPClientError)

Advance = Callable[[int, int], None]  # done, in all


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as the bucket lists it."""

    key: str
    etag: str
    size: int


class ObjectCopier:
    """Copies what an earlier backup has not; `entries` are the objects of this one by key."""

    def __init__(self, s3: Any, bucket: str, folder: BackupFolder, earlier: Iterable[ObjectEntry]) -> None:
        self._s3, self._bucket, self._folder = s3, bucket, folder
        self._earlier = {(entry.key, entry.etag, entry.size): entry for entry in earlier}
        self._journal = threading.Lock()
        self.entries: dict[str, ObjectEntry] = {}
        self.fetched = 0
        self.fetched_bytes = 0
        self.notes: list[str] = []

    def copy_all(self, advance: Advance) -> None:
        """Copy every object that is worth it, the pointers last."""
        found = list(list_objects(self._s3, self._bucket))
        listed = [each for each in found if not is_pointer(each.key)]
        targets = sorted({match[0] for each in found if (match := _TARGET.match(each.key))})
        total = len(listed) + len(targets)
        for number, _ in enumerate(in_parallel(self._copy, listed), 1):
            advance(number, total)
        for number, note in enumerate(in_parallel(self._settle, targets), 1):
            advance(len(listed) + number, total)
            self.notes += [note] if note else []
        self.notes.sort()

    def _copy(self, listed: Listed) -> bool:
        """Bring one object; False when it is gone by now."""
        entry = self._reused(listed) or self._fetch(listed.key)
        if entry is None:
            return False
        self.entries[listed.key] = entry
        return True

    def _reused(self, listed: Listed) -> ObjectEntry | None:
        entry = self._earlier.get((listed.key, listed.etag, listed.size))
        if entry is None:
            return None
        try:
            check_file(self._folder.file(entry.sha256), entry.sha256, entry.size)
        except CorruptDataError:
            return None  # damaged since: fetched anew, under the same name
        return ObjectEntry(
            entry.key, entry.sha256, entry.size, entry.etag, entry.content_type, entry.metadata
        )

    def _fetch(self, key: str) -> ObjectEntry | None:
        for attempt in range(_READ_ATTEMPTS):
            try:
                reply = self._s3.get_object(Bucket=self._bucket, Key=key)
                sha256, size = self._folder.add(reply["Body"].iter_chunks(CHUNK))
                break
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in {"NoSuchKey", "404"}:
                    return None
                raise
            except _BROKEN_OFF:
                if attempt == _READ_ATTEMPTS - 1:
                    raise
                time.sleep(0.2 * 2**attempt)
        entry = ObjectEntry(
            key,
            sha256,
            size,
            reply["ETag"],
            reply.get("ContentType", "binary/octet-stream"),
            tuple(sorted(reply.get("Metadata", {}).items())),
        )
        with self._journal:
            self.fetched += 1
            self.fetched_bytes += size
            with self._folder.journal.open("a", encoding="utf-8") as journal:
                journal.write(entry.to_line() + "\n")
        return entry

    def _settle(self, target: str) -> str | None:
        """Copy a target's pointer together with what it names; return what should be known about it."""
        key = f"{target}production.json"
        for _ in range(_SETTLE_ATTEMPTS):
            pointer = self._fetch(key)
            self._copy_versions(target, key)
            if self._etag(key) == (pointer.etag if pointer is not None else None):
                break
        else:
            return f"{key} changed too often to be copied together with its version; it is left out."
        if pointer is None:
            return None
        self.entries[key] = pointer
        return self._unknown_version(target, pointer)

    def _copy_versions(self, target: str, pointer_key: str) -> None:
        # A version's files are written in the order of their names, which is the list's order too, and its
        # metadata last: a list that has the metadata has them all, however many pages it takes.
        there = [each for each in list_objects(self._s3, self._bucket, target) if each.key != pointer_key]
        broken: set[str] = set()
        for each in there:
            entry = self.entries.get(each.key)
            known = entry is not None and (entry.etag, entry.size) == (each.etag, each.size)
            if not known and not self._copy(each) and (match := _VERSION.fullmatch(each.key)):
                broken.add(match[2])
        # What is being deleted now is not kept in part: without its files a version must not look whole.
        listed = {each.key for each in there}
        for key in [key for key in list(self.entries) if key.startswith(f"{target}versions/")]:
            match = _VERSION.fullmatch(key)
            if key not in listed or (match and match[2] in broken):
                self.entries.pop(key, None)

    def _unknown_version(self, target: str, pointer: ObjectEntry) -> str | None:
        try:
            version = json.loads(self._folder.file(pointer.sha256).read_bytes())["version"]
        except (ValueError, KeyError, TypeError):
            return f"{pointer.key} was damaged in the bucket already; it is copied as it is."
        if f"{target}versions/{version}/metadata.json" not in self.entries:
            return f"{pointer.key} names version {version}, which the bucket does not hold whole."
        return None

    def _etag(self, key: str) -> str | None:
        try:
            etag: str = self._s3.head_object(Bucket=self._bucket, Key=key)["ETag"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in {"404", "NoSuchKey", "NotFound"}:
                return None
            raise
        return etag


def list_objects(s3: Any, bucket: str, prefix: str = "") -> Iterator[Listed]:
    """Return the objects worth keeping, by key."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", []):
            if not found["Key"].startswith(LEFT_OUT):
                yield Listed(found["Key"], found["ETag"], found["Size"])


def is_pointer(key: str) -> bool:
    """Say whether a key is that of a production pointer."""
    return _POINTER.fullmatch(key) is not None


def newest_versions(entries: Iterable[str]) -> dict[str, str]:
    """Return, of each target that has a pointer among the keys, the newest complete version."""
    keys = set(entries)
    newest: dict[str, str] = {}
    for key in keys:
        match = _VERSION.fullmatch(key)
        if match and key.endswith("/metadata.json") and f"{match[1]}production.json" in keys:
            newest[match[1]] = max(newest.get(match[1], ""), match[2])
    return newest


def pruned_on_purpose(key: str, newest: dict[str, str]) -> bool:
    """Say whether a lost object belongs to a model version that gave way to newer ones.

    That is so when its target still has a pointer and a complete version that is newer (`newest_versions`).
    Of a bucket that somebody emptied neither is there.
    """
    match = _VERSION.fullmatch(key)
    return match is not None and match[2] < newest.get(match[1], "")
