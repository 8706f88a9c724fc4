"""Forecast documents shaped as docs/contracts.md says, made for one morning."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

KST = timezone(timedelta(hours=9))
HEAT_LIMIT = 30.0
DRY_LIMIT = 30.0
STATION_NAMES = {"108": ("서울", "Seoul"), "112": ("인천", "Incheon")}
ATTRIBUTION = "기상청 (KMA), data.go.kr"


FIRST_DAY = datetime(2025, 5, 30, tzinfo=KST)  # a Friday
MORNING = FIRST_DAY + timedelta(hours=9, minutes=20)  # when the reader of these tests looks


def forecast(
    *,
    station: str = "108",
    source: str = "kma",
    first_day: datetime = FIRST_DAY,
    temperature: tuple[float, float] = (18.6, 4.6),
    tomorrow_temperature: tuple[float, float] | None = None,
    humidity: tuple[float, float] = (61.0, 18.0),
    degraded_reasons: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return the answer of `GET /api/forecast`; `temperature` and `humidity` are (daily mean, amplitude).

    `first_day` is the midnight on which lead 1 lies; the forecast is issued at 02:01:12 of that day.
    """
    start = first_day
    issued = start + timedelta(hours=2, minutes=1, seconds=12)
    times = [start + timedelta(hours=lead) for lead in range(48)]
    means = [temperature] * 24 + [tomorrow_temperature or temperature] * 24
    ta = [_warmest_at(15, time.hour, *mean) for time, mean in zip(times, means, strict=True)]
    hm = [min(99.0, max(4.0, _warmest_at(15, time.hour, humidity[0], -humidity[1]))) for time in times]
    name_ko, name_en = STATION_NAMES[station]
    kinds = {
        target: "damped_anomaly" if f"baseline_only_{target}" in degraded_reasons else "lightgbm"
        for target in ("ta", "hm")
    }
    return {
        "station": {"id": station, "name_ko": name_ko, "name_en": name_en},
        "timezone": "Asia/Seoul",
        "source": source,
        "origin": _text(start - timedelta(hours=1)),
        "issued_at": issued.isoformat(timespec="seconds"),
        "status": "degraded" if degraded_reasons else "ok",
        "degraded_reasons": list(degraded_reasons),
        "history_hours": 8760,
        "models": {target: {"kind": kind, "version": "20250530"} for target, kind in kinds.items()},
        "hourly_units": {"time": "iso8601", "temperature_2m": "°C", "relative_humidity_2m": "%"},
        "hourly": {
            "time": [_text(time) for time in times],
            "lead": list(range(1, 49)),
            **_series("temperature_2m", ta, lambda lead: 0.6 + 0.05 * lead, (-60.0, 60.0)),
            **_series("relative_humidity_2m", hm, lambda lead: 4.0 + 0.2 * lead, (0.0, 100.0)),
        },
        "days": [_day(start, label, ta, hm, offset) for label, offset in (("today", 0), ("tomorrow", 24))],
        "attribution": ATTRIBUTION if source == "kma" else f"{ATTRIBUTION}의 관측이 아닌 자료",
    }


def _text(time: datetime) -> str:
    return time.isoformat(timespec="minutes")


def _warmest_at(peak_hour: int, hour: int, mean: float, amplitude: float) -> float:
    """A day's cycle with its extreme at `peak_hour`, and a second harmonic so that mornings rise faster."""
    phase = 2 * math.pi * (hour - peak_hour) / 24
    return round(mean + amplitude * (math.cos(phase) + 0.18 * math.cos(2 * phase + 0.6)), 1)


def _series(
    name: str, mean: list[float], width: Callable[[int], float], bounds: tuple[float, float]
) -> dict[str, list[float]]:
    low, high = bounds
    return {
        name: mean,
        f"{name}_p10": [max(low, round(value - width(lead), 1)) for lead, value in enumerate(mean, start=1)],
        f"{name}_p90": [min(high, round(value + width(lead), 1)) for lead, value in enumerate(mean, start=1)],
    }


def _day(start: datetime, label: str, ta: list[float], hm: list[float], offset: int) -> dict[str, Any]:
    hours = range(offset, offset + 24)
    hottest, driest = max(ta[offset : offset + 24]), min(hm[offset : offset + 24])
    crossing = [hour for hour in hours if ta[hour] >= HEAT_LIMIT or hm[hour] <= DRY_LIMIT]
    return {
        "date": f"{start + timedelta(hours=offset):%Y-%m-%d}",
        "label": label,
        "temperature_min": min(ta[offset : offset + 24]),
        "temperature_max": hottest,
        "humidity_min": driest,
        "humidity_max": max(hm[offset : offset + 24]),
        "plant": {
            "profile": "default",
            "state": "water" if crossing else "ok",
            "reasons_ko": [
                f"최고 기온 {hottest:.1f} °C (15:00), 30 °C {'이상' if hottest >= HEAT_LIMIT else '미만'}",
                f"최저 습도 {driest:.1f} % (15:00), 30 % {'이하' if driest <= DRY_LIMIT else '초과'}",
            ],
            "reasons_en": [
                f"Highest temperature {hottest:.1f} °C, 30 °C {'met' if hottest >= HEAT_LIMIT else 'far'}",
                f"Lowest humidity {driest:.1f} %, 30 % {'met' if driest <= DRY_LIMIT else 'far'}",
            ],
            "hours": [_text(start + timedelta(hours=hour)) for hour in crossing],
        },
    }
