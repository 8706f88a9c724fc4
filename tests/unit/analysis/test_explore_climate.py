"""What `plantcast explore` computes from observations alone."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.explore.climate import LONGEST_LAG, SEASONS, Climate, completeness, correlation, half_life
from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import LEADS
from tests.made_weather import made_weather


def test_given_gaps_then_completeness_is_of_the_hours_of_each_month_in_the_record() -> None:
    weather = made_weather(24 * 40, start=datetime(2024, 1, 22, tzinfo=KST))
    weather.iloc[:60, weather.columns.get_loc("hm")] = np.nan
    shares = completeness(weather)
    assert [str(month) for month in shares.index] == ["2024-01", "2024-02", "2024-03"]
    assert shares["ta"].tolist() == [1.0, 1.0, 1.0]
    assert shares["hm"].tolist() == [pytest.approx(1 - 60 / 240), 1.0, 1.0]


@given(
    st.lists(
        st.one_of(st.just(float("nan")), st.floats(-50, 50).map(lambda x: round(x, 1))),
        min_size=60,
        max_size=150,
    ),
    st.integers(0, 20),
)
def test_correlation_is_that_of_the_pairs_both_of_which_are_known(values: list[float], lag: int) -> None:
    pairs = pd.DataFrame({"later": values, "earlier": pd.Series(values).shift(lag)}).dropna()
    found = correlation(np.array(values), 20)[lag]
    if len(pairs) < 48 or pairs.nunique().min() < 2:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(np.corrcoef(pairs["later"], pairs["earlier"])[0, 1], abs=1e-9)


def test_given_a_year_then_every_part_of_its_climate_is_there_and_agrees_with_a_plain_count() -> None:
    weather = made_weather(24 * 366, start=datetime(2024, 1, 1, tzinfo=KST))
    climate = Climate.of(weather, "ta")
    assert climate.climatology.shape == (24, 365)
    assert np.isfinite(climate.climatology).all()
    assert len(climate.correlation) == LONGEST_LAG + 1
    assert climate.correlation[0] == pytest.approx(1)
    assert len(climate.damping) == LEADS
    july = weather["ta"][weather.index.month == 7]
    assert climate.by_month.loc[7].to_numpy() == pytest.approx(
        np.quantile(july, [0.05, 0.25, 0.5, 0.75, 0.95])
    )
    winter = weather["ta"][weather.index.month.isin([12, 1, 2]) & (weather.index.hour == 15)]
    assert climate.diurnal.loc[15, "winter"] == pytest.approx(winter.mean())
    assert climate.diurnal.columns.tolist() == list(SEASONS)


def test_given_part_of_a_year_then_days_and_months_never_observed_stay_blank() -> None:
    climate = Climate.of(made_weather(24 * 31, start=datetime(2024, 3, 1, tzinfo=KST)), "hm")
    known = np.flatnonzero(~np.isnan(climate.climatology[0]))
    assert (known[0], known[-1], len(known)) == (59, 89, 31)
    assert climate.by_month.dropna().index.tolist() == [3]
    assert climate.diurnal["autumn"].isna().all()


def test_given_a_variable_that_was_never_observed_then_the_error_says_so() -> None:
    with pytest.raises(InvalidInputError, match="no observed value"):
        Climate.of(made_weather(48).assign(hm=np.nan), "hm")


@pytest.mark.parametrize(
    ("damping", "hours"), [([0.9, 0.6, 0.5, 0.2], 3), ([0.9, 0.8], None), ([0.1, 0.7], 1)]
)
def test_half_life_is_the_first_lead_with_at_most_half_left(damping: list[float], hours: int | None) -> None:
    assert half_life(np.array(damping)) == hours
