"""Forecasts and runs for tests, with plain defaults that each test changes where it matters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from plantcast.common.clock import KST
from plantcast.forecasting import LEADS
from plantcast.forecasting.issued import Forecast, ForecastStore, ModelUsed, to_item
from plantcast.forecasting.path import TargetPath

ORIGIN = datetime(2025, 5, 29, 23, tzinfo=KST)
ISSUED = datetime(2025, 5, 30, 2, 1, 12, tzinfo=KST)


class SetUpForecasts(ForecastStore):
    """A store whose `issue` replaces what is stored: for tests that set up the newest forecast."""

    def issue(self, forecast: Forecast) -> bool:
        self._table.put(to_item(forecast))
        return True


def path(mean: float | Sequence[float], spread: float = 2.0) -> TargetPath:
    """A path around one value or around 48 of them."""
    values = [float(mean)] * LEADS if isinstance(mean, int | float) else [float(value) for value in mean]
    return TargetPath(
        mean=tuple(values),
        p10=tuple(value - spread for value in values),
        p90=tuple(value + spread for value in values),
    )


def with_hours(base: float, changes: dict[int, float]) -> list[float]:
    """48 times `base`, except at the leads given."""
    return [changes.get(lead, base) for lead in range(1, LEADS + 1)]


def forecast(**changes: Any) -> Forecast:
    """A mild forecast for Seoul, issued in the night of 2025-05-30."""
    facts: dict[str, Any] = {
        "station": "108",
        "origin": ORIGIN,
        "issued_at": ISSUED,
        "run_id": "run-1",
        "source": "synthetic",
        "degraded_reasons": (),
        "history_hours": 8760,
        "models": {"ta": ModelUsed("lightgbm", "v1"), "hm": ModelUsed("damped_anomaly", None)},
        "ta": path(20.0),
        "hm": path(60.0, 10.0),
    }
    if "origin" in changes and "issued_at" not in changes:
        facts["issued_at"] = changes["origin"] + timedelta(hours=3)
    return Forecast(**{**facts, **changes})
