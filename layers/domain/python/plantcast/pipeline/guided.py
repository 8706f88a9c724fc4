"""A station's paths combined with a published forecast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np
import pandas as pd

from plantcast.common.clock import HOUR
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasting.combination import Combined
from plantcast.forecasting.combination_store import StationCombination
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.issued import Forecast, GuidanceUsed
from plantcast.forecasting.models.baselines import Ints
from plantcast.forecasting.path import TargetPath
from plantcast.pipeline.published import Issue

# The newest errors are those of the last three hours observed.
_OBSERVED_HOURS: Final = 24
_SHARE_DECIMALS: Final = 2


@dataclass(frozen=True)
class Guidance:
    """An issue and what was learnt of its source: combines paths from one origin.

    `observed` are hourly rows with both targets, the last of which is the origin.
    """

    issue: Issue
    combination: StationCombination
    observed: pd.DataFrame

    @classmethod
    def at(
        cls, origin: datetime, issue: Issue, learnt: StationCombination | None, frame: pd.DataFrame
    ) -> Guidance:
        """Take the hours up to the origin; what was learnt of later ones, or nothing, becomes the prior."""
        known = learnt is not None and learnt.learnt_to <= origin
        combination = learnt if learnt is not None and known else StationCombination(origin, {})
        hours = pd.date_range(origin - (_OBSERVED_HOURS - 1) * HOUR, origin, freq="h")
        return cls(issue, combination, frame[list(TARGETS)].reindex(hours))

    def path(self, target: Target, model: TargetPath) -> tuple[TargetPath, tuple[float, ...]]:
        """Return the combined path, and the share of the guidance by lead, 0…1."""
        combined, leads = self._combined(target, model)
        shares = np.zeros(LEADS)
        shares[leads - 1] = 1 - combined.weights
        values = []
        for given, found in (
            (model.mean, combined.mean),
            (model.p10, combined.low),
            (model.p90, combined.high),
        ):
            series: Floats = np.array(given)
            series[leads - 1] = found
            values.append(tuple(series.tolist()))
        return TargetPath(*values), tuple(np.round(shares, _SHARE_DECIMALS).tolist())

    def used(self, shares: Mapping[Target, tuple[float, ...]]) -> GuidanceUsed:
        """Return what a forecast records of the issue."""
        return GuidanceUsed(
            source=self.issue.source,
            issued_at=self.issue.issued_at,
            shares=dict(shares),
            **self.published(),
        )

    def published(self) -> dict[str, tuple[float | None, ...]]:
        """Return `ta`, `hm`, `sky` and `pop` as published at leads 1…48, None where there is no value."""
        values = self.issue.values(self.observed.index[-1].to_pydatetime())
        return {
            name: tuple(None if value != value else value for value in values[name].astype(float).tolist())
            for name in ("ta", "hm", "sky", "pop")
        }

    def is_used_by(self, forecast: Forecast) -> bool:
        """Return whether a forecast of this origin uses this issue as it is now."""
        used = forecast.guidance
        if used is None or (used.source, used.issued_at) != (self.issue.source, self.issue.issued_at):
            return False
        return all(getattr(used, name) == values for name, values in self.published().items())

    def applied(self, forecast: Forecast) -> Forecast:
        """Return the forecast with both paths combined."""
        paths, shares = {}, {}
        for target in TARGETS:
            paths[target], shares[target] = self.path(target, forecast.path(target))
        return replace(forecast, ta=paths["ta"], hm=paths["hm"], guidance=self.used(shares))

    def _combined(self, target: Target, model: TargetPath) -> tuple[Combined, Ints]:
        learnt = self.combination.of(self.issue.source, target)
        mean, p10, p90 = (np.array(values) for values in (model.mean, model.p10, model.p90))
        return learnt.combined(
            target,
            (mean, p10, p90),
            self.observed[target],
            self.issue.table,
            pd.Timestamp(self.issue.issued_at),
        )
