"""Small neural networks on what the linear part leaves: they bend where it is straight.

Trained by Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019) and dropout
(Srivastava et al. 2014), all 48 leads at once; a few networks from different seeds are averaged. Plain
numpy: a hundred thousand weights take seconds, and a framework would be the largest part of the image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantcast.forecasting.features.anomalies import DECIMALS, chunks
from plantcast.forecasting.features.pairs import Matrix
from plantcast.forecasting.features.windows import Floats

Layer = npt.NDArray[np.float32]
_BATCH, _SMALLEST_BATCH = 512, 64
_STEPS_AN_EPOCH: Final = 32  # a short history is cut into smaller batches, so that there are steps at all
_FIRST_MOMENT, _SECOND_MOMENT, _TINY = 0.9, 0.999, 1e-8  # Adam's customary constants


@dataclass(frozen=True)
class NetworkParameters:
    """How the networks are built and trained.

    Dropout and few epochs because ten years hold only a thousand or so weather situations: with 16 epochs
    instead of 10 the errors at leads 25-48 of Seoul 2018 and 2021 were 0.7-1.6 % larger.
    """

    count: int = 3
    hidden: tuple[int, ...] = (128, 64)
    epochs: int = 10
    dropout: float = 0.3
    input_dropout: float = 0.15
    learning_rate: float = 1e-3
    weight_decay: float = 0.1

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a dict."""
        return asdict(self) | {"hidden": list(self.hidden)}


@dataclass(frozen=True)
class Network:
    """Layers of weights [in, out] and biases [out]; rectified linear units between them."""

    weights: tuple[Layer, ...]
    biases: tuple[Layer, ...]

    def predict(self, inputs: Matrix) -> Floats:
        """Return the outputs for each row, [rows, 48]."""
        result = np.empty((len(inputs), len(self.biases[-1])))
        for rows in chunks(len(inputs)):
            # In float64: products of float32 matrices depend on how many rows are computed at once.
            values = inputs[rows].astype(np.float64)
            for weights, biases in zip(self.weights[:-1], self.biases[:-1], strict=True):
                values = np.maximum(values @ weights + biases, 0)
            result[rows] = values @ self.weights[-1] + self.biases[-1]
        return result

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` takes."""
        return {
            "weights": [_short(part) for part in self.weights],
            "biases": [_short(b) for b in self.biases],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Network:
        """Restore from `to_json`."""
        weights, biases = (
            tuple(np.asarray(part, np.float32) for part in data[name]) for name in ("weights", "biases")
        )
        return cls(weights, biases)


def train_networks(inputs: Matrix, labels: Matrix, parameters: NetworkParameters, seed: int) -> list[Network]:
    """Train on inputs [rows, names] and labels [rows, 48]; the same bytes for the same rows and seed."""
    return [_Training(inputs, labels, parameters, seed + n).run() for n in range(parameters.count)]


class _Training:
    """One network in training."""

    def __init__(self, inputs: Matrix, labels: Matrix, parameters: NetworkParameters, seed: int) -> None:
        self._inputs, self._labels, self._parameters = inputs, labels, parameters
        self._random = np.random.default_rng(seed)
        sizes = [inputs.shape[1], *parameters.hidden, labels.shape[1]]
        self._weights = [
            self._random.normal(0, np.sqrt(2 / into), (into, out)).astype(np.float32)
            for into, out in pairwise(sizes)
        ]
        self._weights[-1] *= np.float32(0.1)  # starts close to the ridge's forecast
        self._biases = [np.zeros(out, np.float32) for out in sizes[1:]]
        self._moments = [(np.zeros_like(p), np.zeros_like(p)) for p in (*self._weights, *self._biases)]
        self._batch = int(np.clip(len(inputs) // _STEPS_AN_EPOCH, _SMALLEST_BATCH, _BATCH))

    def run(self) -> Network:
        epochs, batches = self._parameters.epochs, max(1, len(self._inputs) // self._batch)
        step = 0
        for _ in range(epochs):
            order = self._random.permutation(len(self._inputs))
            for batch in range(batches):
                rows = order[batch * self._batch : (batch + 1) * self._batch]
                step += 1
                # Half a cosine: large steps first, none at the end.
                pace = self._parameters.learning_rate * 0.5 * (1 + np.cos(np.pi * step / (epochs * batches)))
                self._update(self._gradients(rows), step, pace)
        weights, biases = (
            tuple(np.round(part, DECIMALS) for part in parts) for parts in (self._weights, self._biases)
        )
        return Network(weights, biases)

    def _gradients(self, rows: npt.NDArray[np.int64]) -> list[Layer]:
        """Return the gradients of the mean squared error for weights, then biases."""
        parameters = self._parameters
        values = [self._dropped(self._inputs[rows], parameters.input_dropout)]
        masks = []
        for weights, biases in zip(self._weights[:-1], self._biases[:-1], strict=True):
            hidden = values[-1] @ weights + biases
            mask = self._dropped((hidden > 0).astype(np.float32), parameters.dropout)
            masks.append(mask)
            values.append(hidden * mask)
        output = values[-1] @ self._weights[-1] + self._biases[-1]
        slope = (output - self._labels[rows]) * np.float32(2 / len(rows))
        of_weights, of_biases = [], []
        for layer in range(len(self._weights) - 1, -1, -1):
            of_weights.append(values[layer].T @ slope)
            of_biases.append(slope.sum(axis=0))
            if layer:
                slope = (slope @ self._weights[layer].T) * masks[layer - 1]
        return of_weights[::-1] + of_biases[::-1]

    def _update(self, gradients: list[Layer], step: int, pace: float) -> None:
        decayed = len(self._weights)
        first_bias, second_bias = 1 - _FIRST_MOMENT**step, 1 - _SECOND_MOMENT**step
        for number, (part, gradient) in enumerate(
            zip((*self._weights, *self._biases), gradients, strict=True)
        ):
            first, second = self._moments[number]
            first += np.float32(1 - _FIRST_MOMENT) * (gradient - first)
            second += np.float32(1 - _SECOND_MOMENT) * (gradient**2 - second)
            change = (first / first_bias) / (np.sqrt(second / second_bias) + _TINY)
            if number < decayed:
                change = change + self._parameters.weight_decay * part
            part -= np.float32(pace) * change.astype(np.float32)

    def _dropped(self, values: Layer, share: float) -> Layer:
        kept = self._random.random(values.shape, dtype=np.float32) >= share
        return values * kept * np.float32(1 / (1 - share))


def _short(part: Layer) -> Any:
    # Through float64 and rounding again, so that JSON writes 0.123457 and not 0.12345699965953827.
    return np.round(part.astype(np.float64), DECIMALS).tolist()
