"""Scores on the hours held out, as recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pytest

from plantcast.common.clock import KST
from plantcast.forecasting.evaluation.backtest import ScoredPairs
from plantcast.forecasting.evaluation.held_out import held_out_scores

START, ORIGIN = datetime(2025, 5, 2, tzinfo=KST), datetime(2025, 5, 29, 23, tzinfo=KST)
NAMES = ("model", "p10", "p90", "persistence", "climatology", "damped_anomaly")
PAIRS = [(0, 1), (0, 2), (1, 1), (5, 30)]


def scored(error: float, pairs: list[tuple[int, int]] = PAIRS) -> ScoredPairs:
    """Pairs whose model is off by `error` times the lead, and whose baselines are off by 1."""
    origins, leads = np.array(pairs, np.int64).reshape(-1, 2).T
    truth = 10 + np.sin(origins + leads)
    forecasts = dict.fromkeys(NAMES, truth + 1.0)
    forecasts |= {"model": truth + error * leads, "p10": truth - 1.0}
    return ScoredPairs(origins, leads, truth, forecasts)


def scores(challenger: ScoredPairs, *others: ScoredPairs | None) -> dict[str, Any]:
    champion, benchmark = [*others, None, None][:2]
    return held_out_scores(challenger, champion, benchmark, START, ORIGIN)


def test_all_versions_are_scored_on_the_same_pairs() -> None:
    found = scores(scored(0.1), scored(-0.2), scored(0.3))

    assert (found["from"], found["to"]) == ("2025-05-02T00:00+09:00", "2025-05-29T23:00+09:00")
    assert (found["pairs"], found["days"]) == (4, round(3 / 24, 4))
    assert found["leads_25_48"] == {
        "challenger": 3.0,
        "champion": 6.0,
        "benchmark": 9.0,
        **dict.fromkeys(("persistence", "climatology", "damped_anomaly"), 1.0),
    }
    assert found["leads_1_24"]["challenger"] == pytest.approx(0.1 * np.sqrt(2), abs=1e-4)


@pytest.mark.parametrize("pairs", [[], PAIRS[1:]])
def test_a_version_with_other_pairs_is_not_scored(pairs: list[tuple[int, int]]) -> None:
    block = scores(scored(0.1), scored(0.1, pairs), scored(0.1, pairs))["leads_1_48"]

    assert block["champion"] is None
    assert "benchmark" not in block


def test_without_any_pair_every_score_is_null() -> None:
    found = scores(scored(0.1, []))

    assert (found["pairs"], found["days"], found["bias"], found["coverage_80"]) == (0, 0.0, None, None)
    assert set(found["leads_1_24"].values()) == {None}
