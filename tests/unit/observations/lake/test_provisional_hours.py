"""Live observations in the lake: provisional until the ASOS service has sent the hour, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.common.clock import HOUR
from plantcast.observations.frame import nothing_observed
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.merging import MergeCounts
from tests.support.fakes import MemoryObjectStore
from tests.support.observed import START, observed

RECEIVED = START + 30 * HOUR
LAST = START + 5 * HOUR


@dataclass(frozen=True)
class Sent:
    """Six hours as sent: temperature, minutes after `RECEIVED`, live or by the ASOS service."""

    ta: float
    minutes: int
    live: bool
    without: str = ""

    def merge(self, lake: ObservationLake) -> MergeCounts:
        frame = observed(6).assign(ta=self.ta)
        if self.without:
            frame = frame.assign(unsent=self.without, **{self.without: np.nan})
        received = RECEIVED + timedelta(minutes=self.minutes)
        return lake.merge("108", frame, received_at=received, provisional=self.live)


def lake_of(*sent: Sent) -> tuple[ObservationLake, MemoryObjectStore]:
    store = MemoryObjectStore()
    lake = ObservationLake(store, "kma")
    for each in sent:
        each.merge(lake)
    return lake, store


def read(lake: ObservationLake) -> pd.DataFrame:
    return lake.read("108", START, LAST)


EARLY, ASOS, LATE = Sent(1.0, 0, True), Sent(2.0, 60, False), Sent(3.0, 120, True)


@pytest.mark.parametrize("order", list(permutations([EARLY, ASOS, LATE])))
def test_an_hour_of_the_asos_service_counts_whichever_came_first(order: Sequence[Sent]) -> None:
    lake, store = lake_of(*order)

    frame = read(lake)

    assert (set(frame["ta"]), frame["provisional"].any()) == ({2.0}, False)
    assert store.objects == lake_of(ASOS)[1].objects  # nothing is left of what was provisional


def test_of_live_observations_the_latest_counts_and_stays_provisional() -> None:
    frame = read(lake_of(LATE, EARLY)[0])
    assert (set(frame["ta"]), frame["provisional"].all()) == ({3.0}, True)


@given(
    st.lists(
        st.builds(
            Sent,
            ta=st.integers(-3, 3).map(float),
            minutes=st.integers(0, 3),
            live=st.booleans(),
            without=st.sampled_from(["", "ta", "hm"]),
        ),
        min_size=1,
        max_size=5,
    ),
    st.randoms(use_true_random=False),
)
@settings(max_examples=25)
@pytest.mark.slow
def test_the_order_of_arrival_never_matters(sent: list[Sent], random: object) -> None:
    shuffled = sorted(sent, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert lake_of(*sent)[1].objects == lake_of(*shuffled)[1].objects


def test_a_confirmed_value_that_differs_is_a_correction_an_equal_one_only_takes_the_mark_away() -> None:
    lake, _ = lake_of(EARLY)
    assert Sent(1.0, 60, False).merge(lake) == MergeCounts(unchanged=6)
    assert not read(lake)["provisional"].any()

    lake, _ = lake_of(EARLY)
    assert ASOS.merge(lake) == MergeCounts(corrected=6)


def test_a_live_observation_of_a_confirmed_hour_changes_nothing() -> None:
    lake, store = lake_of(ASOS)
    before = dict(store.objects)
    assert LATE.merge(lake) == MergeCounts(unchanged=6)
    assert store.objects == before


def test_a_provisional_hour_is_missing_to_the_ingest_however_old() -> None:
    lake, _ = lake_of(EARLY)
    assert list(lake.missing_hours("108", START, LAST)) == list(lake.hours_present("108", START, LAST))
    ASOS.merge(lake)
    assert lake.missing_hours("108", START, LAST).empty


def test_hours_not_confirmed_are_left_out_on_request_and_judge_no_other() -> None:
    lake, _ = lake_of(Sent(20.0, 0, False))
    jump = observed(1, start=LAST + HOUR).assign(ta=45.0)
    alone = lake.read("108", START, LAST + HOUR)
    lake.merge("108", jump, received_at=RECEIVED, provisional=True)

    confirmed = lake.read("108", START, LAST + HOUR, provisional=False)

    pd.testing.assert_frame_equal(confirmed, alone)
    assert len(lake.read("108", START, LAST + HOUR)) == 7


def test_removed_hours_stay_removed_until_the_asos_service_sends_them() -> None:
    lake, _ = lake_of(EARLY)
    lake.merge("108", nothing_observed(START, LAST), received_at=RECEIVED + HOUR)
    LATE.merge(lake)
    assert read(lake).empty
    assert Sent(4.0, 180, False).merge(lake) == MergeCounts(new=6)


def test_the_flags_of_the_confirmed_hour_count() -> None:
    store = MemoryObjectStore()
    lake = ObservationLake(store, "kma")
    flagged = observed(6).assign(qc_flags='{"hm": ["flagged-error", null]}')
    lake.merge("108", flagged, received_at=RECEIVED)
    LATE.merge(lake)
    assert read(lake)["hm"].isna().all()
    lake, _ = lake_of(LATE)
    lake.merge("108", flagged, received_at=RECEIVED)
    assert read(lake)["hm"].isna().all()
