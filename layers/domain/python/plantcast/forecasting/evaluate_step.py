"""The step `evaluate`: champion and challenger on the same unseen hours; the pointer moves on evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pandas as pd

from plantcast.clock import Clock, iso_hour
from plantcast.errors import ConflictError, CorruptDataError, NotFoundError
from plantcast.forecasting import Target
from plantcast.forecasting.backtest import ScoredPairs
from plantcast.forecasting.dataset import BASELINES
from plantcast.forecasting.events import finite
from plantcast.forecasting.feature_store import read_features
from plantcast.forecasting.metrics import DAYS, bias, coverage
from plantcast.forecasting.model import FittedModel
from plantcast.forecasting.promotion import Decision, decide
from plantcast.forecasting.train_step import holdout_start
from plantcast.registry import ModelRegistry, Pointer
from plantcast.storage import ObjectStore

_ATTEMPTS: Final = 3  # two runs of a target at once are rare; a third change in a row is a fault


@dataclass(frozen=True)
class _Champion:
    """The pointer as it was read, and what is wrong with it or with the version it names."""

    pointer: Pointer | None
    scored: ScoredPairs | None = None
    problem: str | None = None
    corrupt_pointer: bool = False
    newer: bool = False


@dataclass(frozen=True)
class EvaluateStep:
    """Scores challengers and promotes them."""

    store: ObjectStore
    registry: ModelRegistry
    clock: Clock

    def run(
        self, run_id: str, station: str, target: Target, version: str, features_key: str, origin: datetime
    ) -> dict[str, Any]:
        """Decide on one challenger; return the facts. Repeating it after a promotion changes nothing.

        Raises:
            NotFoundError: there is no such version or there are no such features.
            CorruptDataError: the challenger or the features cannot be read.
            ConflictError: the pointer kept changing while this decided.
        """
        frame = read_features(self.store, features_key, origin)
        start = holdout_start(self.registry.metadata(station, target, version))
        challenger = self._score(station, target, version, frame, start)
        for attempt in range(1, _ATTEMPTS + 1):
            champion = self._champion(station, target, version, frame, start)
            pointer = champion.pointer
            scores = _scores(challenger, champion.scored, start, origin)
            if pointer is not None and pointer.version == version:
                decision = Decision(True, pointer.reason_ko, pointer.reason_en)
                return _facts(station, target, version, decision, scores)
            decision = _decision(challenger, champion)
            if not decision.promote:
                break
            wanted = Pointer(
                version, self.clock.now(), run_id, decision.reason_ko, decision.reason_en, scores=scores
            )
            try:
                if champion.corrupt_pointer:
                    self.registry.replace_corrupt(station, target, wanted)
                else:
                    self.registry.promote(station, target, wanted, expected=pointer)
                break
            except ConflictError:
                if attempt == _ATTEMPTS:
                    raise
        facts = _facts(station, target, version, decision, scores)
        self.registry.record_decision(station, target, version, facts | {"run_id": run_id})
        return facts

    def _score(
        self, station: str, target: Target, version: str, frame: pd.DataFrame, start: datetime
    ) -> ScoredPairs:
        model = FittedModel.from_files(
            self.registry.load_version(station, target, version, folder="evaluation")
        )
        return ScoredPairs.of(model, frame, start, frame.index[-1].to_pydatetime())

    def _champion(
        self, station: str, target: Target, challenger: str, frame: pd.DataFrame, start: datetime
    ) -> _Champion:
        try:
            pointer = self.registry.pointer(station, target)
        except CorruptDataError as error:
            return _Champion(None, problem=error.message, corrupt_pointer=True)
        if pointer is None or pointer.version == challenger:
            return _Champion(pointer)
        try:
            seen_until = holdout_start(self.registry.metadata(station, target, pointer.version))
            if seen_until > start:
                return _Champion(pointer, newer=True)
            return _Champion(pointer, self._score(station, target, pointer.version, frame, start))
        except (CorruptDataError, NotFoundError) as error:
            return _Champion(pointer, problem=error.message)


def _decision(challenger: ScoredPairs, champion: _Champion) -> Decision:
    if champion.newer:
        return Decision(
            False,
            "챔피언이 더 나중의 관측까지 학습해 같은 시간으로 비교할 수 없으므로 승격하지 않음",
            "not promoted: the champion rests on later observations and has seen these hours",
        )
    return decide(
        None if champion.scored is None else champion.scored.rmse("model"),
        challenger.rmse("model"),
        {name: challenger.rmse(name) for name in BASELINES},
        champion_problem=champion.problem,
    )


def _scores(
    challenger: ScoredPairs, champion: ScoredPairs | None, start: datetime, origin: datetime
) -> dict[str, Any]:
    """Return RMSE of everything over all leads and by day ahead; None where there is no score."""
    blocks = {"leads_1_48": (1, 48), **DAYS}
    scores: dict[str, Any] = {"from": iso_hour(start), "to": iso_hour(origin), "pairs": len(challenger.truth)}
    for block, leads in blocks.items():
        scores[block] = {
            "challenger": challenger.rmse("model", *leads),
            "champion": None if champion is None else champion.rmse("model", *leads),
            **{name: challenger.rmse(name, *leads) for name in BASELINES},
        }
    forecasts = challenger.forecasts
    scores["bias"] = bias(forecasts["model"], challenger.truth)
    scores["coverage_80"] = coverage(forecasts["p10"], forecasts["p90"], challenger.truth)
    result: dict[str, Any] = finite(scores)
    return result


def _facts(
    station: str, target: Target, version: str, decision: Decision, scores: dict[str, Any]
) -> dict[str, Any]:
    return {
        "station": station,
        "target": target,
        "version": version,
        "promoted": decision.promote,
        "reason_ko": decision.reason_ko,
        "reason_en": decision.reason_en,
        "scores": scores,
    }
