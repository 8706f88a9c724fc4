"""PSI by hand, and drift of observations in a lake."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from plantcast.common.clock import KST, midnight
from plantcast.common.errors import CorruptDataError
from plantcast.monitoring.drift import AROUND, DAYS, VARIABLES, Drift, measure_drift, psi
from plantcast.observations.lake import ObservationLake
from tests.support.fakes import CountingStore
from tests.support.observed import sent_of
from tests.support.synthetic_weather import made_weather

pytestmark = pytest.mark.slow

AS_OF = date(2025, 6, 10)


def test_psi_of_a_shift_worked_out_by_hand() -> None:
    # 1…100 in deciles: ten bins of ten. The sample moves half of the first bin into the last.
    reference = np.arange(1.0, 101.0)
    sample = np.concatenate([np.arange(6.0, 101.0), np.arange(96.0, 101.0)])

    # (0.05 − 0.10)·ln(0.05 / 0.10) + (0.15 − 0.10)·ln(0.15 / 0.10), the eight other bins nothing
    assert psi(sample, reference) == pytest.approx(0.05 * math.log(2) + 0.05 * math.log(1.5))
    assert psi(reference, reference) == 0


def test_psi_of_a_variable_that_is_mostly_zero_compares_how_often_it_is_not() -> None:
    reference = np.r_[np.zeros(95), np.arange(1.0, 6.0)]  # every decile is 0: two bins, dry and wet

    assert psi(np.r_[np.zeros(80), np.ones(20)], reference) == pytest.approx(
        (0.80 - 0.95) * math.log(0.80 / 0.95) + (0.20 - 0.05) * math.log(0.20 / 0.05)
    )


class Station:
    """A lake to fill with weather."""

    def __init__(self) -> None:
        self.store = CountingStore()
        self.lake = ObservationLake(self.store, "synthetic")

    def fill(self, first: date, last: date, *, seed: int = 1, **shift: float) -> None:
        weather = made_weather(((last - first).days + 1) * 24, start=midnight(first), seed=seed)
        for name, by in shift.items():
            weather[name] += by
        self.lake.merge("108", sent_of(weather), received_at=datetime(2025, 6, 10, 2, tzinfo=KST))

    def years(self, count: int) -> None:
        """Fill the season of so many years before."""
        for back in range(1, count + 1):
            first = date(AS_OF.year - back, 5, 13) - AROUND
            self.fill(first, first + timedelta(days=DAYS - 1) + 2 * AROUND, seed=10 + back)

    def measure(self) -> dict[str, Drift]:
        return measure_drift(self.lake, "108", AS_OF)


@pytest.fixture
def station() -> Station:
    return Station()


def test_given_a_sensor_that_reads_too_high_when_measured_then_its_variable_alone_drifts(
    station: Station,
) -> None:
    station.years(3)
    station.fill(date(2024, 11, 1), date(2024, 11, 20))
    station.fill(AS_OF - timedelta(days=DAYS), AS_OF - timedelta(days=1), seed=5, ws=3.0)
    station.store.read.clear()

    drift = station.measure()

    assert set(drift) == set(VARIABLES)
    beyond = {name: one.psi - one.usual for name, one in drift.items() if one.psi and one.usual}
    assert beyond["ws"] > 0.25
    assert max(beyond[name] for name in ("ta", "hm", "dc10Tca")) < 0.1
    assert {key.split("month=")[1][:2] for key in station.store.read} <= {"04", "05", "06"}


def test_given_fewer_than_three_years_when_measured_then_what_is_usual_is_not_known(station: Station) -> None:
    station.years(1)
    station.fill(AS_OF - timedelta(days=20), AS_OF - timedelta(days=1))

    ta = station.measure()["ta"]

    assert ta.psi is not None
    assert ta.usual is None


@pytest.mark.parametrize("years", [0, 1])
def test_given_too_few_hours_when_measured_then_nothing_is_known(station: Station, years: int) -> None:
    station.years(years)
    station.fill(AS_OF - timedelta(days=13 if years else DAYS), AS_OF - timedelta(days=1))

    assert station.measure()["ta"] == Drift(None, None)


def test_given_a_leap_day_when_measured_then_the_years_before_have_one_too(station: Station) -> None:
    station.fill(date(2023, 1, 15), date(2023, 3, 20), seed=2)
    station.fill(date(2024, 2, 1), date(2024, 2, 29))

    assert measure_drift(station.lake, "108", date(2024, 3, 1))["ta"].psi is not None


def test_given_a_damaged_month_when_measured_then_it_is_named(station: Station) -> None:
    station.fill(AS_OF - timedelta(days=2), AS_OF - timedelta(days=1))
    key = next(key for key in station.store.objects if key.endswith("observations.parquet"))
    station.store.objects[key] = b"rubbish"

    with pytest.raises(CorruptDataError, match="month=06"):
        station.measure()
