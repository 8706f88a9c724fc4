"""Buckets with versions: emptied to the last one, and put back to what they held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from plantcast.errors import PlantcastError

_BATCH: Final = 1000  # the most that one DeleteObjects takes
_PASSES: Final = 5
_GONE: Final = frozenset({"NoSuchBucket", "404"})


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an object, or a marker that says it was deleted."""

    key: str
    version_id: str
    modified: datetime
    size: int
    etag: str | None  # None: a delete marker
    latest: bool


def versions(s3: Any, bucket: str, prefix: str = "") -> Iterator[Version]:
    """Return every version and delete marker; of one key the newest first."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        found = [_version(each) for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]]
        # The two kinds come in lists of their own. A stable sort keeps S3's order of those of one second, and
        # the latest is the latest whatever the clock says.
        yield from sorted(found, key=lambda each: (each.key, not each.latest, -each.modified.timestamp()))


def empty_bucket(s3: Any, bucket: str, on_progress: Callable[[int], None] = lambda deleted: None) -> int:
    """Delete every version, delete marker and unfinished upload; return how many. A missing bucket is empty.

    Raises:
        PlantcastError: something cannot be deleted, or somebody goes on writing.
    """
    deleted = 0
    try:
        for _ in range(_PASSES):
            before = deleted
            batch: list[dict[str, str]] = []
            for version in versions(s3, bucket):
                batch.append({"Key": version.key, "VersionId": version.version_id})
                if len(batch) == _BATCH:
                    deleted += _delete(s3, bucket, batch)
                    on_progress(deleted)
                    batch = []
            if batch:
                deleted += _delete(s3, bucket, batch)
                on_progress(deleted)
            if deleted == before:
                _abort_uploads(s3, bucket)
                return deleted
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _GONE:
            return deleted
        raise
    raise PlantcastError(
        f"Bucket {bucket} does not get empty: somebody goes on writing to it.",
        remedy="Stop what writes to it, then call again.",
    )


def stored(s3: Any, bucket: str) -> tuple[int, int]:
    """Return how many versions a bucket holds, and their bytes."""
    count = size = 0
    for version in versions(s3, bucket):
        count += 1
        size += version.size
    return count, size


def _delete(s3: Any, bucket: str, batch: list[dict[str, str]]) -> int:
    reply = s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
    for refused in reply.get("Errors", []):
        raise PlantcastError(
            f"{refused.get('Key')} in {bucket} cannot be deleted ({refused.get('Code')}: "
            f"{refused.get('Message')}).",
            remedy="Mend that (an object lock, a bucket policy) and call again.",
        )
    return len(batch)


def _abort_uploads(s3: Any, bucket: str) -> None:
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])


def _version(found: dict[str, Any]) -> Version:
    return Version(
        found["Key"],
        found["VersionId"],
        found["LastModified"],
        found.get("Size", 0),
        found.get("ETag"),
        found["IsLatest"],
    )
