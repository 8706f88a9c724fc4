"""LightGBM, called so that the same rows give the same bytes: three boosters on one binned data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import lightgbm as lgb
import numpy as np

from plantcast.forecasting.features.pairs import Matrix
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.network import NetworkParameters

PARTS: Final = ("mean", "p10", "p90")
_OBJECTIVES: Final[Mapping[str, Mapping[str, Any]]] = {
    "mean": {"objective": "regression"},
    "p10": {"objective": "quantile", "alpha": 0.1},
    "p90": {"objective": "quantile", "alpha": 0.9},
}


@dataclass(frozen=True)
class TrainingParameters:
    """How much work a training may be, and how the trees are grown.

    `rows` bounds the (origin, lead) pairs of a fit, `validation_rows` those of the early stopping.
    One thread: both targets train at once, and two processes of two threads on two cores wait for each
    other in spinning barriers (365 days on a busy machine: 77 s instead of 6).
    """

    rows: int = 160_000
    validation_rows: int = 60_000
    max_trees: int = 600
    patience: int = 30
    learning_rate: float = 0.06
    num_leaves: int = 63
    min_data_in_leaf: int = 300
    feature_fraction: float = 0.4
    bagging_fraction: float = 0.5
    lambda_l2: float = 10.0
    max_bin: int = 127
    seed: int = 20_250_530
    threads: int = 1
    networks: NetworkParameters = field(default_factory=NetworkParameters)

    def scaled_to(self, hours: int) -> TrainingParameters:
        """Return parameters for a history of so many hours.

        A day of hourly origins is one situation seen 24 times, so rows past a few per origin teach little
        and cost much: a year gets 4 leads an origin, and is trained in seconds.
        """
        rows = int(min(self.rows, max(8_000, 4 * hours)))
        return replace(self, rows=rows, validation_rows=min(self.validation_rows, max(4_000, rows // 4)))

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a dict."""
        return asdict(self) | {"networks": self.networks.to_json()}

    def lightgbm(self, part: str) -> dict[str, Any]:
        """Return LightGBM's parameters for one of `PARTS`."""
        return {
            **_OBJECTIVES[part],
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_data_in_leaf": self.min_data_in_leaf,
            "feature_fraction": self.feature_fraction,
            "bagging_fraction": self.bagging_fraction,
            "bagging_freq": 1,
            "lambda_l2": self.lambda_l2,
            # Thresholds drawn at random instead of searched: nine years hold only a thousand or so weather
            # situations, and searched thresholds fit them one by one (Seoul, fit before 2020, scored on
            # 2021: of the damped anomaly's error 11.3 % gone instead of 9.3 for temperature, 9.2 instead
            # of 8.5 for humidity; seeds differ by 0.8).
            "extra_trees": True,
            "seed": self.seed,
            # Without these two the sums' order, and with it the model, may differ between runs.
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.threads,
            "verbosity": -1,
        }


class Trainer:
    """Fits boosters on rows binned once.

    `data` is float32 [rows, names]; `labels` one number a row for each of `PARTS`.
    """

    def __init__(
        self,
        data: Matrix,
        labels: Mapping[str, Floats],
        names: Sequence[str],
        parameters: TrainingParameters,
    ) -> None:
        self._parameters = parameters
        self._labels = labels
        self._binning = {
            "max_bin": parameters.max_bin,
            "num_threads": parameters.threads,
            "deterministic": True,
            "force_row_wise": True,
            "seed": parameters.seed,
            "verbosity": -1,
        }
        self._set = lgb.Dataset(
            data,
            labels["mean"],
            feature_name=list(names),
            params=self._binning,
        ).construct()

    def stopped_early(self, part: str, data: Matrix, labels: Floats) -> lgb.Booster:
        """Fit until the loss on the validation rows (`labels` of this part) has not improved for
        `patience` trees.
        """
        return lgb.train(
            self._parameters.lightgbm(part),
            self._set.set_label(self._labels[part]),
            num_boost_round=self._parameters.max_trees,
            valid_sets=[self._set.create_valid(data, labels, params=self._binning)],
            callbacks=[lgb.early_stopping(self._parameters.patience, verbose=False)],
        )

    def fixed(self, part: str, trees: int) -> lgb.Booster:
        """Fit a number of trees known beforehand."""
        rows = self._set.set_label(self._labels[part])
        return lgb.train(self._parameters.lightgbm(part), rows, num_boost_round=trees)


def predict(booster: lgb.Booster, data: Matrix, trees: int | None = None) -> Floats:
    """Return the booster's output for each row (of its first `trees` trees)."""
    # One thread: a path is 48 rows, for which waking a second one costs more than it saves.
    threads = 1 if len(data) <= 1_000 else 0
    return np.asarray(booster.predict(data, num_iteration=trees, num_threads=threads), np.float64)
