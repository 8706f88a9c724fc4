"""How likely a forecast with its range makes it that a limit is crossed.

Each hour's forecast is read as a two-piece normal distribution: the value shown is the median, and each half
is as wide as the quantile on its side says. So a limit is crossed with a probability of 0.5 or more exactly
when the value people see is at or beyond it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plantcast.common.vapour import vapour_pressure_deficit
from plantcast.plants.profiles import SHOWN_DECIMALS, VPD_DECIMALS, Limit

Z90: Final = 1.2815515655446004  # the 90 % quantile of the standard normal distribution
# Beyond six standard deviations lies one hour in 120,000 years: certain enough to stop looking.
_Z_MAX: Final = 6.0
# 6 / 2^30: finer than any quantile is known, and coarse enough that Φ still tells it from one half.
_BISECTIONS: Final = 30
# Errors of temperature and humidity by day correlate by −0.38 (Seoul 2020 and 2021, in standard deviations):
# where both weigh alike, that spreads the deficit √((1 + 0.38) / 2) as wide as wholly opposed errors would.
_OPPOSED: Final = 0.83
# How much each further hour adds to the chance that any hour crosses: 0 if all hours go wrong together, 1 if
# each goes wrong by itself. Fitted to 2020 and 2021 by Brier score; see docs/plants.md.
_FURTHER_HOURS: Final = 0.05


@dataclass(frozen=True)
class HourRange:
    """One hour's forecast of one variable: median, and standard deviation below and above it (its unit)."""

    median: float
    below: float
    above: float

    @classmethod
    def of(cls, mean: float, p10: float, p90: float) -> HourRange:
        """Take the mean as people see it for the median; a range that leaves it out is widened to hold it."""
        median = round(mean, SHOWN_DECIMALS)
        return cls(median, max(median - p10, 0.0) / Z90, max(p90 - median, 0.0) / Z90)

    def at(self, z: float) -> float:
        """Return the value `z` standard deviations from the median."""
        return self.median + z * (self.below if z < 0 else self.above)

    def at_least(self, threshold: float) -> float:
        """Return the probability of `threshold` or more."""
        return _tail(self._z(threshold))

    def at_most(self, threshold: float) -> float:
        """Return the probability of `threshold` or less."""
        return _tail(-self._z(threshold, at_most=True))

    def _z(self, threshold: float, *, at_most: bool = False) -> float:
        distance = threshold - self.median
        width = self.below if distance < 0 else self.above
        if distance == 0.0:
            # A half without width lies wholly at the median, and a value at the limit counts as crossing it.
            side = self.above if at_most else self.below
            return 0.0 if side > 0 else math.copysign(math.inf, 1.0 if at_most else -1.0)
        return distance / width if width > 0 else math.copysign(math.inf, distance)


def hour_probability(limit: Limit, ta: HourRange, hm: HourRange) -> float:
    """Return the probability (0…1) that one hour is at or beyond `limit`.

    A vapour-pressure deficit comes from both targets, whose errors go against each other: what is warmer than
    forecast is mostly drier than forecast. Both are moved together, each by `_OPPOSED` of its own range.
    """
    if limit.variable == "vpd":
        return _vpd_at_least(limit.threshold, ta, hm)
    spread = ta if limit.variable == "ta" else hm
    if limit.comparison == "at_least":
        return spread.at_least(limit.threshold)
    return spread.at_most(limit.threshold)


def harmful_tenth(limit: Limit, ta: HourRange, hm: HourRange) -> float:
    """Return the value (the limit's unit) that one hour reaches or passes one time in ten."""
    if limit.variable == "vpd":
        humidity = min(max(hm.at(-_OPPOSED * Z90), 0.0), 100.0)
        return vapour_pressure_deficit(ta.at(_OPPOSED * Z90), humidity)
    spread = ta if limit.variable == "ta" else hm
    return spread.at(Z90 if limit.comparison == "at_least" else -Z90)


def day_probability(hours: Sequence[float]) -> float:
    """Return the probability that any hour of a day (at least one) crosses, from the hours' probabilities.

    1 − (1 − p₁) · ∏ (1 − pᵢ)^0.05, p₁ the largest: at least that of the likeliest hour, and less than if the
    hours were independent, since one night's forecast errs for hours on end.
    """
    likeliest, *others = sorted(hours, reverse=True)
    none = (1.0 - likeliest) * math.prod(math.pow(1.0 - chance, _FURTHER_HOURS) for chance in others)
    # Rounding must not take a day below its likeliest hour.
    return max(likeliest, 1.0 - none)


def _vpd_at_least(threshold: float, ta: HourRange, hm: HourRange) -> float:
    def crossed(z: float) -> bool:
        humidity = min(max(hm.at(-_OPPOSED * z), 0.0), 100.0)
        return round(vapour_pressure_deficit(ta.at(_OPPOSED * z), humidity), VPD_DECIMALS) >= threshold

    if crossed(-_Z_MAX):
        return 1.0
    if not crossed(_Z_MAX):
        return 0.0
    low, high = (-_Z_MAX, 0.0) if crossed(0.0) else (0.0, _Z_MAX)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if crossed(middle) else (middle, high)
    return _tail(high)


def _tail(z: float) -> float:
    """Return the probability of more than `z` under the standard normal distribution."""
    return 0.5 * math.erfc(z / math.sqrt(2.0))
