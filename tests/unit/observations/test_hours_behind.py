"""How far behind observations are: never less than nothing, and nothing from the future is fresh."""

from __future__ import annotations

from datetime import datetime

import pytest

from plantcast.common.clock import KST, hours_behind

NOW = datetime(2025, 5, 30, 9, 20, tzinfo=KST)


@pytest.mark.parametrize(
    ("last", "behind"),
    [
        (None, None),
        (datetime(2025, 5, 29, 23, tzinfo=KST), 0),
        (datetime(2025, 5, 29, 19, tzinfo=KST), 4),
        (datetime(2025, 5, 30, 9, tzinfo=KST), 0),  # newer than the KMA serves: an import
        (datetime(2025, 5, 30, 10, tzinfo=KST), 1),
        (datetime(2032, 1, 1, 5, tzinfo=KST), 57_764),
    ],
)
def test_given_the_newest_observation_then_its_distance_from_what_is_served(
    last: datetime | None, behind: int | None
) -> None:
    assert hours_behind(last, NOW) == behind
