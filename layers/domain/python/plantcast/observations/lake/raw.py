"""The raw archive: what the KMA sent, byte for byte, stored before anything reads it.

`raw/asos/station=108/<first>_<last>/<received>-page<n>.json.gz` holds a response of the service, refusals and
damaged ones too: `<first>` and `<last>` are the hours requested (`YYYYMMDDTHH`, KST), `<received>` the moment
of receipt (KST, microseconds). `raw/portal/<received>-<hash>.csv.gz` (or `.parquet.gz`) holds an imported
file, `raw/removals/station=108/<first>_<last>/<received>.json` records that hours were removed from the
lake. From these alone `plantcast.observations.lake.rebuild` makes the lake again.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final

from plantcast.aws import ObjectStore
from plantcast.common.clock import KST
from plantcast.common.errors import ConflictError, CorruptDataError, NotFoundError

PORTAL_PREFIX: Final = "raw/portal/"
REMOVALS_PREFIX: Final = "raw/removals/"
_HOUR: Final = "%Y%m%dT%H"
_MOMENT: Final = "%Y%m%dT%H%M%S%f"
_RESPONSE: Final = re.compile(
    r"raw/asos/station=(?P<station>\d+)/(?P<start>\d{8}T\d\d)_(?P<end>\d{8}T\d\d)/"
    r"(?P<received>\d{8}T\d{12})-page(?P<number>\d+)(-\d+)?\.(json|xml)\.gz"
)
_REMOVAL: Final = re.compile(
    r"raw/removals/station=(?P<station>\d+)/(?P<start>\d{8}T\d\d)_(?P<end>\d{8}T\d\d)/"
    r"(?P<received>\d{8}T\d{12})\.json"
)
_PORTAL: Final = re.compile(r"raw/portal/(?P<received>\d{8}T\d{12})-[0-9a-f]{8}\.(csv|parquet)\.gz")


@dataclass(frozen=True)
class Response:
    """A response of the service as received: the hours requested (both included), page number, body.

    `declared_source` is the source that a simulator declares; the KMA declares none (None).
    """

    station: str
    start: datetime
    end: datetime
    number: int
    body: bytes
    received_at: datetime
    declared_source: str | None = None


@dataclass(frozen=True)
class StoredResponse:
    """The key of a response, and what the key holds of it."""

    key: str
    station: str
    start: datetime
    end: datetime
    received_at: datetime


@dataclass(frozen=True)
class Removal:
    """Hours `start` to `end` (both included) of a station that count as not observed as of `received_at`."""

    station: str
    start: datetime
    end: datetime
    received_at: datetime

    @property
    def key(self) -> str:
        """Its key, which holds all of it."""
        span = f"{self.start.astimezone(KST):{_HOUR}}_{self.end.astimezone(KST):{_HOUR}}"
        received = f"{self.received_at.astimezone(KST):{_MOMENT}}"
        return f"{REMOVALS_PREFIX}station={self.station}/{span}/{received}.json"


class RawArchive:
    """Responses and portal files in an object store; nothing is ever changed or overwritten."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def write(self, response: Response) -> str:
        """Keep a response, never over another one; return its key."""
        # A page of 0.9 MB: 45 KB in 9 ms; the default level makes 39 KB of it in 41 ms.
        body = gzip.compress(response.body, compresslevel=6, mtime=0)
        span = f"{response.start.astimezone(KST):{_HOUR}}_{response.end.astimezone(KST):{_HOUR}}"
        received = f"{response.received_at.astimezone(KST):{_MOMENT}}"
        base = f"raw/asos/station={response.station}/{span}/{received}-page{response.number}"
        form = "xml" if response.body.lstrip()[:1] == b"<" else "json"
        for copy in count():
            key = f"{base}.{form}.gz" if copy == 0 else f"{base}-{copy}.{form}.gz"
            try:
                self._store.put_if(key, body, etag=None, content_type="application/gzip")
            except ConflictError:
                stored = self._store.get(key)
                if stored is None or stored.body != body:
                    continue
            return key
        raise AssertionError("unreachable: count() does not end")

    def responses(self, station: str) -> Iterator[StoredResponse]:
        """Yield a station's responses, by the hours requested."""
        for key in self._store.list(f"raw/asos/station={station}/"):
            found = _RESPONSE.fullmatch(key)
            if found is not None:
                yield StoredResponse(
                    key=key,
                    station=found["station"],
                    start=_parse(found["start"], _HOUR),
                    end=_parse(found["end"], _HOUR),
                    received_at=_parse(found["received"], _MOMENT),
                )

    def portal_files(self) -> Iterator[tuple[str, datetime]]:
        """Yield the key and the moment of receipt of each imported file."""
        for key in self._store.list(PORTAL_PREFIX):
            if (received := portal_received_at(key)) is not None:
                yield key, received

    def write_removal(self, removal: Removal) -> None:
        """Keep a removal; repeating it changes nothing."""
        with contextlib.suppress(ConflictError):
            self._store.put_if(removal.key, b"{}", etag=None, content_type="application/json")

    def removals(self, station: str) -> Iterator[Removal]:
        """Yield a station's removals."""
        for key in self._store.list(f"{REMOVALS_PREFIX}station={station}/"):
            found = _REMOVAL.fullmatch(key)
            if found is not None:
                start, end = _parse(found["start"], _HOUR), _parse(found["end"], _HOUR)
                yield Removal(station, start, end, _parse(found["received"], _MOMENT))

    def read(self, key: str) -> bytes:
        """Return what was received.

        Raises:
            NotFoundError: there is no such object.
            CorruptDataError: it is not what was written.
        """
        stored = self._store.get(key)
        if stored is None:
            raise NotFoundError(f"There is no object {key!r} in the data bucket.", remedy="Check the key.")
        try:
            # Not `gzip.decompress`, which takes an empty object for nothing packed.
            return zlib.decompress(stored.body, wbits=zlib.MAX_WBITS | 16)
        except (OSError, EOFError, zlib.error) as error:
            raise CorruptDataError(
                f"{key} is damaged ({type(error).__name__}).",
                remedy="Restore it from the bucket's versions, or fetch or import it again.",
            ) from error


def portal_key(content: bytes, received_at: datetime) -> str:
    """Return the key that an imported file of these bytes is kept under."""
    digest = hashlib.sha256(content).hexdigest()[:8]
    ending = "parquet" if content[:4] == b"PAR1" else "csv"
    return f"{PORTAL_PREFIX}{received_at.astimezone(KST):{_MOMENT}}-{digest}.{ending}.gz"


def portal_received_at(key: str) -> datetime | None:
    """Return when the file under `key` was received, None when the key is not one of a portal file."""
    found = _PORTAL.fullmatch(key)
    return None if found is None else _parse(found["received"], _MOMENT)


def _parse(text: str, form: str) -> datetime:
    return datetime.strptime(text, form).replace(tzinfo=KST)
