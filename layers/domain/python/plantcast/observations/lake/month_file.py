"""One month of observations as Parquet bytes: explicit schema, units, schema version and source inside.

A file holds a stamped frame (`plantcast.observations.frame`): what was sent and when each value was received.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.common.schema import OBSERVATIONS
from plantcast.observations import VARIABLES
from plantcast.observations.frame import RECEIPTS, STAMPED_COLUMNS, hour_index

_LABEL: Final = "plantcast.schema_version"
_SCHEMA: Final = pa.schema(
    [
        pa.field("time", pa.timestamp("us", tz="+09:00"), nullable=False),
        *(pa.field(name, pa.float64(), metadata={"unit": unit}) for name, unit in VARIABLES.items()),
        pa.field("qc_flags", pa.string(), nullable=False),
        *(pa.field(name, pa.timestamp("us", tz="UTC")) for name in RECEIPTS),
    ]
)
# What reading a damaged file raises: a footer in which bits have flipped also names no text and no time zone.
_DAMAGE: Final = (pa.ArrowException, OSError, ValueError, LookupError)


def encode(frame: pd.DataFrame, *, station: str, source: str) -> bytes:
    """Return a stamped frame as Parquet; the same frame gives the same bytes."""
    metadata = {
        _LABEL: str(OBSERVATIONS.version),
        "plantcast.station": station,
        "plantcast.source": source,
    }
    arrays = [
        pa.array(frame.index, type=_SCHEMA.field("time").type),
        *(pa.array(frame[name], type=_SCHEMA.field(name).type, from_pandas=True) for name in STAMPED_COLUMNS),
    ]
    table = pa.Table.from_arrays(arrays, schema=_SCHEMA.with_metadata(metadata))
    sink = io.BytesIO()
    # Without checksums half of all flipped bits would be read as other values, and nobody would notice.
    pq.write_table(
        table, sink, compression="zstd", write_page_checksum=True, write_statistics=["time", *VARIABLES]
    )
    return sink.getvalue()


def decode(body: bytes, key: str, *, source: str, columns: Sequence[str] = STAMPED_COLUMNS) -> pd.DataFrame:
    """Return `columns` of the stamped frame in a file; `key` names it in messages.

    Raises:
        CorruptDataError: the file is damaged or not an observations file of the lake.
        SchemaVersionError: newer code wrote the file.
        InvalidInputError: the file holds another source's observations.
    """
    file, label = _open(body, key)
    held = label.get("plantcast.source", "")
    if held != source:
        raise InvalidInputError(
            f"{key} holds {held!r} observations, this deployment is set to {source!r}.",
            remedy="Set OBSERVATION_SOURCE to what the lake holds, or deploy with an empty data bucket.",
        )
    try:
        table = file.read(["time", *columns])
        times = pd.DatetimeIndex(table.column("time").to_pandas())
        frame: pd.DataFrame = table.drop_columns("time").to_pandas().set_index(hour_index(times))
    except _DAMAGE as error:
        raise _corrupt(key, f"are damaged ({type(error).__name__})") from error
    naive = {name: frame[name].dt.tz_localize(None) for name in columns if name in RECEIPTS}
    return frame.assign(**naive)[list(columns)]


def refuse_newer_file(body: bytes, key: str) -> None:
    """Return only if the file may be replaced: this code can read its version, or nobody can read the file.

    Raises:
        SchemaVersionError: it is newer, or of an unknown version.
    """
    with contextlib.suppress(CorruptDataError):
        _open(body, key)


def _open(body: bytes, key: str) -> tuple[pq.ParquetFile, dict[str, str]]:
    try:
        file = pq.ParquetFile(pa.BufferReader(body), page_checksum_verification=True)
        schema = file.schema_arrow
        label = {name.decode(): value.decode() for name, value in (schema.metadata or {}).items()}
    except _DAMAGE as error:
        raise _corrupt(key, f"are damaged ({type(error).__name__})") from error
    OBSERVATIONS.check(_version(label), key)
    if schema.names != _SCHEMA.names:
        raise _corrupt(key, f"have columns {', '.join(schema.names)}")
    return file, label


def _version(label: dict[str, str]) -> object:
    """Return the label's schema version, as a number where it is one; None without any."""
    version = label.get(_LABEL)
    return int(version) if version is not None and version.isascii() and version.isdecimal() else version


def _corrupt(key: str, what: str) -> CorruptDataError:
    return CorruptDataError(
        f"The observations in {key} {what}.",
        remedy="Rebuild the station's lake from the raw responses: `plantcast rebuild`, or ingest with "
        '{"station": …, "rebuild": true}. The bucket keeps superseded versions.',
    )
