"""Errors of simulated forecasts: first-order autoregressive along valid time, largely shared between issues.

Measured on the KMA's forecasts of Seoul's temperature in July 2025, leads to 48 h: correlation 0.89 from one
valid hour to the next and 0.50 over six hours; 0.98 between successive issues and 0.88 between issues 24 h
apart.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_TIME_CONSTANT: Final = 9.0  # hours: exp(-1/9) = 0.89, exp(-6/9) = 0.51
_SHARED: Final = 0.9  # of the variance; the rest is an issue's own
# What lies further back than six time constants (e^-6) counts no more: so a value depends on these hours
# alone, whatever range is asked for.
_MEMORY: Final = 54
_STREAMS: Final = ("temperature", "humidity", "cloud", "rain", "eastward", "northward")

_decay = np.exp(-1 / _TIME_CONSTANT)
_KERNEL: Final = _decay ** np.arange(_MEMORY + 1)
_KERNEL.setflags(write=False)


def standard_errors(seed: int, place: int, stream: str, issue: int, last_lead: int) -> Array:
    """Return errors of about zero mean and unit variance at the leads 1 … `last_lead` of one issue.

    Args:
        seed: of the simulator.
        place: number of station, or of station and model.
        stream: one of `_STREAMS`; different ones are independent.
        issue: hours since 1970 (UTC).
    """
    series = (seed, place, _STREAMS.index(stream))
    shared = _filtered(_noise(series, issue + 1 - _MEMORY, last_lead + _MEMORY))
    sequence = np.random.SeedSequence([*series, 1, issue])
    own = _filtered(np.random.Generator(np.random.PCG64(sequence)).standard_normal(last_lead + _MEMORY))
    mixed: Array = np.sqrt(_SHARED) * shared + np.sqrt(1 - _SHARED) * own
    return mixed


def _noise(series: tuple[int, int, int], first: int, hours: int) -> Array:
    """Return the white noise of the `hours` from `first` on, the same for an hour always."""
    days = range(first // 24, (first + hours - 1) // 24 + 1)
    noise: Array = np.concatenate([_day(series, day) for day in days])
    return noise[first - 24 * days.start :][:hours]


@lru_cache(maxsize=10_000)
def _day(series: tuple[int, int, int], day: int) -> Array:
    sequence = np.random.SeedSequence([*series, 0, day])
    return np.random.Generator(np.random.PCG64(sequence)).standard_normal(24)


def _filtered(noise: Array) -> Array:
    """Return the weighted sums over each hour and the `_MEMORY` before it, scaled to unit variance."""
    sums: Array = np.convolve(noise, _KERNEL, mode="valid")
    scaled: Array = sums / np.sqrt((_KERNEL**2).sum())
    return scaled
