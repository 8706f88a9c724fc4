"""Answers as CSV, in open-meteo's shape.

A line of names and a line of values about the whole, an empty line, a line of column names with units, then
one line an hour. `pandas.read_csv(…, skiprows=3)` reads the columns. The file begins with a byte order mark:
without one Excel reads UTF-8 as the system's code page and garbles Korean.
"""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from collections.abc import Iterable
from io import StringIO
from typing import Any, Final

from fastapi import Response

from plantcast_api.models import Located

# For the OpenAPI document: what a 200 may be beside the model.
OR_CSV: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The answer, as JSON or as a CSV file",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}
_ABOUT_PLACE: Final = ("latitude", "longitude", "elevation", "timezone", "utc_offset_seconds", "source")


class CsvFile(Response):
    """A CSV file."""

    media_type = "text/csv"


def csv_file(answer: Located, about: Iterable[str], *name: str) -> CsvFile:
    """Return the `hourly` columns of an answer, under the place and the fields named in `about`.

    The file is called `plantcast_<name>_<name>.csv`.
    """
    whole = answer.model_dump(mode="json")
    station = whole["station"]
    head = {"station": station["id"], "name_ko": station["name_ko"], "name_en": station["name_en"]}
    head |= {field: whole[field] for field in (*_ABOUT_PLACE, "attribution", *about)}
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerow(" ".join(value) if isinstance(value, list) else value for value in head.values())
    writer.writerow([])
    writer.writerow(_with_unit(column, whole["hourly_units"]) for column in whole["hourly"])
    writer.writerows(zip(*whole["hourly"].values(), strict=True))
    disposition = {"Content-Disposition": f'attachment; filename="plantcast_{"_".join(name)}.csv"'}
    return CsvFile(BOM_UTF8 + text.getvalue().encode(), headers=disposition)


def _with_unit(column: str, units: dict[str, str]) -> str:
    """Return `temperature_2m (°C)`; `_p10` and `_p90` have their column's unit."""
    unit = units.get(column.removesuffix("_p10").removesuffix("_p90"))
    return column if unit in (None, "iso8601") else f"{column} ({unit})"
