"""Data of earlier schema versions, as the releases that wrote it left it.

What lies in `data_of_version_1` was written by those releases themselves: a month of observations by the
first lake, items by the first notices, verification and runs.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from plantcast.observations import VARIABLES

_FOLDER: Final = Path(__file__).parent / "data_of_version_1"
# April 2025 of station 108, `kma`: the 29th and half of the 30th, four values masked.
MONTH_KEY: Final = "observations/station=108/year=2025/month=04/observations.parquet"
MASKED: Final = {3: "ta:out-of-range", 5: "hm:unreadable", 7: "ta:flagged-error", 9: "td:out-of-range"}


def month_file() -> bytes:
    """Return a month's file of version 1."""
    return (_FOLDER / "observations.parquet").read_bytes()


def items() -> list[dict[str, Any]]:
    """Return items of the first release: a run and its entry, a plant's state, notices, a verification."""
    found: list[dict[str, Any]] = json.loads((_FOLDER / "items.json").read_text("utf-8"))
    return found


def item(sk: str) -> dict[str, Any]:
    """Return the item whose sort key begins with `sk`."""
    return next(one for one in items() if one["sk"].startswith(sk))


def first_month_file(frame: pd.DataFrame, *, station: str, source: str) -> bytes:
    """Encode a lake frame with receipts as the first lake did: one of an hour, without what was withheld."""
    frame = frame.assign(received=frame["received_ta"])
    names = [*VARIABLES, "masked", "received"]
    kinds = {"masked": pa.string(), "received": pa.timestamp("us", tz="UTC")}
    schema = pa.schema(
        [
            pa.field("time", pa.timestamp("us", tz="Asia/Seoul"), nullable=False),
            *(pa.field(name, pa.float64(), metadata={"unit": unit}) for name, unit in VARIABLES.items()),
            *(pa.field(name, kind, nullable=False) for name, kind in kinds.items()),
        ],
        metadata={
            "plantcast.schema_version": "1",
            "plantcast.station": station,
            "plantcast.source": source,
        },
    )
    arrays = [pa.array(frame.index, type=schema.field("time").type)]
    arrays += [pa.array(frame[name], type=schema.field(name).type, from_pandas=True) for name in names]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), sink, compression="zstd")
    return sink.getvalue()
