"""Trailing-window statistics of hourly series with gaps, by doubling.

The statistic of a window of 2·s hours is that of its older and newer half, so all windows come from
log2(window) whole-array steps. Unlike running sums, a value depends on the hours inside its window and on
nothing before: the numbers are the same whether a series is ten years or two weeks long, which is what
makes inference features equal training features to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
S = TypeVar("S")


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations of the values present in each window."""

    count: Floats
    mean: Floats
    m2: Floats

    @classmethod
    def of(cls, values: Floats) -> Moments:
        """Return the moments of one-hour windows."""
        present = ~np.isnan(values)
        return cls(present.astype(np.float64), np.where(present, values, 0.0), np.zeros(len(values)))

    def shifted(self, hours: int) -> Moments:
        """Return the moments of the windows that end `hours` earlier (empty before the series starts)."""
        return Moments(*(shift(part, hours, fill=0.0) for part in (self.count, self.mean, self.m2)))

    def joined(self, other: Moments) -> Moments:
        """Return the moments of the union (Chan, Golub, LeVeque 1983: no cancellation of large squares)."""
        count = self.count + other.count
        share = other.count / np.maximum(count, 1.0)
        # Where this side is empty, its mean is 0 and the share 1: the mean is the other's to the last bit.
        difference = other.mean - self.mean
        mean = difference * share
        mean += self.mean
        difference *= difference
        difference *= self.count
        difference *= share
        m2 = self.m2 + other.m2
        m2 += difference
        return Moments(count, mean, m2)


def shift(values: Floats, hours: int, *, fill: float = np.nan) -> Floats:
    """Return the series as it was `hours` earlier: result[i] = values[i - hours]."""
    result = np.empty(len(values))
    result[:hours] = fill
    result[hours:] = values[: max(0, len(values) - hours)]
    return result


def rolling_moments(values: Floats, windows: Iterable[int]) -> dict[int, Moments]:
    """Return, for each window length in hours, the moments of (origin - window, origin]."""
    return _by_doubling(Moments.of(values), windows, Moments.shifted, Moments.joined)


def rolling_mean(values: Floats, windows: Iterable[int]) -> dict[int, Floats]:
    """Return trailing means; NaN where less than half of the window's hours are present."""
    return {
        window: enough(moments.mean, moments.count, window)
        for window, moments in rolling_moments(values, windows).items()
    }


def rolling_min(values: Floats, windows: Iterable[int]) -> dict[int, Floats]:
    """Return trailing minima of the values present (NaN: none)."""
    return _by_doubling(values, windows, shift, np.fmin)


def rolling_max(values: Floats, windows: Iterable[int]) -> dict[int, Floats]:
    """Return trailing maxima of the values present (NaN: none)."""
    return _by_doubling(values, windows, shift, np.fmax)


def rolling_sum(values: Floats, windows: Iterable[int]) -> dict[int, Floats]:
    """Return trailing sums of the values present (0: none)."""
    return _by_doubling(
        np.nan_to_num(values), windows, lambda part, hours: shift(part, hours, fill=0.0), np.add
    )


def enough(statistic: Floats, count: Floats, window: int) -> Floats:
    """Blank a window's statistic where less than half of its hours are present: it is not comparable."""
    return np.where(count * 2 >= window, statistic, np.nan)


def _by_doubling(
    hour: S, windows: Iterable[int], shifted: Callable[[S, int], S], joined: Callable[[S, S], S]
) -> dict[int, S]:
    wanted = sorted(set(windows))
    blocks = [hour]  # blocks[k]: the statistic of windows of 2**k hours
    while 2 ** len(blocks) <= wanted[-1]:
        newest, size = blocks[-1], 2 ** (len(blocks) - 1)
        blocks.append(joined(shifted(newest, size), newest))
    result = {}
    for window in wanted:
        covered, statistic = 0, None
        for power in range(window.bit_length()):
            if window >> power & 1:
                block = shifted(blocks[power], covered) if covered else blocks[power]
                statistic = block if statistic is None else joined(block, statistic)
                covered += 2**power
        assert statistic is not None  # noqa: S101 - a window has at least one bit
        result[window] = statistic
    return result
