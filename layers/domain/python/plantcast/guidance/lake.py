"""The guidance lake: one Parquet file per source, station and month of issue (KST) in an object store.

`guidance/source=kma/station=108/year=2025/month=05/guidance.parquet` holds a guidance table
(`plantcast.guidance`): of a pair that was sent again the last value counts, an empty one replaces none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import pandas as pd
import pyarrow as pa

from plantcast.aws import ObjectStore, StoredObject
from plantcast.common.clock import KST
from plantcast.common.errors import ConflictError
from plantcast.common.parquet import ParquetKind
from plantcast.common.schema import GUIDANCE
from plantcast.guidance.status import GuidanceSource
from plantcast.guidance.table import COLUMNS, UNITS, empty_table, merged
from plantcast.observations.lake.months import Month

# Two writers of one month meet once or twice; more often means something else writes in a loop.
_WRITE_ATTEMPTS: Final = 10
_TIME: Final = pa.timestamp("us", tz="+09:00")
_SCHEMA: Final = pa.schema(
    [
        pa.field("issued_at", _TIME, nullable=False),
        pa.field("valid_at", _TIME, nullable=False),
        *(pa.field(name, pa.float64(), metadata={"unit": unit}) for name, unit in UNITS.items()),
    ]
)
_FILE: Final = ParquetKind(
    GUIDANCE,
    _SCHEMA,
    contents="published forecasts",
    remedy="Restore the object's previous version, or delete it: the issues of the last days are fetched "
    "again, older ones are imported with `plantcast import-guidance`.",
)


class GuidanceLake:
    """The published forecasts of one deployment."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def merge(self, source: GuidanceSource, station: str, table: pd.DataFrame) -> int:
        """Merge a guidance table; return how many rows are new or changed.

        Repeatable, and safe beside other writers.

        Raises:
            ConflictError: other writers kept changing the same month.
            CorruptDataError: a month's file is damaged; it was left as it is.
            SchemaVersionError: newer code wrote one; it was left as it is.
        """
        issues = table["issued_at"]
        changed = 0
        for month in [] if table.empty else Month.between(issues.min(), issues.max()):
            part = table[issues.between(month.start, month.last)]
            if len(part):
                changed += self._merge_month(_key(source, station, month), source, station, part)
        return changed

    def read(self, source: GuidanceSource, station: str, first: datetime, last: datetime) -> pd.DataFrame:
        """Return the guidance table of the issues from `first` to `last`, both included.

        Raises:
            CorruptDataError: a month's file is damaged.
            SchemaVersionError: newer code wrote one.
        """
        tables = []
        for month in Month.between(first, last):
            key = _key(source, station, month)
            stored = self._store.get(key)
            if stored is not None:
                tables.append(_decode(stored, key))
        if not tables:
            return empty_table()
        found = pd.concat(tables)
        found = found[found["issued_at"].between(first, last)]
        return found.sort_values(["valid_at", "issued_at"], ignore_index=True)

    def newest_issue(self, source: GuidanceSource, station: str) -> datetime | None:
        """Return the time of the newest issue stored; raises what `read` raises."""
        months = (Month.of_key(key) for key in self._store.list(_prefix(source, station)))
        newest = max((month for month in months if month is not None), default=None)
        if newest is None:
            return None
        table = self.read(source, station, newest.start, newest.last)
        return None if table.empty else table["issued_at"].max().to_pydatetime()

    def _merge_month(self, key: str, source: str, station: str, part: pd.DataFrame) -> int:
        """Merge a month's rows, on condition that nobody has written its file since it was read."""
        for _ in range(_WRITE_ATTEMPTS):
            stored = self._store.get(key)
            present = empty_table() if stored is None else _decode(stored, key)
            touched = present["issued_at"].isin(part["issued_at"])
            before = present[touched]
            # Of an empty table pandas would take no types.
            after = merged([part] if before.empty else [before, part])
            changed = _changed(before, after)
            if not changed:
                return 0
            new = pd.concat([present[~touched], after]) if len(before) < len(present) else after
            new = new.sort_values(["valid_at", "issued_at"])
            try:
                self._store.put_if(
                    key, _encode(new, source, station), etag=None if stored is None else stored.etag
                )
            except ConflictError:
                continue
            return changed
        raise ConflictError(f"Other writers kept changing {key}.", remedy="Repeat the call later.")


def _changed(present: pd.DataFrame, new: pd.DataFrame) -> int:
    """Return how many rows of `new`, which has all pairs of `present`, are not in it."""
    pairs = ["issued_at", "valid_at"]
    before = present.set_index(pairs).reindex(pd.MultiIndex.from_frame(new[pairs]))
    after = new.set_index(pairs)
    same = (before == after) | (before.isna() & after.isna())
    return len(new) - int((same.all(axis=1) & after.index.isin(present.set_index(pairs).index)).sum())


def _prefix(source: GuidanceSource, station: str) -> str:
    return f"guidance/source={source}/station={station}/"


def _key(source: GuidanceSource, station: str, month: Month) -> str:
    return f"{_prefix(source, station)}{month.partition}guidance.parquet"


def _encode(table: pd.DataFrame, source: str, station: str) -> bytes:
    arrays = [pa.array(table[name], type=_SCHEMA.field(name).type, from_pandas=True) for name in COLUMNS]
    label = {"plantcast.station": station, "plantcast.source": source}
    return _FILE.encode(arrays, label, statistics=list(COLUMNS))


def _decode(stored: StoredObject, key: str) -> pd.DataFrame:
    file, _ = _FILE.open(stored.body, key)
    with _FILE.reading(key):
        table: pd.DataFrame = file.read().to_pandas()
        for name in ("issued_at", "valid_at"):
            table[name] = table[name].dt.tz_convert(KST)
    return table
