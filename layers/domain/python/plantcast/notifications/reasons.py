"""Texts of why a forecast or a run is degraded, or guidance not used: the codes of `degraded_reasons`, of
`guidance_reasons` and of a run's reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_TEXTS: Final = {
    "hindcast": (
        "지난 날짜를 나중에 다시 계산한 값으로, 발표한 예보가 아니에요.",
        "Computed after the fact for a past day; it was never issued.",
    ),
    "observations_incomplete": ("관측이 일부 빠져 있어요.", "Some observations are missing."),
    "stale_observations": (
        "최신 관측이 아직 들어오지 않았어요.",
        "The newest observations have not arrived yet.",
    ),
    "guidance_refused": (
        "발표된 예보나 오늘 관측을 받는 인증키가 거부되었어요.",
        "The key for published forecasts or today's observations was refused.",
    ),
    "guidance_unavailable": (
        "발표된 예보나 오늘 관측을 제공하는 서비스에 연결하지 못했어요.",
        "The service of published forecasts or of today's observations could not be reached or understood.",
    ),
    "guidance_quota": (
        "발표된 예보나 오늘 관측의 하루 요청 한도를 다 썼어요.",
        "The day's quota for published forecasts or today's observations is used up.",
    ),
    "guidance_late": (
        "12시간 안에 발표된 예보가 없어요.",
        "No forecast was published within the last 12 hours.",
    ),
    "guidance_partial": (
        "발표된 예보에 빠진 시간이 있어, 그 시간은 이 지점의 모델로만 예보했어요.",
        "The published forecast lacks some hours; those rest on the station's own model.",
    ),
    "observations_late": (
        "최근 3시간의 관측이 아직 들어오지 않았어요.",
        "The observations of the last three hours have not arrived yet.",
    ),
}
_TEXTS_OF_TARGET: Final = {
    "baseline_only": (
        "{ko} 예보는 학습한 모델 없이 기준 모델로만 만들었어요.",
        "{en} comes from the baseline alone, without a trained model.",
    ),
    "model_unreadable": (
        "저장된 {ko} 모델을 읽지 못했어요.",
        "The stored model for {en} could not be read.",
    ),
    "training_failed": (
        "{ko} 모델을 새로 학습하지 못했어요.",
        "The model for {en} could not be trained anew.",
    ),
    "model_newer_than_origin": (
        "{ko} 모델이 이 날짜보다 나중 자료로 학습되어 쓰지 않았어요.",
        "The model for {en} was trained on later days than this one, so it was not used.",
    ),
}
_TARGETS: Final = {"ta": ("기온", "temperature"), "hm": ("습도", "humidity")}


def reason_texts(reasons: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return one sentence for each reason, in Korean and in English; an unknown code stands for itself."""
    texts = [_texts(reason) for reason in reasons]
    return [ko for ko, _ in texts], [en for _, en in texts]


def _texts(reason: str) -> tuple[str, str]:
    kind, _, target = reason.rpartition("_")
    if kind not in _TEXTS_OF_TARGET or target not in _TARGETS:
        return _TEXTS.get(reason, (reason, reason))
    (ko, en), (name_ko, name_en) = _TEXTS_OF_TARGET[kind], _TARGETS[target]
    sentence = en.format(en=name_en)
    return ko.format(ko=name_ko), sentence[0].upper() + sentence[1:]
