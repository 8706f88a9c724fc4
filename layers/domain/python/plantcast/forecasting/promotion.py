"""Promotion: whether a challenger goes into production, decided from scores alone and said in words.

All scores of one decision are RMSE over the same hours, which neither the champion's nor the challenger's
evaluation model has seen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeGuard

# How much worse than the champion a challenger may score and still replace it: on 28 days the RMSE of two
# equally good models differs by about this much, and the challenger knows the newer weather.
CHAMPION_TOLERANCE: Final = 0.02

_NAMES_KO: Final[Mapping[str, str]] = {
    "persistence": "지속성(어제 같은 시각)",
    "climatology": "기후값",
    "damped_anomaly": "감쇠 편차",
}
_NAMES_EN: Final[Mapping[str, str]] = {
    "persistence": "persistence",
    "climatology": "climatology",
    "damped_anomaly": "damped anomaly",
}


@dataclass(frozen=True)
class Decision:
    """Whether to promote, and why, in Korean and English."""

    promote: bool
    reason_ko: str
    reason_en: str


def decide(
    champion: float | None,
    challenger: float | None,
    baselines: Mapping[str, float | None],
    *,
    champion_problem: str | None = None,
    tolerance: float = CHAMPION_TOLERANCE,
) -> Decision:
    """Decide from RMSE values of the same unseen hours.

    Args:
        champion: the champion's; None: there is none, or it could not be scored (then say why in
            `champion_problem`). NaN: it has no score on these hours, treated as not scored.
        challenger: the challenger's; None or NaN: it never goes into production.
        baselines: each baseline's; at least one must be a number.
        champion_problem: why an existing champion has no score, in English, for the reason.
        tolerance: relative amount by which the challenger may be worse than the champion.
    """
    known = {name: value for name, value in baselines.items() if _is_number(value)}
    if not _is_number(challenger):
        return Decision(
            False,
            "챌린저의 점수가 없어 승격하지 않음",
            "not promoted: the challenger has no score",
        )
    if not known:
        return Decision(
            False,
            "비교할 기준 예보의 점수가 없어 승격하지 않음",
            "not promoted: no baseline has a score to compare with",
        )
    best = min(known, key=lambda name: (known[name], name))
    name_ko, name_en = _NAMES_KO.get(best, best), _NAMES_EN.get(best, best)
    versus_ko = f"RMSE {challenger:.3f}, 가장 좋은 기준 예보({name_ko}) {known[best]:.3f}"
    versus_en = f"RMSE {challenger:.3f}, best baseline ({name_en}) {known[best]:.3f}"
    if not challenger < known[best]:
        return Decision(
            False,
            f"기준 예보보다 낫지 않아 승격하지 않음: {versus_ko}",
            f"not promoted, no better than the best baseline: {versus_en}",
        )
    if not _is_number(champion):
        if champion_problem is None and champion is None:
            return Decision(True, f"첫 모델로 승격: {versus_ko}", f"promoted as the first model: {versus_en}")
        problem = champion_problem or "it has no score on these hours"
        return Decision(
            True,
            f"챔피언을 채점할 수 없어({problem}) 기준 예보와만 비교해 승격: {versus_ko}",
            f"promoted on the baselines alone, the champion could not be scored ({problem}): {versus_en}",
        )
    versus_ko += f", 챔피언 {champion:.3f}"
    versus_en += f", champion {champion:.3f}"
    if challenger > champion * (1 + tolerance):
        return Decision(
            False,
            f"챔피언보다 {tolerance:.0%} 넘게 나빠 승격하지 않음: {versus_ko}",
            f"not promoted, worse than the champion by more than {tolerance:.0%}: {versus_en}",
        )
    return Decision(True, f"승격: {versus_ko}", f"promoted: {versus_en}")


def _is_number(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
