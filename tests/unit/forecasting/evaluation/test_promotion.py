"""The promotion matrix: what goes into production, by which gates, and that the reason says why."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantcast.forecasting.evaluation.gates import ChampionFound, Gate
from plantcast.forecasting.evaluation.promotion import (
    BASELINES,
    BIAS_SHARE,
    BLOCK_TOLERANCE,
    CHAMPION_TOLERANCE,
    OVERALL,
    Decision,
    benchmark_after,
    decide,
)

NAN = math.nan
NONE = ChampionFound("none")
SCORED = ChampionFound("scored", "v1")
NAMES = [
    "baseline_leads_1_48",
    "baseline_leads_1_24",
    "baseline_leads_25_48",
    "champion",
    "coverage_80",
    "bias",
]


def block(challenger: float | None, champion: float | None = None) -> dict[str, float | None]:
    baselines = {"persistence": 3.0, "climatology": 4.0, "damped_anomaly": 2.5}
    return {"challenger": challenger, "champion": champion, **baselines}


def scores(challenger: float | None, champion: float | None = None, **changes: Any) -> dict[str, Any]:
    """Scores of 28 days, alike in both days ahead, with a sound range and hardly a bias."""
    same = {name: block(challenger, champion) for name in (OVERALL, "leads_1_24", "leads_25_48")}
    return {**same, "pairs": 32_256, "days": 28.0, "bias": 0.1, "coverage_80": 0.8, **changes}


def gate(decision: Decision, name: str) -> Gate:
    return {one.name: one for one in decision.gates}[name]


def failed(decision: Decision) -> list[str]:
    return [one.name for one in decision.gates if not one.passed]


@pytest.mark.parametrize(
    ("case", "champion", "challenger", "promoted", "message"),
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
    case: str, champion: float | None, challenger: float | None, promoted: bool, message: str
) -> None:
    decision = decide(scores(challenger, champion), NONE if champion is None else SCORED)

    assert decision.promote is promoted, case
    assert message in decision.reason_en
    assert decision.reason_ko
    assert [one.name for one in decision.gates] == NAMES


@pytest.mark.parametrize(
    ("champion", "promoted", "said_en", "said_ko"),
    [
        (ChampionFound("none"), True, "as the first model", "첫 모델"),
        (ChampionFound("unreadable", "v1", "metadata.json is not JSON."), True, "is not JSON", "is not JSON"),
        (ChampionFound("newer", "v9"), False, "has seen these hours", "나중의 관측"),
    ],
)
def test_a_champion_that_cannot_be_compared_with_is_told_apart(
    champion: ChampionFound, promoted: bool, said_en: str, said_ko: str
) -> None:
    decision = decide(scores(2.4), champion)

    assert decision.promote is promoted
    assert said_en in decision.reason_en
    assert said_ko in decision.reason_ko
    assert gate(decision, "champion").note == champion.state
    assert gate(decision, "champion").limit is None
    assert failed(decision) == ([] if promoted else ["champion"])


@pytest.mark.parametrize(("name", "ahead"), [("leads_1_24", "1–24"), ("leads_25_48", "25–48")])
def test_better_over_both_days_and_worse_on_one_than_the_best_baseline_is_not_enough(
    name: str, ahead: str
) -> None:
    within = decide(scores(2.4, **{name: block(2.5 * (1 + BLOCK_TOLERANCE))}), NONE)
    beyond = decide(scores(2.4, **{name: block(2.56)}), NONE)

    assert within.promote
    assert failed(beyond) == [f"baseline_{name}"]
    assert f"(damped anomaly) {ahead} h ahead: RMSE 2.560 over 2.550" in beyond.reason_en
    assert f"{ahead}시간 앞 RMSE 2.560" in beyond.reason_ko
    assert gate(beyond, f"baseline_{name}").reference == "damped_anomaly"


@pytest.mark.parametrize(
    ("coverage", "passed"), [(0.64, False), (0.65, True), (0.8, True), (0.95, True), (0.951, False)]
)
def test_the_80_percent_range_must_hold_about_as_much_as_it_says(coverage: float, passed: bool) -> None:
    decision = decide(scores(2.4, coverage_80=coverage), NONE)

    assert decision.promote is passed
    assert failed(decision) == ([] if passed else ["coverage_80"])
    if not passed:
        assert f"{coverage:.3f} is outside 0.650–0.950" in decision.reason_en
        assert f"{coverage:.3f}, 허용 0.650–0.950 밖" in decision.reason_ko


@pytest.mark.parametrize("sign", [1, -1])
def test_a_bias_that_is_half_of_the_square_error_is_no_weather(sign: int) -> None:
    within = decide(scores(2.0, bias=sign * BIAS_SHARE * 2.0), NONE)
    beyond = decide(scores(2.0, bias=sign * 1.41), NONE)

    assert within.promote
    assert failed(beyond) == ["bias"]
    assert f"bias {sign * 1.41:+.3f} is over ±1.400" in beyond.reason_en
    assert f"편향 {sign * 1.41:+.3f}, 한계 ±1.400" in beyond.reason_ko


def test_every_gate_that_failed_is_named() -> None:
    decision = decide(scores(2.6, 2.0, coverage_80=0.3, bias=2.5), SCORED)

    assert failed(decision) == NAMES
    for words in ("no better", "1–24 h", "25–48 h", "worse than the champion", "coverage", "bias"):
        assert words in decision.reason_en


def test_without_any_hour_to_score_the_reason_says_so() -> None:
    empty: dict[str, Any] = dict.fromkeys(("challenger", "champion", *BASELINES))
    nothing = dict.fromkeys((OVERALL, "leads_1_24", "leads_25_48"), empty)
    decision = decide({**nothing, "pairs": 0, "days": 0.0, "bias": None, "coverage_80": None}, NONE)

    assert failed(decision) == NAMES
    assert "no hour to score" in decision.reason_en
    assert "채점할 시간" in decision.reason_ko


@pytest.mark.parametrize("missing", [None, NAN, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["coverage_80", "bias"])
def test_a_figure_that_is_missing_fails_its_gate_alone(name: str, missing: float | None) -> None:
    decision = decide(scores(2.4, **{name: missing}), NONE)

    assert failed(decision) == [name]
    assert gate(decision, name).note == "no_score"
    assert f"no score for {name}" in decision.reason_en


figures = st.none() | st.floats(allow_nan=True, allow_infinity=True) | st.floats(0.1, 5.0)
blocks = st.fixed_dictionaries(dict.fromkeys(("challenger", "champion", *BASELINES), figures))
recorded = st.fixed_dictionaries(
    {OVERALL: blocks, "leads_1_24": blocks, "leads_25_48": blocks}
    | {"bias": figures, "coverage_80": figures, "days": figures, "pairs": st.integers(0, 9)}
)
states = st.sampled_from(["none", "unreadable", "newer", "scored"])


@given(recorded, states)
def test_whatever_the_scores_promotion_is_every_gate_passed_on_figures_within_their_limits(
    given_scores: dict[str, Any], state: Any
) -> None:
    decision = decide(given_scores, ChampionFound(state, "v1"))

    assert decision.promote is all(one.passed for one in decision.gates)
    assert decision.reason_en.startswith("promoted") is decision.promote
    assert decision.reason_ko
    json.dumps([one.to_json() for one in decision.gates], allow_nan=False)
    for one in decision.gates:
        if one.passed:
            assert one.value is not None
            assert one.limit is None or one.value <= one.limit
            assert one.minimum is None or one.value >= one.minimum


@given(st.lists(st.floats(0.98, 1.02), max_size=12))
def test_whatever_the_nights_production_is_never_worse_than_any_before_it_by_more_than_the_tolerance(
    steps: list[float],
) -> None:
    errors = [1.5 * math.prod(steps[:nights]) for nights in range(len(steps) + 1)]
    served, benchmark = [0], 0  # by the night of its training
    for night in range(1, len(errors)):
        champion = served[-1]
        found = ChampionFound("scored", f"v{champion}", benchmark=f"v{benchmark}")
        overall = block(errors[night], errors[champion]) | {"benchmark": errors[benchmark]}
        recorded_scores = scores(errors[night], errors[champion]) | {OVERALL: overall}
        if decide(recorded_scores, found).promote:
            benchmark = int(benchmark_after(recorded_scores, f"v{night}", found)[1:])
            served.append(night)
        best = min(errors[one] for one in served)
        assert errors[served[-1]] <= best * (1 + CHAMPION_TOLERANCE) + 1e-4  # scores are rounded
