"""Probabilities of crossing a limit: properties, and a slow reference that integrates."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantcast.common.vapour import vapour_pressure_deficit
from plantcast.plants.chance import HourRange, day_probability, hour_probability
from plantcast.plants.profiles import Limit

temperatures = st.floats(-25, 45)
humidities = st.floats(0, 100)
widths = st.sampled_from([0.0, 0.3]) | st.floats(0, 15)
chances = st.lists(st.floats(0, 1), min_size=1, max_size=24)


def limit(variable: str, comparison: str, threshold: float) -> Limit:
    kind = {("ta", "at_most"): "cold", ("ta", "at_least"): "hot"}.get((variable, comparison), "dry")
    fields = {"kind": kind, "variable": variable, "comparison": comparison, "threshold": threshold}
    return Limit.model_validate({**fields, "waters": True, "basis": "test"})


HOT, COLD = limit("ta", "at_least", 30), limit("ta", "at_most", 5)
DRY_AIR, DEFICIT = limit("hm", "at_most", 30), limit("vpd", "at_least", 2.0)


@st.composite
def ranges(draw: st.DrawFn, means: st.SearchStrategy[float]) -> HourRange:
    """A forecast hour: a range around its mean, or one beside it."""
    mean = draw(means)
    low = mean + draw(st.sampled_from([0.0, 0.0, 0.0, 2.0, -20.0])) - draw(widths)
    return HourRange.of(mean, low, low + draw(widths))


@given(ranges(temperatures), ranges(humidities))
def test_given_any_hour_when_judged_then_more_likely_than_not_is_what_the_shown_value_says(
    ta: HourRange, hm: HourRange
) -> None:
    deficit = round(vapour_pressure_deficit(ta.median, hm.median), 2)
    for one, shown in ((HOT, ta.median), (COLD, ta.median), (DRY_AIR, hm.median), (DEFICIT, deficit)):
        probability = hour_probability(one, ta, hm)

        assert 0.0 <= probability <= 1.0
        assert (probability >= 0.5) is one.crossed_by(shown)


@given(ranges(temperatures), ranges(humidities), st.floats(0.1, 6), st.floats(0.01, 3))
def test_given_a_limit_further_off_when_judged_then_it_is_no_likelier(
    ta: HourRange, hm: HourRange, threshold: float, further: float
) -> None:
    near, far = limit("vpd", "at_least", threshold), limit("vpd", "at_least", threshold + further)
    assert hour_probability(far, ta, hm) <= hour_probability(near, ta, hm)

    hot = [hour_probability(limit("ta", "at_least", 10 * threshold + off), ta, hm) for off in (0, further)]
    cold = [hour_probability(limit("ta", "at_most", 10 * threshold - off), ta, hm) for off in (0, further)]
    assert hot[1] <= hot[0]
    assert cold[1] <= cold[0]


@pytest.mark.parametrize(("mean", "p10", "p90"), [(20.0, 18.0, 22.0), (20.0, 19.5, 26.0), (-3.2, -9.0, -3.0)])
def test_given_a_range_when_its_ends_are_the_limits_then_a_tenth_lies_beyond_each(
    mean: float, p10: float, p90: float
) -> None:
    spread = HourRange.of(mean, p10, p90)

    assert spread.at_most(p10) == pytest.approx(0.1)
    assert spread.at_least(p90) == pytest.approx(0.1)
    assert spread.at_least(mean) == spread.at_most(mean) == 0.5


def test_given_two_ranges_when_the_deficit_is_judged_then_a_slow_integral_agrees() -> None:
    for ta, hm in (
        (HourRange.of(28.0, 26.0, 31.0), HourRange.of(45.0, 33.0, 55.0)),
        (HourRange.of(33.0, 30.0, 34.0), HourRange.of(60.0, 40.0, 70.0)),
        (HourRange.of(20.0, 18.0, 22.0), HourRange.of(96.0, 80.0, 100.0)),
    ):
        for threshold in (0.1, 1.0, 1.9, 2.6):
            one = limit("vpd", "at_least", threshold)

            assert hour_probability(one, ta, hm) == pytest.approx(_integrated(one, ta, hm), abs=1e-3)


def _integrated(one: Limit, ta: HourRange, hm: HourRange) -> float:
    """Add up the density of every step of the shared error at which the deficit crosses."""
    step, total, crossed = 0.001, 0.0, 0.0
    for number in range(-6000, 6001):
        z = number * step
        weight = math.exp(-z * z / 2)
        total += weight
        # The measured correlation of the two errors narrows both ranges: see plantcast.plants.chance.
        share = math.sqrt((1 + 0.38) / 2)
        humidity = min(max(hm.at(-share * z), 0.0), 100.0)
        if one.crossed_by(round(vapour_pressure_deficit(ta.at(share * z), humidity), 2)):
            crossed += weight
    return crossed / total


@given(chances)
def test_given_hours_when_a_day_is_judged_then_it_lies_between_its_likeliest_hour_and_independence(
    hours: list[float],
) -> None:
    independent = 1.0 - math.prod(1.0 - one for one in hours)

    assert max(hours) <= day_probability(hours) <= max(independent, max(hours)) + 1e-12
    assert day_probability([*hours, 0.0]) == pytest.approx(day_probability(hours))
