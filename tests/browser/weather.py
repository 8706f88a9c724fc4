"""Forecasts and observed days made for one morning, as the domain's own objects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from plantcast.common.clock import HOUR, KST
from plantcast.forecasting import LEADS, Target
from plantcast.forecasting.issued import Forecast, GuidanceUsed, ModelUsed
from plantcast.forecasting.path import TargetPath
from plantcast.observations.published import ObservedDay
from tests.support.api_data import observed_day

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
    temperature: Cycle = (18.6, 4.6),
    humidity: Cycle = (61.0, 18.0),
    degraded_reasons: Sequence[str] = (),
    guidance: GuidanceUsed | None = None,
    guidance_reasons: Sequence[str] = (),
) -> Forecast:
    """Return a forecast whose lead 1 is the midnight `FIRST_DAY`."""
    hours = [FIRST_DAY + lead * HOUR for lead in range(48)]
    return Forecast(
        station=station,
        origin=FIRST_DAY - HOUR,
        issued_at=ISSUED,
        run_id="nightly-1",
        source=source,
        degraded_reasons=tuple(degraded_reasons),
        history_hours=8760,
        models={
            target: ModelUsed("damped_anomaly", None)
            if f"baseline_only_{target}" in degraded_reasons
            else ModelUsed("lightgbm", "20250529T23-0a1b2c3d")
            for target in ("ta", "hm")
        },
        ta=path("ta", [_warmest_at_15(hour.hour, *temperature) for hour in hours], 0.6, 0.05),
        hm=path("hm", [_warmest_at_15(hour.hour, humidity[0], -humidity[1]) for hour in hours], 4.0, 0.2),
        guidance=guidance,
        guidance_reasons=tuple(guidance_reasons),
    )


def kma_guidance() -> GuidanceUsed:
    """Return the KMA's issue of 23:00 with a sky for each of its codes; the last hours have none."""
    return GuidanceUsed(
        source="kma",
        issued_at=FIRST_DAY - HOUR,
        ta=(20.0,) * LEADS,
        hm=(60.0,) * LEADS,
        sky=((1.0, 3.0, 4.0) * LEADS)[:40] + (None,) * 8,
        pop=tuple(float(10 * (lead % 10)) for lead in range(1, 41)) + (None,) * 8,
        shares={"ta": (0.62,) * LEADS, "hm": (0.7,) * LEADS},
    )


def observed_days() -> list[ObservedDay]:
    """Return the three whole days before `FIRST_DAY`."""
    ta = [_warmest_at_15(hour, 17.0, 4.0) for hour in range(24)]
    hm = [_warmest_at_15(hour, 58.0, -16.0) for hour in range(24)]
    days = [(FIRST_DAY - timedelta(days=back)).date() for back in (3, 2, 1)]
    return [observed_day(day, source="kma", ta=ta, hm=hm) for day in days]


def path(target: Target, mean: Sequence[float], width: float, growth: float) -> TargetPath:
    """A path whose 80 % range is `width` to each side at first and grows by `growth` with each lead."""
    low, high = (0.0, 100.0) if target == "hm" else (-60.0, 60.0)

    def shifted(sides: int) -> tuple[float, ...]:
        return tuple(
            min(high, max(low, value + sides * (width + growth * lead))) for lead, value in enumerate(mean, 1)
        )

    return TargetPath(mean=shifted(0), p10=shifted(-1), p90=shifted(1))


def _warmest_at_15(hour: int, mean: float, amplitude: float) -> float:
    """A day's cycle with its extreme at 15:00, and a second harmonic so that mornings rise faster."""
    phase = 2 * math.pi * (hour - 15) / 24
    return round(mean + amplitude * (math.cos(phase) + 0.18 * math.cos(2 * phase + 0.6)), 1)
