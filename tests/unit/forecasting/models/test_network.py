"""The networks: gradients against finite differences, Adam as published, and what they learn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import pytest
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from plantcast.forecasting.features.anomalies import DECIMALS
from plantcast.forecasting.models.network import Network, NetworkParameters, train_networks
from plantcast.forecasting.models.network import _Training as Training

PLAIN: Final = NetworkParameters(
    count=1, hidden=(7, 5), epochs=40, dropout=0, input_dropout=0, learning_rate=1e-2, weight_decay=0
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Beside another process linear algebra's threads wait for each other, ten times as long as they work."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


def _pairs(rows: int, seed: int = 1, names: int = 4, outputs: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    inputs = rng.normal(0, 1, (rows, names)).astype(np.float32)
    labels = rng.normal(0, 1, (rows, outputs)).astype(np.float32)
    return inputs, labels


def _bend(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """x and max(0, x)."""
    inputs = np.random.default_rng(1).normal(0, 1, (rows, 1)).astype(np.float32)
    return inputs, np.maximum(inputs, 0)


def _in_double_precision(training: Training, seed: int) -> list[np.ndarray]:
    """Turn all to float64, away from the corners of the units; return the parameters, to be changed."""
    rng = np.random.default_rng(seed)
    training._inputs, training._labels = training._inputs.astype(float), training._labels.astype(float)
    training._weights = [part.astype(float) for part in training._weights]
    training._biases = [rng.normal(0, 0.5, len(part)) for part in training._biases]
    return [*training._weights, *training._biases]


@pytest.mark.parametrize("seed", range(2))
def test_gradients_are_those_of_finite_differences(seed: int) -> None:
    inputs, labels = _pairs(16, seed)
    training = Training(inputs, labels, PLAIN, seed)
    parameters = _in_double_precision(training, seed)
    rows = np.arange(16)

    def loss() -> float:
        network = Network(tuple(training._weights), tuple(training._biases))
        return float(np.sum((network.predict(training._inputs) - training._labels) ** 2) / len(rows))

    gradients = training._gradients(rows)

    assert [part.shape for part in gradients] == [part.shape for part in parameters]
    for part, gradient in zip(parameters, gradients, strict=True):
        differences = np.empty_like(part)
        for place in np.ndindex(part.shape):
            kept, losses = part[place], []
            for step in (1e-6, -1e-6):
                part[place] = kept + step
                losses.append(loss())
            part[place] = kept
            differences[place] = (losses[0] - losses[1]) / 2e-6
        np.testing.assert_allclose(gradient, differences, rtol=1e-4, atol=1e-6)


def test_they_learn_a_bend_that_a_line_cannot() -> None:
    inputs, labels = _bend(2_000)
    line = np.polynomial.Polynomial.fit(inputs[:, 0], labels[:, 0], 1)
    of_line = np.sqrt(np.mean((line(inputs) - labels) ** 2))

    (network,) = train_networks(inputs, labels, replace(PLAIN, hidden=(16,)), seed=1)

    between = np.linspace(-2, 2, 81, dtype=np.float32)[:, None]
    assert np.sqrt(np.mean((network.predict(inputs) - labels) ** 2)) < 0.1 * of_line
    np.testing.assert_allclose(network.predict(between), np.maximum(between, 0), atol=0.1)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    inputs, labels = _pairs(300)
    parameters = NetworkParameters(count=2, hidden=(7,), epochs=3)

    def trained(seed: int) -> list[str]:
        return [json.dumps(n.to_json()) for n in train_networks(inputs, labels, parameters, seed)]

    assert trained(1) == trained(1)
    assert len({*trained(1), *trained(5)}) == 4


def test_forecasts_worked_by_hand() -> None:
    network = Network(
        (np.array([[1, -1]], np.float32), np.array([[2], [3]], np.float32)),
        (np.array([0, 1], np.float32), np.array([10], np.float32)),
    )

    # x = 2: units 2 and max(0, -1) = 0; x = -2: units 0 and 3.
    assert network.predict(np.array([[2], [-2]], np.float32)).tolist() == [[14], [19]]


SHORT = st.integers(-30_000_000, 30_000_000).map(lambda n: np.float32(n / 10**DECIMALS))
