"""Vapour-pressure deficit: how strongly the air pulls water out of a leaf and a pot."""

from __future__ import annotations

import math

from plantcast.common.errors import InvalidInputError


def saturation_vapour_pressure(ta: float) -> float:
    """Return the saturation vapour pressure over water in kPa at `ta` °C.

    Tetens' formula as FAO Irrigation and Drainage Paper 56 (Allen et al. 1998) gives it, equation 11:
    0.6108 · exp(17.27 T / (T + 237.3)).

    Raises:
        InvalidInputError: `ta` is not above −237.3 °C, where the formula ends.
    """
    if not ta > -237.3:
        raise InvalidInputError(
            f"ta={ta} °C is outside the formula for vapour pressure.", remedy="Give a temperature in °C."
        )
    return 0.6108 * math.exp(17.27 * ta / (ta + 237.3))


def vapour_pressure_deficit(ta: float, hm: float) -> float:
    """Return the vapour-pressure deficit in kPa of air at `ta` °C and `hm` % relative humidity.

    e_s(T) · (1 − RH / 100), from equations 11 and 54 of FAO-56, at one hour's temperature. Leaves are taken
    to be as warm as the air: what a weather station cannot know.

    Raises:
        InvalidInputError: `hm` is not within 0…100 or `ta` is no temperature.
    """
    if not 0.0 <= hm <= 100.0:
        raise InvalidInputError(
            f"hm={hm} % is no relative humidity.", remedy="Give a humidity from 0 to 100 %."
        )
    return saturation_vapour_pressure(ta) * (1.0 - hm / 100.0)
