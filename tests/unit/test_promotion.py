"""The promotion matrix: what goes into production, and that the reason says why in both languages."""

from __future__ import annotations

import math

import pytest

from plantcast.forecasting.promotion import CHAMPION_TOLERANCE, decide

BASELINES = {"persistence": 3.0, "climatology": 4.0, "damped_anomaly": 2.5}
NAN = math.nan


@pytest.mark.parametrize(
    ("case", "champion", "challenger", "promoted", "said"),
    [
        ("first model, better than every baseline", None, 2.4, True, "first model"),
        ("first model, equal to the best baseline", None, 2.5, False, "no better"),
        ("first model, worse than the best baseline", None, 2.6, False, "no better"),
        ("better than the champion", 2.3, 2.2, True, "promoted: "),
        ("equal to the champion", 2.3, 2.3, True, "promoted: "),
        ("worse within the tolerance", 2.3, 2.3 * (1 + CHAMPION_TOLERANCE) - 1e-9, True, "promoted: "),
        ("worse beyond the tolerance", 2.3, 2.36, False, "worse than the champion"),
        ("better than a champion that lost its skill, yet no baseline's equal", 3.5, 2.9, False, "no better"),
        ("missing score", 2.3, None, False, "no score"),
        ("NaN score", 2.3, NAN, False, "no score"),
        ("infinite score", 2.3, math.inf, False, "no score"),
        ("champion without a score", NAN, 2.4, True, "baselines alone"),
    ],
)
def test_promotion_matrix(
    case: str, champion: float | None, challenger: float | None, promoted: bool, said: str
) -> None:
    decision = decide(champion, challenger, BASELINES)

    assert decision.promote is promoted, case
    assert said in decision.reason_en
    assert decision.reason_ko


def test_an_unreadable_champion_leaves_the_baselines_to_compare_with_and_is_named() -> None:
    decision = decide(None, 2.4, BASELINES, champion_problem="metadata.json is not JSON.")

    assert decision.promote
    assert "metadata.json is not JSON" in decision.reason_en
    assert "metadata.json is not JSON" in decision.reason_ko


def test_the_reason_gives_the_numbers_it_rests_on() -> None:
    decision = decide(2.3, 2.2, BASELINES)

    for number in ("2.200", "2.300", "2.500"):
        assert number in decision.reason_en
        assert number in decision.reason_ko
    assert "damped anomaly" in decision.reason_en


@pytest.mark.parametrize("baselines", [{}, {"persistence": None}, {"persistence": NAN}])
def test_without_a_baseline_nothing_is_promoted(baselines: dict[str, float | None]) -> None:
    assert not decide(None, 0.1, baselines).promote


def test_a_baseline_without_a_score_is_left_out() -> None:
    assert decide(None, 2.9, {"persistence": 3.0, "damped_anomaly": NAN}).promote
