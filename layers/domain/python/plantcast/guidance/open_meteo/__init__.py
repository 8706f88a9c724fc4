"""Forecasts of Open-Meteo (https://open-meteo.com), CC BY 4.0; without a key for non-commercial use only.

Plain JSON through `requests`: the SDK would add ten packages (niquests, qh3, flatbuffers, …; 4.5 MB packed)
to a function that has `requests` already, and FlatBuffers in the raw archive that people cannot read.
"""

from plantcast.guidance.open_meteo.client import OpenMeteoClient
from plantcast.guidance.open_meteo.live import OpenMeteo
from plantcast.guidance.open_meteo.previous_runs import PreviousRuns

__all__ = ["OpenMeteo", "OpenMeteoClient", "PreviousRuns"]
