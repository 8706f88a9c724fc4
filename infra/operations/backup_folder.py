"""A backup's folder: files named by their content, and a manifest for each state kept.

    states/20261126T170502.123456Z.json   manifest of a state; the newest counts
    lists/<sha256>.jsonl.gz               objects of the bucket, items of the table: what a manifest names
    files/ab/<sha256>                     bytes of objects
    journal.jsonl                         what an unfinished backup has fetched so far

A file never changes once it has its name, and a manifest appears when all it names is there. So a backup that
is cut off leaves the states before it as they were, and the next one goes on with what it had fetched.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import io
import itertools
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Final

from infra.operations.backup_manifest import FORMAT, Listing, Manifest, ObjectEntry
from plantcast.errors import ConflictError, CorruptDataError, InvalidInputError, NotFoundError, PlantcastError

CHUNK: Final = 1 << 20
_DRAFTS: Final = itertools.count()
_MARKER: Final = "plantcast-backup"
_README: Final = (
    f"{FORMAT}: a backup of Plantcast made by `plantcast backup`; `plantcast restore` reads it.\n"
    "The newest file in states/ says what is in it; files/ holds the bucket's objects by their SHA-256.\n"
)


@dataclass(frozen=True)
class BackupFolder:
    """Paths inside a backup's folder, and how to read and write them."""

    root: Path

    @property
    def states(self) -> Path:
        """Manifests."""
        return self.root / "states"

    @property
    def journal(self) -> Path:
        """What an unfinished backup has fetched."""
        return self.root / "journal.jsonl"

    def file(self, sha256: str) -> Path:
        """Where the bytes with this SHA-256 are."""
        return self.root / "files" / sha256[:2] / sha256

    def create(self) -> None:
        """Make the folder, readable by this user alone.

        Raises:
            InvalidInputError: the path is in use for something else.
            PlantcastError: it cannot be written.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not (self.root / _MARKER).exists():
                if any(self.root.iterdir()):
                    raise InvalidInputError(
                        f"{self.root} holds files that are no backup.",
                        remedy="Name a new or empty folder, or one of an earlier backup.",
                    )
                (self.root / _MARKER).write_text(_README, "utf-8")
            for name in ("states", "lists", "files", "draft"):
                (self.root / name).mkdir(exist_ok=True)
        except OSError as error:
            raise PlantcastError(
                f"The backup folder {self.root} cannot be written: {error.strerror}.",
                remedy="Make it writable or name another one with --to.",
            ) from error

    def require(self) -> None:
        """Check that this is a backup.

        Raises:
            NotFoundError: there is no such folder.
            InvalidInputError: it is something else, or no backup has ended there yet.
        """
        if not self.root.is_dir():
            raise NotFoundError(f"There is no folder {self.root}.", remedy="Name a backup's folder.")
        if not (self.root / _MARKER).exists() and not self.states.is_dir():
            raise InvalidInputError(
                f"{self.root} is no backup.", remedy="Name a folder `plantcast backup` made."
            )
        if not self.state_names():
            raise InvalidInputError(
                f"No backup has ended in {self.root} yet.", remedy="Make one with `plantcast backup`."
            )

    def state_names(self) -> list[str]:
        """Return the states kept, the oldest first."""
        return sorted(path.stem for path in self.states.glob("*.json"))

    def load(self, state: str | None = None) -> Manifest:
        """Return the manifest of a state, the newest by default.

        Raises:
            NotFoundError: there is no such state.
            CorruptDataError: it is damaged; states before it are named.
            InvalidInputError: it is of a newer format.
        """
        names = self.state_names()
        name = state or (names[-1] if names else "")
        if name not in names:
            raise NotFoundError(
                f"{self.root} has no state {name!r}.",
                remedy=f"It has {', '.join(names[-10:]) or 'none'}; leave --state out for the newest.",
            )
        path = self.states / f"{name}.json"
        try:
            return Manifest.from_json(path.read_bytes(), str(path))
        except CorruptDataError as error:
            earlier = [known for known in names if known < name]
            if not earlier:
                raise
            raise CorruptDataError(
                error.message, remedy=f"An earlier state may be whole: --state {earlier[-1]}."
            ) from error

    def save(self, manifest: Manifest) -> None:
        """Add a state; it is there whole or not at all."""
        with self.draft() as handle:
            handle.write(manifest.to_json().encode())
            self._place(handle, self.states / f"{manifest.state}.json")

    def add(self, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Keep the bytes and return their SHA-256 and their number."""
        digest, size = hashlib.sha256(), 0
        with self.draft() as handle:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                handle.write(chunk)
            sha256 = digest.hexdigest()
            self._place(handle, self.file(sha256))
        return sha256, size

    def add_listing(self, lines: Iterable[str]) -> Listing:
        """Keep lines of JSON, gzipped; equal lines make an equal file."""
        count = 0
        with self.draft() as handle:
            with gzip.GzipFile("", "wb", 6, handle, mtime=0) as packed:
                for line in lines:
                    packed.write(line.encode() + b"\n")
                    count += 1
            handle.flush()
            size = handle.tell()
            sha256 = sha256_of(Path(handle.name))
            file = f"lists/{sha256}.jsonl.gz"
            self._place(handle, self.root / file)
        return Listing(file=file, sha256=sha256, bytes=size, lines=count)

    def lines(self, listing: Listing) -> Iterator[str]:
        """Return the lines of a listing.

        Raises:
            CorruptDataError: it is damaged or gone.
        """
        path = self.root / listing.file
        count = 0
        try:
            with gzip.open(path, "rt", encoding="utf-8") as handle:
                for line in handle:
                    count += 1
                    yield line.rstrip("\n")
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise _damaged(path, str(error)) from error
        if count != listing.lines:
            raise _damaged(path, f"{count} lines, not {listing.lines}")

    def check_listing(self, listing: Listing) -> None:
        """Check a listing's bytes against the manifest.

        Raises:
            CorruptDataError: they are not what was written.
        """
        check_file(self.root / listing.file, listing.sha256, listing.bytes)

    def drop_states(self, keep: int) -> None:
        """Forget all but the newest `keep` states and remove what no state names any more.

        A state that cannot be read keeps everything: nobody knows what it names.
        """
        for name in self.state_names()[:-keep]:
            (self.states / f"{name}.json").unlink()
        try:
            manifests = [self.load(name) for name in self.state_names()]
            lists = {listing.file for manifest in manifests for listing in manifest.listings}
            indexes = {manifest.objects.file: manifest.objects for manifest in manifests}
            files = {entry.sha256 for index in indexes.values() for entry in self.entries(index)}
        except PlantcastError:
            return
        for path in (self.root / "lists").iterdir():
            if f"lists/{path.name}" not in lists:
                path.unlink()
        for path in (self.root / "files").glob("*/*"):
            if path.name not in files:
                path.unlink()

    def entries(self, index: Listing) -> Iterator[ObjectEntry]:
        """Return the objects in a listing of objects.

        Raises:
            CorruptDataError: it is damaged or gone.
        """
        for line in self.lines(index):
            try:
                yield ObjectEntry.from_line(line)
            except ValueError as error:
                raise _damaged(self.root / index.file, str(error)) from error

    @contextmanager
    def locked(self, *, shared: bool = False) -> Iterator[None]:
        """Hold the folder: one backup at a time, or any number of readers.

        Raises:
            ConflictError: another one holds it.
        """
        try:
            handle = (self.root / "lock").open("a+b")
        except OSError:
            if not shared:
                raise
            yield  # a folder that cannot be written to changes under nobody's hands
            return
        with handle:
            try:
                fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConflictError(
                    f"Another backup or restore is at work in {self.root}.", remedy="Wait until it ends."
                ) from None
            if not shared:
                shutil.rmtree(self.root / "draft", ignore_errors=True)
                (self.root / "draft").mkdir()
            yield

    @contextmanager
    def draft(self) -> Iterator[IO[bytes]]:
        """Open a file that has no name yet that anybody looks for."""
        path = self.root / "draft" / f"{os.getpid()}.{next(_DRAFTS)}"
        try:
            with path.open("wb") as handle:
                yield handle
        finally:
            path.unlink(missing_ok=True)

    @staticmethod
    def _place(handle: IO[bytes], path: Path) -> None:
        """Give a draft its name, once its bytes are on the disk."""
        handle.flush()
        os.fsync(handle.fileno())
        path.parent.mkdir(exist_ok=True)
        Path(handle.name).replace(path)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as handle:
        return sha256_of_stream(handle)


def sha256_of_stream(handle: BinaryIO | io.BufferedReader) -> str:
    """Return the SHA-256 of what is left in a stream, in hex."""
    digest = hashlib.sha256()
    while chunk := handle.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def check_file(path: Path, sha256: str, size: int) -> None:
    """Check that a file is what the manifest says.

    Raises:
        CorruptDataError: it is gone, or its bytes are others.
    """
    try:
        found = path.stat().st_size
        if found != size:
            raise _damaged(path, f"{found} bytes, not {size}")
        if sha256_of(path) != sha256:
            raise _damaged(path, "its SHA-256 is another one")
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from error


def _damaged(path: Path, why: str) -> CorruptDataError:
    return CorruptDataError(
        f"The backup is damaged: {path} ({why}). Nothing was written.",
        remedy="Restore another copy or an earlier state (--state); the next backup fetches the file anew.",
    )
