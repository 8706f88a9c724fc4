"""Months: the partitions of observations and guidance, cut in KST, and the keys of their files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from plantcast.common.clock import HOUR, KST

_KEY: Final = re.compile(r"[a-z]+(?:/[a-z]+=\w+)+/year=(\d{4})/month=(\d{2})/[a-z]+\.parquet")


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month in KST."""

    year: int
    month: int

    @classmethod
    def of_key(cls, key: str) -> Month | None:
        """Return the month whose file `key` is, None when it is none."""
        found = _KEY.fullmatch(key)
        return None if found is None else cls(int(found[1]), int(found[2]))

    @classmethod
    def between(cls, start: datetime, end: datetime) -> Iterator[Month]:
        """Yield the months that the hours from `start` to `end` lie in; none when `end` is earlier."""
        local = start.astimezone(KST)
        month = cls(local.year, local.month)
        while month.start <= end and start <= end:
            yield month
            month = month.next()

    def next(self) -> Month:
        """Return the month after this one."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def start(self) -> datetime:
        """Its first hour."""
        return datetime(self.year, self.month, 1, tzinfo=KST)

    @property
    def last(self) -> datetime:
        """Its last hour."""
        return self.next().start - HOUR

    @property
    def partition(self) -> str:
        """The part of a key that names the month."""
        return f"year={self.year:04}/month={self.month:02}/"

    def key(self, station: str) -> str:
        """Return the key of a station's observations."""
        return f"{prefix(station)}{self.partition}observations.parquet"

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


def prefix(station: str) -> str:
    """Return what the keys of all of a station's observations begin with."""
    return f"observations/station={station}/"
