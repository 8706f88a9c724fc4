"""Verifying a station: the last days again, since observations arrive late and are corrected."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from plantcast.aws import ItemTable
from plantcast.common.errors import CorruptDataError
from plantcast.common.logging import logger
from plantcast.forecasting import LEADS
from plantcast.forecasting.issued import ForecastStore
from plantcast.forecasting.shadows import ShadowForecast, ShadowStore
from plantcast.verification.days import DayVerification, observed_from, verify_day

if TYPE_CHECKING:
    import pandas as pd

# The KMA corrects values for some days after publishing them; a week takes those corrections in.
DAYS: Final = 7
# A path reaches from its origin into the day of origin + 48 h at most.
_ORIGIN_DAYS: Final = LEADS // 24


def verify_station(
    station: str, *, as_of: date, forecasts: ForecastStore, frame: pd.DataFrame, table: ItemTable
) -> list[DayVerification]:
    """Verify and store the last `DAYS` observed days before `as_of`; `frame` must cover `span(as_of)`.

    Raises:
        CorruptDataError: a stored forecast cannot be read.
    """
    observed = observed_from(frame)
    first, last = span(as_of)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    issued = {day: forecasts.of_day(station, day) for day in days}
    shadows = {day: _shadows(ShadowStore(table), station, day) for day in days}
    done: list[DayVerification] = []
    for position in range(_ORIGIN_DAYS, len(days)):
        origin_days = days[position - _ORIGIN_DAYS : position + 1]
        verified = verify_day(
            [forecast for day in origin_days for forecast in issued[day]],
            observed,
            days[position],
            [shadow for day in origin_days for shadow in shadows[day]],
        )
        if verified is not None:
            table.put(verified.to_item())
            done.append(verified)
    return done


def _shadows(store: ShadowStore, station: str, day: date) -> list[ShadowForecast]:
    """Return the day's shadows, none where one is damaged: the issued forecasts are verified all the same."""
    try:
        return store.of_day(station, day)
    except CorruptDataError:
        logger.exception("shadows left out", extra={"station": station, "day": day.isoformat()})
        return []


def span(as_of: date) -> tuple[date, date]:
    """Return the first and last day whose observations verifying at `as_of` needs, persistence included."""
    return as_of - timedelta(days=DAYS + _ORIGIN_DAYS), as_of - timedelta(days=1)
