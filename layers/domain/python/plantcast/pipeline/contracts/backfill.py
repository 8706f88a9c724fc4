"""Inputs and outputs of the backfill's steps, ingest apart."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import (
    AwareDatetime,
    ConfigDict,
    Field,
)

from plantcast.pipeline.contracts.base import Contract, Day, StationList, Text


class BackfillOptions(Contract):
    """Input of an execution of the backfill."""

    model_config = ConfigDict(extra="forbid")

    stations: StationList | None = None
    start: Any = Field(description="first day")
    end: Any = Field(default=None, description="last day")


class BackfillPlanEvent(Contract):
    """Start of a backfill."""

    event: Literal["plan"]
    run_id: Text
    started_at: AwareDatetime
    input: Any = Field(default=None, description="`stations?`, `start`, `end?`")


class BackfillPlanResult(Contract):
    """Plan of a backfill."""

    status: Literal["ready"]
    run_id: str
    start: Day
    end: Day
    stations: tuple[str, ...]
    chunks_bucket: str
    chunks_key: str
    chunks: int
    message: str


class ChunkFailureEvent(Contract):
    """A chunk that failed."""

    event: Literal["failure"]
    run_id: Text
    station: Text
    start: Text
    end: Text
    error: Any = Field(default=None, description="Step Functions' {`Error`, `Cause`}")


class ChunkFailureResult(Contract):
    """The recorded failure."""

    station: str
    status: Literal["recorded"] = "recorded"
    message: str


class BackfillReportEvent(Contract):
    """End of a backfill."""

    event: Literal["report"]
    run_id: Text
    start: Day
    end: Day
    stations: tuple[str, ...]


class BackfillReportResult(Contract):
    """Report of a backfill."""

    run_id: str
    status: Literal["complete", "partial", "failed"]
    hours_expected: int
    hours_present: int
    incomplete: tuple[str, ...]
    report_key: str
    message: str
