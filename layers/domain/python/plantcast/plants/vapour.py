"""Vapour-pressure deficit: how strongly the air pulls water out of a leaf and a pot."""

from __future__ import annotations

from plantcast.common.errors import InvalidInputError
from plantcast.common.vapour import MAGNUS, saturation_vapour_pressure


def vapour_pressure_deficit(ta: float, hm: float) -> float:
    """Return the vapour-pressure deficit in kPa of air at `ta` °C and `hm` % relative humidity.

    e_s(T) · (1 − RH / 100) at one hour's temperature. Leaves are taken to be as warm as the air, since a
    station does not measure them.

    Raises:
        InvalidInputError: `hm` is not within 0…100 or `ta` is below -243 °C, where the formula ends.
    """
    if not ta > -MAGNUS[2]:
        raise InvalidInputError(f"ta={ta} is not a temperature in °C.", remedy="Give a temperature in °C.")
    if not 0.0 <= hm <= 100.0:
        raise InvalidInputError(
            f"hm={hm} % is not a relative humidity.", remedy="Give a humidity from 0 to 100 %."
        )
    pressure: float = 0.1 * saturation_vapour_pressure(ta)
    return pressure * (1.0 - hm / 100.0)
