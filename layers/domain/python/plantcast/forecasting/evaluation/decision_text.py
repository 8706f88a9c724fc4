"""Why a challenger was promoted or not, in Korean and in English: the gates that failed and their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from plantcast.forecasting.evaluation.gates import ChampionFound, Gate, is_number

Text = tuple[str, str]  # Korean, English

_BASELINES: Final[Mapping[str, Text]] = {
    "persistence": ("지속성(어제 같은 시각)", "persistence"),
    "climatology": ("기후값", "climatology"),
    "damped_anomaly": ("평년 편차", "damped anomaly"),
}
_BLOCK: Final[Text] = (
    "{hours}시간 앞 RMSE {value:.3f}, 기준 예보({reference}) 대비 한계 {limit:.3f} 초과",
    "worse than the best baseline ({reference}) {hours} h ahead: RMSE {value:.3f} over {limit:.3f}",
)
_FAILED: Final[Mapping[str, Text]] = {
    "baseline_leads_1_48": ("기준 예보보다 낫지 않음", "no better than the best baseline"),
    "baseline_leads_1_24": _BLOCK,
    "baseline_leads_25_48": _BLOCK,
    "champion": (
        "운영 모델보다 나쁨(한계 RMSE {limit:.3f} 초과)",
        "worse than the champion by more than the tolerance (RMSE limit {limit:.3f})",
    ),
    "benchmark": (
        "비교 모델 {reference}보다 나쁨(한계 RMSE {limit:.3f} 초과)",
        "worse than the benchmark {reference} by more than the tolerance (RMSE limit {limit:.3f})",
    ),
    "coverage_80": (
        "80 % 구간 적중률 {value:.3f}, 허용 {minimum:.3f}–{limit:.3f} 밖",
        "coverage of the 80 % range {value:.3f} is outside {minimum:.3f}–{limit:.3f}",
    ),
    "bias": (
        "편향 {value:+.3f}, 한계 ±{limit:.3f} 초과",
        "bias {value:+.3f} is over ±{limit:.3f}",
    ),
}
_NOTES: Final[Mapping[str, Text]] = {
    "no_score": ("{name} 점수 없음", "there is no score for {name}"),
    "newer": (
        "운영 모델이 더 나중의 관측까지 학습해 같은 시간으로 비교할 수 없음",
        "the champion rests on later observations and has seen these hours",
    ),
}


def reason(scores: Mapping[str, Any], champion: ChampionFound, gates: Sequence[Gate]) -> Text:
    """Return the reason of a decision: each failed gate as text, or what the challenger was better than."""
    failed = [gate for gate in gates if not gate.passed]
    versus = _versus(scores, gates[0])
    if not failed:
        head = _promoted(champion, gates)
        return f"{head[0]}: {versus[0]}", f"{head[1]}: {versus[1]}"
    if (missing := _no_score(scores, gates[0])) is not None:
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
    problem = champion.problem or "it has no score on these hours"
    return (
        f"운영 모델을 채점할 수 없어({problem}) 기준 예보와만 비교해 승격",
        f"promoted on the baselines alone, the champion could not be scored ({problem})",
    )


def _no_score(scores: Mapping[str, Any], overall: Gate) -> Text | None:
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
    reference = _BASELINES.get(gate.reference or "", (gate.reference, gate.reference))
    hours = gate.name.removeprefix("baseline_leads_").replace("_", "–")
    figures = gate.model_dump() | {"hours": hours}
    ko, en = _NOTES.get(gate.note or "") or _FAILED[gate.name]
    return (
        ko.format_map(figures | {"reference": reference[0]}),
        en.format_map(figures | {"reference": reference[1]}),
    )


def _versus(scores: Mapping[str, Any], overall: Gate) -> Text:
    if overall.value is None or overall.limit is None:
        return "", ""
    name_ko, name_en = _BASELINES[overall.reference or ""]
    ko = f"RMSE {overall.value:.3f}, 가장 좋은 기준 예보({name_ko}) {overall.limit:.3f}"
    en = f"RMSE {overall.value:.3f}, best baseline ({name_en}) {overall.limit:.3f}"
    champion = scores["leads_1_48"].get("champion")
    if is_number(champion):
        return f"{ko}, 운영 모델 {champion:.3f}", f"{en}, champion {champion:.3f}"
    return ko, en
