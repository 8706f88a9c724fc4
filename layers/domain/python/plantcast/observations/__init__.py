"""Observations: fetched from the KMA (`kma`), kept as sent (`lake`), checked on reading (`quality`).

This module holds what all of them share and imports nothing heavy.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

# The variables kept, with units; the names are the KMA's own, so that a value can be traced to its source.
VARIABLES: Final = MappingProxyType(
    {
        "ta": "°C",  # air temperature
        "hm": "%",  # relative humidity
        "td": "°C",  # dew point
        "ws": "m/s",  # wind speed
        "wd": "degrees",  # wind direction
        "pa": "hPa",  # station pressure
        "ps": "hPa",  # sea-level pressure
        "rn": "mm",  # precipitation
        "ss": "h",  # sunshine
        "icsr": "MJ/m²",  # global radiation
        "dc10Tca": "tenths",  # total cloud
        "vs": "10 m",  # visibility
        "pv": "hPa",  # vapour pressure
        "ts": "°C",  # ground temperature
        "dsnw": "cm",  # snow depth
    }
)

ATTRIBUTION: Final = "기상청 (KMA), data.go.kr"
