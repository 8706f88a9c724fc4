"""Inputs and outputs of what `update` does on demand: importing and backfilling published forecasts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from plantcast.pipeline.contracts.base import Contract, Day, Hour, Text


class GuidanceImportEvent(Contract):
    """A file of published forecasts."""

    import_key: Text = Field(description="an object under `raw/guidance/imports/`")
    station: Text


class GuidanceImportResult(Contract):
    """Result of an import."""

    station: str
    status: Literal["complete", "failed"]
    file: str
    first: Hour | None = Field(description="issue")
    last: Hour | None
    issues: int
    rows: int
    rows_new: int = Field(description="new or changed")
    message: str


class GuidanceBackfillEvent(Contract):
    """Open-Meteo's issues of the days `start` to `end`, both included."""

    station: Text
    start: Day
    end: Day


class GuidanceBackfillResult(Contract):
    """Result of a backfill; `partial`: the service has not all of it."""

    station: str
    status: Literal["complete", "partial", "failed"]
    issues_expected: int
    issues_present: int
    issues_new: int
    message: str
