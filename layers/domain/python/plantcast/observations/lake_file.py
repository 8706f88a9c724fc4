"""One month of observations as Parquet bytes: explicit schema, units, schema version and source inside."""

from __future__ import annotations

import io
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from plantcast.errors import CorruptDataError
from plantcast.observations import VARIABLES
from plantcast.observations.frame import hour_index

SCHEMA_VERSION: Final = 1

_COLUMNS: Final = (*VARIABLES, "masked", "received")
_SCHEMA: Final = pa.schema(
    [
        pa.field("time", pa.timestamp("us", tz="Asia/Seoul"), nullable=False),
        *(pa.field(name, pa.float64(), metadata={"unit": unit}) for name, unit in VARIABLES.items()),
        pa.field("masked", pa.string(), nullable=False),
        pa.field("received", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)


class MonthFile:
    """A file of the lake: its label is read at once, its rows when they are asked for.

    `source` says where the observations come from, `rows` how many hours there are.

    Raises:
        CorruptDataError: the file is damaged, not of this lake, or of another schema version; `key` is named.
    """

    def __init__(self, body: bytes, key: str) -> None:
        self._key = key
        try:
            self._file = pq.ParquetFile(pa.BufferReader(body))
        except (pa.ArrowException, OSError) as error:
            raise _corrupt(key, f"is damaged ({type(error).__name__})") from error
        schema = self._file.schema_arrow
        label = {name.decode(): value.decode() for name, value in (schema.metadata or {}).items()}
        version = label.get("plantcast.schema_version")
        if version != str(SCHEMA_VERSION):
            raise _corrupt(key, f"has schema version {version}, this code reads {SCHEMA_VERSION}")
        if schema.names != _SCHEMA.names:
            raise _corrupt(key, f"has columns {', '.join(schema.names)}")
        self.source = label.get("plantcast.source", "")
        self.rows: int = self._file.metadata.num_rows

    def frame(self) -> pd.DataFrame:
        """Return the lake frame, with the column `received` (UTC) beside.

        Raises:
            CorruptDataError: the rows are damaged.
        """
        try:
            table = self._file.read()
        except (pa.ArrowException, OSError) as error:
            raise _corrupt(self._key, f"is damaged ({type(error).__name__})") from error
        times = pd.DatetimeIndex(table.column("time").to_pandas())
        frame: pd.DataFrame = table.select(_COLUMNS).to_pandas().set_index(hour_index(times))
        return frame


def encode(frame: pd.DataFrame, *, station: str, source: str) -> bytes:
    """Return `frame` (a lake frame with `received`) as Parquet; the same frame gives the same bytes."""
    metadata = {
        "plantcast.schema_version": str(SCHEMA_VERSION),
        "plantcast.station": station,
        "plantcast.source": source,
    }
    arrays = [
        pa.array(frame.index, type=_SCHEMA.field("time").type),
        *(pa.array(frame[name], type=_SCHEMA.field(name).type, from_pandas=True) for name in _COLUMNS),
    ]
    table = pa.Table.from_arrays(arrays, schema=_SCHEMA.with_metadata(metadata))
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _corrupt(key: str, what: str) -> CorruptDataError:
    return CorruptDataError(
        f"The observations in {key} {what}.",
        remedy="Delete the object (the bucket keeps its versions) and backfill that month.",
    )
