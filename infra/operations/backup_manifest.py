"""What a backup says of itself: whose it is, when, which files belong to it, and what is in them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from plantcast.errors import CorruptDataError, InvalidInputError

FORMAT: Final = "plantcast-backup"
FORMAT_VERSION: Final = 1


class Listing(BaseModel):
    """A gzipped file of JSON lines; its name is the SHA-256 of its bytes."""

    model_config = ConfigDict(frozen=True)

    file: str
    sha256: str
    bytes: int
    lines: int


class Counts(BaseModel):
    """How much a backup holds; `gone` are those that the deployment no longer had."""

    model_config = ConfigDict(frozen=True)

    objects: int
    object_bytes: int
    objects_gone: int
    items: int
    items_gone: int


class Manifest(BaseModel):
    """One state of a deployment, as kept in a backup folder."""

    model_config = ConfigDict(frozen=True)

    taken_at: datetime  # when its last part was read; UTC
    started_at: datetime
    code_version: str
    stack: str
    region: str
    bucket: str
    table: str
    source: str
    stations: list[str]
    parameters: dict[str, str]
    counts: Counts
    objects: Listing
    items: list[Listing]
    items_gone: Listing | None
    notes: list[str]

    @property
    def listings(self) -> tuple[Listing, ...]:
        """Every listing it names."""
        return (self.objects, *self.item_listings)

    @property
    def item_listings(self) -> tuple[Listing, ...]:
        """The listings of the table's items, those that the table had lost among them."""
        return (*self.items, self.items_gone) if self.items_gone is not None else tuple(self.items)

    @property
    def state(self) -> str:
        """Its name among the states of a folder: when it was taken."""
        return f"{self.taken_at:%Y%m%dT%H%M%S.%fZ}"

    def to_json(self) -> str:
        """Return what `from_json` reads; it carries a digest of itself."""
        document = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            **self.model_dump(mode="json"),
        }
        return json.dumps(document | {"digest": _digest(document)}, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: bytes, name: str) -> Manifest:
        """Read what `to_json` wrote; `name` is the file's, for the message.

        Raises:
            CorruptDataError: it is damaged.
            InvalidInputError: it is no manifest, or of a newer format.
        """
        remedy = "Restore an earlier state of this folder with --state, or another copy of the backup."
        try:
            document = json.loads(text)
        except ValueError as error:
            raise CorruptDataError(f"{name} is damaged: it is not JSON ({error}).", remedy=remedy) from error
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise InvalidInputError(f"{name} is no manifest of a backup.", remedy="Name a backup's folder.")
        version = document.get("format_version")
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise InvalidInputError(
                f"{name} has format version {version}; this Plantcast reads up to {FORMAT_VERSION}.",
                remedy="Restore it with a Plantcast at least as new as the one that made it.",
            )
        digest = document.pop("digest", None)
        if digest != _digest(document):
            raise CorruptDataError(f"{name} is damaged: its digest does not match.", remedy=remedy)
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise CorruptDataError(f"{name} cannot be understood: {error}", remedy=remedy) from error


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """An object of the data bucket and the file that holds its bytes.

    `gone` is when a backup first found it missing in the bucket, or None.
    """

    key: str
    sha256: str
    size: int
    etag: str
    content_type: str
    metadata: tuple[tuple[str, str], ...] = ()
    gone: str | None = None

    def to_line(self) -> str:
        """Return its line in the listing."""
        fields: dict[str, Any] = {
            "key": self.key,
            "sha256": self.sha256,
            "size": self.size,
            "etag": self.etag,
            "content_type": self.content_type,
        }
        if self.metadata:
            fields["metadata"] = dict(self.metadata)
        if self.gone is not None:
            fields["gone"] = self.gone
        return json.dumps(fields, ensure_ascii=False)

    @classmethod
    def from_line(cls, line: str) -> ObjectEntry:
        """Read what `to_line` wrote.

        Raises:
            ValueError: it is not that.
        """
        try:
            fields = json.loads(line)
            return cls(**fields | {"metadata": tuple(sorted(fields.get("metadata", {}).items()))})
        except (TypeError, AttributeError) as error:
            raise ValueError(f"no object entry: {line[:80]!r}") from error


def _digest(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
