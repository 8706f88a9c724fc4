"""Issued forecasts against observations."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from plantcast.common.clock import KST
from plantcast.common.errors import CorruptDataError
from plantcast.forecasting.issued import ForecastStore
from plantcast.forecasting.shadows import ShadowForecast, ShadowPath, ShadowStore
from plantcast.verification.days import DayVerification, newest_days, observed_from, verify_day
from plantcast.verification.station import DAYS, verify_station
from tests.support.fakes import MemoryTable
from tests.support.forecast_examples import ORIGIN, forecast, path

DAY = date(2025, 5, 30)


def lake_frame(first: datetime, ta: list[float], hm: float = 60.0) -> pd.DataFrame:
    """A lake frame of consecutive hours."""
    index = pd.date_range(
        pd.Timestamp(first).tz_convert("Asia/Seoul"), periods=len(ta), freq="h", name="time"
    )
    return pd.DataFrame({"ta": ta, "hm": hm, "masked": ""}, index=index)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=KST)


def days_of(*values: float, last: date = DAY) -> pd.DataFrame:
    """Whole days of constant temperature that end with `last`."""
    first = midnight(last - timedelta(days=len(values) - 1))
    return lake_frame(first, [value for value in values for _ in range(24)])


def test_given_a_day_that_came_when_verified_then_the_scores_are_those_computed_by_hand() -> None:
    # Forecast 20 ± 2; observed 21 in the first half of the day, 17 in the second; yesterday 18.
    frame = lake_frame(midnight(DAY) - timedelta(days=1), [18.0] * 24 + [21.0] * 12 + [17.0] * 12)

    verified = verify_day([forecast()], observed_from(frame), DAY)

    assert verified is not None
    assert list(verified.sums["ta"].blocks()) == ["leads_1_24"]
    scores = verified.sums["ta"].blocks()["leads_1_24"]
    assert scores.hours == scores.persistence_hours == 24
    assert scores.rmse == pytest.approx(math.sqrt((1 + 9) / 2), abs=1e-4)
    assert scores.bias == pytest.approx((-1 + 3) / 2)
    assert scores.coverage_80 == 0.5
    assert scores.persistence_rmse == pytest.approx(math.sqrt((9 + 1) / 2), abs=1e-4)
    assert scores.skill == pytest.approx(0.0)
    assert verified.origins == (ORIGIN,)


def test_given_two_origins_when_verified_then_each_counts_in_its_lead_block() -> None:
    older = forecast(origin=ORIGIN - timedelta(days=1), ta=path(24.0))
    observed = observed_from(days_of(10.0, 18.0, 20.0))

    verified = verify_day([older, forecast()], observed, DAY)

    assert verified is not None
    near, far = verified.sums["ta"].blocks()["leads_1_24"], verified.sums["ta"].blocks()["leads_25_48"]
    assert (near.rmse, far.rmse) == (0.0, 4.0)
    # At the older origin the 29th was not known: its persistence is the 28th's 10 °C, not the 29th's 18 °C.
    assert (near.persistence_rmse, far.persistence_rmse) == (2.0, 10.0)
    assert near.skill == 1.0
    assert far.skill == pytest.approx(0.6)


def test_given_missing_hours_when_verified_then_only_observed_ones_count() -> None:
    frame = days_of(18.0, 20.0)
    frame.loc[frame.index[30:], "ta"] = np.nan
    frame = frame.drop(frame.index[:12])

    verified = verify_day([forecast()], observed_from(frame), DAY)

    assert verified is not None
    scores = verified.sums["ta"].blocks()["leads_1_24"]
    assert (scores.hours, scores.persistence_hours, scores.persistence_rmse, scores.skill) == (
        6,
        0,
        None,
        None,
    )
    assert verified.sums["hm"].blocks()["leads_1_24"].hours == 24


def test_given_nothing_observed_or_nothing_issued_when_verified_then_there_is_nothing() -> None:
    assert verify_day([forecast()], observed_from(days_of(18.0, last=date(2025, 5, 29))), DAY) is None
    assert verify_day([], observed_from(days_of(18.0, 20.0)), DAY) is None


def test_given_a_week_of_forecasts_when_a_station_is_verified_twice_then_the_items_are_the_same() -> None:
    table = MemoryTable()
    forecasts = ForecastStore(table)
    as_of = date(2025, 5, 31)
    for back in range(DAYS + 3):
        forecasts.issue(forecast(origin=ORIGIN - timedelta(days=back)))
    frame = days_of(*[18.0 + n for n in range(DAYS + 2)])

    first = verify_station("108", as_of=as_of, forecasts=forecasts, frame=frame, table=table)
    items = dict(table.items)
    again = verify_station("108", as_of=as_of, forecasts=forecasts, frame=frame, table=table)

    assert first == again
    assert table.items == items
    assert [verified.day for verified in first] == [
        date(2025, 5, 24) + timedelta(days=n) for n in range(DAYS)
    ]
    assert ("STATION#108", "VERIFY#2025-05-31") not in items
    stored = items["STATION#108", "VERIFY#2025-05-30"]
    assert stored["origins"] == ["2025-05-28T23:00+09:00", "2025-05-29T23:00+09:00"]


# ------------------------------------------------------------------ shadows


def shadow(value: float, version: str = "v2", origin: datetime = ORIGIN) -> ShadowForecast:
    """The shadow of temperature beside the forecast from `origin`."""
    issued = forecast() if origin == ORIGIN else forecast(origin=origin)
    return ShadowForecast.beside(issued, {"ta": ShadowPath(version, path(value, 1.0))})


def test_given_a_shadow_when_verified_then_both_are_scored_over_identical_hours() -> None:
    frame = days_of(18.0, 21.0)
    frame.loc[frame.index[40:], "ta"] = np.nan

    verified = verify_day([forecast()], observed_from(frame), DAY, [shadow(23.0)])

    assert verified is not None
    assert set(verified.shadow) == {"ta"}
    found = verified.shadow["ta"]
    assert (found.versions, found.issued) == (("v2",), ("v1",))
    compared = found.sums.blocks()["leads_1_24"]
    assert (compared.hours, compared.rmse, compared.shadow_rmse, compared.shadow_bias) == (16, 1.0, 2.0, 2.0)
    assert (compared.shadow_coverage_80, compared.gain) == (0.0, -1.0)


def test_given_a_shadow_of_only_one_origin_when_verified_then_only_its_hours_are_compared() -> None:
    older = forecast(origin=ORIGIN - timedelta(days=1), ta=path(24.0))

    verified = verify_day(
        [older, forecast()],
        observed_from(days_of(10.0, 18.0, 21.0)),
        DAY,
        [shadow(22.0, origin=older.origin)],
    )

    assert verified is not None
    assert (
        verified.sums["ta"].blocks()["leads_1_24"].hours
        == verified.sums["ta"].blocks()["leads_25_48"].hours
        == 24
    )
    compared = verified.shadow["ta"].sums.blocks()
    assert set(compared) == {"leads_25_48"}
    assert (compared["leads_25_48"].rmse, compared["leads_25_48"].shadow_rmse) == (3.0, 1.0)
    assert compared["leads_25_48"].gain == pytest.approx(2 / 3, abs=1e-4)


def test_given_a_shadow_left_from_before_a_promotion_when_verified_then_a_model_is_not_its_own_rival() -> (
    None
):
    verified = verify_day([forecast()], observed_from(days_of(18.0, 21.0)), DAY, [shadow(20.0, version="v1")])

    assert verified is not None
    assert verified.shadow == {}


# ------------------------------------------------------------------ stored


def test_given_a_verified_day_when_stored_then_it_reads_back_equal_and_small() -> None:
    older = forecast(origin=ORIGIN - timedelta(days=1), ta=path(24.0))
    verified = verify_day([older, forecast()], observed_from(days_of(10.0, 18.5, 20.5)), DAY, [shadow(22.0)])
    assert verified is not None
    table = MemoryTable()

    table.put(verified.to_item())

    assert newest_days(table, "108", 9) == [verified]
    assert len(str(table.items["STATION#108", "VERIFY#2025-05-30"])) < 12_000


@pytest.mark.parametrize(
    "damage",
    [
        {"schema_version": None},
        {"sums": {"ta": {"hours": "1 " * 48}}},
        {"day": "yesterday"},
        {"origins": None},
    ],
)
def test_given_a_damaged_item_when_read_then_it_is_named(damage: dict[str, object]) -> None:
    verified = verify_day([forecast()], observed_from(days_of(18.0, 21.0)), DAY)
    assert verified is not None

    with pytest.raises(CorruptDataError, match="VERIFY#2025-05-30"):
        DayVerification.from_item({**verified.to_item(), **damage})


def test_given_shadows_stored_when_a_station_is_verified_then_they_are_scored_beside() -> None:
    table = MemoryTable()
    forecasts, shadows = ForecastStore(table), ShadowStore(table)
    forecasts.issue(forecast())
    shadows.issue(shadow(19.0))
    for back in (1, 2):
        origin = ORIGIN - timedelta(days=back)
        forecasts.issue(forecast(origin=origin))
        shadows.issue(shadow(19.0, origin=origin))

    verify_station(
        "108",
        as_of=DAY + timedelta(days=1),
        forecasts=forecasts,
        frame=days_of(*[18.0] * (DAYS + 2)),
        table=table,
    )

    found = newest_days(table, "108", 1)[0].shadow["ta"]
    assert found.versions == ("v2",)
    assert {name: (one.hours, one.gain) for name, one in found.sums.blocks().items()} == {
        "leads_1_24": (24, 0.5),
        "leads_25_48": (24, 0.5),
    }


def test_given_a_damaged_shadow_when_a_station_is_verified_then_what_was_issued_is_scored_all_the_same() -> (
    None
):
    table = MemoryTable()
    ForecastStore(table).issue(forecast())
    ShadowStore(table).issue(shadow(19.0))
    table.items["STATION#108", "SHADOW#2025-05-29T23:00+09:00"]["paths"] = {}

    (verified,) = verify_station(
        "108",
        as_of=DAY + timedelta(days=1),
        forecasts=ForecastStore(table),
        frame=days_of(*[18.0] * (DAYS + 2)),
        table=table,
    )

    assert verified.sums["ta"].blocks()["leads_1_24"].hours == 24
    assert verified.shadow == {}
