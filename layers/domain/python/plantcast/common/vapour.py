"""Vapour pressure over water: the Magnus formula of WMO-No. 8 (2018), part I, annex 4.B.

Plain Python: the API computes with it as well, without numpy.
"""

from __future__ import annotations

import math
from typing import Any, Final

MAGNUS: Final = (6.112, 17.62, 243.12)  # hPa, 1, °C


def saturation_vapour_pressure(temperature: Any) -> Any:
    """Return the saturation vapour pressure, hPa, at a temperature, °C: a number or an array of them.

    At a dew point it is the vapour pressure. Valid from -45 to 60 °C.
    """
    a, b, c = MAGNUS
    return a * math.e ** (b * temperature / (c + temperature))


def vapour_pressure_deficit(ta: float, hm: float) -> float:
    """Return the vapour-pressure deficit in kPa of air at `ta` °C and `hm` % relative humidity (0…100).

    e_s(T) · (1 − RH / 100) at one hour's temperature. Leaves are taken to be as warm as the air, since a
    station does not measure them.
    """
    pressure: float = 0.1 * saturation_vapour_pressure(ta)
    return pressure * (1.0 - hm / 100.0)
