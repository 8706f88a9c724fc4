"""The raw archive: what the KMA sent, byte for byte, stored before anything reads it.

`raw/asos/station=108/<first>_<last>/<received>-page<n>-<hash>.json.gz` holds a response, refusals
and damaged ones too: `<first>` and `<last>` are the hours requested (`YYYYMMDDTHH`, KST), `<received>` the
time of receipt (KST, microseconds), `<hash>` the first 8 hex digits of the body's SHA-256.
`raw/api_hub/station=108/…` holds the API Hub's in the same way (`….txt.gz`).
`raw/portal/<received>-<hash>.csv.gz` (or `.parquet.gz`) holds an imported file,
`raw/removals/station=108/<first>_<last>/<received>.json` records that hours were removed from the lake. From
these alone `plantcast.observations.lake.rebuild` makes the lake again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from plantcast.aws import ObjectStore, received
from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.common.settings import Source

PORTAL_PREFIX: Final = "raw/portal/"
# Which service sent a response.
Kind = Literal["asos", "api_hub"]
_URL_SETTINGS: Final = MappingProxyType({"asos": "ASOS_BASE_URL", "api_hub": "API_HUB_BASE_URL"})
_HOUR: Final = "%Y%m%dT%H"
_TIME: Final = "%Y%m%dT%H%M%S%f"
_SPAN: Final = re.compile(
    r"raw/(?:asos|api_hub|removals)/station=\d+/(\d{8}T\d\d)_(\d{8}T\d\d)/(\d{8}T\d{12})"
    r"(?:-page\d+-[0-9a-f]{8}\.(?:json|xml|txt)\.gz|\.json)"
)
_PORTAL: Final = re.compile(r"raw/portal/(\d{8}T\d{12})-[0-9a-f]{8}\.(?:csv|parquet)\.gz")


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
    kind: Kind = "asos"

    def check_source(self, source: Source) -> None:
        """Do nothing if this may be merged into a lake of `source`.

        Raises:
            InvalidInputError: the server declares another source.
        """
        if self.declared_source not in (None, source):
            raise InvalidInputError(
                f"The server declares {self.declared_source!r} observations, "
                f"this deployment is set to {source!r}.",
                remedy=f"Set OBSERVATION_SOURCE to what {_URL_SETTINGS[self.kind]} serves.",
            )


@dataclass(frozen=True)
class Stored:
    """The key of a response or a removal, and what the key holds of it."""

    key: str
    start: datetime
    end: datetime
    received_at: datetime


class RawArchive:
    """Responses, portal files and removals in an object store; nothing is ever changed or overwritten."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def write(self, response: Response) -> str:
        """Keep a response; return its key."""
        folder = _folder(response.kind, response.station, response.start, response.end)
        form = "xml" if response.body.lstrip()[:1] == b"<" else "json"
        if response.kind == "api_hub":
            form = "txt"
        name = f"{received.time_text(response.received_at)}-page{response.number}"
        key = f"{folder}{name}-{received.content_hash(response.body)}.{form}.gz"
        received.keep(self._store, key, response.body)
        return key

    def write_removal(self, station: str, start: datetime, end: datetime, received_at: datetime) -> None:
        """Keep that the hours `start` to `end` (both included) count as not observed as of `received_at`."""
        key = f"{_folder('removals', station, start, end)}{received.time_text(received_at)}.json"
        received.write_once(self._store, key, b"{}", "application/json")

    def responses(self, station: str, kind: Kind = "asos") -> Iterator[Stored]:
        """Yield a station's responses of one service, by the hours requested."""
        yield from self._stored(f"raw/{kind}/station={station}/")

    def removals(self, station: str) -> Iterator[Stored]:
        """Yield a station's removals."""
        yield from self._stored(f"raw/removals/station={station}/")

    def portal_files(self) -> Iterator[tuple[str, datetime]]:
        """Yield the key and the time of receipt of each imported file."""
        for key in self._store.list(PORTAL_PREFIX):
            if (received_at := portal_received_at(key)) is not None:
                yield key, received_at

    def read(self, key: str) -> bytes:
        """Return what was received; raises what `plantcast.aws.received.read` does."""
        return received.read(self._store, key)

    def _stored(self, prefix: str) -> Iterator[Stored]:
        for key in self._store.list(prefix):
            found = _SPAN.fullmatch(key)
            if found is not None:
                start, end = _parse(found[1], _HOUR), _parse(found[2], _HOUR)
                yield Stored(key, start, end, _parse(found[3], _TIME))


def portal_key(content: bytes, received_at: datetime) -> str:
    """Return the key that an imported file of these bytes is kept under."""
    ending = "parquet" if content[:4] == b"PAR1" else "csv"
    name = f"{received.time_text(received_at)}-{received.content_hash(content)}"
    return f"{PORTAL_PREFIX}{name}.{ending}.gz"


def portal_received_at(key: str) -> datetime | None:
    """Return when the file under `key` was received, None when the key is not one of a portal file."""
    found = _PORTAL.fullmatch(key)
    return None if found is None else _parse(found[1], _TIME)


def _folder(kind: str, station: str, start: datetime, end: datetime) -> str:
    span = f"{start.astimezone(KST):{_HOUR}}_{end.astimezone(KST):{_HOUR}}"
    return f"raw/{kind}/station={station}/{span}/"


def _parse(text: str, form: str) -> datetime:
    return datetime.strptime(text, form).replace(tzinfo=KST)
