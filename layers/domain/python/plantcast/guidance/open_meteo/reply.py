"""Turns Open-Meteo's hourly columns into the columns of a guidance table: the mean over its models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError, TemporaryError
from plantcast.guidance.table import guidance_table

# Columns of a guidance table → the service's variables. No wind direction: a mean over models is none. `sky`
# is made of the cloud cover.
VARIABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ta": "temperature_2m",
        "hm": "relative_humidity_2m",
        "ws": "wind_speed_10m",
        "sky": "cloud_cover",
        "pcp": "precipitation",
        "pop": "precipitation_probability",
    }
)
# The KMA calls the sky clear up to 5 tenths, mostly cloudy up to 8, overcast from 9 on: in between in %.
_CLOUDY, _OVERCAST = 55.0, 85.0
_SECONDS_EAST: Final = 9 * 3600

Floats = npt.NDArray[np.float64]


def hourly_table(
    document: Mapping[str, Any], models: Sequence[str], columns: Iterable[str], suffix: str = ""
) -> pd.DataFrame:
    """Return `valid_at` and `columns`, each the mean over the models that have a value for the hour.

    `suffix` is that of the variables, `_previous_day1`. With several models the service adds their names.

    Raises:
        TemporaryError: the reply is damaged: no times in KST, or a column is absent, too short or no numbers.
    """
    if document.get("utc_offset_seconds") != _SECONDS_EAST:
        raise _damaged(f"utc_offset_seconds={document.get('utc_offset_seconds')}")
    try:
        hourly = document["hourly"]
        times = pd.to_datetime(pd.Series(hourly["time"], dtype=object), format="%Y-%m-%dT%H:%M")
        table = pd.DataFrame({"valid_at": times.dt.tz_localize(KST)})
        for column in columns:
            name = f"{VARIABLES[column]}{suffix}"
            names = [name] if len(models) == 1 else [f"{name}_{model}" for model in models]
            mean = _mean(np.array([hourly[one] for one in names], dtype=np.float64))
            table[column] = _sky(mean) if column == "sky" else mean
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(f"{type(error).__name__}: {error}") from None
    return table


def models_without_values(document: Mapping[str, Any], models: Sequence[str]) -> list[str]:
    """Return the models that have no temperature at all."""
    if len(models) == 1:
        return []
    name = VARIABLES["ta"]
    return [
        model
        for model in models
        if all(value is None for value in document["hourly"].get(f"{name}_{model}", []))
    ]


def as_guidance(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows as a guidance table, without hours that have neither temperature nor humidity.

    Raises:
        TemporaryError: a value is impossible.
    """
    try:
        table = guidance_table(rows, "Open-Meteo's reply")
    except InvalidInputError as error:
        raise _damaged(error.message) from None
    return table[table[["ta", "hm"]].notna().any(axis=1)].reset_index(drop=True)


def _mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    return np.where(count > 0, np.nansum(values, axis=0) / np.maximum(count, 1), np.nan)


def _sky(cloud: Floats) -> Floats:
    codes = np.where(cloud < _CLOUDY, 1.0, np.where(cloud < _OVERCAST, 3.0, 4.0))
    return np.where(np.isnan(cloud), np.nan, codes)


def _damaged(what: str) -> TemporaryError:
    return TemporaryError(
        f"Open-Meteo sent a reply that cannot be read ({what[:200]}).",
        remedy="The next update tries again; if it lasts, check OpenMeteoModels.",
    )
