"""The quality report of an ingest: completeness, rejected values with reasons, freshness.

Its form is in docs/contracts.md. Reports stay in the object store; the table's item `QUALITY` names the
newest one with the figures people look at first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

import pandas as pd

from plantcast.aws import ItemTable, ObjectStore
from plantcast.common.clock import KST, hours_behind, iso_hour, last_hour_served
from plantcast.common.schema import FIELD, NEWEST_REPORT, REPORT
from plantcast.observations import VARIABLES
from plantcast.observations.frame import count_hours, hours_between, ranges
from plantcast.observations.lake.merging import MergeCounts
from plantcast.observations.rows import SentRows

Kind = Literal["night", "backfill", "import", "removal"]
# Enough to look at; the lake holds all of them.
_LISTED: Final = 200
_FORECAST: Final = ("ta", "hm")


@dataclass
class Received:
    """What a run received so far: calls made, pages and rows as sent, and how the rows were merged."""

    calls: int = 0
    pages: int = 0
    rows: int = 0
    duplicates: int = 0
    rejected: int = 0
    blank: int = 0
    merged: MergeCounts = field(default_factory=MergeCounts)

    def add(self, rows: SentRows) -> None:
        """Count one page."""
        self.pages += 1
        self.rows += rows.read
        self.duplicates += rows.duplicates
        self.rejected += rows.rejected
        self.blank += rows.blank

    def counts(self) -> dict[str, int]:
        """Return the part `received` of a report."""
        counts = asdict(self)
        merged: dict[str, int] = counts.pop("merged")
        return counts | merged


@dataclass(frozen=True)
class Scope:
    """What a report is about: hours `start` to `end` (both included) of a station, in one run.

    `name` distinguishes the report from others of the station, for example `run=<run_id>`.
    """

    station: str
    kind: Kind
    name: str
    run_id: str | None
    start: datetime
    end: datetime

    @property
    def key(self) -> str:
        """The key of the report."""
        return f"quality/station={self.station}/{self.name}/report.json"


def build_report(
    scope: Scope,
    station: pd.DataFrame,
    *,
    received: Received,
    source: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the report on the hours of `scope`.

    `station` is the lake frame, with `rejected_values`, of all hours of the station.
    """
    frame = station.loc[scope.start : scope.end]
    hours = count_hours(scope.start, scope.end)
    missing = hours_between(scope.start, scope.end).difference(pd.DatetimeIndex(frame.index))
    reasons = masked_by_reason(frame)
    span = span_of(station)
    last = None if span is None else span[1]
    masked = list(_masked_values(frame.loc[frame["masked"] != ""].iloc[:_LISTED]))[:_LISTED]
    return {
        FIELD: REPORT.version,
        "station": scope.station,
        "run_id": scope.run_id,
        "kind": scope.kind,
        "source": source,
        "created_at": now.astimezone(KST).isoformat(timespec="milliseconds"),
        "from": iso_hour(scope.start),
        "to": iso_hour(scope.end),
        "hours_expected": hours,
        "hours_present": len(frame),
        "missing": [[iso_hour(first), iso_hour(final)] for first, final in ranges(missing)][:_LISTED],
        "freshness": {
            "last_observation": None if last is None else iso_hour(last),
            "expected": iso_hour(last_hour_served(now.astimezone(KST).date())),
            "hours_behind": hours_behind(last, now),
        },
        "variables": {name: _variable(frame, name, hours, reasons) for name in VARIABLES},
        "masked": masked,
        "masked_total": sum(reasons.values()),
        "received": received.counts(),
        "lake": _lake(station),
    }


def store_report(report: dict[str, Any], scope: Scope, store: ObjectStore, table: ItemTable) -> str:
    """Write the report and, unless one of later hours is stored, the table's item; return its key."""
    body = json.dumps(report, ensure_ascii=False, indent=1).encode()
    store.put(scope.key, body, content_type="application/json")
    item = {
        "pk": f"STATION#{scope.station}",
        "sk": "QUALITY",
        FIELD: NEWEST_REPORT.version,
        "created_at": report["created_at"],
        "report_key": scope.key,
        "from": report["from"],
        "to": report["to"],
        "completeness": {name: report["variables"][name]["completeness"] for name in _FORECAST},
    }
    table.put_if_newer(item, attribute="to")
    return scope.key


def span_of(frame: pd.DataFrame) -> tuple[datetime, datetime] | None:
    """Return the first and the last hour of a lake frame, None when it is empty."""
    return None if frame.empty else (frame.index[0].to_pydatetime(), frame.index[-1].to_pydatetime())


def masked_by_reason(frame: pd.DataFrame) -> dict[str, int]:
    """Count a lake frame's rejected values by `variable:reason`."""
    masked = frame.loc[frame["masked"] != "", "masked"]
    return dict(sorted(Counter(entry for entries in masked for entry in entries.split(";")).items()))


def _lake(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the part `lake` of a report: what the lake holds of the station."""
    span = span_of(frame)
    return {
        "first": None if span is None else iso_hour(span[0]),
        "last": None if span is None else iso_hour(span[1]),
        "hours_expected": 0 if span is None else count_hours(*span),
        "hours_present": len(frame),
        "masked": masked_by_reason(frame),
        "years": {} if span is None else dict(_years(frame, *span)),
    }


def _years(frame: pd.DataFrame, first: datetime, last: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    for year in range(first.year, last.year + 1):
        start = max(first, datetime(year, 1, 1, tzinfo=KST))
        end = min(last, datetime(year, 12, 31, 23, tzinfo=KST))
        hours, expected = frame.loc[start:end], count_hours(start, end)
        yield (
            str(year),
            {
                "hours_expected": expected,
                "hours_present": len(hours),
                "completeness": {name: round(int(hours[name].count()) / expected, 4) for name in VARIABLES},
            },
        )


def _variable(frame: pd.DataFrame, name: str, hours: int, reasons: dict[str, int]) -> dict[str, Any]:
    present = int(frame[name].count())
    prefix = f"{name}:"
    own = {key.removeprefix(prefix): count for key, count in reasons.items() if key.startswith(prefix)}
    masked = sum(own.values())
    return {
        "unit": VARIABLES[name],
        "present": present,
        "absent": len(frame) - present - masked,
        "masked": masked,
        "completeness": round(present / hours, 4) if hours else 0.0,
        "reasons": own,
    }


def _masked_values(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for hour, masked, rejected in zip(rows.index, rows["masked"], rows["rejected_values"], strict=True):
        sent = json.loads(rejected)
        for entry in masked.split(";"):
            name, reason = entry.split(":", 1)
            yield {"time": iso_hour(hour), "variable": name, "sent": sent[name], "reason": reason}
