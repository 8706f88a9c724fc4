"""One month of observations as Parquet bytes: explicit schema, units, schema version and source inside.

Beside what is believed stands what was sent and is not: `withheld` is JSON, variable to the value sent (text
when it was no number). So a file alone says both what to use and what the KMA said, and its values can be
judged again when neighbouring hours arrive or a threshold changes.
"""

from __future__ import annotations

import io
import json
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from plantcast.errors import CorruptDataError
from plantcast.observations import VARIABLES
from plantcast.observations.frame import COLUMNS, SENT_COLUMNS, hour_index
from plantcast.observations.rows import TEXT_REASONS

SCHEMA_VERSION: Final = 2

FILE_COLUMNS: Final = (*COLUMNS, "withheld", "received")
_SCHEMA: Final = pa.schema(
    [
        pa.field("time", pa.timestamp("us", tz="Asia/Seoul"), nullable=False),
        *(pa.field(name, pa.float64(), metadata={"unit": unit}) for name, unit in VARIABLES.items()),
        pa.field("masked", pa.string(), nullable=False),
        pa.field("withheld", pa.string(), nullable=False),
        pa.field("received", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)
# What reading a damaged file raises: a footer in which bits have flipped also names no text and no time zone.
_DAMAGE: Final = (pa.ArrowException, OSError, ValueError, LookupError)


class MonthFile:
    """A file of the lake: its label is read at once, its rows when they are asked for.

    `source` says where the observations come from, `rows` how many hours there are.

    Raises:
        CorruptDataError: the file is damaged, not of this lake, or of another schema version; `key` is named.
    """

    def __init__(self, body: bytes, key: str) -> None:
        self._key = key
        try:
            self._file = pq.ParquetFile(pa.BufferReader(body), page_checksum_verification=True)
            schema = self._file.schema_arrow
            label = {name.decode(): value.decode() for name, value in (schema.metadata or {}).items()}
        except _DAMAGE as error:
            raise _corrupt(key, f"are damaged ({type(error).__name__})") from error
        version = label.get("plantcast.schema_version")
        if version != str(SCHEMA_VERSION):
            raise _corrupt(key, f"have schema version {version}, this code reads {SCHEMA_VERSION}")
        if schema.names != _SCHEMA.names:
            raise _corrupt(key, f"have columns {', '.join(schema.names)}")
        self.source = label.get("plantcast.source", "")
        self.rows: int = self._file.metadata.num_rows

    def frame(self) -> pd.DataFrame:
        """Return the lake frame, with the columns `withheld` and `received` (UTC) beside.

        Raises:
            CorruptDataError: the rows are damaged.
        """
        try:
            table = self._file.read()
            times = pd.DatetimeIndex(table.column("time").to_pandas())
            frame: pd.DataFrame = table.select(FILE_COLUMNS).to_pandas().set_index(hour_index(times))
        except _DAMAGE as error:
            raise _corrupt(self._key, f"are damaged ({type(error).__name__})") from error
        return frame


def sent_again(stored: pd.DataFrame) -> pd.DataFrame:
    """Return the sent frame that a frame of a file was made of, with `received` beside."""
    columns = {name: stored[name].to_numpy(np.float64, copy=True) for name in VARIABLES}
    remarks = np.full(len(stored), "", dtype=object)
    for row in np.flatnonzero((stored["withheld"] != "").to_numpy(dtype=np.bool_)):
        withheld = json.loads(stored["withheld"].iloc[row])
        reasons = dict(entry.split(":", 1) for entry in stored["masked"].iloc[row].split(";"))
        said: dict[str, list[str | None]] = {}
        for name, value in withheld.items():
            if not isinstance(value, str):
                columns[name][row] = value
            if reasons[name] in TEXT_REASONS:
                said[name] = [reasons[name], value if isinstance(value, str) else None]
        remarks[row] = json.dumps(said, ensure_ascii=False) if said else ""
    sent = pd.DataFrame(columns, index=stored.index)
    sent["remarks"] = pd.array(remarks, dtype="str")
    sent["received"] = stored["received"]
    return sent[[*SENT_COLUMNS, "received"]]


def encode(frame: pd.DataFrame, *, station: str, source: str) -> bytes:
    """Return a lake frame with `withheld` and `received` as Parquet; the same frame gives the same bytes."""
    metadata = {
        "plantcast.schema_version": str(SCHEMA_VERSION),
        "plantcast.station": station,
        "plantcast.source": source,
    }
    arrays = [
        pa.array(frame.index, type=_SCHEMA.field("time").type),
        *(pa.array(frame[name], type=_SCHEMA.field(name).type, from_pandas=True) for name in FILE_COLUMNS),
    ]
    table = pa.Table.from_arrays(arrays, schema=_SCHEMA.with_metadata(metadata))
    sink = io.BytesIO()
    # Without checksums half of all flipped bits would be read as other values, and nobody would notice.
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    return sink.getvalue()


def _corrupt(key: str, what: str) -> CorruptDataError:
    return CorruptDataError(
        f"The observations in {key} {what}.",
        remedy="Make the station's lake again from the raw responses: `plantcast rebuild`, or ingest with "
        '{"station": …, "rebuild": true}. The bucket keeps superseded versions.',
    )
