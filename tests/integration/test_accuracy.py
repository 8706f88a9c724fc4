"""The promise, on real observations: Seoul 2022, forecast by models that know what precedes it only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from infra.cli.backtest import backtest_report
from plantcast.common.clock import parse_day
from plantcast.forecasting.evaluation.metrics import skill

pytestmark = pytest.mark.shared

BASELINES = ("persistence", "climatology", "damped_anomaly")
# Error at lead 24 below persistence and below the damped anomaly.
FLOOR = {"ta": (0.19, 0.10), "hm": (0.22, 0.06)}


@pytest.fixture(scope="module")
def report(shared_data: Path) -> dict[str, Any]:
    """Every eleventh origin: all hours of the day, in an eleventh of the time that scoring takes."""
    return backtest_report(
        [str(shared_data / "asos_108_2013_2022.parquet")],
        start=parse_day("2022-01-01", name="start"),
        end=parse_day("2022-11-30", name="end"),
        station="108",
        every=11,
    )


@pytest.mark.parametrize("target", ["ta", "hm"])
def test_a_day_ahead_is_as_much_better_as_the_readme_says(report: dict[str, Any], target: str) -> None:
    scores = report["targets"][target]["lead_24"]

    persistence, damped_anomaly = FLOOR[target]
    assert skill(scores["model"], scores["persistence"]) >= persistence
    assert skill(scores["model"], scores["damped_anomaly"]) >= damped_anomaly


@pytest.mark.parametrize("target", ["ta", "hm"])
@pytest.mark.parametrize("block", ["leads_1_24", "leads_25_48"])
def test_both_days_are_better_than_every_baseline(report: dict[str, Any], target: str, block: str) -> None:
    scores = report["targets"][target][block]

    assert scores["model"] < min(scores[name] for name in BASELINES)


@pytest.mark.parametrize("target", ["ta", "hm"])
def test_ranges_hold_what_they_say(report: dict[str, Any], target: str) -> None:
    assert report["targets"][target]["coverage_80"] == pytest.approx(0.80, abs=0.02)


def test_the_whole_record_was_used(report: dict[str, Any]) -> None:
    assert report["train_hours"] == 77_119
    assert report["origins"] == pytest.approx(7_900 / 11, abs=2)
    values = [value for scores in report["targets"].values() for value in scores["lead_24"].values()]
    assert np.all(np.isfinite(values))
