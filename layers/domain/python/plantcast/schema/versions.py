"""One kind of stored data: the version this code writes, those it reads, and the way from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from plantcast.errors import CorruptDataError, SchemaVersionError

FIELD: Final = "schema_version"
Document = Mapping[str, Any]
Upgrade = Callable[[Document], dict[str, Any]]
_ABSENT: Final = object()


@dataclass(frozen=True)
class Schema:
    """A kind of item, JSON object or Parquet file, called `what` in messages.

    `version` is written, and those from `oldest` on are read. `upgrades` take a document of version n to n+1;
    Parquet files are upgraded by who reads them. `lost` are older versions that can no longer be read, with
    what to do about each. `ahead` are versions that this code reads before any code writes them, with the way
    back from each to the version before. `unversioned` is what data without a number is: written before this
    kind had one, and None where every document ever written has it.
    """

    what: str
    version: int = 1
    oldest: int = 1
    upgrades: Mapping[int, Upgrade] = field(default_factory=dict)
    lost: Mapping[int, str] = field(default_factory=dict)
    ahead: Mapping[int, Upgrade] = field(default_factory=dict)
    unversioned: int | Callable[[Document], int] | None = None

    @property
    def readable(self) -> range:
        """The versions this code reads."""
        return range(self.oldest, self.version + len(self.ahead) + 1)

    def found(self, document: Document, where: str) -> int:
        """Return a document's version, one of `readable`; `where` names it in messages.

        Raises:
            SchemaVersionError: it is newer than this code, or nothing this code knows.
            CorruptDataError: it has no version though every document of this kind has, or a lost one.
        """
        found = document.get(FIELD, _ABSENT)
        if found is _ABSENT or found is None:
            if self.unversioned is None:
                raise CorruptDataError(
                    f"The {self.what} {where} does not say its schema version.",
                    remedy="It is damaged: restore it from a backup, or have the next run write it anew.",
                )
            return self.unversioned(document) if callable(self.unversioned) else self.unversioned
        return self.check(found, where)

    def check(self, found: object, where: str) -> int:
        """Return `found` if this code reads that version; what `found` raises holds."""
        if type(found) is int and found in self.readable:
            return found
        if type(found) is int and found in self.lost:
            raise CorruptDataError(self._mismatch(found, where), remedy=self.lost[found])
        raise SchemaVersionError(
            self._mismatch(found, where),
            remedy="Deploy the code that wrote it or newer code; `plantcast migrate` shows what is stored.",
        )

    def read(self, document: Document, where: str) -> dict[str, Any]:
        """Return a document in the form of `version`, taken there step by step from any that is read.

        Raises:
            SchemaVersionError: it is newer than this code, or nothing this code knows.
            CorruptDataError: what `found` raises.
            KeyError, TypeError, ValueError: an upgrade met what it cannot understand; callers name it.
        """
        version = self.found(document, where)
        current = dict(document)
        for step in range(version, self.version):
            current = self.upgrades[step](current)
        for step in range(version, self.version, -1):
            current = self.ahead[step](current)
        return current | {FIELD: self.version}

    def refuse_newer(self, document: Document, where: str) -> None:
        """Do nothing unless the document is newer than this code; for those about to replace it.

        Raises:
            SchemaVersionError: it is newer, or of an unknown version.
        """
        if document.get(FIELD) is None:
            return
        try:
            found = self.check(document[FIELD], where)
        except CorruptDataError:
            return  # of no use to anybody: that is what it is replaced for
        if found > self.version:
            raise SchemaVersionError(
                f"The {self.what} {where} is of schema version {found}; this code writes {self.version}.",
                remedy="Deploy the code that wrote it or newer code; what is stored was left as it is.",
            )

    def _mismatch(self, found: object, where: str) -> str:
        readable = " and ".join(map(str, self.readable))
        return f"The {self.what} {where} is of schema version {found!r}; this code reads {readable}."


def newer_stored(stored: Document, version: int) -> SchemaVersionError | None:
    """Return the error if a stored item's version is greater than `version`, or no number; else None."""
    found = stored.get(FIELD)
    if found is None or (type(found) is int and found <= version):
        return None
    return SchemaVersionError(
        f"The item {stored.get('pk')}/{stored.get('sk')} is of schema version {found!r}; this code writes "
        f"{version}.",
        remedy="Deploy the code that wrote it or newer code; what is stored was left as it is.",
    )
