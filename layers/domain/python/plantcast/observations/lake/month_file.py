"""One month of observations as Parquet bytes: explicit schema, units, schema version and source inside.

Beside the valid values stand those that were sent and rejected: `withheld` is JSON, variable to the value
sent (text when it was no number), and for each variable when it was received. So a file alone says both what
to use and what the KMA sent, and its values can be checked again when neighbouring hours arrive or a
threshold changes.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from plantcast.common.errors import CorruptDataError
from plantcast.common.schema.kinds import OBSERVATIONS
from plantcast.observations import VARIABLES
from plantcast.observations.frame import COLUMNS, RECEIPTS, hour_index
from plantcast.observations.rows import TEXT_REASONS

_LABEL: Final = "plantcast.schema_version"
FILE_COLUMNS: Final = (*COLUMNS, "withheld", *RECEIPTS)
_SCHEMA: Final = pa.schema(
    [
        pa.field("time", pa.timestamp("us", tz="+09:00"), nullable=False),
        *(pa.field(name, pa.float64(), metadata={"unit": unit}) for name, unit in VARIABLES.items()),
        pa.field("masked", pa.string(), nullable=False),
        pa.field("withheld", pa.string(), nullable=False),
        *(pa.field(name, pa.timestamp("us", tz="UTC")) for name in RECEIPTS),
    ]
)
# What reading a damaged file raises: a footer in which bits have flipped also names no text and no time zone.
_DAMAGE: Final = (pa.ArrowException, OSError, ValueError, LookupError)


class MonthFile:
    """A file of the lake: its label is read at once, its rows when they are asked for.

    `source` says where the observations come from, `rows` how many hours there are.

    Raises:
        CorruptDataError: the file is damaged or not of this lake; `key` is named.
        SchemaVersionError: newer code wrote it: it must not be replaced.
    """

    def __init__(self, body: bytes, key: str) -> None:
        self._key = key
        try:
            self._file = pq.ParquetFile(pa.BufferReader(body), page_checksum_verification=True)
            schema = self._file.schema_arrow
            label = {name.decode(): value.decode() for name, value in (schema.metadata or {}).items()}
        except _DAMAGE as error:
            raise _corrupt(key, f"are damaged ({type(error).__name__})") from error
        OBSERVATIONS.check(_version(label), key)
        if schema.names != _SCHEMA.names:
            raise _corrupt(key, f"have columns {', '.join(schema.names)}")
        self.source = label.get("plantcast.source", "")
        self.rows: int = self._file.metadata.num_rows

    def frame(self) -> pd.DataFrame:
        """Return the lake frame, with the columns `withheld` and `RECEIPTS` beside.

        Raises:
            CorruptDataError: the rows are damaged.
        """
        frame = self._rows(FILE_COLUMNS)
        naive = {name: frame[name].dt.tz_localize(None) for name in RECEIPTS}
        return frame.assign(**naive)[list(FILE_COLUMNS)]

    def _rows(self, wanted: Sequence[str]) -> pd.DataFrame:
        """Read some of the columns."""
        try:
            table = self._file.read(["time", *wanted])
            times = pd.DatetimeIndex(table.column("time").to_pandas())
            frame: pd.DataFrame = table.drop_columns("time").to_pandas().set_index(hour_index(times))
        except _DAMAGE as error:
            raise _corrupt(self._key, f"are damaged ({type(error).__name__})") from error
        return frame

    def observed(self) -> pd.DataFrame:
        """Return the lake frame with `withheld`, without the hours that were taken out of the lake again.

        Raises:
            CorruptDataError: the rows are damaged.
        """
        frame = self._rows([*COLUMNS, "withheld"])
        return frame[frame[list(VARIABLES)].notna().any(axis=1) | (frame["masked"] != "")]


def sent_again(stored: pd.DataFrame) -> pd.DataFrame:
    """Return the stamped frame that a frame of a file was made of."""
    columns = {name: stored[name].to_numpy(np.float64, copy=True) for name in VARIABLES}
    remarks = np.full(len(stored), "", dtype=object)
    for row in np.flatnonzero((stored["withheld"] != "").to_numpy(dtype=np.bool_)):
        withheld = json.loads(stored["withheld"].iloc[row])
        reasons = dict(entry.split(":", 1) for entry in stored["masked"].iloc[row].split(";"))
        said: dict[str, list[str | None]] = {}
        for name, value in withheld.items():
            if not isinstance(value, str):
                columns[name][row] = value
            # A value that was flagged and never sent cannot be checked again.
            if value is None or reasons[name] in TEXT_REASONS:
                said[name] = [reasons[name], value if isinstance(value, str) else None]
        remarks[row] = json.dumps(said, ensure_ascii=False) if said else ""
    sent = pd.DataFrame(columns, index=stored.index)
    sent["remarks"] = pd.array(remarks, dtype="str")
    return pd.concat([sent, stored[list(RECEIPTS)]], axis=1)


def encode(frame: pd.DataFrame, *, station: str, source: str) -> bytes:
    """Return a lake frame with `withheld` and `RECEIPTS` as Parquet; the same frame gives the same bytes."""
    metadata = {
        _LABEL: str(OBSERVATIONS.version),
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
    pq.write_table(
        table, sink, compression="zstd", write_page_checksum=True, write_statistics=["time", *VARIABLES]
    )
    return sink.getvalue()


def refuse_newer_file(body: bytes, key: str) -> None:
    """Do nothing unless a file is newer than this code; one that cannot be read may be replaced.

    Raises:
        SchemaVersionError: it is newer, or of an unknown version.
    """
    with contextlib.suppress(CorruptDataError):
        MonthFile(body, key)


def _version(label: dict[str, str]) -> object:
    """Return the label's schema version, as a number where it is one; None without any."""
    version = label.get(_LABEL)
    return int(version) if version is not None and version.isascii() and version.isdecimal() else version


def _corrupt(key: str, what: str) -> CorruptDataError:
    return CorruptDataError(
        f"The observations in {key} {what}.",
        remedy="Make the station's lake again from the raw responses: `plantcast rebuild`, or ingest with "
        '{"station": …, "rebuild": true}. The bucket keeps superseded versions.',
    )
