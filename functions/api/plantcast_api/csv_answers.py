"""Answers as CSV, in the shape open-meteo made familiar.

A line of names and a line of values about the whole, an empty line, a line of column names with units, then
one line an hour. `pandas.read_csv(…, skiprows=3)` reads the columns. The file begins with a byte order mark:
without one Excel takes UTF-8 for the system's code page and garbles Korean.
"""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import StringIO
from typing import Any, Final

from fastapi import Response
from pydantic import BaseModel

from plantcast_api.models import Located

CSV: Final = "text/csv"
# For the OpenAPI document: what a 200 may be beside the model.
OR_CSV: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The answer, as JSON or as a CSV file",
        "content": {CSV: {"schema": {"type": "string"}}},
    }
}


class CsvAnswer(Response):
    """A CSV file."""

    media_type = CSV


def csv_response(
    about: Mapping[str, object], columns: Mapping[str, Sequence[object]], *, name: str
) -> Response:
    """Return a file called `name` of `columns` (equal length, by name) under comments `about` them."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(about)
    writer.writerow(_cells(about.values()))
    writer.writerow([])
    writer.writerow(columns)
    writer.writerows(_cells(row) for row in zip(*columns.values(), strict=True))
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return CsvAnswer(BOM_UTF8 + text.getvalue().encode(), headers=disposition)


def about_place(answer: Located) -> dict[str, object]:
    """Return what every file says first: where, in which zone, made from what."""
    return {
        "station": answer.station.id,
        "name_ko": answer.station.name_ko,
        "name_en": answer.station.name_en,
        "latitude": answer.latitude,
        "longitude": answer.longitude,
        "elevation": answer.elevation,
        "timezone": answer.timezone,
        "utc_offset_seconds": answer.utc_offset_seconds,
        "source": answer.source,
        "attribution": answer.attribution,
    }


def with_units(columns: BaseModel, units: BaseModel) -> dict[str, Sequence[object]]:
    """Return columns by name with unit, as `temperature_2m (°C)`; `_p10` and `_p90` have their column's."""
    unit_of: dict[str, str] = units.model_dump()
    named: dict[str, Sequence[object]] = {}
    for name, values in columns:
        unit = unit_of.get(name.removesuffix("_p10").removesuffix("_p90"))
        named[name if unit in (None, "iso8601") else f"{name} ({unit})"] = values
    return named


def file_name(*parts: object) -> str:
    """Return `plantcast_<part>_<part>.csv`; an hour becomes `2025-05-29T23`, so that any disk takes it."""
    texts = (f"{part:%Y-%m-%dT%H}" if isinstance(part, datetime) else str(part) for part in parts)
    return f"plantcast_{'_'.join(texts)}.csv"


def _cells(values: Iterable[object]) -> list[object]:
    return [" ".join(map(str, value)) if isinstance(value, list | tuple) else value for value in values]
