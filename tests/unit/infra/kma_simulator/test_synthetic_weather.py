"""Synthetic weather: always the same, physically possible, and like Seoul's in its statistics."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.kma_simulator.rows import write_rows
from infra.kma_simulator.synthetic import SyntheticWeather
from plantcast.common.clock import KST

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[4]
WEATHER = SyntheticWeather(108)


def at(year: int, month: int = 1, day: int = 1, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=KST)


@pytest.fixture(scope="module")
def decade() -> pd.DataFrame:
    return WEATHER.hours("108", at(2013), at(2022, 12, 31, 23))


@given(first=st.integers(0, 3 * 8766), length=st.integers(0, 900), station=st.sampled_from(["108", "159"]))
@settings(max_examples=25, deadline=None)
def test_given_any_range_when_asked_for_then_its_hours_are_those_of_the_whole(
    first: int, length: int, station: str
) -> None:
    start = at(2019, 6) + timedelta(hours=first)
    end = start + timedelta(hours=length)
    part = (
        SyntheticWeather(108).hours(station, start, end)
        if length < 20
        else WEATHER.hours(station, start, end)
    )
    whole = WEATHER.hours(station, at(2019), at(2022, 12, 31, 23))
    pd.testing.assert_frame_equal(part, whole.loc[start:end])
    assert len(part) == length + 1


def test_given_another_process_when_it_makes_the_same_year_then_every_value_is_the_same() -> None:
    script = (
        "import hashlib\nfrom datetime import datetime\nfrom plantcast.common.clock import KST\n"
        "from infra.kma_simulator.synthetic import SyntheticWeather\n"
        "start, end = datetime(2024, 12, 30, tzinfo=KST), datetime(2025, 2, 1, tzinfo=KST)\n"
        "frame = SyntheticWeather(7).hours('112', start, end)\n"
        "print(hashlib.sha256(frame.to_csv().encode()).hexdigest())"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers/domain/python")])
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    here = SyntheticWeather(7).hours("112", at(2024, 12, 30), at(2025, 2, 1))
    assert done.stdout.strip() == hashlib.sha256(here.to_csv().encode()).hexdigest()


def test_given_ten_years_when_checked_hour_by_hour_then_nothing_is_physically_impossible(
    decade: pd.DataFrame,
) -> None:
    bounds = {
        "ta": (-25, 42), "hm": (3, 100), "ws": (0, 25), "wd": (0, 360), "pa": (960, 1045), "ps": (970, 1055),
        "rn": (0, 150), "ss": (0, 1), "icsr": (0, 4.2), "dc10Tca": (0, 10), "vs": (1, 2000), "ts": (-30, 70),
        "dsnw": (0.1, 60), "pv": (0, 45),
    }  # fmt: skip
    for name, (low, high) in bounds.items():
        assert decade[name].min() >= low, name
        assert decade[name].max() <= high, name
    assert len(decade) == decade.index.nunique() == 3652 * 24
    both = decade.dropna(subset=["ta", "td"])
    assert (both["td"] <= both["ta"]).all()
    assert (decade["wd"].dropna() % 10 == 0).all()


def test_given_ten_years_when_averaged_then_the_climate_is_seouls(decade: pd.DataFrame) -> None:
    months = pd.DatetimeIndex(decade.index).month
    ta, hm = decade["ta"], decade["hm"]
    assert ta.mean() == pytest.approx(13.5, abs=0.7)
    assert ta[months == 1].mean() == pytest.approx(-2, abs=1.5)
    assert ta[months == 8].mean() == pytest.approx(26, abs=1.0)
    assert hm.std() == pytest.approx(20, abs=2)
    assert hm.mean() == pytest.approx(60, abs=5)
    assert hm[months == 7].mean() - hm[months == 4].mean() > 12
    assert 600 < decade["rn"].sum() / 10 < 1700
    cold, warm = decade["pa"][months == 1].mean(), decade["pa"][months == 7].mean()
    assert cold - warm > 10


def test_given_any_number_when_written_as_text_then_reading_it_gives_the_same_number() -> None:
    frame = WEATHER.hours("108", at(2024, 7), at(2024, 7, 10))
    frame = frame.assign(ta=np.linspace(-40, 40, len(frame)))  # more digits than the service writes
    rows = write_rows(frame, station="108", name="서울", first_number=1)
    for name in ("ta", "hm", "icsr", "rn", "wd"):
        texts = [row[name] for row in rows]
        read = np.array([float(text) if text else np.nan for text in texts])
        np.testing.assert_array_equal(read, frame[name].to_numpy())
