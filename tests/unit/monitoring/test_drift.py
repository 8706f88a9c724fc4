"""PSI by hand, and drift of observations in a lake."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from plantcast.common.clock import HOUR, KST, midnight
from plantcast.common.errors import CorruptDataError
from plantcast.monitoring.drift import AROUND, DAYS, VARIABLES, Drift, level_of, measure_drift, store_drift
from plantcast.monitoring.psi import EPSILON, psi
from plantcast.observations.lake import ObservationLake
from tests.support.fakes import CountingStore, MemoryTable
from tests.support.observed import sent_of
from tests.support.synthetic_weather import made_weather

AS_OF = date(2025, 6, 10)

# ------------------------------------------------------------------ PSI


def test_psi_of_a_shift_worked_out_by_hand() -> None:
    # 1…100 in deciles: ten bins of ten. The sample moves half of the first bin into the last.
    reference = np.arange(1.0, 101.0)
    sample = np.concatenate([np.arange(6.0, 101.0), np.arange(96.0, 101.0)])

    # (0.05 − 0.10)·ln(0.05 / 0.10) + (0.15 − 0.10)·ln(0.15 / 0.10), the eight other bins nothing
    assert psi(sample, reference) == pytest.approx(0.05 * math.log(2) + 0.05 * math.log(1.5))
    assert psi(sample, reference) == pytest.approx(0.0549306, abs=1e-7)


def test_psi_of_a_sample_in_one_bin_counts_empty_bins_with_the_least_share() -> None:
    reference = np.arange(1.0, 101.0)

    value = psi(np.full(50, 100.0), reference)

    assert value == pytest.approx((1 - 0.1) * math.log(10) + 9 * (EPSILON - 0.1) * math.log(EPSILON / 0.1))


def test_psi_of_a_variable_that_is_mostly_zero_compares_how_often_it_is_not() -> None:
    reference = np.r_[np.zeros(95), np.arange(1.0, 6.0)]  # every decile is 0: two bins, dry and wet

    assert psi(np.r_[np.zeros(80), np.ones(20)], reference) == pytest.approx(
        (0.80 - 0.95) * math.log(0.80 / 0.95) + (0.20 - 0.05) * math.log(0.20 / 0.05)
    )


VALUES = arrays(
    np.float64, st.integers(1, 60), elements=st.floats(-50, 50).map(lambda value: round(value, 1))
)


@given(sample=VALUES, reference=VALUES)
@settings(max_examples=25, deadline=None)
def test_psi_is_never_negative_and_nothing_against_itself(sample: np.ndarray, reference: np.ndarray) -> None:
    assert psi(sample, reference) >= 0
    assert psi(reference, reference) == 0


@pytest.mark.parametrize(
    ("value", "usual", "level"),
    [
        (None, None, "unknown"),
        (0.0999, None, "stable"),
        (0.1, None, "moderate"),
        (0.2499, None, "moderate"),
        (0.25, None, "large"),
        (0.6, 0.55, "stable"),
        (0.6, 0.45, "moderate"),
        (0.6, 0.3, "large"),
    ],
)
def test_levels_are_the_rules_of_thumb_beyond_what_is_usual(
    value: float | None, usual: float | None, level: str
) -> None:
    assert level_of(value, usual) == level


# ------------------------------------------------------------------ a lake


class Station:
    """A lake to fill with weather."""

    def __init__(self) -> None:
        self.store = CountingStore()
        self.lake = ObservationLake(self.store, "synthetic")

    def fill(self, first: date, last: date, *, seed: int = 1, **shift: float) -> None:
        days = (last - first).days + 1
        weather = made_weather(days * 24, start=midnight(first), seed=seed)
        for name, by in shift.items():
            weather[name] += by
        self.merge(weather)

    def merge(self, weather: pd.DataFrame) -> None:
        self.lake.merge("108", sent_of(weather), received_at=datetime(2025, 6, 10, 2, tzinfo=KST))

    def years(self, count: int) -> None:
        """Fill the season of so many years before."""
        for back in range(1, count + 1):
            around = timedelta(days=AROUND)
            first = date(AS_OF.year - back, 5, 13) - around
            self.fill(first, first + timedelta(days=DAYS - 1) + 2 * around, seed=10 + back)

    def now(self, *, seed: int = 5, **shift: float) -> None:
        self.fill(AS_OF - timedelta(days=DAYS), AS_OF - timedelta(days=1), seed=seed, **shift)

    def measure(self) -> Drift:
        return measure_drift(self.lake, "108", AS_OF)


@pytest.fixture
def station() -> Station:
    return Station()


def test_given_years_before_when_measured_then_the_same_season_is_the_reference(station: Station) -> None:
    station.years(4)
    station.now()

    drift = station.measure()

    assert (drift.reference, drift.years) == ("same_season", (2021, 2022, 2023, 2024))
    assert (drift.first, drift.last) == (date(2025, 5, 13), date(2025, 6, 9))
    assert set(drift.variables) == set(VARIABLES)
    ta = drift.variables["ta"]
    assert ta.hours == pytest.approx(DAYS * 24, abs=5)
    assert ta.reference_hours == pytest.approx(4 * (DAYS + 2 * AROUND) * 24, abs=40)
    assert ta.psi is not None
    assert ta.usual is not None
    assert {drift.variables[name].level for name in ("ta", "hm", "ws", "dc10Tca", "ss")} == {"stable"}


def test_given_a_sensor_that_reads_too_high_when_measured_then_its_variable_alone_drifts(
    station: Station,
) -> None:
    station.years(4)
    station.now(ws=3.0)

    drift = station.measure()

    assert drift.variables["ws"].level == "large"
    assert drift.variables["hm"].level == "stable"


def test_given_only_the_months_in_question_when_measured_then_no_other_is_read(station: Station) -> None:
    station.years(3)
    station.fill(date(2024, 11, 1), date(2024, 11, 20))
    station.now()
    station.store.read.clear()

    station.measure()

    months = {key.split("month=")[1][:2] for key in station.store.read}
    assert months <= {"04", "05", "06"}
    assert len(station.store.read) <= 11 * 3


def test_given_no_such_year_when_measured_then_everything_before_is_the_reference(station: Station) -> None:
    station.fill(date(2025, 2, 1), date(2025, 5, 12), seed=3)
    station.now()

    drift = station.measure()

    assert (drift.reference, drift.years) == ("history", ())
    ta = drift.variables["ta"]
    assert ta.reference_hours == pytest.approx(101 * 24, abs=10)
    assert ta.reference_missing == pytest.approx(0, abs=0.01)  # counted from the first hour held
    assert (ta.usual, ta.level) == (None, "large")  # the season: it got warmer


def test_given_a_new_deployment_when_measured_then_nothing_is_known(station: Station) -> None:
    station.fill(date(2025, 5, 31), date(2025, 6, 9))

    drift = station.measure()

    assert drift.reference == "none"
    ta = drift.variables["ta"]
    assert (ta.psi, ta.level, ta.reference_hours, ta.reference_missing) == (None, "unknown", 0, None)
    assert ta.missing == pytest.approx(18 / 28, abs=0.01)


def test_given_an_empty_lake_when_measured_then_it_says_so(station: Station) -> None:
    drift = station.measure()

    assert drift.reference == "none"
    assert {one.level for one in drift.variables.values()} == {"unknown"}
    assert drift.variables["ta"].missing == 1


def test_given_two_weeks_missing_when_measured_then_their_share_is_told_beside_the_usual_one(
    station: Station,
) -> None:
    station.years(1)
    station.fill(AS_OF - timedelta(days=20), AS_OF - timedelta(days=1))

    ta = station.measure().variables["ta"]

    assert ta.missing == pytest.approx(8 / 28, abs=0.01)
    assert ta.reference_missing == pytest.approx(0, abs=0.01)
    assert ta.psi is not None


def test_given_fewer_than_two_weeks_of_values_when_measured_then_the_level_is_unknown(
    station: Station,
) -> None:
    station.years(3)
    station.fill(AS_OF - timedelta(days=13), AS_OF - timedelta(days=1))

    assert station.measure().variables["ta"].level == "unknown"


def test_given_no_rain_for_a_month_when_measured_then_none_is_zero_and_not_unknown(station: Station) -> None:
    station.years(3)
    weather = made_weather(DAYS * 24, start=midnight(AS_OF - timedelta(days=DAYS)), seed=5)
    station.merge(weather.assign(rn=np.nan))

    rain = station.measure().variables["rn"]

    assert rain.missing == 1
    assert rain.psi is not None
    assert rain.hours == DAYS * 24


def test_given_a_station_without_the_instrument_when_measured_then_it_is_unknown(station: Station) -> None:
    for back in range(4):
        first = date(AS_OF.year - back, 4, 28)
        weather = made_weather(60 * 24, start=midnight(first), seed=back)
        station.merge(
            weather.loc[: midnight(AS_OF.replace(year=AS_OF.year - back)) - HOUR].assign(icsr=np.nan)
        )

    assert station.measure().variables["icsr"].level == "unknown"


def test_given_a_leap_day_when_measured_then_the_years_before_have_one_too(station: Station) -> None:
    station.fill(date(2023, 1, 1), date(2023, 4, 1), seed=2)
    station.fill(date(2024, 2, 1), date(2024, 3, 28))

    drift = measure_drift(station.lake, "108", date(2024, 3, 1))

    assert (drift.last, drift.years) == (date(2024, 2, 29), (2023,))


def test_given_a_damaged_month_when_measured_then_it_is_named(station: Station) -> None:
    station.now()
    key = next(key for key in station.store.objects if key.endswith("month=05/observations.parquet"))
    station.store.objects[key] = b"rubbish"

    with pytest.raises(CorruptDataError, match="month=05"):
        station.measure()


# ------------------------------------------------------------------ stored


def test_given_drift_when_stored_then_the_latest_day_stays(station: Station) -> None:
    station.years(1)
    station.now()
    table = MemoryTable()
    newest = station.measure()

    assert store_drift(table, newest)
    item = table.get("STATION#108", "DRIFT")
    assert store_drift(table, newest)
    assert not store_drift(table, measure_drift(station.lake, "108", AS_OF - timedelta(days=1)))

    assert table.get("STATION#108", "DRIFT") == item
    assert item is not None
    assert (item["to"], item["reference"], item["years"]) == ("2025-06-09", "same_season", [2024])
    ta = item["variables"]["ta"]
    assert set(ta) == {
        "psi",
        "usual",
        "level",
        "hours",
        "reference_hours",
        "missing",
        "reference_missing",
    }
    assert ta["psi"] == round(ta["psi"], 4)
