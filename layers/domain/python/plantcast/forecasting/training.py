"""Training: what works on the newest days unseen (`tune`), then a fit on everything (`fit`)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import lightgbm as lgb
import numpy as np
import pandas as pd
import scipy

import plantcast
from plantcast.common.clock import iso_hour
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import LEADS, Target
from plantcast.forecasting.evaluation.metrics import rmse
from plantcast.forecasting.features.pairs import Dataset, References, pairs
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import HourlySeries, Ints
from plantcast.forecasting.models.ensemble import FittedModel, Members, combine
from plantcast.forecasting.models.intervals import Blend, Ranges, block_of
from plantcast.forecasting.models.smooth import SmoothMembers
from plantcast.forecasting.models.trees import PARTS, Trainer, TrainingParameters, predict

MIN_TRAINING_HOURS: Final = 10 * 24  # observed before the cutoff: fewer cannot be split in time
_LONGEST_VALIDATION: Final = 365 * 24  # every season once; more would only starve the fit
_MONTHS_VALIDATION: Final = 45 * 24


@dataclass(frozen=True)
class Recipe:
    """What `tune` found on unseen days: how many trees, how far to trust them, how wide the ranges are.

    `strengths` are those that the ridge's cross-validation chose; `fit` tries no others.
    """

    trees: Mapping[str, int]
    strengths: tuple[float, ...]
    blend: Blend
    ranges: Ranges
    scores: Mapping[str, float]  # RMSE on the validation days: the blend, and each candidate


@dataclass(frozen=True)
class _Rows:
    """(origin, lead) pairs with a known truth."""

    origins: Ints
    leads: Ints
    truth: Floats

    @classmethod
    def of(cls, dataset: Dataset, origins: Ints, budget: int, seed: int, before: int) -> _Rows:
        """Choose pairs whose truth is known and is before the position `before`."""
        chosen, leads = pairs(origins, budget, seed)
        truth = dataset.truth(chosen, leads)
        kept = ~np.isnan(truth) & (chosen + leads < before)
        return cls(chosen[kept], leads[kept], truth[kept])

    def labels(self, dataset: Dataset, smooth: SmoothMembers) -> dict[str, Floats]:
        """Return what each booster learns: the damped anomaly's errors in units of their usual size.

        Unscaled, the large errors of late leads would decide every split and early leads gain nothing. For
        the quantiles the usual size is that of season and hour: few trees find what a winter night needs
        (unscaled, the 80 % range of temperature at leads 25-48 contained 69-73 % of winter's truths).
        """
        errors = self.truth - dataset.damped_anomaly(self.origins, self.leads)
        errors /= dataset.references.damped.scale[self.leads - 1]
        season = smooth.spread.season(dataset.terms)[self.origins + self.leads, block_of(self.leads)]
        return {part: errors if part == "mean" else errors / season for part in PARTS}


def tune(frame: pd.DataFrame, target: Target, *, cutoff: datetime, parameters: TrainingParameters) -> Recipe:
    """Fit on the older part of what precedes `cutoff`; stop early, blend and calibrate on the newer part.

    Nothing at or after `cutoff` is looked at.

    Raises:
        InvalidInputError: fewer than `MIN_TRAINING_HOURS` hours are observed before the cutoff, or hardly any
            without long gaps, or none in the newest days.
    """
    end = _end(frame, target, cutoff)
    split = end - validation_hours(end)
    references = References.fit(frame, target, split)
    dataset = Dataset(frame.iloc[:end], references)
    known = dataset.known()
    parameters = parameters.scaled_to(split)
    smooth, chosen = SmoothMembers.fit(dataset, split, parameters.networks, parameters.seed)
    trainer, _ = _trainer(dataset, smooth, known[known < split], split, parameters)
    newer = known[known >= split]
    rows = _Rows.of(dataset, newer, parameters.validation_rows, parameters.seed + 1, end)
    truth, leads = rows.truth, rows.leads
    if not len(truth):
        raise InvalidInputError(
            f"No hour of {target} is known in the {(end - split) // 24} days before {iso_hour(cutoff)} that "
            "training is validated on.",
            remedy="Backfill what is missing, or let the baselines forecast until there is more.",
        )
    data, labels = dataset.matrix(rows.origins, leads), rows.labels(dataset, smooth)
    trees, outputs = {}, {}
    for part in PARTS:
        booster = trainer.stopped_early(part, data, labels[part])
        # One season after another is no sample of all: with a year or less, early stopping is often the
        # next season's protest. The blend then weighs down what deserves it.
        trees[part] = max(booster.best_iteration, min(parameters.patience, booster.current_iteration()))
        outputs[part] = predict(booster, data, trees[part]) * references.damped.scale[leads - 1]
    baselines = dataset.baselines(rows.origins, leads)
    hindcast = smooth.hindcast(dataset, rows.origins, split)
    members = Members.of(outputs, hindcast, baselines, rows.origins, leads)
    days, fitted_days = (end - split) / 24, split / 24
    blend = Blend.fit(members.candidates, truth, leads, days, fitted_days)
    mean, low, high = combine(members, references, blend, leads)
    ranges = Ranges.fit(mean, low, high, truth, leads, days, fitted_days)
    scores = {name: rmse(values, truth) for name, values in members.candidates.items()}
    scores["blend"] = rmse(mean, truth)
    return Recipe(trees, tuple(sorted(set(chosen.tolist()))), blend, ranges, scores)


def fit(
    frame: pd.DataFrame,
    target: Target,
    *,
    cutoff: datetime,
    recipe: Recipe,
    parameters: TrainingParameters,
) -> FittedModel:
    """Fit on every pair whose valid time is before `cutoff`, by a recipe tuned on no later data.

    Raises:
        InvalidInputError: fewer than `MIN_TRAINING_HOURS` hours are observed before the cutoff.
    """
    end = _end(frame, target, cutoff)
    references = References.fit(frame, target, end)
    dataset = Dataset(frame.iloc[:end], references)
    known = dataset.known()
    parameters = parameters.scaled_to(end)
    smooth, strengths = SmoothMembers.fit(
        dataset, end, parameters.networks, parameters.seed, recipe.strengths
    )
    trainer, rows = _trainer(dataset, smooth, known, end, parameters)
    boosters = {part: trainer.fixed(part, recipe.trees[part]) for part in PARTS}
    information = {
        "cutoff": iso_hour(cutoff),
        "first": iso_hour(frame.index[0].to_pydatetime()),
        "last": iso_hour(frame.index[int(known[-1])].to_pydatetime()),
        "hours": len(known),
        "rows": len(rows.truth),
        "trees": dict(recipe.trees),
        "ridge": strengths.tolist(),
        "validation_rmse": dict(recipe.scores),
        "data_sha256": _fingerprint(frame.iloc[:end]),
        "features": dataset.names,
        "parameters": parameters.to_json(),
        "versions": {
            "plantcast": plantcast.__version__,
            "lightgbm": lgb.__version__,
            "numpy": np.__version__,
            "pandas": pd.__version__,
            "scipy": scipy.__version__,
        },
    }
    return FittedModel(target, references, boosters, smooth, recipe.blend, recipe.ranges, information)


def train(
    frame: pd.DataFrame,
    target: Target,
    *,
    cutoff: datetime,
    parameters: TrainingParameters | None = None,
) -> FittedModel:
    """Tune and fit on what precedes `cutoff`.

    Raises:
        InvalidInputError: fewer than `MIN_TRAINING_HOURS` hours are observed before the cutoff.
    """
    parameters = parameters or TrainingParameters()
    recipe = tune(frame, target, cutoff=cutoff, parameters=parameters)
    return fit(frame, target, cutoff=cutoff, recipe=recipe, parameters=parameters)


def validation_hours(history: int) -> int:
    """Return how many of the newest hours `tune` keeps from its fit.

    A quarter up to 45 days, an eighth beyond, at most a year: long enough to be a sample, short enough
    that a fit on a year still knows the season it is validated in.
    """
    return int(min(_LONGEST_VALIDATION, max(min(_MONTHS_VALIDATION, history / 4), history / 8)))


def observed_hours(frame: pd.DataFrame, target: Target, cutoff: datetime) -> int:
    """Return at how many hours before `cutoff` the target was observed."""
    values = HourlySeries.of(frame, target).values[: _position(frame, cutoff)]
    return int(np.count_nonzero(~np.isnan(values)))


def _trainer(
    dataset: Dataset, smooth: SmoothMembers, origins: Ints, before: int, parameters: TrainingParameters
) -> tuple[Trainer, _Rows]:
    rows = _Rows.of(dataset, origins, parameters.rows, parameters.seed, before)
    data = dataset.matrix(rows.origins, rows.leads)
    return Trainer(data, rows.labels(dataset, smooth), dataset.names, parameters), rows


def _end(frame: pd.DataFrame, target: Target, cutoff: datetime) -> int:
    """Return how many rows precede the cutoff."""
    observed = observed_hours(frame, target, cutoff)
    if observed < max(MIN_TRAINING_HOURS, LEADS):
        raise InvalidInputError(
            f"Only {observed} hours of {target} are observed before {iso_hour(cutoff)}; training needs "
            f"{MIN_TRAINING_HOURS}.",
            remedy="Backfill more history, or let the baselines forecast until there is more.",
        )
    return _position(frame, cutoff)


def _position(frame: pd.DataFrame, time: datetime) -> int:
    return int(frame.index.searchsorted(pd.Timestamp(time)))


def _fingerprint(frame: pd.DataFrame) -> str:
    digest = hashlib.sha256(f"{frame.index[0]}{len(frame)}{list(frame.columns)}".encode())
    for name in frame.columns:
        digest.update(np.ascontiguousarray(frame[name].to_numpy(np.float64)).tobytes())
    return digest.hexdigest()
