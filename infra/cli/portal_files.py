"""Files to import, read to their end before anything is uploaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PortalFile:
    """A readable file of observations: what it holds. `first`, `last`: `YYYY-MM-DD HH:MM`, KST."""

    name: str
    rows: int
    stations: tuple[str, ...]
    first: str
    last: str

    def __str__(self) -> str:
        numbers = ", ".join(self.stations)
        return f"{self.name}: {self.rows} rows of station {numbers}, {self.first} to {self.last}"


def survey(name: str, content: bytes, *, until: datetime) -> PortalFile:
    """Read a file to its end and say what it holds; `until` is the last moment that can have been observed.

    Raises:
        InvalidInputError: it is no file of hourly observations, or has a later hour; the message names file,
            row and value.
    """
    # Pandas takes half a second that only an import needs.
    from plantcast.observations.files import read_table

    rows, stations, first, last = 0, set[str](), "~", ""
    for frame in read_table(content, name, until=until):
        rows += len(frame)
        stations |= set(frame["stnId"])
        first, last = min(first, frame["tm"].min()), max(last, frame["tm"].max())
    return PortalFile(name, rows, tuple(sorted(stations, key=int)), first, last)
