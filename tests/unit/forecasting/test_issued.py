"""Issued forecasts and their store."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from plantcast.common.clock import HOUR, KST
from plantcast.common.errors import CorruptDataError
from plantcast.forecasting.issued import HINDCAST, ForecastStore, attribution
from plantcast.forecasting.path import TargetPath
from tests.support.fakes import MemoryTable
from tests.support.forecast_examples import ISSUED, ORIGIN, forecast, path


def test_given_a_forecast_when_issued_then_it_is_read_back_equal() -> None:
    store = ForecastStore(MemoryTable())
    given = forecast(degraded_reasons=("observations_incomplete",))

    assert store.issue(given)

    assert store.latest("108") == given
    assert store.at("108", ORIGIN) == given
    assert given.status == "degraded"


def test_given_a_forecast_when_stored_then_the_item_is_as_the_contract_says() -> None:
    table = MemoryTable()
    ForecastStore(table).issue(forecast(ta=path(17.12345)))

    item = table.items["STATION#108", "ISSUE#2025-05-29T23:00+09:00"]

    assert item["schema_version"] == 1
    assert (item["origin"], item["issued_at"]) == ("2025-05-29T23:00+09:00", "2025-05-30T02:01:12+09:00")
    assert item["models"]["hm"] == {"kind": "damped_anomaly", "version": None}
    assert item["ta"]["mean"] == [17.12] * 48
    assert item["expires_at"] > ISSUED.timestamp()


EARLY = ORIGIN + HOUR / 2  # the first hour forecast has not begun


def test_given_a_first_hour_that_has_not_begun_when_issued_again_then_the_later_one_counts() -> None:
    store = ForecastStore(MemoryTable())
    later = forecast(issued_at=EARLY, ta=path(25.0))

    assert store.issue(forecast(issued_at=ORIGIN))
    assert store.issue(later)
    assert not store.issue(forecast(issued_at=ORIGIN))

    assert store.latest("108") == later


@pytest.mark.parametrize("first", [EARLY, ISSUED])
@pytest.mark.parametrize("again", [ISSUED, ISSUED + HOUR, ISSUED + timedelta(days=300)])
def test_given_an_issued_forecast_whose_first_hour_has_begun_when_issued_again_then_it_stays(
    first: datetime, again: datetime
) -> None:
    store = ForecastStore(MemoryTable())
    issued = forecast(issued_at=first)
    store.issue(issued)

    assert not store.issue(forecast(issued_at=again, ta=path(25.0)))

    assert store.latest("108") == issued


def test_given_a_hindcast_when_stored_then_it_is_apart_marked_and_replaced_by_the_next() -> None:
    store = ForecastStore(MemoryTable())
    issued = forecast()
    store.issue(issued)
    late = ISSUED + timedelta(days=40)

    assert store.issue(forecast(issued_at=late, ta=path(25.0), degraded_reasons=(HINDCAST,)))
    assert store.issue(forecast(issued_at=late + HOUR, ta=path(26.0), degraded_reasons=(HINDCAST,)))

    hindcast = store.hindcast("108", ORIGIN)
    assert hindcast is not None
    assert (hindcast.ta.mean[0], hindcast.status, hindcast.is_hindcast) == (26.0, "degraded", True)
    assert store.at("108", ORIGIN) == store.latest("108") == issued
    assert store.of_day("108", ORIGIN.date()) == store.recent("108", 9) == [issued]


def test_given_several_origins_when_read_then_the_newest_comes_first_and_days_select() -> None:
    store = ForecastStore(MemoryTable())
    for back in (2, 0, 1):
        store.issue(forecast(origin=ORIGIN - back * timedelta(days=1)))

    assert [found.origin for found in store.recent("108", 2)] == [ORIGIN, ORIGIN - timedelta(days=1)]
    assert [found.origin for found in store.of_day("108", date(2025, 5, 28))] == [ORIGIN - timedelta(days=1)]
    assert store.latest("112") is None
    assert store.at("108", ORIGIN - HOUR) is None


def test_given_times_in_utc_when_made_then_they_are_kst() -> None:
    made = forecast(origin=ORIGIN.astimezone(ZoneInfo("UTC")))

    assert made.origin.tzinfo is KST
    assert made.valid_at[0] == datetime(2025, 5, 30, 0, tzinfo=KST)
    assert len(made.valid_at) == 48


@pytest.mark.parametrize(
    ("values", "message"),
    [([20.0] * 47, "at least 48"), ([20.0] * 47 + [float("nan")], "finite"), ([float("inf")] * 48, "finite")],
)
def test_given_a_bad_series_when_made_then_the_error_names_it(values: list[float], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TargetPath(mean=tuple(values), p10=(0.0,) * 48, p90=(40.0,) * 48)


def test_given_crossed_quantiles_when_made_then_the_error_names_the_lead() -> None:
    with pytest.raises(ValidationError, match="lead 3"):
        TargetPath(mean=(1.0,) * 48, p10=(0.0,) * 2 + (2.0,) + (0.0,) * 45, p90=(1.5,) * 48)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"origin": ORIGIN.replace(tzinfo=None)}, "timezone"),
        ({"origin": ORIGIN + timedelta(minutes=5)}, "full hour"),
    ],
)
def test_given_a_bad_field_when_made_then_the_error_names_it(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        forecast(**{"issued_at": ISSUED, **changes})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schema_version", None),
        ("ta", {"mean": [1.0], "p10": [1.0], "p90": [1.0]}),
        ("models", {"ta": {"kind": "oracle", "version": None}, "hm": {"kind": "lightgbm", "version": "v"}}),
        ("models", None),
        ("origin", "yesterday"),
    ],
)
def test_given_a_damaged_item_when_read_then_it_is_corrupt_and_named(field: str, value: object) -> None:
    table = MemoryTable()
    store = ForecastStore(table)
    store.issue(forecast())
    table.items["STATION#108", "ISSUE#2025-05-29T23:00+09:00"][field] = value

    with pytest.raises(CorruptDataError, match="ISSUE#2025-05-29T23:00"):
        store.latest("108")


def test_given_a_source_when_attributed_then_only_real_observations_are_called_so() -> None:
    assert attribution("kma") == "기상청 (KMA), data.go.kr"
    assert "not observations" in attribution("synthetic")
    assert "replay" in attribution("replay")
