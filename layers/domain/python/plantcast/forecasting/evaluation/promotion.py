"""Promotion: whether a challenger goes into production, from recorded scores, with the reason as text.

All scores of one decision are of the same hours, which neither the champion's nor the challenger's
evaluation model has seen. Every gate is a check with its figures; one that fails keeps the challenger out.
Plain Python: what was decided can be decided again from the record alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from plantcast.forecasting.evaluation import decision_text
from plantcast.forecasting.evaluation.gates import ChampionFound, Gate, is_number, known

BASELINES: Final = ("persistence", "climatology", "damped_anomaly")
OVERALL: Final = "leads_1_48"
# How much worse than the best baseline a challenger may be in one of the two days ahead, when it beats it
# over both: the design's promise for little history. A sound model was worse than this by the luck of the
# weather in 1 of 20 spans of 28 days (230 spans, Seoul, 2020 and 2021).
BLOCK_TOLERANCE: Final = 0.02
BLOCKS: Final = ("leads_1_24", "leads_25_48")
# How much worse than the champion a challenger may score and still replace it: on 28 days the RMSE of two
# equally good models differs by about this much, and the challenger knows the newer weather. It may be worse
# than the benchmark by no more either: against the champion alone, 2 % a night would add up.
CHAMPION_TOLERANCE: Final = 0.02
# The 80 % range of a sound model had 66 % to 94 % of the truths in 95 of 100 spans of 28 days (trained on
# Seoul 2017-2019, 230 spans of 2020 and 2021, standard deviation 0.06): hours of one weather are hit or
# missed together. An odd month may still fall outside; the champion then serves until it has passed out of
# the days held out.
NOMINAL_COVERAGE: Final = 0.80
COVERAGE_BELOW: Final = 0.15
COVERAGE_ABOVE: Final = 0.15
# The same spans' standard deviation grew by 1.64 to 1.83 from 28 days to 7: less than the square root of
# independent days, since a part of it is season and not sampling.
FULL_HOLDOUT_DAYS: Final = 28.0
_WIDENING: Final = 0.4
# Bias by RMSE. A sound model's was over 0.50 (temperature) and 0.59 (humidity) in 1 of 20 of those spans,
# over 0.65 in 1 of 100. At 0.7 half of the mean square error is one constant: that is not the weather.
BIAS_SHARE: Final = 0.7


@dataclass(frozen=True)
class Decision:
    """Whether to promote, every gate with its figures, and why, in Korean and English."""

    promote: bool
    gates: tuple[Gate, ...]
    reason_ko: str
    reason_en: str


def decide(scores: Mapping[str, Any], champion: ChampionFound) -> Decision:
    """Decide from the scores of the same unseen hours.

    Args:
        scores: as `evaluate` records them (docs/contracts.md): `leads_1_48`, `leads_1_24` and `leads_25_48`
            with RMSE of `challenger`, `champion`, `benchmark` (if it is another version than the champion)
            and each of `BASELINES`; `bias`, `coverage_80`, `days`. None and NaN are scores that are missing.
        champion: what is in production.
    """
    gates = tuple(_gates(scores, champion))
    reason_ko, reason_en = decision_text.reason(scores, champion, gates)
    return Decision(all(gate.passed for gate in gates), gates, reason_ko, reason_en)


def benchmark_after(scores: Mapping[str, Any], challenger: str, champion: ChampionFound) -> str:
    """Return the version that is the benchmark once `challenger` is promoted on `scores`.

    It is the best of challenger, champion and benchmark on these hours; the challenger if none is better.
    So a version promoted within the tolerance never becomes what the next tolerance counts against.
    """
    block = _block(scores, OVERALL)
    versions = {"challenger": challenger, "champion": champion.version, "benchmark": champion.benchmark}
    scored = {name: version for name, version in versions.items() if version and is_number(block.get(name))}
    return scored[min(scored, key=lambda name: float(block[name]))]


def best_baseline(block: Mapping[str, Any]) -> tuple[str, float] | None:
    """Return name and RMSE of the baseline with the smallest; None when none has a score."""
    known = {name: float(block[name]) for name in BASELINES if is_number(block.get(name))}
    return min(known.items(), key=lambda entry: (entry[1], entry[0])) if known else None


def coverage_band(days: float | None) -> tuple[float, float]:
    """Return the least and the greatest coverage of the 80 % range that passes, on so many days scored."""
    fewer = min(days, FULL_HOLDOUT_DAYS) if is_number(days) and days > 0 else FULL_HOLDOUT_DAYS
    wider = (FULL_HOLDOUT_DAYS / fewer) ** _WIDENING
    low, high = NOMINAL_COVERAGE - COVERAGE_BELOW * wider, NOMINAL_COVERAGE + COVERAGE_ABOVE * wider
    return round(max(low, 0.0), 4), round(min(high, 1.0), 4)


def _gates(scores: Mapping[str, Any], champion: ChampionFound) -> Iterator[Gate]:
    for name in (OVERALL, *BLOCKS):
        block = _block(scores, name)
        best = best_baseline(block)
        slack = 0.0 if name == OVERALL else BLOCK_TOLERANCE
        yield Gate.check(
            f"baseline_{name}",
            block.get("challenger"),
            None if best is None else _rounded(best[1] * (1 + slack)),
            reference=None if best is None else best[0],
            strict=name == OVERALL,
        )
    yield _champion_gate(_block(scores, OVERALL), champion)
    if champion.benchmark is not None:
        yield _benchmark_gate(_block(scores, OVERALL), champion.benchmark)
    low, high = coverage_band(scores.get("days"))
    yield Gate.check("coverage_80", scores.get("coverage_80"), high, minimum=low)
    rmse = known(_block(scores, OVERALL).get("challenger"))
    most = None if rmse is None else _rounded(BIAS_SHARE * rmse)
    yield Gate.check("bias", scores.get("bias"), most, minimum=None if most is None else -most)


def _champion_gate(block: Mapping[str, Any], champion: ChampionFound) -> Gate:
    value, own = known(block.get("challenger")), known(block.get("champion"))
    if champion.state == "scored" and own is not None:
        limit = _rounded(own * (1 + CHAMPION_TOLERANCE))
        return Gate.check("champion", value, limit, reference=champion.version)
    # With no champion to compare with, the baselines decide. One that has seen the hours must not be
    # compared with, and must not be replaced by a challenger trained on less.
    state = "unreadable" if champion.state == "scored" else champion.state
    passed = state != "newer" and value is not None
    note = state if value is not None else "no_score"
    return Gate.of("champion", passed, value, None, reference=champion.version, note=note)


def _benchmark_gate(block: Mapping[str, Any], version: str) -> Gate:
    value, own = known(block.get("challenger")), known(block.get("benchmark"))
    if own is not None:
        return Gate.check("benchmark", value, _rounded(own * (1 + CHAMPION_TOLERANCE)), reference=version)
    # Deleted or damaged: the champion is then all there is to compare with.
    note = "no_score" if value is None else "benchmark_unreadable"
    return Gate.of("benchmark", value is not None, value, None, reference=version, note=note)


def _block(scores: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    block = scores.get(name)
    return block if isinstance(block, Mapping) else {}


def _rounded(value: float) -> float:
    """Round as scores are recorded, so that a gate checks the figures that it shows."""
    return round(value, 4)
