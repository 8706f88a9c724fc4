"""Why a challenger was promoted or not, in Korean and in English: the gates that failed and their figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from plantcast.forecasting.evaluation.gates import ChampionFound, Gate

Text = tuple[str, str]  # Korean, English

_BASELINES: Final[Mapping[str, Text]] = {
    "persistence": ("지속성(어제 같은 시각)", "persistence"),
    "climatology": ("기후값", "climatology"),
    "damped_anomaly": ("평년 편차", "damped anomaly"),
}
_BLOCKS: Final[Mapping[str, Text]] = {
    "baseline_leads_1_24": ("1–24시간 앞", "1–24 h ahead"),
    "baseline_leads_25_48": ("25–48시간 앞", "25–48 h ahead"),
}


def reason(scores: Mapping[str, Any], champion: ChampionFound, gates: Sequence[Gate]) -> Text:
    """Return the reason of a decision: each failed gate as text, or what the challenger was better than."""
    failed = [gate for gate in gates if not gate.passed]
    versus = _versus(scores, gates)
    if not failed:
        head = _promoted(champion, gates)
        return f"{head[0]}: {versus[0]}", f"{head[1]}: {versus[1]}"
    if (missing := _no_score(scores, gates)) is not None:
        return f"{missing[0]} 승격하지 않음", f"not promoted: {missing[1]}"
    texts = [_failed(gate) for gate in failed]
    ko, en = ("; ".join(text[language] for text in texts) for language in (0, 1))
    return f"{ko} – 승격하지 않음: {versus[0]}", f"not promoted, {en}: {versus[1]}"


def _promoted(champion: ChampionFound, gates: Sequence[Gate]) -> Text:
    note = next(gate.note for gate in gates if gate.name == "champion")
    if note is None:
        return "승격", "promoted"
    if note == "none":
        return "첫 모델로 승격", "promoted as the first model"
    if note == "lost":
        return (
            f"운영 포인터가 사라져(마지막 승격: {champion.version}) 기준 예보와만 비교해 새로 승격",
            "promoted anew on the baselines alone, the production pointer was lost "
            f"(last promoted: {champion.version})",
        )
    problem = champion.problem or "it has no score on these hours"
    return (
        f"운영 모델을 채점할 수 없어({problem}) 기준 예보와만 비교해 승격",
        f"promoted on the baselines alone, the champion could not be scored ({problem})",
    )


def _no_score(scores: Mapping[str, Any], gates: Sequence[Gate]) -> Text | None:
    overall = gates[0]
    if overall.value is None:
        if not scores.get("pairs", 1):
            return (
                "채점할 시간이 하나도 없어(관측 없음)",
                "the challenger has no score: there is no hour to score it on",
            )
        return "후보 모델의 점수가 없어", "the challenger has no score"
    if overall.limit is None:
        return "비교할 기준 예보의 점수가 없어", "no baseline has a score to compare with"
    return None


def _failed(gate: Gate) -> Text:
    kind = "baseline_block" if gate.name in _BLOCKS else gate.name
    if gate.note == "no_score":
        return f"{gate.name} 점수 없음", f"there is no score for {gate.name}"
    return _FAILED[kind](gate)


def _baseline(gate: Gate) -> Text:
    return "기준 예보보다 낫지 않음", "no better than the best baseline"


def _baseline_block(gate: Gate) -> Text:
    (where_ko, where_en), (name_ko, name_en) = _BLOCKS[gate.name], _baseline_name(gate)
    return (
        f"{where_ko} RMSE {gate.value:.3f}, 기준 예보({name_ko}) 대비 한계 {gate.limit:.3f} 초과",
        f"worse than the best baseline ({name_en}) {where_en}: RMSE {gate.value:.3f} over {gate.limit:.3f}",
    )


def _champion(gate: Gate) -> Text:
    if gate.note == "newer":
        return (
            "운영 모델이 더 나중의 관측까지 학습해 같은 시간으로 비교할 수 없음",
            "the champion rests on later observations and has seen these hours",
        )
    return (
        f"운영 모델보다 나쁨(한계 RMSE {gate.limit:.3f} 초과)",
        f"worse than the champion by more than the tolerance (RMSE limit {gate.limit:.3f})",
    )


def _benchmark(gate: Gate) -> Text:
    return (
        f"비교 모델 {gate.reference}보다 나쁨(한계 RMSE {gate.limit:.3f} 초과)",
        f"worse than the benchmark {gate.reference} by more than the tolerance (RMSE limit {gate.limit:.3f})",
    )


def _coverage(gate: Gate) -> Text:
    return (
        f"80 % 구간 적중률 {gate.value:.3f}, 허용 {gate.minimum:.3f}–{gate.limit:.3f} 밖",
        f"coverage of the 80 % range {gate.value:.3f} is outside {gate.minimum:.3f}–{gate.limit:.3f}",
    )


def _bias(gate: Gate) -> Text:
    return (
        f"편향 {gate.value:+.3f}, 한계 ±{gate.limit:.3f} 초과",
        f"bias {gate.value:+.3f} is over ±{gate.limit:.3f}",
    )


_FAILED: Final[Mapping[str, Callable[[Gate], Text]]] = {
    "baseline_leads_1_48": _baseline,
    "baseline_block": _baseline_block,
    "champion": _champion,
    "benchmark": _benchmark,
    "coverage_80": _coverage,
    "bias": _bias,
}


def _versus(scores: Mapping[str, Any], gates: Sequence[Gate]) -> Text:
    overall = gates[0]
    if overall.value is None or overall.limit is None:
        return "", ""
    name_ko, name_en = _baseline_name(overall)
    ko = f"RMSE {overall.value:.3f}, 가장 좋은 기준 예보({name_ko}) {overall.limit:.3f}"
    en = f"RMSE {overall.value:.3f}, best baseline ({name_en}) {overall.limit:.3f}"
    champion = scores[overall.name.removeprefix("baseline_")].get("champion")
    if isinstance(champion, int | float) and math.isfinite(champion):
        return f"{ko}, 운영 모델 {champion:.3f}", f"{en}, champion {champion:.3f}"
    return ko, en


def _baseline_name(gate: Gate) -> Text:
    name = gate.reference or ""
    return _BASELINES.get(name, (name, name))
