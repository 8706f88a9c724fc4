"""S3 as an object store: keys to bytes, with conditional writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import boto3
from botocore.exceptions import ClientError

from plantcast.aws.client import AWS_CONFIG, WhenUsed, error_code
from plantcast.common.errors import ConflictError
from plantcast.common.schema import Schema

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

# Two writers of one run's object meet when a step is repeated while it still runs; they write the same.
_ATTEMPTS: Final = 5


@dataclass(frozen=True)
class StoredObject:
    """An object's bytes and the ETag that a conditional write of its successor must name."""

    body: bytes
    etag: str


class ObjectStore(Protocol):
    """Keys to bytes, with conditional writes."""

    def get(self, key: str) -> StoredObject | None:
        """Return the object, or None when there is none under `key`."""

    def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> str:
        """Write unconditionally; return the new ETag."""

    def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = ...) -> str:
        """Write only if the object still has `etag` (None: only if there is no object); return the new ETag.

        Raises:
            ConflictError: somebody else wrote first.
        """

    def etag(self, key: str) -> str | None:
        """Return the object's ETag without its bytes, or None when there is none under `key`."""

    def list(self, prefix: str) -> Iterator[str]:
        """Yield every key that starts with `prefix`, in order."""

    def etags(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Yield key and ETag of every object whose key starts with `prefix`, in order."""

    def delete(self, key: str) -> None:
        """Remove the object; nothing happens when there is none."""


class S3ObjectStore:
    """`ObjectStore` on one S3 bucket."""

    def __init__(self, bucket: str, client: S3Client | None = None) -> None:
        self.bucket = bucket
        self._s3: WhenUsed[S3Client] = WhenUsed(lambda: boto3.client("s3", config=AWS_CONFIG), given=client)

    def get(self, key: str) -> StoredObject | None:
        """Return the object, or None when there is none under `key`."""
        try:
            reply = self._s3().get_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error_code(error) in {"NoSuchKey", "404", "NotFound"}:
                return None
            raise
        return StoredObject(reply["Body"].read(), reply["ETag"])

    def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> str:
        """Write unconditionally; return the new ETag."""
        return self._s3().put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type)["ETag"]

    def put_if(
        self, key: str, body: bytes, *, etag: str | None, content_type: str = "application/octet-stream"
    ) -> str:
        """Write only if the object still has `etag` (None: only if there is none); return the new ETag."""
        try:
            if etag is None:
                reply = self._s3().put_object(
                    Bucket=self.bucket, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*"
                )
            else:
                reply = self._s3().put_object(
                    Bucket=self.bucket, Key=key, Body=body, ContentType=content_type, IfMatch=etag
                )
        except ClientError as error:
            # 412: the condition failed. 409: a concurrent write of the same key was under way.
            # 404: If-Match on an object that has been deleted since it was read.
            if error_code(error) in {
                "PreconditionFailed",
                "ConditionalRequestConflict",
                "NoSuchKey",
                "412",
                "409",
            }:
                raise ConflictError(
                    f"s3://{self.bucket}/{key} was changed by another writer.",
                    remedy="Read it again and repeat the decision.",
                ) from error
            raise
        return reply["ETag"]

    def etag(self, key: str) -> str | None:
        """Return the object's ETag without its bytes, or None when there is none under `key`."""
        try:
            return self._s3().head_object(Bucket=self.bucket, Key=key)["ETag"]
        except ClientError as error:
            if error_code(error) in {"NoSuchKey", "404", "NotFound"}:
                return None
            raise

    def list(self, prefix: str) -> Iterator[str]:
        """Yield every key that starts with `prefix`, in order."""
        for key, _ in self.etags(prefix):
            yield key

    def etags(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Yield key and ETag of every object whose key starts with `prefix`, in order."""
        for page in self._s3().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                yield entry["Key"], entry["ETag"]

    def delete(self, key: str) -> None:
        """Remove the object; nothing happens when there is none."""
        self._s3().delete_object(Bucket=self.bucket, Key=key)


def put_object(
    store: ObjectStore, key: str, body: bytes, schema: Schema, *, content_type: str = "application/json"
) -> str:
    """Write a JSON object in place of what is stored, unless that is of a newer version; return its ETag.

    Raises:
        SchemaVersionError: what is stored is newer than this code; it was left as it is.
        ConflictError: other writers kept changing it.
    """
    for _ in range(_ATTEMPTS):
        stored = store.get(key)
        if stored is not None:
            if stored.body == body:
                return stored.etag
            refuse_newer_json(stored.body, key, schema)
        try:
            return store.put_if(
                key, body, etag=None if stored is None else stored.etag, content_type=content_type
            )
        except ConflictError:
            continue
    raise ConflictError(f"Other writers kept changing {key}.", remedy="Repeat the call later.")


def refuse_newer_json(body: bytes, key: str, schema: Schema) -> None:
    """Do nothing unless a JSON object is newer than this code; what cannot be read may be replaced.

    Raises:
        SchemaVersionError: it is newer, or of an unknown version.
    """
    try:
        document = json.loads(body)
    except ValueError:
        return
    if isinstance(document, Mapping):
        schema.refuse_newer(document, key)
