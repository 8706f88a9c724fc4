"""Simulated forecasts: the size of their errors, how these are correlated, and where forecasts end."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from infra.kma_simulator.guidance.forecast import Forecaster
from infra.kma_simulator.replay import ReplayedObservations
from infra.kma_simulator.short_term.items import values_of
from infra.kma_simulator.synthetic import SyntheticWeather
from plantcast.common.clock import HOUR, KST

Array = npt.NDArray[np.float64]

FIRST = datetime(2025, 1, 1, 2, tzinfo=KST)
ISSUES, APART, LEADS = 200, 33, 60


@pytest.fixture(scope="module")
def weather() -> SyntheticWeather:
    return SyntheticWeather(108)


def errors_of(weather: SyntheticWeather, *, later: int = 0) -> dict[str, Array]:
    """Return errors as issued (whole °C, humidity in steps of 5 %), a row for an issue, a column for a lead.

    Issues are 33 h apart, so that they come at every third hour of the day; each `later` hours later.
    """
    truth = weather.hours("108", FIRST, FIRST + timedelta(days=350))
    forecaster = Forecaster(weather, 7)
    found: dict[str, list[Array]] = {"ta": [], "hm": []}
    for number in range(ISSUES):
        issue = FIRST + (number * APART + later) * HOUR
        forecast = forecaster.forecast("108", issue, LEADS)
        observed = truth.loc[forecast.index[0] : forecast.index[-1]]
        for name, step in (("ta", 1), ("hm", 5)):
            issued = step * np.round(forecast[name].to_numpy() / step)
            found[name].append(issued - observed[name].to_numpy())
    return {name: np.array(rows) for name, rows in found.items()}


@pytest.fixture(scope="module")
def errors(weather: SyntheticWeather) -> dict[str, Array]:
    return errors_of(weather)


def rmse(errors: Array, first: int, last: int) -> float:
    return float(np.sqrt(np.nanmean(errors[:, first - 1 : last] ** 2)))


def correlation(left: Array, right: Array) -> float:
    known = ~np.isnan(left) & ~np.isnan(right)
    return float(np.corrcoef(left[known], right[known])[0, 1])


def test_temperature_errs_by_1_3_degrees_at_first_and_1_8_at_48_hours(errors: dict[str, Array]) -> None:
    assert rmse(errors["ta"], 6, 12) == pytest.approx(1.3, abs=0.1)
    assert rmse(errors["ta"], 22, 26) == pytest.approx(1.5, abs=0.1)
    assert rmse(errors["ta"], 46, 50) == pytest.approx(1.8, abs=0.15)


def test_humidity_is_7_percent_too_low_and_scatters_by_6(errors: dict[str, Array]) -> None:
    first_day = errors["hm"][:, :30]
    assert np.nanmean(first_day) == pytest.approx(-7, abs=0.7)
    assert np.nanstd(first_day) == pytest.approx(6, abs=0.5)
    # Too warm is too dry.
    assert correlation(errors["ta"], errors["hm"]) < -0.3


def test_errors_last_for_hours_and_the_next_issue_shares_most_of_them(
    weather: SyntheticWeather, errors: dict[str, Array]
) -> None:
    ta = errors["ta"]
    assert 0.75 < correlation(ta[:, :-1], ta[:, 1:]) < 0.95
    assert 0.3 < correlation(ta[:, :-6], ta[:, 6:]) < 0.6
    assert abs(correlation(ta[:, :12], ta[:, 48:])) < 0.25
    next_issue = errors_of(weather, later=3)["ta"]
    assert 0.8 < correlation(ta[:, 3:], next_issue[:, :-3]) < 0.97


def test_a_forecast_depends_on_seed_station_model_and_issue_alone(weather: SyntheticWeather) -> None:
    forecaster = Forecaster(weather, 7)
    whole = forecaster.forecast("108", FIRST, LEADS)
    pd.testing.assert_frame_equal(
        Forecaster(weather, 7).forecast("108", FIRST, 20), whole.iloc[:20], check_freq=False
    )
    others = [
        Forecaster(weather, 8).forecast("108", FIRST, LEADS),
        forecaster.forecast("112", FIRST, LEADS),
        forecaster.forecast("108", FIRST, LEADS, model=1),
        forecaster.forecast("108", FIRST + 24 * HOUR, LEADS),
    ]
    for other in others:
        assert not np.allclose(other["ta"], whole["ta"])


def test_rain_is_forecast_about_as_often_as_it_falls_and_mostly_when_it_does(
    weather: SyntheticWeather,
) -> None:
    issue = datetime(2025, 7, 1, 2, tzinfo=KST)
    forecaster = Forecaster(weather, 7)
    parts = [forecaster.forecast("108", issue + timedelta(days=day), 24) for day in range(31)]
    forecast = pd.concat(parts)
    fell = weather.hours("108", forecast.index[0], forecast.index[-1])["rn"].to_numpy() > 0
    foreseen = forecast["rain"].to_numpy() > 0
    assert 0.5 < foreseen.sum() / fell.sum() < 2
    assert foreseen[fell].mean() > 0.5
    assert foreseen[~fell].mean() < 0.1


def replayed(hours: int, **columns: float) -> ReplayedObservations:
    times = pd.date_range("2022-08-01", periods=hours, freq="h")
    frame = pd.DataFrame({"tm": times.strftime("%Y-%m-%d %H:%M"), "stnId": "108", "ta": 20.0, "hm": 60.0})
    frame["tm"] = pd.to_datetime(frame["tm"])
    return ReplayedObservations(frame.assign(**columns))


def test_given_a_replay_that_ends_when_forecast_then_the_issue_ends_there_or_is_missing() -> None:
    forecaster = Forecaster(replayed(40), 7)  # up to 15:00 of 2 August
    issue = datetime(2022, 8, 2, 5, tzinfo=KST)
    assert forecaster.forecast("108", issue, 91).index[-1] == issue + 10 * HOUR
    assert forecaster.forecast("108", issue + 12 * HOUR, 103).empty
    assert forecaster.forecast("112", issue, 91).empty


def test_given_observations_without_wind_when_written_then_it_is_missing() -> None:
    issue = datetime(2022, 8, 1, 5, tzinfo=KST)
    forecast = Forecaster(replayed(40), 7).forecast("108", issue, 3)
    values = {category: value for _, category, value in values_of(forecast, issue, (1,))}
    assert (values["UUU"], values["VEC"], values["WSD"]) == ("-999", "-999", "-999")
    assert values["SKY"] in {"1", "3", "4"}


def test_the_year_s_end_is_no_end(weather: SyntheticWeather) -> None:
    issue = datetime(2025, 12, 31, 2, tzinfo=KST)
    forecast = Forecaster(weather, 7).forecast("108", issue, 94)
    assert len(forecast) == 94
    assert forecast["ta"].notna().all()
