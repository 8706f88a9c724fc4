"""The KMA's published forecast beside ours, and origins with several issued paths."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from plantcast.common.clock import HOUR, midnight
from plantcast.forecasting.issued import Forecast, ForecastStore
from plantcast.forecasting.shadows import ShadowForecast, ShadowPath
from plantcast.verification.days import DayVerification, Observed, newest_days, verify_day
from plantcast.verification.windows import track_of
from tests.support.fakes import MemoryTable
from tests.support.forecast_examples import ORIGIN, forecast, path
from tests.support.guidance_examples import guidance, guided

DAY = date(2025, 5, 30)  # its first hour is lead 1 of the examples


def observed(value: float = 21.0, days: int = 4) -> Observed:
    """The same value at every hour of `days` days that end with `DAY`; humidity three times it."""
    first = midnight(DAY - timedelta(days=days - 1))
    hours = [first + hour * HOUR for hour in range(24 * days)]
    return {"ta": dict.fromkeys(hours, value), "hm": dict.fromkeys(hours, 3 * value)}


def verified(*forecasts: Forecast, shadows: tuple[ShadowForecast, ...] = ()) -> DayVerification:
    found = verify_day(forecasts, observed(), DAY, shadows)
    assert found is not None
    return found


# ------------------------------------------------------------------ published


def test_given_a_published_forecast_when_verified_then_both_are_scored_over_its_hours() -> None:
    # Ours 20 °C and 60 %; the KMA's 24 °C at leads 1–12 and nothing after, 65 %.
    used = guidance(ta=(24.0,) * 12 + (None,) * 36)

    day = verified(guided(guidance=used))

    ta, hm = (day.published[target].blocks()["leads_1_24"] for target in ("ta", "hm"))
    assert (ta.hours, ta.rmse, ta.bias, ta.ours) == (12, 3.0, 3.0, 1.0)
    assert (hm.hours, hm.rmse, hm.bias, hm.ours) == (24, 2.0, 2.0, 3.0)
    assert day.sums["ta"].blocks()["leads_1_24"].hours == 24


OPEN_METEO = guided(guidance=guidance(source="open_meteo"))
WITHOUT_VALUES = guided(guidance=guidance(ta=(None,) * 48, hm=(None,) * 48))


@pytest.mark.parametrize("made", [forecast(), OPEN_METEO, WITHOUT_VALUES])
def test_given_nothing_of_the_kma_s_when_verified_then_there_is_no_comparison(made: Forecast) -> None:
    assert verified(made).published == {}


def test_given_published_forecasts_when_stored_and_pooled_then_they_are_in_day_and_window() -> None:
    table, day = MemoryTable(), verified(guided())
    table.put(day.to_item())
    assert newest_days(table, "108", 1) == [day]
    assert len(str(table.items["STATION#108", "VERIFY#2025-05-30"])) < 8_000

    track = track_of([day])

    assert track is not None
    record = track["windows"]["7"]["targets"]["ta"]["published"]
    assert record["days"] == 1
    assert (
        record["leads_1_48"] == record["leads_1_24"] == {"hours": 24, "rmse": 1.0, "bias": 1.0, "ours": 1.0}
    )
    assert record["by_lead"]["hours"] == [1] * 24 + [0] * 24
    assert record["by_lead"]["ours"] == [1.0] * 24 + [None] * 24


# ------------------------------------------------------------------ several paths from one origin


def leads_scored(day: DayVerification) -> list[int]:
    return [lead for lead, hours in enumerate(day.sums["ta"].hours, start=1) if hours]


def test_given_guidance_when_verified_then_only_hours_after_the_issue_count() -> None:
    late = guided(after=timedelta(hours=3, minutes=1))
    on_the_hour = guided(after=3 * HOUR)

    assert leads_scored(verified(late)) == leads_scored(verified(on_the_hour)) == list(range(4, 25))


def test_given_no_guidance_when_verified_then_each_hour_of_a_late_night_counts_as_ever() -> None:
    assert leads_scored(verified(forecast(issued_at=ORIGIN + 9 * HOUR))) == list(range(1, 25))


def test_given_an_origin_issued_again_with_newer_guidance_when_verified_then_the_first_counts_alone() -> None:
    nights = [forecast(issued_at=ORIGIN + 3 * HOUR), guided(after=3 * HOUR)]
    updates = [
        guided(after=after, ta=path(25.0), guidance=guidance(issued_at=ORIGIN + after, ta=(9.0,) * 48))
        for after in (6 * HOUR, 9 * HOUR)
    ]

    for night in nights:
        alone = verified(night)
        assert verified(night, *updates) == verified(*updates, night) == alone
        assert alone.origins == (ORIGIN,)


def test_given_hourly_origins_when_verified_then_all_of_them_count_by_lead() -> None:
    origins = [midnight(DAY) + hour * HOUR for hour in range(-48, 24)]

    day = verified(*(guided(origin) for origin in origins))

    assert len(day.origins) == 71  # that of 23:00 has no hour left
    assert day.sums["ta"].hours == (24,) * 48
    assert day.sums["ta"].persistence_hours == (24,) * 48


def test_given_the_store_s_items_when_read_then_the_same_comes_of_them() -> None:
    table = MemoryTable()
    store = ForecastStore(table)
    made = [forecast(), guided(ORIGIN - HOUR)]
    for one in made:
        store.issue(one)

    assert verified(*store.of_day("108", ORIGIN.date())) == verified(*made)


# ------------------------------------------------------------------ shadows


def test_given_a_shadow_when_verified_then_it_is_compared_with_the_forecast_beside_it_alone() -> None:
    made, other = guided(), guided(after=HOUR)
    shadow = ShadowForecast.beside(made, {"ta": ShadowPath("v2", path(20.5))})

    assert verified(made, other, shadows=(shadow,)).shadow["ta"].sums.blocks()["leads_1_24"].gain == 0.5
    assert verified(other, shadows=(shadow,)).shadow == {}
