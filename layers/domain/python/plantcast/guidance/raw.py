"""Keys of the raw archive of published forecasts: what a service sent or a user imported, byte for byte.

`raw/guidance/source=open_meteo/station=108/<received>-<hash>.json.gz` holds a reply, refusals and damaged
ones too (`.xml.gz` if it began with `<`); the KMA is asked for an issue:
`raw/guidance/source=kma/station=108/issue=20250530T05/<received>-<hash>.json.gz`.
`raw/guidance/imports/<received>-<hash>.csv.gz` (`.parquet.gz`) holds an imported file, with its element
before the ending where it is an archive file of one (`…-ta.csv.gz`). `<received>` is the time of receipt
(KST, microseconds), `<hash>` the first 8 hex digits of the SHA-256.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from plantcast.aws import received
from plantcast.common.clock import KST
from plantcast.guidance.status import GuidanceSource

IMPORTS: Final = "raw/guidance/imports/"


def reply_key(
    source: GuidanceSource, station: str, body: bytes, received_at: datetime, *, issue: datetime | None = None
) -> str:
    """Return the key that a reply is kept under; `issue` is the one that was asked for."""
    folder = "" if issue is None else f"issue={issue.astimezone(KST):%Y%m%dT%H}/"
    ending = "xml" if body.lstrip()[:1] == b"<" else "json"
    return f"raw/guidance/source={source}/station={station}/{folder}{_name(body, received_at)}.{ending}.gz"


def import_key(content: bytes, received_at: datetime, *, element: str | None = None) -> str:
    """Return the key that an imported file is kept under; `element` is that of an archive file."""
    ending = "parquet" if content[:4] == b"PAR1" else "csv"
    return f"{IMPORTS}{_name(content, received_at)}{f'-{element}' if element else ''}.{ending}.gz"


def same_content(one: str, other: str) -> bool:
    """Return whether two keys of imported files are of the same content."""
    return one.rpartition("/")[2].partition("-")[2] == other.rpartition("/")[2].partition("-")[2]


def _name(content: bytes, received_at: datetime) -> str:
    return f"{received.time_text(received_at)}-{received.content_hash(content)}"
