"""The promise, on real observations: Seoul 2022, forecast by models that know only what precedes it.

Trained on the three years before, so that it fits into every test run; docs/forecasting.md has the scores
of the whole record, by `make backtest`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from infra.cli.backtest import backtest_report
from plantcast.common.clock import parse_day
from plantcast.forecasting.evaluation.metrics import skill

pytestmark = pytest.mark.shared

BASELINES = ("persistence", "climatology", "damped_anomaly")
# RMSE at lead 24 below that of persistence and of the damped anomaly, as a share.
FLOOR = {"ta": (0.15, 0.08), "hm": (0.21, 0.045)}
EVERY = 11  # a divisor of no day's length: all hours of the day are origins


@pytest.fixture(scope="module")
def report(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    record = pd.read_parquet(shared_data / "asos_108_2013_2022.parquet")
    recent = tmp_path_factory.mktemp("record") / "since_2019.parquet"
    record[record["tm"] >= "2019-01-01"].to_parquet(recent)
    return backtest_report(
        [str(recent)],
        start=parse_day("2022-01-01", name="start"),
        end=parse_day("2022-11-30", name="end"),
        station="108",
        every=EVERY,
    )


@pytest.mark.parametrize("target", ["ta", "hm"])
def test_a_day_ahead_is_better_than_persistence_and_damped_anomaly_by_the_floor(
    report: dict[str, Any], target: str
) -> None:
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
def test_the_80_percent_ranges_hold_80_percent(report: dict[str, Any], target: str) -> None:
    assert report["targets"][target]["coverage_80"] == pytest.approx(0.80, abs=0.05)


def test_every_eleventh_hour_of_the_span_was_an_origin(report: dict[str, Any]) -> None:
    assert report["origins"] == pytest.approx(7_900 / EVERY, abs=2)
    values = [value for scores in report["targets"].values() for value in scores["lead_24"].values()]
    assert np.all(np.isfinite(values))
