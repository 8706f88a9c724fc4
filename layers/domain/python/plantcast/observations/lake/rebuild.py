"""Rebuilds the lake of a station from the raw archive alone.

The result is, byte for byte, what the ingests wrote that received those responses: files depend only on what
was merged. So it replaces damaged files.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from plantcast.aws import ObjectStore
from plantcast.common.errors import ConflictError, CorruptDataError, InvalidInputError
from plantcast.common.logging import logger
from plantcast.common.stations import station as known_station
from plantcast.observations.files import read_table
from plantcast.observations.frame import empty_stamped, nothing_observed
from plantcast.observations.kma.reply import NORMAL, MalformedReplyError, read_reply
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.merging import stamped, united
from plantcast.observations.lake.months import Month, months_of
from plantcast.observations.lake.raw import RawArchive, StoredResponse
from plantcast.observations.rows import SentRows, read_rows, read_text

# Ingests write the raw response first, so reading the archive again finds what was received meanwhile.
_ATTEMPTS = 3


@dataclass
class _Read:
    """All that the archive holds of a station as one stamped frame, and in how many responses."""

    sent: pd.DataFrame
    responses: int = 0
    unreadable: int = 0


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
        read = self._read(station)
        months = months_of(pd.DatetimeIndex(read.sent.index))
        rewritten, kept = 0, []
        for month in months:
            own = read.sent.loc[month.start : month.last]
            if self._holds_more(station, month, own):
                kept.append(str(month))
            else:
                rewritten += self.lake.replace_month(station, month, own)
        return {
            "station": station,
            "status": "failed" if read.sent.empty else "partial" if kept else "complete",
            "responses": read.responses,
            "unreadable": read.unreadable,
            "months": len(months),
            "months_rewritten": rewritten,
            "months_kept": kept,
            "message": self._message(station, read, kept),
        }

    def _message(self, station: str, read: _Read, kept: list[str]) -> str:
        if read.sent.empty:
            return f"The raw archive holds no observation of station {station}; nothing was changed."
        if kept:
            return f"{', '.join(kept)} hold hours that the raw archive does not; they were left as they are."
        return ""

    def _read(self, station: str) -> _Read:
        archive = RawArchive(self.store)
        read = _Read(empty_stamped())
        parts: list[pd.DataFrame] = []
        for response in archive.responses(station):
            read.responses += 1
            rows = _rows_of(archive, response)
            if rows is None:
                read.unreadable += 1
            else:
                parts.append(stamped(rows.frame, response.received_at))
        for key, received_at in archive.portal_files():
            read.responses += 1
            try:
                parts += [
                    stamped(frame, received_at)
                    for frame in _portal_frames(archive, key, station, received_at)
                    if len(frame)
                ]
            except (CorruptDataError, InvalidInputError) as error:
                logger.warning("raw file left out", extra={"key": key, "error": str(error)})
                read.unreadable += 1
        for removal in archive.removals(station):
            parts.append(stamped(nothing_observed(removal.start, removal.end), removal.received_at))
        read.sent = united(parts) if parts else read.sent
        return read

    def _holds_more(self, station: str, month: Month, own: pd.DataFrame) -> bool:
        """Whether a readable file holds hours that the archive does not."""
        try:
            return not self.lake.hours_present(station, month.start, month.last).isin(own.index).all()
        except CorruptDataError:
            return False


def _rows_of(archive: RawArchive, response: StoredResponse) -> SentRows | None:
    """Return the rows of a response, None when it is a refusal or cannot be read."""
    try:
        reply = read_reply(archive.read(response.key))
    except (MalformedReplyError, CorruptDataError):
        return None
    if reply.code != NORMAL:
        return None
    return read_rows(reply.rows, response.station, start=response.start, end=response.end)


def _portal_frames(
    archive: RawArchive, key: str, station: str, received_at: datetime
) -> Iterator[pd.DataFrame]:
    # As the import did, whatever has become past since: an hour after the receipt refuses the file.
    for text in read_table(archive.read(key), key, until=received_at):
        yield read_text(text[text["stnId"] == station], station).frame
