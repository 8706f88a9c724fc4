"""Rebuilds the lake of a station from the raw archive alone.

The result is, byte for byte, what the ingests wrote that received those responses: files depend only on what
was merged. So it replaces damaged files.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from plantcast.aws import ObjectStore
from plantcast.common.errors import ConflictError, CorruptDataError, InvalidInputError
from plantcast.common.logging import logger
from plantcast.common.stations import station as known_station
from plantcast.kma_service.reply import NORMAL, MalformedReplyError, read_reply
from plantcast.observations.files import read_table
from plantcast.observations.frame import nothing_observed
from plantcast.observations.kma.api_hub.text import NotATableError, read_hub_text
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.merging import split_by_month, stamped, united
from plantcast.observations.lake.months import Month
from plantcast.observations.lake.raw import Kind, RawArchive, Stored
from plantcast.observations.rows import read_rows, read_text

# Ingests write the raw response first, so reading the archive again finds what was received meanwhile.
_ATTEMPTS: Final = 3


@dataclass(frozen=True)
class Rebuild:
    """Rebuilds stations of one lake from the raw archive."""

    store: ObjectStore
    lake: ObservationLake

    def run(self, station: str) -> dict[str, Any]:
        """Rebuild every month of a station; return the result of docs/contracts.md. It can be repeated.

        A month whose file holds hours that the archive does not is left alone and named: the lake loses
        nothing.

        Raises:
            InvalidInputError: the station is not known.
            ConflictError: ingests kept changing the station's lake.
        """
        known_station(station)
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(ConflictError):
                return self._rebuild(station)
        raise ConflictError(
            f"The lake of station {station} kept changing while it was rebuilt.",
            remedy="Repeat it when no ingest of this station runs.",
        )

    def _rebuild(self, station: str) -> dict[str, Any]:
        parts, responses, unreadable = self._read(station)
        months = list(split_by_month(united(parts))) if parts else []
        rewritten, kept = 0, []
        for month, frame in months:
            if self._holds_more(station, month, frame):
                kept.append(str(month))
            else:
                rewritten += self.lake.replace_month(station, month, frame)
        message = ""
        if not months:
            message = f"The raw archive holds no observation of station {station}; nothing was changed."
        elif kept:
            message = f"{', '.join(kept)} hold hours that the raw archive does not; they were not changed."
        return {
            "station": station,
            "status": "failed" if not months else "partial" if kept else "complete",
            "responses": responses,
            "unreadable": unreadable,
            "months": len(months),
            "months_rewritten": rewritten,
            "months_kept": kept,
            "message": message,
        }

    def _read(self, station: str) -> tuple[list[pd.DataFrame], int, int]:
        """Return all of a station as stamped frames, the number of responses, and of unreadable ones."""
        archive = RawArchive(self.store)
        parts: list[pd.DataFrame] = []
        responses, unreadable = 0, 0
        for kind, frame_of in _FRAMES.items():
            for response in archive.responses(station, kind):
                responses += 1
                live = kind == "api_hub"
                try:
                    frame = frame_of(archive.read(response.key), response, station)
                except (MalformedReplyError, NotATableError, CorruptDataError):  # a refusal, too
                    unreadable += 1
                else:
                    parts.append(stamped(frame, response.received_at, provisional=live))
        for key, received_at in archive.portal_files():
            responses += 1
            try:
                frames = list(_portal_frames(archive, key, station, received_at))
            except (CorruptDataError, InvalidInputError) as error:
                logger.warning("raw file left out", extra={"key": key, "error": str(error)})
                unreadable += 1
            else:
                parts += [stamped(frame, received_at) for frame in frames if len(frame)]
        for removal in archive.removals(station):
            parts.append(stamped(nothing_observed(removal.start, removal.end), removal.received_at))
        return [part for part in parts if len(part)], responses, unreadable

    def _holds_more(self, station: str, month: Month, frame: pd.DataFrame) -> bool:
        """Whether a readable file holds hours that the archive does not."""
        try:
            return not self.lake.hours_present(station, month.start, month.last).isin(frame.index).all()
        except CorruptDataError:
            return False


def _asos_frame(body: bytes, response: Stored, station: str) -> pd.DataFrame:
    reply = read_reply(body)
    if reply.code != NORMAL:
        raise MalformedReplyError(f"code {reply.code}")
    return read_rows(reply.rows, station, start=response.start, end=response.end).frame


def _live_frame(body: bytes, response: Stored, station: str) -> pd.DataFrame:
    rows = read_hub_text(body, station).rows
    return read_rows(rows, station, start=response.start, end=response.end).frame


_FRAMES: Final[Mapping[Kind, Callable[[bytes, Stored, str], pd.DataFrame]]] = MappingProxyType(
    {"asos": _asos_frame, "api_hub": _live_frame}
)


def _portal_frames(
    archive: RawArchive, key: str, station: str, received_at: datetime
) -> Iterator[pd.DataFrame]:
    # As the import did, whatever has become past since: an hour after the receipt refuses the file.
    for text in read_table(archive.read(key), key, until=received_at):
        yield read_text(text[text["stnId"] == station], station).frame
