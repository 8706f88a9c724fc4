"""What the nightly run learns of published forecasts: correction, weights and scale of the ranges.

The weights need forecasts of the station model as it forecasts the unseen: those of the evaluation model of
the version in production, on days that it was not trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pandas as pd

from plantcast.common.clock import HOUR
from plantcast.common.errors import CorruptDataError, NotFoundError, SchemaVersionError
from plantcast.common.logging import logger
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.combination_store import CombinationStore, StationCombination
from plantcast.forecasting.correction import GuidancePairs
from plantcast.forecasting.evaluation.backtest import ScoredPairs
from plantcast.forecasting.learnt import Learnt, ModelForecasts
from plantcast.forecasting.models.ensemble import FittedModel
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.status import SOURCES, GuidanceSource
from plantcast.pipeline.train import holdout_start
from plantcast.registry import ModelRegistry

# Evidence fades to a fifth within them (`plantcast.forecasting.correction.FADING`).
_LEARNT_FROM: Final = timedelta(days=90)
# As many days as an evaluation model has not seen; every third hour shows the others' errors, too.
_FORECAST_DAYS: Final = timedelta(days=28)
_EVERY: Final = 3


@dataclass(frozen=True)
class LearningStep:
    """Learns from the guidance lake, a run's features and the registry."""

    lake: GuidanceLake
    registry: ModelRegistry
    combinations: CombinationStore

    def run(self, station: str, frame: pd.DataFrame, *, keep: bool) -> StationCombination | None:
        """Return what was learnt up to the frame's last hour; store it if `keep`.

        Where there are no published forecasts, or learning fails, it is what was learnt last, or None:
        a forecast does not depend on it. Faults are logged.
        """
        try:
            learnt = self._learn(station, frame)
            if learnt is not None:
                if keep:
                    self.combinations.write(station, learnt)
                return learnt
        except Exception:  # whatever a damaged object raises
            logger.exception("combination not learnt", extra={"station": station})
        return self.stored(station)

    def stored(self, station: str) -> StationCombination | None:
        """Return what was learnt last; None where that is nothing, or unreadable (it is logged)."""
        try:
            return self.combinations.read(station)
        except (CorruptDataError, SchemaVersionError) as error:
            logger.error("combination_unreadable", station=station, error=str(error))
            return None

    def _learn(self, station: str, frame: pd.DataFrame) -> StationCombination | None:
        origin = frame.index[-1].to_pydatetime()
        first = origin - _LEARNT_FROM
        tables = {source: self.lake.read(source, station, first, origin) for source in SOURCES}
        tables = {source: table for source, table in tables.items() if len(table)}
        if not tables:
            return None
        hours = pd.date_range(first, origin, freq="h")
        sources: dict[GuidanceSource, dict[Target, Learnt]] = {source: {} for source in tables}
        for target in TARGETS:
            truth = frame[target].reindex(hours).to_numpy(float)
            past = self._past_forecasts(station, target, frame, hours)
            for source, table in tables.items():
                pairs = GuidancePairs.of(table, target, hours[0], len(hours))
                sources[source][target] = Learnt.fit(target, truth, pairs, past)
        return StationCombination(origin, sources)

    def _past_forecasts(
        self, station: str, target: Target, frame: pd.DataFrame, hours: pd.DatetimeIndex
    ) -> ModelForecasts:
        """Return forecasts of the newest days by the evaluation model in production, none without one."""
        try:
            pointer = self.registry.pointer(station, target)
            if pointer is None:
                return ModelForecasts.none()
            unseen_from = holdout_start(self.registry.metadata(station, target, pointer.version))
            files = self.registry.load_version(station, target, pointer.version, folder="evaluation")
            model = FittedModel.from_files(files)
        except (CorruptDataError, NotFoundError, SchemaVersionError) as error:
            logger.warning("evaluation_model_unreadable", station=station, target=target, error=str(error))
            return ModelForecasts.none()
        last = hours[-1].to_pydatetime()
        first = max(unseen_from, last + HOUR - _FORECAST_DAYS)
        if first > last:
            return ModelForecasts.none()
        scored = ScoredPairs.of(model, frame, first, last, _EVERY)
        origins = scored.origins + int((frame.index[0] - hours[0]) // pd.Timedelta(HOUR))
        parts = (scored.forecasts[name] for name in ("model", "p10", "p90"))
        return ModelForecasts(origins, scored.leads, *parts)
