"""Forecasts and observed days made for one morning, as the domain's own objects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from plantcast.common.clock import HOUR, KST
from plantcast.forecasting.issued import Forecast, ModelUsed
from plantcast.forecasting.path import TargetPath
from plantcast.observations.published import PUBLISHED, ObservedDay

FIRST_DAY = datetime(2025, 5, 30, tzinfo=KST)  # a Friday
ISSUED = FIRST_DAY + timedelta(hours=2, minutes=1, seconds=12)
MORNING = FIRST_DAY + timedelta(hours=9, minutes=20)  # when the reader of these tests looks

Cycle = tuple[float, float]  # daily mean and amplitude

MOODS: dict[str, dict[str, Cycle]] = {
    "happy": {"temperature": (18.0, 4.0), "humidity": (60.0, 15.0)},
    "thirsty": {"temperature": (18.0, 4.0), "humidity": (40.0, 15.0)},
    "hot": {"temperature": (27.0, 6.0), "humidity": (60.0, 15.0)},
    "cold": {"temperature": (-2.0, 4.0), "humidity": (60.0, 15.0)},
}


def forecast(
    *,
    station: str = "108",
    source: str = "kma",
    first_day: datetime = FIRST_DAY,
    temperature: Cycle = (18.6, 4.6),
    humidity: Cycle = (61.0, 18.0),
    degraded_reasons: Sequence[str] = (),
) -> Forecast:
    """Return a forecast whose lead 1 is the midnight `first_day`, issued at 02:01:12 of that day."""
    hours = [first_day + lead * HOUR for lead in range(48)]
    baseline = {f"baseline_only_{target}" for target in ("ta", "hm")} & set(degraded_reasons)
    return Forecast(
        station=station,
        origin=first_day - HOUR,
        issued_at=first_day + (ISSUED - FIRST_DAY),
        run_id="nightly-1",
        source=source,
        degraded_reasons=tuple(degraded_reasons),
        history_hours=8760,
        models={
            target: ModelUsed("damped_anomaly", None)
            if f"baseline_only_{target}" in baseline
            else ModelUsed("lightgbm", "20250529T23-0a1b2c3d")
            for target in ("ta", "hm")
        },
        ta=_path([_warmest_at(15, hour.hour, *temperature) for hour in hours], 0.6, 0.05, (-60.0, 60.0)),
        hm=_path(
            [_warmest_at(15, hour.hour, humidity[0], -humidity[1]) for hour in hours], 4.0, 0.2, (0.0, 100.0)
        ),
    )


def observed_days(
    count: int = 3,
    *,
    station: str = "108",
    source: str = "kma",
    temperature: Cycle = (17.0, 4.0),
    humidity: Cycle = (58.0, 16.0),
) -> list[ObservedDay]:
    """Return whole days up to the one before `FIRST_DAY`."""
    values: dict[str, tuple[float | None, ...]] = dict.fromkeys(PUBLISHED, (1.0,) * 24)
    values["ta"] = tuple(_warmest_at(15, hour, *temperature) for hour in range(24))
    values["hm"] = tuple(_warmest_at(15, hour, humidity[0], -humidity[1]) for hour in range(24))
    return [
        ObservedDay(station, (FIRST_DAY - timedelta(days=back)).date(), source, values, ())
        for back in range(count, 0, -1)
    ]


def _warmest_at(peak_hour: int, hour: int, mean: float, amplitude: float) -> float:
    """A day's cycle with its extreme at `peak_hour`, and a second harmonic so that mornings rise faster."""
    phase = 2 * math.pi * (hour - peak_hour) / 24
    return round(mean + amplitude * (math.cos(phase) + 0.18 * math.cos(2 * phase + 0.6)), 1)


def _path(mean: list[float], width: float, growth: float, bounds: tuple[float, float]) -> TargetPath:
    low, high = bounds
    clipped = [min(high, max(low, value)) for value in mean]
    spread = [width + growth * lead for lead in range(1, 49)]
    return TargetPath(
        mean=tuple(clipped),
        p10=tuple(max(low, value - half) for value, half in zip(clipped, spread, strict=True)),
        p90=tuple(min(high, value + half) for value, half in zip(clipped, spread, strict=True)),
    )
