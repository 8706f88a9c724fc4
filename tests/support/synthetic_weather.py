"""Weather made up for tests: yearly and daily course, slow anomalies, everything seeded."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from plantcast.common.clock import KST

START = datetime(2024, 3, 1, tzinfo=KST)


def made_weather(hours: int, *, start: datetime = START, seed: int = 1) -> pd.DataFrame:
    """Return observations of consecutive hours with all the variables the features use."""
    rng = np.random.default_rng(seed)
    index = pd.date_range(start, periods=hours, freq="h", name="time")
    hour, day = index.hour.to_numpy(), index.day_of_year.to_numpy()
    front = np.zeros(hours)
    for i in range(1, hours):
        front[i] = 0.97 * front[i - 1] + rng.normal(0, 0.8)
    sun = np.maximum(0.0, np.sin(2 * np.pi * (hour - 6) / 24))
    ta = 12 - 12 * np.cos(2 * np.pi * (day - 15) / 365) + 4 * np.sin(2 * np.pi * (hour - 9) / 24) + front
    hm = np.clip(65 - 2 * front - 15 * np.sin(2 * np.pi * (hour - 9) / 24) + rng.normal(0, 4, hours), 5, 100)
    pa = 1005 - 1.5 * front + rng.normal(0, 0.3, hours)
    columns = {
        "ta": ta,
        "hm": hm,
        "td": ta - (100 - hm) / 5,
        "ws": np.abs(rng.normal(2.5, 1.2, hours)),
        "wd": rng.integers(0, 36, hours) * 10.0,
        "pa": pa,
        "ps": pa + 10,
        "rn": np.where(rng.random(hours) < 0.05, rng.gamma(1, 2, hours), np.nan),
        "ss": np.where(sun > 0, sun, np.nan),
        "icsr": np.where(sun > 0, 3 * sun, np.nan),
        "dc10Tca": rng.integers(0, 11, hours).astype(float),
        "vs": rng.integers(100, 2001, hours).astype(float),
        "ts": ta + 2 * sun,
        "dsnw": np.full(hours, np.nan),
    }
    return pd.DataFrame({name: np.round(values, 1) for name, values in columns.items()}, index=index)
