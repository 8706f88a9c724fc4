"""The smooth members of a model: the linear part, the networks on its errors, and how wide ranges must be.

All of them see an origin and give all 48 leads at once, so a whole history is forecast in one go.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, ParamSpec, TypeVar

import numpy as np
import pandas as pd
from threadpoolctl import ThreadpoolController

from plantcast.common.clock import HOUR
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import LEADS
from plantcast.forecasting.features.anomalies import Inputs
from plantcast.forecasting.features.pairs import Dataset, Matrix
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import Ints
from plantcast.forecasting.models.network import Network, NetworkParameters, train_networks
from plantcast.forecasting.models.ridge import STRENGTHS, Linear, fit_linear
from plantcast.forecasting.models.spread import LOOKBACK, Spread

# In training, a truth missing for a few hours takes the error of the lead on either side: without that, one
# missing value would cost 48 origins.
_BRIDGED: Final = 6
_LEAST_ROWS: Final = 5 * 24  # a day for each fold of the cross-validation
_HOURS_BACK: Final = LOOKBACK // HOUR
P = ParamSpec("P")
R = TypeVar("R")


@functools.cache
def _thread_pools() -> ThreadpoolController:
    return ThreadpoolController()  # looks through the libraries loaded: once is enough


def _on_one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Keep linear algebra on one thread.

    Its threads wait for each other by spinning: beside another process a fit on 110 days took 40 s instead
    of 3. And sums split among threads differ in the last bits from machine to machine.
    """

    @functools.wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with _thread_pools().limit(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited


@dataclass(frozen=True)
class Hindcast:
    """What the smooth members forecast from each origin, in the target's unit.

    `linear` and `network` are added to the damped anomaly, [hours, 48]; `factors` stretch ranges, [hours,
    blocks]. One row for each hour from `first` on, a position in the frame; hours not requested
    may be NaN. `season` is the usual size of errors at each hour over its mean, [hours + 48, blocks].
    """

    first: int
    linear: Floats
    network: Floats
    factors: Floats
    season: Floats


@dataclass(frozen=True)
class SmoothMembers:
    """The fitted members of one target."""

    inputs: Inputs
    linear: Linear
    networks: tuple[Network, ...]
    spread: Spread

    @classmethod
    @_on_one_thread
    def fit(
        cls,
        dataset: Dataset,
        until: int,
        parameters: NetworkParameters,
        seed: int,
        strengths: Sequence[float] = STRENGTHS,
    ) -> tuple[SmoothMembers, Floats]:
        """Fit on the pairs of the dataset whose valid time is before the position `until`.

        Returns the members and the strength of the ridge for each block of leads, one of `strengths`.

        Raises:
            InvalidInputError: too few hours are followed by 48 known ones.
        """
        table, terms, clock = dataset.origins_table, dataset.terms, dataset.clock
        inputs = Inputs.fit(table[:until], terms[:until])
        values = inputs.apply(table[:until], terms[:until])
        labels = _bridged(_labels(dataset, 0, until))
        rows = np.flatnonzero(~np.isnan(labels).any(axis=1)).astype(np.int64)
        if len(rows) < _LEAST_ROWS:
            raise InvalidInputError(
                f"Only {len(rows)} hours of {dataset.references.target} are followed by 48 hours without a "
                f"gap of more than {2 * _BRIDGED}; training needs {_LEAST_ROWS}.",
                remedy="Backfill what is missing, or let the baselines forecast until there is more.",
            )
        known = labels[rows]
        fitted = fit_linear(values[rows], terms[rows], clock[rows], known, rows, strengths)
        left = (known - fitted.unseen).astype(np.float32)
        networks = train_networks(_with_clock(values[rows], clock[rows]), left, parameters, seed)
        seen, unseen = np.full((2, until, LEADS), np.nan)
        seen[rows] = known - fitted.linear.predict(values[rows], terms[rows], clock[rows])
        unseen[rows] = known - fitted.unseen
        spread = Spread.fit(seen, unseen, terms[:until])
        return cls(inputs, fitted.linear, tuple(networks), spread), fitted.strengths

    @_on_one_thread
    def hindcast(self, dataset: Dataset, origins: Ints, seen_until: int) -> Hindcast:
        """Forecast from origins; hours from `seen_until` on were not fitted on (both positions)."""
        first, last = max(0, int(origins.min()) - _HOURS_BACK), int(origins.max()) + 1
        terms, clock = dataset.terms[first:last], dataset.clock[first:last]
        values = self.inputs.apply(dataset.origins_table[first:last], terms)
        linear = self.linear.predict(values, terms, clock)
        factors = self.spread.factors(_labels(dataset, first, last) - linear, terms, seen_until - first)
        requested = np.unique(origins) - first
        with_clock = _with_clock(values[requested], clock[requested])
        network = np.full_like(linear, np.nan)
        bends = np.mean([part.predict(with_clock) for part in self.networks], axis=0)
        network[requested] = linear[requested] + bends
        scale = dataset.references.damped.scale
        season = self.spread.season(dataset.terms[first : last + LEADS])
        return Hindcast(first, linear * scale, network * scale, factors, season)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` takes."""
        return {
            "inputs": self.inputs.to_json(),
            "linear": self.linear.to_json(),
            "networks": [network.to_json() for network in self.networks],
            "spread": self.spread.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SmoothMembers:
        """Restore from `to_json`."""
        return cls(
            Inputs.from_json(data["inputs"]),
            Linear.from_json(data["linear"]),
            tuple(Network.from_json(network) for network in data["networks"]),
            Spread.from_json(data["spread"]),
        )


def _labels(dataset: Dataset, first: int, until: int) -> Floats:
    """Return the damped anomaly's errors over their usual size, [until - first, 48]; NaN: not known."""
    leads: Ints = np.arange(1, LEADS + 1)
    origins = np.arange(first, until, dtype=np.int64)[:, None]
    truth = np.where(origins + leads < until, dataset.truth(origins, leads), np.nan)
    errors = (truth - dataset.damped_anomaly(origins, leads)) / dataset.references.damped.scale
    errors[~dataset.observed[first:until]] = np.nan
    return np.asarray(errors)


def _bridged(labels: Floats) -> Floats:
    gaps = pd.DataFrame(labels)
    return gaps.ffill(axis=1, limit=_BRIDGED).bfill(axis=1, limit=_BRIDGED).to_numpy(np.float64)


def _with_clock(values: Matrix, clock: Floats) -> Matrix:
    return np.hstack([values, clock[:, :4].astype(np.float32)])
