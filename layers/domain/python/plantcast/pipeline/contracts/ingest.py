"""Inputs and outputs of ingest."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import (
    Field,
)

from plantcast.pipeline.contracts.base import Contract, Day, Hour, Text


class NightEvent(Contract):
    """Observations of the last days before `as_of`."""

    station: Text
    as_of: Day
    run_id: Text | None = None


class DaysEvent(Contract):
    """Observations of the days `start` to `end`, both included: a backfill."""

    station: Text
    start: Day
    end: Day
    run_id: Text | None = None


class ImportEvent(Contract):
    """A file of the KMA's portal."""

    import_key: Text = Field(description="an object under `raw/portal/`, imported whole or not at all")
    run_id: Text | None = None


class RebuildEvent(Contract):
    """A station's lake from the raw archive alone."""

    station: Text
    rebuild: Literal[True]
    run_id: Text | None = None


class ForgetEvent(Contract):
    """Hours to remove from the lake."""

    station: Text
    forget_from: Hour
    forget_to: Hour = Field(description="included")
    run_id: Text | None = None


StopReason = Literal["none", "quota", "key", "time", "unpublished"]


class IngestRefusal(Contract):
    """An event that a retry cannot help."""

    station: Any
    status: Literal["failed"] = "failed"
    stopped_by: StopReason
    retry_after_seconds: int = 0
    message: str


class IngestResult(Contract):
    """Result of an ingest: `first`, `last`, the counts and `missing` are of the hours requested.

    `status` is `complete` when all required hours are in the lake: of a nightly run those of yesterday, of a
    backfill the whole range. Otherwise it is `partial` when a retry later can help, `failed` when it cannot
    (key refused, day's quota used up); `stopped_by` and `message` name what ended it early.
    """

    station: str
    status: Literal["complete", "partial", "failed"]
    source: str
    first: Hour | None
    last: Hour | None
    hours_expected: int = Field(description="of those requested: of a night the last 10 days")
    hours_present: int
    hours_new: int
    hours_corrected: int
    values_masked: int
    missing: tuple[Hour, ...] = Field(description="the first 24")
    stopped_by: StopReason
    retry_after_seconds: int
    report_key: str
    message: str


class StationImport(Contract):
    """Result of an imported file, for one station."""

    station: str
    first: Hour | None
    last: Hour | None
    hours_new: int
    hours_corrected: int
    hours_unchanged: int
    values_masked: int
    report_key: str


class ImportResult(Contract):
    """Result of an import."""

    status: Literal["complete", "partial", "failed"] = Field(
        description="partial: rows of unknown stations left out"
    )
    message: str
    file: str
    stations: tuple[StationImport, ...]


class RebuildResult(Contract):
    """Result of a rebuild."""

    station: str
    status: Literal["complete", "partial", "failed"]
    responses: int = Field(description="read")
    unreadable: int = Field(description="no page of rows")
    months: int
    months_rewritten: int
    months_kept: tuple[str, ...] = Field(description="`YYYY-MM`: left alone, raw lacks hours they hold")
    message: str


class ForgetResult(Contract):
    """Result of a removal."""

    station: str
    status: Literal["complete", "failed"]
    hours_removed: int
    report_key: str
    message: str
