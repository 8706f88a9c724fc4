"""The plain rule on the values shown, as `/api/forecast` has it beside each day."""

from __future__ import annotations

from datetime import date

import pytest

from plantcast.plants.advice import advise
from plantcast.plants.profiles import profile
from tests.support.forecast_examples import forecast, path, with_hours


def test_given_a_mild_forecast_when_advised_then_both_days_are_fine_and_say_why() -> None:
    today, tomorrow = advise(forecast(), profile())

    assert (today.day, today.state) == (date(2025, 5, 30), "ok")
    assert (tomorrow.day, tomorrow.state) == (date(2025, 5, 31), "ok")
    assert today.hours == ()
    assert today.reasons_ko == (
        "최고 기온 20.0 °C (00:00), 30 °C 미만",
        "최저 습도 60.0 % (00:00), 30 % 초과",
    )
    assert today.reasons_en[0] == "Temperature stays below 30 °C: 20.0 °C at 00:00"


def test_given_a_hot_afternoon_when_advised_then_the_hours_and_values_are_named() -> None:
    # Leads 14 to 17 are 13:00 to 16:00 of the first day.
    hot = with_hours(20.0, {14: 30.0, 15: 31.0, 16: 31.2, 17: 30.4})

    today, tomorrow = advise(forecast(ta=path(hot)), profile())

    assert today.state == "water"
    assert today.temperature_max == 31.2
    assert [hour.hour for hour in today.hours] == [13, 14, 15, 16]
    assert today.reasons_ko == ("최고 기온 31.2 °C (15:00), 30 °C 이상: 13:00–16:00",)
    assert today.reasons_en == ("Temperature reaches 31.2 °C at 15:00, 30 °C or more: 13:00–16:00",)
    assert tomorrow.state == "ok"


def test_given_dry_hours_apart_when_advised_then_each_span_is_named_once() -> None:
    dry = with_hours(60.0, {27: 29.0, 36: 30.0, 37: 25.5})

    today, tomorrow = advise(forecast(hm=path(dry)), profile())

    assert today.state == "ok"
    assert tomorrow.state == "water"
    assert tomorrow.humidity_min == 25.5
    assert tomorrow.reasons_en == ("Humidity falls to 25.5 % at 12:00, 30 % or less: 02:00, 11:00–12:00",)


@pytest.mark.parametrize(
    ("temperature", "state"), [(29.94, "ok"), (29.96, "water"), (30.0, "water"), (29.9, "ok")]
)
def test_given_a_value_at_the_limit_when_advised_then_the_shown_value_decides(
    temperature: float, state: str
) -> None:
    today, _ = advise(forecast(ta=path(with_hours(20.0, {5: temperature}))), profile())

    assert today.state == state
