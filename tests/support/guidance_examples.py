"""Forecasts that use a published one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from plantcast.forecasting import LEADS
from plantcast.forecasting.issued import Forecast, GuidanceUsed
from tests.support.forecast_examples import ORIGIN, forecast


def guidance(**changes: Any) -> GuidanceUsed:
    """The KMA's issue of the forecast's own hour: 22 °C and 65 % throughout, a clear sky."""
    facts: dict[str, Any] = {
        "source": "kma",
        "issued_at": ORIGIN,
        "ta": (22.0,) * LEADS,
        "hm": (65.0,) * LEADS,
        "sky": (1.0,) * LEADS,
        "pop": (30.0,) * LEADS,
        "shares": {"ta": (0.25,) * LEADS, "hm": (0.5,) * LEADS},
    }
    return GuidanceUsed(**{**facts, **changes})


def guided(
    origin: datetime = ORIGIN, *, after: timedelta = timedelta(minutes=12), **changes: Any
) -> Forecast:
    """A forecast issued `after` its origin and combined with `guidance`, by default the above."""
    used = {"guidance": guidance(issued_at=origin), "issued_at": origin + after}
    return forecast(origin=origin, **{**used, **changes})
