"""A quality report for tests, with plain defaults that each test changes where it matters."""

from __future__ import annotations

from typing import Any

from plantcast.common.clock import parse_hour
from plantcast.observations import VARIABLES
from plantcast.observations.report import Scope

HOURS = 240


def quality_report(
    *,
    masked: dict[str, dict[str, int]] | None = None,
    absent: dict[str, int] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """The night of 2025-05-30 at Seoul: ten days, every hour there and every value valid but for `masked`.

    `masked` counts rejected values by variable and reason, `absent` hours in which a variable is empty.
    """
    variables: dict[str, dict[str, Any]] = {}
    for name, unit in VARIABLES.items():
        reasons, empty = (masked or {}).get(name, {}), (absent or {}).get(name, 0)
        present = HOURS - sum(reasons.values()) - empty
        variables[name] = {
            "unit": unit,
            "present": present,
            "absent": empty,
            "masked": sum(reasons.values()),
            "completeness": round(present / HOURS, 4),
            "reasons": reasons,
        }
    report = {
        "schema_version": 1,
        "station": "108",
        "run_id": "run-1",
        "kind": "night",
        "source": "synthetic",
        "created_at": "2025-05-30T02:00:09.120+09:00",
        "from": "2025-05-20T00:00+09:00",
        "to": "2025-05-29T23:00+09:00",
        "hours_expected": HOURS,
        "hours_present": HOURS,
        "missing": [],
        "freshness": {
            "last_observation": "2025-05-29T23:00+09:00",
            "expected": "2025-05-29T23:00+09:00",
            "hours_behind": 0,
        },
        "variables": variables,
        "masked": [],
        "masked_total": sum(entry["masked"] for entry in variables.values()),
        "received": {
            "calls": 1,
            "pages": 1,
            "rows": 48,
            "new": 24,
            "corrected": 0,
            "unchanged": 24,
            "duplicates": 0,
            "rejected": 0,
            "blank": 0,
        },
        "lake": {
            "first": "2025-05-20T00:00+09:00",
            "last": "2025-05-29T23:00+09:00",
            "hours_expected": HOURS,
            "hours_present": HOURS,
            "masked": {},
            "years": {"2025": {"hours_expected": HOURS, "hours_present": HOURS, "completeness": {"ta": 1.0}}},
        },
    }
    return report | changes


def scope_of(report: dict[str, Any]) -> Scope:
    """Return the scope that such a report is about."""
    start, end = (parse_hour(report[name], name=name) for name in ("from", "to"))
    name = f"run={report['run_id']}"
    return Scope(report["station"], report["kind"], name, report["run_id"], start, end)
