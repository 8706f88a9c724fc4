"""The quality report: what it counts of the lake, and within which hours."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from plantcast.common.clock import HOUR, KST
from plantcast.observations import VARIABLES
from plantcast.observations.lake import ObservationLake
from plantcast.observations.report import Received, Scope, build_report
from tests.support.fakes import MemoryObjectStore
from tests.support.observed import START, observed

NOW = datetime(2025, 5, 30, 2, tzinfo=KST)


def report_on(sent: pd.DataFrame, start: datetime = START, hours: int = 48) -> dict[str, Any]:
    """Return the report on `hours` hours from `start`, of a lake that holds `sent`."""
    lake = ObservationLake(MemoryObjectStore(), "kma")
    lake.merge("108", sent, received_at=NOW)
    scope = Scope("108", "night", "run=r", "r", start, start + (hours - 1) * HOUR)
    return build_report(scope, lake.read_station("108"), received=Received(), source="kma", now=NOW)


def test_a_report_counts_its_hours_and_those_of_the_whole_lake() -> None:
    sent = observed(72)
    sent.iloc[3, sent.columns.get_loc("ta")] = 99.0  # type: ignore[index]
    sent.iloc[60, sent.columns.get_loc("ta")] = 99.0  # type: ignore[index]

    report = report_on(sent.assign(hm=np.nan))

    assert (report["hours_expected"], report["hours_present"], report["masked_total"]) == (48, 48, 1)
    assert report["masked"] == [
        {"time": "2025-04-29T03:00+09:00", "variable": "ta", "sent": 99.0, "reason": "out-of-range"}
    ]
    assert report["variables"]["ta"]["reasons"] == {"out-of-range": 1}
    lake = report["lake"]
    assert (lake["hours_present"], lake["masked"]) == (72, {"ta:out-of-range": 2})
    completeness = lake["years"]["2025"]["completeness"]
    assert set(completeness) == set(VARIABLES)
    assert (completeness["ta"], completeness["hm"]) == (round(70 / 72, 4), 0.0)


def test_years_are_counted_between_the_first_and_the_last_hour() -> None:
    start = datetime(2023, 12, 31, 20, tzinfo=KST)
    years = report_on(observed(8, start=start), start, 8)["lake"]["years"]
    assert {year: entry["hours_expected"] for year, entry in years.items()} == {"2023": 4, "2024": 4}


def test_a_report_on_an_empty_lake_counts_nothing() -> None:
    report = report_on(observed(1).iloc[:0])
    assert (report["hours_present"], report["freshness"]["last_observation"]) == (0, None)
    assert report["lake"] == {
        "first": None, "last": None, "hours_expected": 0, "hours_present": 0, "masked": {}, "years": {}
    }  # fmt: skip
