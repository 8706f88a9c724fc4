"""Reads what ingest records of a station: its status, and the key of its newest report.

Plain Python, so that the API reads them without Parquet; docs/contracts.md lists the fields.
"""

from __future__ import annotations

from plantcast.aws import Item, ItemTable
from plantcast.common.schema import NEWEST_REPORT, STATUS


def read_status(table: ItemTable, station: str) -> Item | None:
    """Return what the lake holds of a station (sk `STATUS`), None before the first ingest.

    Raises:
        SchemaVersionError: newer code wrote it.
    """
    item = table.get(f"STATION#{station}", "STATUS")
    return None if item is None else STATUS.read(item, f"STATION#{station}/STATUS")


def read_newest_report(table: ItemTable, station: str) -> Item | None:
    """Return the item on a station's newest quality report (sk `QUALITY`), None before the first ingest.

    Raises:
        SchemaVersionError: newer code wrote it.
    """
    item = table.get(f"STATION#{station}", "QUALITY")
    return None if item is None else NEWEST_REPORT.read(item, f"STATION#{station}/QUALITY")
