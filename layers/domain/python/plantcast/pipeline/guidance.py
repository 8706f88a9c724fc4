"""Published forecasts on demand: a file imported, past days fetched. Faults of the input are results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from plantcast.aws import ObjectStore
from plantcast.common.errors import (
    InvalidInputError,
    KeyRejectedError,
    NotFoundError,
    QuotaExhaustedError,
    TemporaryError,
)
from plantcast.common.logging import logger
from plantcast.common.settings import Source
from plantcast.guidance.imports import import_file
from plantcast.guidance.open_meteo import PreviousRuns
from plantcast.pipeline.contracts.guidance import (
    GuidanceBackfillEvent,
    GuidanceBackfillResult,
    GuidanceImportEvent,
    GuidanceImportResult,
)

_FAILURES: Final = (
    InvalidInputError,
    KeyRejectedError,
    NotFoundError,
    QuotaExhaustedError,
    TemporaryError,
)


def import_guidance(event: dict[str, Any], store: ObjectStore, deployed: Source) -> GuidanceImportResult:
    """Import the file of a `GuidanceImportEvent`."""
    given = GuidanceImportEvent.parse(event)
    facts: dict[str, Any] = {"station": given.station, "file": given.import_key}
    try:
        imported = import_file(store, given.import_key, given.station, deployed=deployed)
    except _FAILURES as error:
        logger.warning("import of guidance refused", extra={**facts, "error": str(error)})
        nothing: dict[str, Any] = {"first": None, "last": None, "issues": 0, "rows": 0, "rows_new": 0}
        return GuidanceImportResult(status="failed", message=str(error), **facts, **nothing)
    issues = imported.table["issued_at"]
    return GuidanceImportResult(
        status="complete",
        first=issues.min().to_pydatetime(),
        last=issues.max().to_pydatetime(),
        issues=issues.nunique(),
        rows=len(issues),
        rows_new=imported.rows_new,
        message="",
        **facts,
    )


def backfill_guidance(
    event: dict[str, Any], previous_runs: Callable[[], PreviousRuns]
) -> GuidanceBackfillResult:
    """Fetch the days of a `GuidanceBackfillEvent`; `previous_runs` makes the service's client."""
    given = GuidanceBackfillEvent.parse(event)
    try:
        counts = previous_runs().fetch(given.station, given.start, given.end)
    except _FAILURES as error:
        logger.warning("backfill of guidance failed", extra={"event": event, "error": str(error)})
        return GuidanceBackfillResult(
            station=given.station,
            status="failed",
            issues_expected=0,
            issues_present=0,
            issues_new=0,
            message=str(error),
        )
    absent = counts.expected - counts.present
    return GuidanceBackfillResult(
        station=given.station,
        status="partial" if absent else "complete",
        issues_expected=counts.expected,
        issues_present=counts.present,
        issues_new=counts.new,
        message=f"Open-Meteo has no forecast of {absent} issues." if absent else "",
    )
