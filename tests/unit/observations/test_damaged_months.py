"""A damaged month stops what needs it, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from plantcast.common.clock import KST, midnight
from plantcast.common.errors import CorruptDataError
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.months import Month
from plantcast.observations.published import hours_of
from plantcast.pipeline.features import FeatureStep
from tests.support.fakes import MemoryObjectStore
from tests.support.ingest_setup import TODAY, Environment, FakeKma, weather
from tests.support.observed import observed

DAYS = 200
RECEIVED = datetime(2025, 5, 30, 2, tzinfo=KST)
OLD, NEW = Month(2024, 12), Month(2025, 5)


@pytest.fixture(scope="module")
def whole() -> dict[str, bytes]:
    """Objects of a lake of 200 days up to yesterday."""
    store = MemoryObjectStore()
    sent = observed(DAYS * 24, start=midnight(TODAY - timedelta(days=DAYS)))
    ObservationLake(store, "kma").merge("108", sent, received_at=RECEIVED)
    return dict(store.objects)


@pytest.fixture
def store(whole: dict[str, bytes]) -> MemoryObjectStore:
    store = MemoryObjectStore()
    store.objects |= whole
    return store


def damage(store: MemoryObjectStore, month: Month) -> None:
    store.objects[month.key("108")] = store.objects[month.key("108")][:500]


def test_given_a_damaged_old_month_then_features_are_made_without_it(store: MemoryObjectStore) -> None:
    step = FeatureStep(ObservationLake(store, "kma"), store, 365)
    before = step.run("run-1", "108", TODAY)
    damage(store, OLD)

    after = step.run("run-2", "108", TODAY)

    assert (after.status, after.origin) == ("ready", before.origin)
    assert before.history_hours - after.history_hours == 31 * 24


@pytest.mark.parametrize("month", [NEW, Month(2025, 4), Month(2025, 3)])
def test_given_a_damaged_month_that_the_forecast_rests_on_then_it_is_named(
    store: MemoryObjectStore, month: Month
) -> None:
    damage(store, month)
    with pytest.raises(CorruptDataError, match=month.key("108")):
        FeatureStep(ObservationLake(store, "kma"), store, 365).run("run-1", "108", TODAY)


def test_given_a_damaged_old_month_then_a_night_is_ingested_and_the_status_goes_on(
    store: MemoryObjectStore,
) -> None:
    env = Environment(FakeKma(weather()), store=store)
    env.ingest.night("108", TODAY)
    damage(store, OLD)
    tomorrow = replace(env, now=env.now + timedelta(days=1))
    env.kma.weather |= dict.fromkeys(hours_of(TODAY), "12.0")

    report = tomorrow.ingest.night("108", TODAY + timedelta(days=1))

    assert (report.status, report.stopped_by) == ("complete", "none")
    status = env.status
    assert status is not None
    assert status["last_observation"] == f"{TODAY}T23:00+09:00"
    assert status["hours_present"] == (DAYS + 1 - 31) * 24
    with pytest.raises(CorruptDataError, match=OLD.key("108")):
        env.lake.read_station("108")
