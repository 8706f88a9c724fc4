"""One plant as text, as addresses and push subscriptions write it."""

from __future__ import annotations

from datetime import datetime

import pytest

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError, NotFoundError
from plantcast.plants.care import Care, parse_care
from plantcast.plants.placement import Placement
from plantcast.plants.profiles import profile


def test_what_is_not_written_is_as_usual() -> None:
    assert parse_care("monstera") == Care.of(profile("monstera"))


def test_everything_can_be_written_in_any_order_and_times_come_out_in_order_in_kst() -> None:
    care = parse_care(
        "cactus;watered=2026-11-25T08:00,2026-11-19T23:00Z,2026-11-10T07:00 09:00;balcony_offset=-2.5"
        ";place=balcony;room_temperature=18"
    )
    assert care.placement == Placement("balcony", room_temperature=18.0, balcony_offset=-2.5)
    days = [(10, 7), (20, 8), (25, 8)]
    assert care.watered == tuple(datetime(2026, 11, day, hour, tzinfo=KST) for day, hour in days)


@pytest.mark.parametrize(
    "wrong",
    [
        "place=cellar", "place=indoor;place=indoor", "room_temperature=4.9", "room_temperature=nan",
        "room_temperature=warm", "balcony_offset=15.1", "watered=", "watered=yesterday", "colour=green",
        "watered=0001-01-01T00:00+23:59", "",
        "watered=" + ",".join(f"2026-11-{day:02}T08:00" for day in range(1, 8)),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_an_example(wrong: str) -> None:
    with pytest.raises(
        InvalidInputError, match=r"of a plant .* Write it as monstera;place=indoor"
    ) as refused:
        parse_care(f"monstera;{wrong}")
    assert f"{wrong.partition('=')[0]}=" in str(refused.value)


def test_a_plant_that_there_is_not_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="triffid"):
        parse_care("triffid;place=indoor")
