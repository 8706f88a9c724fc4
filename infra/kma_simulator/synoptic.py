"""Weather systems: smooth random processes that hang together as pressure, wind, air mass and cloud do.

A trough from the west: pressure falls, the wind turns south and brings warm, moist air, clouds gather,
it rains; behind it pressure rises, the wind turns to north-west, the air gets colder and dry, the sky clears.
Here pressure is a damped oscillation of some days; the southerly wind follows from its tendency (geostrophic
balance of an eastward moving wave); temperature and moisture integrate that wind; cloud follows low, falling
pressure and moisture. So today's pressure, wind and cloud tell more about tomorrow than temperature alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# How long before a block the processes start from rest: by then what they started from is forgotten
# (the slowest decays to e^-6), and snow lies on the ground only since.
SPIN_UP_HOURS = 92 * 24

# Share of a station's weather that is its own; the rest is the region's.
_LOCAL_SHARE = 0.12

# Standard deviation of the 6-hour change of `Systems.pressure` as built in `evolve`.
_SIX_HOUR_CHANGE = 0.33

_STREAMS = (
    "pressure", "blocking", "air", "season", "moisture", "cloud", "wind_u", "wind_v", "shower", "haze", "gust"
)  # fmt: skip

Noise = Callable[[str], Array]


@dataclass(frozen=True)
class Systems:
    """Processes of about zero mean and unit variance, one value an hour."""

    pressure: Array
    southerly: Array
    westerly: Array
    air_mass: Array
    moisture: Array
    cloud: Array
    shower: Array
    haze: Array
    gust: Array


def blend(regional: Noise, local: Noise, lag_hours: int) -> Noise:
    """Return a station's noise: the region's, `lag_hours` later, with a share of its own."""

    def noise(stream: str) -> Array:
        shared = regional(stream)
        delayed = np.concatenate([np.zeros(lag_hours), shared[: len(shared) - lag_hours]])
        mixed: Array = np.sqrt(1 - _LOCAL_SHARE) * delayed + np.sqrt(_LOCAL_SHARE) * local(stream)
        return mixed

    return noise


def white_noise(seed: int, place: int, first_hour_of: Callable[[int], int], years: tuple[int, ...]) -> Noise:
    """Return standard normal noise for whole `years`, the same for (seed, place, stream, year) always."""

    def noise(stream: str) -> Array:
        parts = []
        for year in years:
            sequence = np.random.SeedSequence([seed, place, _STREAMS.index(stream), year])
            hours = first_hour_of(year + 1) - first_hour_of(year)
            parts.append(np.random.Generator(np.random.PCG64(sequence)).standard_normal(hours))
        return np.concatenate(parts)

    return noise


def evolve(noise: Noise) -> Systems:
    """Let the processes run on `noise`; the first `SPIN_UP_HOURS` are not to be used."""
    travelling = _oscillation(noise("pressure"), period=110, decay=38)
    pressure = 0.92 * travelling + 0.39 * _smooth(noise("blocking"), slow=150, fast=12)
    falling = (_delay(pressure, 6) - pressure) / _SIX_HOUR_CHANGE
    southerly = 0.78 * falling + 0.66 * _smooth(noise("wind_v"), slow=18, fast=3)
    westerly = -0.45 * falling - 0.20 * pressure + 0.85 * _smooth(noise("wind_u"), slow=16, fast=3)

    advected = recursive_filter(southerly, 1 / 18.0, float(np.exp(-1 / 36.0)))
    own = _smooth(noise("air"), slow=36, fast=7)
    season = _smooth(noise("season"), slow=360, fast=24)
    air_mass = 0.80 * advected + 0.54 * own + 0.28 * season

    wet = recursive_filter(southerly, 1 / 14.0, float(np.exp(-1 / 20.0)))
    moisture = 0.42 * air_mass + 0.44 * wet + 0.66 * _smooth(noise("moisture"), slow=36, fast=6)
    cloud = (
        -0.42 * pressure
        + 0.38 * _delay(falling, 4)
        + 0.28 * moisture
        + 0.70 * _smooth(noise("cloud"), slow=14, fast=2)
    )
    return Systems(
        pressure=pressure,
        southerly=southerly,
        westerly=westerly,
        air_mass=air_mass,
        moisture=moisture,
        cloud=cloud,
        shower=_smooth(noise("shower"), slow=3, fast=1),
        haze=_smooth(noise("haze"), slow=40, fast=5),
        gust=noise("gust"),
    )


def _smooth(noise: Array, *, slow: float, fast: float) -> Array:
    """Two leaky integrators in a row, time constants in hours, scaled to unit variance."""
    a, b = float(np.exp(-1 / slow)), float(np.exp(-1 / fast))
    # Variance of the AR(2) process with real poles a and b driven by unit noise.
    variance = (1 + a * b) / ((1 - a * b) * (1 - a**2) * (1 - b**2))
    return recursive_filter(noise, float(1 / np.sqrt(variance)), a + b, -(a * b))


def _oscillation(noise: Array, *, period: float, decay: float) -> Array:
    """A damped oscillation kept going by noise, smoothed over some hours; unit variance."""
    radius = float(np.exp(-1 / decay))
    phi1, phi2 = float(2 * radius * np.cos(2 * np.pi / period)), -(radius**2)
    variance = (1 - phi2) / ((1 + phi2) * ((1 - phi2) ** 2 - phi1**2))
    return recursive_filter(noise, float(1 / np.sqrt(variance)), phi1, phi2)


def recursive_filter(values: Array, gain: float, first: float, second: float = 0.0) -> Array:
    """Return y[n] = gain·x[n] + first·y[n-1] + second·y[n-2].

    Bit for bit what `scipy.signal.lfilter` gives, whose import takes longer than all weather of a demo.
    """
    filtered, state, next_state = [], 0.0, 0.0
    for value in values.tolist():
        result = gain * value + state
        state = next_state + first * result
        next_state = second * result
        filtered.append(result)
    return np.array(filtered)


def _delay(values: Array, hours: int) -> Array:
    """Shift later by `hours`, repeating the first value; never earlier: no block looks past its end."""
    return np.concatenate([np.full(hours, values[0]), values[: len(values) - hours]])
