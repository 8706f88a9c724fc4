"""Vapour-pressure deficit against the values FAO-56 prints."""

from __future__ import annotations

import pytest

from plantcast.common.errors import InvalidInputError
from plantcast.plants.vapour import saturation_vapour_pressure, vapour_pressure_deficit


@pytest.mark.parametrize(
    ("ta", "printed"),
    [(15.0, 1.705), (18.0, 2.064), (24.5, 3.075), (25.0, 3.168)],
)
def test_given_a_temperature_of_fao_56_examples_3_and_5_when_computed_then_its_pressure_comes_out(
    ta: float, printed: float
) -> None:
    assert saturation_vapour_pressure(ta) == pytest.approx(printed, abs=5.1e-4)


def test_given_fao_56_example_5_when_computed_then_actual_pressures_agree() -> None:
    # Tmin 18 °C at 82 %, Tmax 25 °C at 54 %: actual vapour pressure 1.70 kPa on average.
    actual = [
        saturation_vapour_pressure(ta) - vapour_pressure_deficit(ta, hm) for ta, hm in ((18, 82), (25, 54))
    ]

    assert sum(actual) / 2 == pytest.approx(1.70, abs=5e-3)


def test_given_saturated_air_when_computed_then_nothing_pulls_at_the_leaf() -> None:
    assert vapour_pressure_deficit(30.0, 100.0) == 0.0
    assert vapour_pressure_deficit(30.0, 0.0) == saturation_vapour_pressure(30.0)


@pytest.mark.parametrize(("ta", "hm"), [(20.0, -0.1), (20.0, 100.1), (20.0, float("nan")), (-300.0, 50.0)])
def test_given_what_is_no_air_when_computed_then_the_value_is_named(ta: float, hm: float) -> None:
    with pytest.raises(InvalidInputError, match=r"-300|-0\.1|100\.1|nan"):
        vapour_pressure_deficit(ta, hm)
