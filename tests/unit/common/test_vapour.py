"""Vapour pressure and its deficit against published tables."""

from __future__ import annotations

import pytest

from plantcast.common.vapour import saturation_vapour_pressure, vapour_pressure_deficit


@pytest.mark.parametrize(("ta", "printed"), [(0.0, 6.11), (15.0, 17.05), (25.0, 31.69), (35.0, 56.24)])
def test_saturation_pressure_agrees_with_a_published_table(ta: float, printed: float) -> None:
    # hPa, Smithsonian Meteorological Tables; the formula is within 0.6 % of them.
    assert saturation_vapour_pressure(ta) == pytest.approx(printed, rel=6e-3)


def test_the_deficit_is_zero_in_saturated_air_and_the_whole_pressure_in_dry_air() -> None:
    assert vapour_pressure_deficit(30.0, 100.0) == 0.0
    assert vapour_pressure_deficit(30.0, 0.0) == pytest.approx(0.1 * saturation_vapour_pressure(30.0))
    assert vapour_pressure_deficit(25.0, 50.0) == pytest.approx(1.58, abs=0.01)  # kPa
