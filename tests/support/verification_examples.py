"""Forecasts that are off by a known amount, for as many days as a test wants, and what was observed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from plantcast.aws import ItemTable
from plantcast.common.clock import HOUR, midnight
from plantcast.forecasting import Target
from plantcast.forecasting.issued import Forecast, ForecastStore
from plantcast.forecasting.shadows import ShadowForecast, ShadowPath, ShadowStore
from plantcast.verification.days import DayVerification, verify_day
from plantcast.verification.windows import track_of
from tests.support.forecast_examples import forecast, path

LAST = date(2025, 5, 29)
STEP = 2.0  # each day is this much warmer and more humid than the one before: persistence's error per day


def observed_value(day: date, step: float = STEP) -> float:
    """What was observed all day, of either target."""
    return 3.0 + step * (day - date(2025, 4, 17)).days


def forecast_for(day: date, error: float, version: str = "v1", *, step: float = STEP) -> Forecast:
    """The forecast from the eve of `day`, off by `error` all along."""
    means = [observed_value(hour, step) + error for hour in (day, day + timedelta(days=1)) for _ in range(24)]
    made = forecast(origin=midnight(day) - HOUR, ta=path(means), hm=path(means, 10.0))
    used = {target: type(model)(model.kind, version) for target, model in made.models.items()}
    return forecast(origin=made.origin, ta=made.ta, hm=made.hm, models=used)


def shadow_for(day: date, error: float, *, step: float = STEP) -> ShadowForecast:
    """The shadow beside it, off by `error`."""
    other = forecast_for(day, error, step=step)
    return ShadowForecast.beside(other, {"ta": ShadowPath("v2", other.ta)})


def observed_until(last: date, days: int) -> dict[Target, Mapping[datetime, float]]:
    """Observations of `days` days that end with `last`."""
    hours = {
        midnight(day) + hour * HOUR: observed_value(day)
        for day in (last - timedelta(days=back) for back in range(days))
        for hour in range(24)
    }
    return {"ta": hours, "hm": hours}


def verified_days(
    count: int, *, last: date = LAST, error: float = 1.0, shadow_error: float | None = None
) -> list[DayVerification]:
    """`count` verified days that end with `last`, each with both lead blocks."""
    observed = observed_until(last, count + 3)
    days = [last - timedelta(days=back) for back in range(count - 1, -1, -1)]
    verified = []
    for day in days:
        eves = (day - timedelta(days=1), day)
        shadows = [] if shadow_error is None else [shadow_for(eve, shadow_error) for eve in eves]
        found = verify_day([forecast_for(eve, error) for eve in eves], observed, day, shadows)
        assert found is not None
        verified.append(found)
    return verified


def store_verified(table: ItemTable, days: list[DayVerification]) -> None:
    """Leave verified days and their track record as `monitor` does."""
    for day in days:
        table.put(day.to_item())
    track = track_of(days)
    assert track is not None
    table.put(track)


def issue_days(
    table: ItemTable, count: int, *, last: date, error: float, shadow_error: float, step: float
) -> None:
    """Issue a forecast and a shadow on the eve of each of `count` days that end with `last`."""
    for day in (last - timedelta(days=back) for back in range(count)):
        ForecastStore(table).issue(forecast_for(day, error, step=step))
        ShadowStore(table).issue(shadow_for(day, shadow_error, step=step))
