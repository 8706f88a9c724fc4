"""The plants' data file: what it must hold, and that the page about it says the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plantcast.common.errors import NotFoundError
from plantcast.common.vapour import vapour_pressure_deficit
from plantcast.plants.profiles import (
    DEFAULT_PROFILE,
    Limit,
    Profile,
    profile,
    profiles,
)

PAGE = Path(__file__).resolve().parents[3] / "docs" / "plants.md"
PLANTS = [one for one in profiles().values() if one.key != DEFAULT_PROFILE]


def test_given_the_data_when_read_then_there_are_sixteen_plants_and_more_and_the_default_comes_first() -> (
    None
):
    assert len(PLANTS) >= 16
    assert next(iter(profiles())) == DEFAULT_PROFILE


def test_given_the_default_when_read_then_it_is_the_inherited_rule_and_a_cold_limit_that_never_waters() -> (
    None
):
    limits = {one.kind: (one.variable, one.comparison, one.threshold, one.waters) for one in profile().limits}

    assert limits == {
        "cold": ("ta", "at_most", 5.0, False),
        "hot": ("ta", "at_least", 30.0, True),
        "dry": ("hm", "at_most", 30.0, True),
    }


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.key)
def test_given_a_plant_when_read_then_it_is_named_in_korean_and_says_where_its_numbers_come_from(
    plant: Profile,
) -> None:
    assert re.search("[가-힣]", plant.name_ko)
    assert re.fullmatch("[A-Za-z ()]+", plant.name_en)
    assert plant.scientific_name
    assert any(source.url for source in plant.sources)
    for limit in plant.limits:
        assert re.search(r"\(.+\)|no single source|Derived", limit.basis), limit.basis


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.key)
def test_given_a_plant_when_read_then_its_limits_lie_outside_what_it_likes(plant: Profile) -> None:
    assert plant.limit("cold") is not None
    assert plant.limit("hot") is not None
    for limit in plant.limits:
        band = getattr(plant.comfortable, limit.variable)
        assert band is not None
        low, high = band
        assert limit.threshold > high if limit.comparison == "at_least" else limit.threshold < low


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.key)
def test_given_a_plant_when_its_deficits_are_derived_again_then_they_come_out_the_same(
    plant: Profile,
) -> None:
    warmth, damp = plant.comfortable.ta, plant.comfortable.hm
    dry = plant.limit("dry")
    if warmth is None or damp is None:
        assert plant.comfortable.vpd is None
        assert dry is None
        return

    assert plant.comfortable.vpd == (
        round(vapour_pressure_deficit(warmth[0], damp[1]), 1),
        round(vapour_pressure_deficit(warmth[1], damp[0]), 1),
    )
    assert dry is not None
    assert dry.threshold == round(vapour_pressure_deficit(warmth[1], damp[0] - 10), 1)


@pytest.mark.parametrize("plant", [one for one in PLANTS if one.watering], ids=lambda plant: plant.key)
def test_given_an_interval_of_watering_when_read_then_it_says_who_says_so_and_is_longer_at_rest(
    plant: Profile,
) -> None:
    watering = plant.watering
    assert watering is not None
    (low, high), rest = watering.interval_days, watering.winter_interval_days
    assert 1 <= low <= high
    assert rest is None or (low < rest[0] <= rest[1] and high < rest[1])
    assert re.search(r"\(.+\)", watering.basis), watering.basis


def test_given_the_page_about_plants_when_compared_then_its_table_is_the_data() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if re.match(r"\| `[a-z_]+` \|", line)]

    assert rows == [_row(one) for one in profiles().values()]


def _row(plant: Profile) -> str:
    bands = [plant.comfortable.ta, plant.comfortable.hm, plant.comfortable.vpd]
    cells = [f"`{plant.key}`", f"{plant.name_ko} {plant.name_en}", plant.place]
    cells += ["" if band is None else f"{band[0]:g}–{band[1]:g}" for band in bands]
    cells += [_cell(plant.limit("cold")), _cell(plant.limit("hot")), _cell(plant.limit("dry"))]
    return f"| {' | '.join(cells)} |"


def _cell(limit: Limit | None) -> str:
    if limit is None:
        return ""
    sign = "≥" if limit.comparison == "at_least" else "≤"
    return f"{sign} {limit.threshold:g} {limit.unit}{' 💧' if limit.waters else ''}"


def test_given_an_unknown_profile_when_asked_for_then_the_known_ones_are_named() -> None:
    with pytest.raises(NotFoundError, match=r"bonsai.*cactus.*default"):
        profile("bonsai")


FORMS = {
    ("cold", "ta", "at_most"),
    ("hot", "ta", "at_least"),
    ("dry", "hm", "at_most"),
    ("dry", "vpd", "at_least"),
}


@pytest.mark.parametrize("plant", profiles().values(), ids=lambda plant: plant.key)
def test_given_a_profile_when_read_then_it_has_at_most_one_limit_of_each_kind(plant: Profile) -> None:
    assert plant.limits
    assert len({limit.kind for limit in plant.limits}) == len(plant.limits)
    assert {(limit.kind, limit.variable, limit.comparison) for limit in plant.limits} <= FORMS
    for band in (plant.comfortable.ta, plant.comfortable.hm, plant.comfortable.vpd):
        assert band is None or band[0] < band[1]
