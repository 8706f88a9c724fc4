"""Pairs of champion and challenger: matched before they are scored, whatever the two have forecast."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantcast.common.clock import KST
from plantcast.forecasting import LEADS
from plantcast.forecasting.evaluation.backtest import ScoredPairs
from plantcast.forecasting.evaluation.matched import MatchedScores

START, ORIGIN = datetime(2025, 5, 2, tzinfo=KST), datetime(2025, 5, 29, 23, tzinfo=KST)
NAMES = ("model", "p10", "p90", "persistence", "climatology", "damped_anomaly")


def truth_at(origin: int, lead: int) -> float:
    return 10 + np.sin(origin + lead)


def scored(pairs: list[tuple[int, int]], error: float) -> ScoredPairs:
    """Pairs whose model is off by `error` times the lead, and whose baselines are off by 1."""
    origins = np.array([origin for origin, _ in pairs], np.int64)
    leads = np.array([lead for _, lead in pairs], np.int64)
    truth = np.array([truth_at(origin, lead) for origin, lead in pairs])
    forecasts = dict.fromkeys(NAMES, truth + 1.0)
    forecasts |= {"model": truth + error * leads, "p10": truth - 1.0}
    return ScoredPairs(origins, leads, truth, forecasts)


pairs = st.lists(st.tuples(st.integers(0, 60), st.integers(1, LEADS)), unique=True, max_size=60)


@given(pairs, pairs)
def test_both_are_scored_on_the_pairs_they_share_and_no_other(
    own: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    shared = set(own) & set(others)
    compared = MatchedScores.of(scored(own, 0.1), scored(others, -0.2))
    scores = compared.scores(START, ORIGIN)["leads_1_48"]

    assert compared.left_out == len(own) - len(shared)
    if not shared:
        assert compared.champion is None
        assert scores["champion"] is None
        assert len(compared.challenger.truth) == len(own)
        return
    assert compared.champion is not None
    for side, error in ((compared.challenger, 0.1), (compared.champion, -0.2)):
        found = list(zip(side.origins.tolist(), side.leads.tolist(), strict=True))
        assert set(found) == shared
        assert len(found) == len(shared)
        expected = [truth_at(*pair) + error * pair[1] for pair in found]
        assert side.forecasts["model"] == pytest.approx(expected)
        assert side.truth == pytest.approx([truth_at(*pair) for pair in found])
    expected_rmse = float(np.sqrt(np.mean([(0.2 * lead) ** 2 for _, lead in shared])))
    assert scores["champion"] == pytest.approx(expected_rmse, abs=1e-4)
    assert scores["challenger"] == pytest.approx(expected_rmse / 2, abs=1e-4)


@given(pairs, pairs, pairs)
def test_all_three_are_scored_on_the_pairs_that_all_forecast(
    own: list[tuple[int, int]], champions: list[tuple[int, int]], benchmarks: list[tuple[int, int]]
) -> None:
    compared = MatchedScores.of(scored(own, 0.1), scored(champions, 0.2), scored(benchmarks, 0.3))
    sides = {
        "challenger": compared.challenger,
        "champion": compared.champion,
        "benchmark": compared.benchmark,
    }
    found = {
        name: list(zip(side.origins.tolist(), side.leads.tolist(), strict=True))
        for name, side in sides.items()
        if side is not None
    }

    shared = set(own)
    for name, others in (("champion", champions), ("benchmark", benchmarks)):
        assert (name in found) is bool(shared & set(others))
        shared = shared & set(others) or shared
    assert all(one == sorted(shared) for one in found.values())
    assert compared.scores(START, ORIGIN)["leads_1_48"].keys() - found.keys() >= {"persistence"}


def test_days_are_the_different_hours_scored() -> None:
    compared = MatchedScores.of(scored([(0, 1), (0, 2), (1, 1), (5, 24)], 0.1), None)

    assert compared.scores(START, ORIGIN)["days"] == round(3 / 24, 4)


def test_without_any_pair_every_score_is_null() -> None:
    scores = MatchedScores.of(scored([], 0.1), None).scores(START, ORIGIN)

    assert (scores["pairs"], scores["days"], scores["bias"], scores["coverage_80"]) == (0, 0.0, None, None)
    assert set(scores["leads_1_24"].values()) == {None}


def test_scores_have_the_names_of_the_contract() -> None:
    scores = MatchedScores.of(scored([(0, 1), (0, 30)], 0.1), None).scores(START, ORIGIN)

    assert list(scores) == [
        "from",
        "to",
        "pairs",
        "pairs_left_out",
        "days",
        "leads_1_48",
        "leads_1_24",
        "leads_25_48",
        "bias",
        "coverage_80",
    ]
    assert (scores["from"], scores["to"]) == ("2025-05-02T00:00+09:00", "2025-05-29T23:00+09:00")
    assert scores["leads_1_24"]["challenger"] == 0.1
    assert scores["leads_25_48"]["challenger"] == 3.0
    assert scores["leads_1_48"]["damped_anomaly"] == 1.0
