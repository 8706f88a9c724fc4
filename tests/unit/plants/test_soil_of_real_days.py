"""How fast soil dries in Seoul's real air: rooms in January are drier than in July, the street is not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from plantcast.common.clock import HOUR, KST
from plantcast.observations.published import PUBLISHED, ObservedDay
from plantcast.plants.care import Care
from plantcast.plants.placement import Placement, air_at
from plantcast.plants.profiles import Place, profile
from plantcast.plants.soil import Soil, soil_of
from tests.support.forecast_examples import forecast, path

pytestmark = pytest.mark.shared
DAYS = 5


@pytest.fixture(scope="module")
def days(shared_data: Path) -> dict[date, ObservedDay]:
    """The first days of January and July 2018."""
    pd = pytest.importorskip("pandas")
    frame = pd.read_parquet(
        shared_data / "asos_108_2013_2022.parquet",
        columns=["tm", "ta", "hm", "rn"],
        filters=[("tm", ">=", pd.Timestamp("2018-01-01")), ("tm", "<", pd.Timestamp("2018-08-01"))],
    ).set_index("tm")
    made = {}
    for first in (date(2018, 1, 1), date(2018, 7, 1)):
        for day in (first + timedelta(days=number) for number in range(DAYS)):
            hours = frame.reindex(pd.date_range(str(day), periods=24, freq="h"))
            values: dict[str, tuple[float | None, ...]] = dict.fromkeys(PUBLISHED, (None,) * 24)
            for name in ("ta", "hm", "rn"):
                values[name] = tuple(None if one != one else float(one) for one in hours[name])
            made[day] = ObservedDay("108", day, "kma", values, ())
    return made


def soil(days: dict[date, ObservedDay], month: int, place: Place, key: str = "monstera") -> Soil:
    """The soil `DAYS` days after a watering; the forecast is of the usual air of the month."""
    start = datetime(2018, month, 1, tzinfo=KST)
    now = start + timedelta(days=DAYS)
    observed = [day for day in days.values() if day.day.month == month]
    cold = month == 1
    ahead = forecast(origin=now - HOUR, ta=path(0.0 if cold else 26.0), hm=path(50.0 if cold else 75.0))
    found = soil_of(
        Care(profile(key), Placement(place), (start,)), observed, air_at(ahead, Placement(place)), now
    )
    assert found is not None
    return found


def drying(one: Soil) -> float:
    assert one.drying is not None
    return one.drying


def test_given_january_then_a_heated_room_dries_soil_faster_than_usual_and_the_street_hardly(
    days: dict[date, ObservedDay],
) -> None:
    indoors = soil(days, 1, "indoor")
    assert indoors.due is not None
    assert timedelta(days=4) < indoors.due - date(2018, 1, 1) < timedelta(days=7)
    assert drying(soil(days, 1, "outdoor")) < drying(soil(days, 1, "balcony")) < drying(indoors) / 2


def test_given_the_rains_of_july_then_a_room_dries_soil_slower_than_in_january(
    days: dict[date, ObservedDay],
) -> None:
    assert drying(soil(days, 7, "indoor")) < drying(soil(days, 1, "indoor"))
    assert (soil(days, 7, "outdoor").rain, soil(days, 7, "balcony").rain) == (True, False)


def test_given_january_then_a_cactus_in_a_heated_room_waits_four_weeks_and_more(
    days: dict[date, ObservedDay],
) -> None:
    due = soil(days, 1, "indoor", "cactus").due
    assert due is not None
    assert timedelta(days=28) <= due - date(2018, 1, 1) <= timedelta(days=42)
