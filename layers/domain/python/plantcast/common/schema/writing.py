"""Writing an object that may be there already, but never over a newer one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from plantcast.common.errors import ConflictError
from plantcast.common.schema.versions import Schema

if TYPE_CHECKING:
    from plantcast.aws import ObjectStore

# Two writers of one run's object meet when a step is repeated while it still runs; they write the same.
_ATTEMPTS: Final = 5


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
