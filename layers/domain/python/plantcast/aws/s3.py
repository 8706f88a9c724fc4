"""S3 as an object store: keys to bytes, with conditional writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import boto3
from botocore.exceptions import ClientError

from plantcast.aws.client import AWS_CONFIG, WhenUsed, error_code
from plantcast.common.errors import ConflictError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_MISSING: Final = {"NoSuchKey", "404", "NotFound"}
# 412: the condition failed. 409: a concurrent write of the same key was under way. NoSuchKey: If-Match on an
# object that has been deleted since it was read.
_CONFLICT: Final = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "412", "409"}


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


class S3ObjectStore(ObjectStore):
    """`ObjectStore` on one S3 bucket."""

    def __init__(self, bucket: str, client: S3Client | None = None) -> None:
        self.bucket = bucket
        self._s3: WhenUsed[S3Client] = WhenUsed(lambda: boto3.client("s3", config=AWS_CONFIG), given=client)

    def get(self, key: str) -> StoredObject | None:
        try:
            reply = self._s3().get_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error_code(error) in _MISSING:
                return None
            raise
        return StoredObject(reply["Body"].read(), reply["ETag"])

    def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> str:
        return self._s3().put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type)["ETag"]

    def put_if(
        self, key: str, body: bytes, *, etag: str | None, content_type: str = "application/octet-stream"
    ) -> str:
        try:
            condition: Any = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
            reply = self._s3().put_object(
                Bucket=self.bucket, Key=key, Body=body, ContentType=content_type, **condition
            )
        except ClientError as error:
            if error_code(error) in _CONFLICT:
                raise ConflictError(
                    f"s3://{self.bucket}/{key} was changed by another writer.",
                    remedy="Read it again and repeat the decision.",
                ) from error
            raise
        return reply["ETag"]

    def etag(self, key: str) -> str | None:
        try:
            return self._s3().head_object(Bucket=self.bucket, Key=key)["ETag"]
        except ClientError as error:
            if error_code(error) in _MISSING:
                return None
            raise

    def list(self, prefix: str) -> Iterator[str]:
        for key, _ in self.etags(prefix):
            yield key

    def etags(self, prefix: str) -> Iterator[tuple[str, str]]:
        for page in self._s3().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                yield entry["Key"], entry["ETag"]

    def delete(self, key: str) -> None:
        self._s3().delete_object(Bucket=self.bucket, Key=key)
