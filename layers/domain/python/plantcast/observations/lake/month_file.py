"""One month of observations as Parquet bytes: explicit schema, units, schema version and source inside.

A file holds a stamped frame (`plantcast.observations.frame`): what was sent and when each value was received.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Final

import pandas as pd
import pyarrow as pa

from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.common.parquet import ParquetKind
from plantcast.common.schema import OBSERVATIONS
from plantcast.observations import VARIABLES
from plantcast.observations.frame import RECEIPTS, STAMPED_COLUMNS, hour_index

_SCHEMA: Final = pa.schema(
    [
        pa.field("time", pa.timestamp("us", tz="+09:00"), nullable=False),
        *(pa.field(name, pa.float64(), metadata={"unit": unit}) for name, unit in VARIABLES.items()),
        pa.field("qc_flags", pa.string(), nullable=False),
        pa.field("provisional", pa.bool_(), nullable=False),
        *(pa.field(name, pa.timestamp("us", tz="UTC")) for name in RECEIPTS),
    ]
)
_FILE: Final = ParquetKind(
    OBSERVATIONS,
    _SCHEMA,
    contents="observations",
    remedy="Rebuild the station's lake from the raw responses: `plantcast rebuild`, or ingest with "
    '{"station": …, "rebuild": true}. The bucket keeps superseded versions.',
)


def encode(frame: pd.DataFrame, *, station: str, source: str) -> bytes:
    """Return a stamped frame as Parquet; the same frame gives the same bytes."""
    arrays = [
        pa.array(frame.index, type=_SCHEMA.field("time").type),
        *(pa.array(frame[name], type=_SCHEMA.field(name).type, from_pandas=True) for name in STAMPED_COLUMNS),
    ]
    label = {"plantcast.station": station, "plantcast.source": source}
    return _FILE.encode(arrays, label, statistics=["time", *VARIABLES])


def decode(body: bytes, key: str, *, source: str, columns: Sequence[str] = STAMPED_COLUMNS) -> pd.DataFrame:
    """Return `columns` of the stamped frame in a file; `key` names it in messages.

    Raises:
        CorruptDataError: the file is damaged or not an observations file of the lake.
        SchemaVersionError: newer code wrote the file.
        InvalidInputError: the file holds another source's observations.
    """
    file, label = _FILE.open(body, key)
    held = label.get("plantcast.source", "")
    if held != source:
        raise InvalidInputError(
            f"{key} holds {held!r} observations, this deployment is set to {source!r}.",
            remedy="Set OBSERVATION_SOURCE to what the lake holds, or deploy with an empty data bucket.",
        )
    with _FILE.reading(key):
        table = file.read(["time", *columns])
        times = pd.DatetimeIndex(table.column("time").to_pandas())
        frame: pd.DataFrame = table.drop_columns("time").to_pandas().set_index(hour_index(times))
    naive = {name: frame[name].dt.tz_localize(None) for name in columns if name in RECEIPTS}
    return frame.assign(**naive)[list(columns)]


def refuse_newer_file(body: bytes, key: str) -> None:
    """Return only if the file may be replaced: this code can read its version, or nobody can read the file.

    Raises:
        SchemaVersionError: it is newer, or of an unknown version.
    """
    with contextlib.suppress(CorruptDataError):
        _FILE.open(body, key)
