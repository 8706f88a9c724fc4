"""The step `evaluate`: champion and challenger on the same unseen hours; the pointer moves on evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import pandas as pd

from plantcast.aws import ObjectStore
from plantcast.common.clock import Clock
from plantcast.common.errors import ConflictError, CorruptDataError, NotFoundError
from plantcast.common.logging import logger
from plantcast.forecasting import Target
from plantcast.forecasting.evaluation.backtest import ScoredPairs
from plantcast.forecasting.evaluation.gates import ChampionFound
from plantcast.forecasting.evaluation.held_out import held_out_scores
from plantcast.forecasting.evaluation.promotion import Decision, benchmark_after, decide
from plantcast.forecasting.models.ensemble import FittedModel
from plantcast.pipeline.contracts.nightly import EvaluateResult
from plantcast.pipeline.features import read_features
from plantcast.pipeline.train import holdout_start
from plantcast.registry import ModelRegistry, Pointer, prune

VERSIONS_KEPT: Final = 30  # a month of nights: as far back as anyone would roll back
_PROBLEM_LENGTH: Final = 200
_ATTEMPTS: Final = 3  # two runs of a target at once are rare; a third change in a row is a fault


@dataclass(frozen=True)
class _Champion:
    """The pointer as it was read, what was found of its version, and scored pairs: its own, and those of the
    benchmark where that is another version.
    """

    pointer: Pointer | None
    found: ChampionFound
    scored: ScoredPairs | None = None
    benchmark: ScoredPairs | None = None


@dataclass(frozen=True)
class EvaluateStep:
    """Scores challengers, promotes them, and keeps the registry `versions_kept` deep."""

    store: ObjectStore
    registry: ModelRegistry
    clock: Clock
    versions_kept: int = VERSIONS_KEPT

    def run(
        self, run_id: str, station: str, target: Target, version: str, features_key: str, origin: datetime
    ) -> EvaluateResult:
        """Decide on one challenger, then delete versions that are too old.

        Repeating it changes nothing: what this run promoted stays promoted, and is not promoted a second
        time when another version has replaced it since, by a promotion or by a rollback.

        Raises:
            NotFoundError: there is no such version or there are no such features.
            CorruptDataError: the pointer, the challenger or the features cannot be read.
            ConflictError: the pointer kept changing while this decided.
        """
        result = self._done_before(run_id, station, target, version)
        if result is None:
            result = self._evaluate(run_id, station, target, version, features_key, origin)
        self.registry.record_decision(station, target, version, result.to_json() | {"run_id": run_id})
        self._prune(station, target)
        return result

    def _evaluate(
        self, run_id: str, station: str, target: Target, version: str, features_key: str, origin: datetime
    ) -> EvaluateResult:
        frame = read_features(self.store, features_key, origin)
        start = holdout_start(self.registry.metadata(station, target, version))
        challenger = self._score(station, target, version, frame, start)
        for attempt in range(1, _ATTEMPTS + 1):
            champion = self._champion(station, target, frame, start)
            if champion.pointer is not None and champion.pointer.version == version:
                return _of_pointer(station, target, champion.pointer)  # this step ran twice at once
            scores = held_out_scores(challenger, champion.scored, champion.benchmark, start, origin)
            decision = decide(scores, champion.found)
            result = _result(station, target, version, decision, scores)
            if not decision.promote:
                break
            wanted = Pointer(
                version,
                self.clock.now(),
                run_id,
                decision.reason_ko,
                decision.reason_en,
                benchmark=benchmark_after(scores, version, champion.found),
                scores=scores | {"gates": [gate.to_json() for gate in decision.gates]},
            )
            try:
                self.registry.promote(station, target, wanted, expected=champion.pointer)
                break
            except ConflictError:
                if attempt == _ATTEMPTS:
                    raise
        return result

    def _done_before(self, run_id: str, station: str, target: Target, version: str) -> EvaluateResult | None:
        """Return the result of this run's promotion of this version, if it took place; else None."""
        pointer = self.registry.pointer(station, target)
        if pointer is None:
            return None
        if pointer.version == version and pointer.run_id == run_id:
            return _of_pointer(station, target, pointer)
        try:
            recorded = self.registry.decision(station, target, version) or {}
        except CorruptDataError:
            return None  # about to be written again
        if recorded.get("run_id") != run_id:
            return None
        promoted = pointer.version == version or recorded.get("promoted") is True
        return EvaluateResult.model_validate(recorded) if promoted else None

    def _score(
        self, station: str, target: Target, version: str, frame: pd.DataFrame, start: datetime
    ) -> ScoredPairs:
        model = FittedModel.from_files(
            self.registry.load_version(station, target, version, folder="evaluation")
        )
        return ScoredPairs.of(model, frame, start, frame.index[-1].to_pydatetime())

    def _champion(self, station: str, target: Target, frame: pd.DataFrame, start: datetime) -> _Champion:
        pointer = self.registry.pointer(station, target)
        if pointer is None:
            return _Champion(None, ChampionFound("none"))
        named = None if pointer.benchmark == pointer.version else pointer.benchmark
        found = ChampionFound("scored", pointer.version, benchmark=named)
        scored = benchmark = None
        try:
            scored = self._score_unseen(station, target, pointer.version, frame, start)
            if scored is None:
                return _Champion(pointer, ChampionFound("newer", pointer.version))
        except (CorruptDataError, NotFoundError) as error:
            found = replace(found, state="unreadable", problem=_shortened(error.message))
        try:
            if named is not None:
                benchmark = self._score_unseen(station, target, named, frame, start)
        except (CorruptDataError, NotFoundError) as error:
            logger.warning("benchmark_unreadable", station=station, target=target, error=error.message)
        return _Champion(pointer, found, scored, benchmark)

    def _score_unseen(
        self, station: str, target: Target, version: str, frame: pd.DataFrame, start: datetime
    ) -> ScoredPairs | None:
        """Score a version from `start` on, None if it has seen some of these hours."""
        if holdout_start(self.registry.metadata(station, target, version)) > start:
            return None
        return self._score(station, target, version, frame, start)

    def _prune(self, station: str, target: Target) -> None:
        try:
            gone = prune(self.registry, station, target, keep=self.versions_kept)
        except Exception:
            # Whatever the store raises: too many versions do no harm, the next night tries again.
            logger.exception("pruning failed", extra={"station": station, "target": target})
            return
        if gone:
            logger.info("versions pruned", extra={"station": station, "target": target, "versions": gone})


def _shortened(problem: str) -> str:
    """Cut an error that may quote a whole model: a state machine's state has at most 256 KB."""
    return problem if len(problem) <= _PROBLEM_LENGTH else problem[: _PROBLEM_LENGTH - 1] + "…"


def _result(
    station: str, target: Target, version: str, decision: Decision, scores: Mapping[str, Any]
) -> EvaluateResult:
    return EvaluateResult.model_validate(
        {
            "station": station,
            "target": target,
            "version": version,
            "promoted": decision.promote,
            "reason_ko": decision.reason_ko,
            "reason_en": decision.reason_en,
            "scores": scores,
            "gates": [gate.to_json() for gate in decision.gates],
        }
    )


def _of_pointer(station: str, target: Target, pointer: Pointer) -> EvaluateResult:
    scores = dict(pointer.scores)
    return EvaluateResult.model_validate(
        {
            "station": station,
            "target": target,
            "version": pointer.version,
            "promoted": True,
            "reason_ko": pointer.reason_ko,
            "reason_en": pointer.reason_en,
            "gates": scores.pop("gates", []),
            "scores": scores,
        }
    )
