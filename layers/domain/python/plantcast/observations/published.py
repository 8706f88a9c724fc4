"""Observed days as the API shows them: one item a day, plain Python, so that nobody needs to read Parquet.

`plantcast.observations.bookkeeping` writes them from the lake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import HOUR, KST, midnight
from plantcast.common.errors import CorruptDataError
from plantcast.common.schema import FIELD, OBSERVED_DAY

# What the API shows (docs/contracts.md), under the KMA's names.
PUBLISHED: Final = ("ta", "hm", "td", "ws", "wd", "rn", "pa", "ps")
# Days up to that of the last observation: the longest span the API answers, 31 days, and some to go back.
DAYS_PUBLISHED: Final = 35
# As long as forecasts are kept (see `plantcast.forecasting.issued.RETENTION` for why not less).
RETENTION: Final = timedelta(days=3653)


@dataclass(frozen=True)
class Masked:
    """A value that was sent and rejected; `hour` is 0 to 23, `reason` as in docs/observations.md."""

    variable: str
    hour: int
    reason: str


@dataclass(frozen=True)
class ObservedDay:
    """What was observed at a station on one day (KST).

    `values` has 24 entries for each of `PUBLISHED`, hours 0 to 23, None where none is valid; units are those
    of `plantcast.observations.VARIABLES`. `provisional` are the hours that the ASOS service has not confirmed
    yet, ascending: their values may still change.
    """

    station: str
    day: date
    source: str
    values: Mapping[str, tuple[float | None, ...]]
    masked: tuple[Masked, ...]
    provisional: tuple[int, ...] = ()


def hours_of(day: date) -> list[datetime]:
    """Return the 24 hours of a day (KST)."""
    return [midnight(day) + hour * HOUR for hour in range(24)]


class ObservedDays:
    """Observed days in the table: pk `STATION#<station>`, sk `OBS#<day>`."""

    def __init__(self, table: ItemTable) -> None:
        self._table = table

    def put(self, day: ObservedDay, *, read_at: datetime) -> bool:
        """Store a day unless the stored one was read from the lake later; return whether it was stored.

        `read_at` is when reading began. The lake only ever moves forward, so of two writers at once the one
        that read later knows at least as much.
        """
        return self._table.put_if_newer(_to_item(day, read_at), attribute="read_at")

    def newest(self, station: str, n: int, *, until: date) -> list[ObservedDay]:
        """Return up to `n` days not after `until`, oldest first, the last of them the newest there is.

        Raises:
            CorruptDataError: a stored item cannot be understood.
        """
        span = (_sk(date.min), _sk(until))
        items = self._table.query(f"STATION#{station}", sk_between=span, newest_first=True, limit=n)
        return [_from_item(item) for item in reversed(items)]

    def between(self, station: str, first: date, last: date) -> list[ObservedDay]:
        """Return the days stored from `first` to `last`, both included, oldest first.

        Raises:
            CorruptDataError: a stored item cannot be understood.
        """
        return [_from_item(item) for item in self._items(station, first, last)]

    def readable(self, station: str, first: date, last: date) -> dict[date, ObservedDay]:
        """Return what `between` does by day, leaving out what is damaged: it is to be replaced."""
        found = {}
        for item in self._items(station, first, last):
            with suppress(CorruptDataError):
                day = _from_item(item)
                found[day.day] = day
        return found

    def _items(self, station: str, first: date, last: date) -> Sequence[Item]:
        return self._table.query(f"STATION#{station}", sk_between=(_sk(first), _sk(last)))


def _sk(day: date) -> str:
    return f"OBS#{day.isoformat()}"


def _to_item(day: ObservedDay, read_at: datetime) -> Item:
    return {
        "pk": f"STATION#{day.station}",
        "sk": _sk(day.day),
        FIELD: OBSERVED_DAY.version,
        "station": day.station,
        "day": day.day.isoformat(),
        "source": day.source,
        **{name: list(day.values[name]) for name in PUBLISHED},
        "masked": [[one.variable, one.hour, one.reason] for one in day.masked],
        "provisional": list(day.provisional),
        # One offset and milliseconds, so that the text orders as the time does.
        "read_at": read_at.astimezone(KST).isoformat(timespec="milliseconds"),
        "expires_at": int((read_at + RETENTION).timestamp()),
    }


def _from_item(item: Item) -> ObservedDay:
    try:
        item = OBSERVED_DAY.read(item, f"{item.get('pk')}/{item.get('sk')}")
        return ObservedDay(
            station=str(item["station"]),
            day=date.fromisoformat(item["day"]),
            source=str(item["source"]),
            values={name: _column(item[name]) for name in PUBLISHED},
            masked=tuple(Masked(str(name), int(hour), str(why)) for name, hour, why in item["masked"]),
            provisional=tuple(int(hour) for hour in item["provisional"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptDataError(
            f"The observed day {item.get('pk')} / {item.get('sk')} cannot be read ({error}).",
            remedy="Run the pipeline (its state machine) once: ingest writes it anew.",
        ) from error


def _column(values: Sequence[float | None]) -> tuple[float | None, ...]:
    if len(values) != 24:
        raise ValueError(f"{len(values)} values, not 24")
    return tuple(None if value is None else float(value) for value in values)
