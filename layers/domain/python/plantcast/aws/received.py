"""What was received from outside, kept byte for byte: packed, under a key that names its content.

A key's name is `<received>-<hash>`: the time of receipt (KST, microseconds) and the first 8 hex digits of the
content's SHA-256. Nothing is ever changed or overwritten.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import zlib
from datetime import datetime

from plantcast.aws.s3 import ObjectStore
from plantcast.common.clock import KST
from plantcast.common.errors import ConflictError, CorruptDataError, NotFoundError


def time_text(received_at: datetime) -> str:
    """Return the time of receipt as keys write it."""
    return received_at.astimezone(KST).strftime("%Y%m%dT%H%M%S%f")


def content_hash(content: bytes) -> str:
    """Return the first 8 hex digits of the SHA-256."""
    return hashlib.sha256(content).hexdigest()[:8]


def keep(store: ObjectStore, key: str, content: bytes) -> None:
    """Store what was received, packed."""
    # A page of 0.9 MB: 45 KB in 9 ms; the default level makes 39 KB of it in 41 ms.
    write_once(store, key, gzip.compress(content, compresslevel=6, mtime=0), "application/gzip")


def write_once(store: ObjectStore, key: str, body: bytes, content_type: str) -> None:
    """Store an object whose key says all of it: where there is one already, it is the same."""
    with contextlib.suppress(ConflictError):
        store.put_if(key, body, etag=None, content_type=content_type)


def read(store: ObjectStore, key: str) -> bytes:
    """Return what was received.

    Raises:
        NotFoundError: there is no such object.
        CorruptDataError: it is not what was written.
    """
    stored = store.get(key)
    if stored is None:
        raise NotFoundError(f"There is no object {key!r} in the data bucket.", remedy="Check the key.")
    try:
        # Not `gzip.decompress`, which takes an empty object for nothing packed.
        return zlib.decompress(stored.body, wbits=zlib.MAX_WBITS | 16)
    except zlib.error as error:
        raise CorruptDataError(
            f"{key} is damaged ({error}).",
            remedy="Restore it from the bucket's versions, or fetch or import it again.",
        ) from error
