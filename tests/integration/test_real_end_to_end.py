"""Years of real observations of two stations, over HTTP, through the deployed functions, back out of S3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from os import pathsep
from pathlib import Path
from typing import Any

import pytest

from plantcast.common.clock import KST
from tests.conftest import LocalDeployment
from tests.support.data_bucket import lake_of, objects, store_of
from tests.support.real_observations import FILES, MASKED, check_against, source_of
from tests.support.simulated_kma import SimulatedKma

pytestmark = [pytest.mark.emulator, pytest.mark.shared]

CLOCK = "2022-12-01T02:00"
# With every kind of value that is rejected, and Seoul's missing December of 2019.
SPANS = {"108": (date(2016, 1, 1), date(2019, 12, 31)), "156": (date(2018, 1, 1), date(2019, 12, 31))}
# A year is asked for in nine pieces of 999 hours.
CALLS = 9 * sum(last.year - first.year + 1 for first, last in SPANS.values())


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[LocalDeployment]:
    """Both files replayed; nothing is fetched yet."""
    files = [str(shared_data / FILES[station]) for station in SPANS]
    made = LocalDeployment(
        tmp_path_factory.mktemp("real") / "state",
        {"ASOS_REPLAY": pathsep.join(files), "PLANTCAST_CLOCK": CLOCK},
    )
    try:
        made.plantcast("up", "--stations", ",".join(SPANS))
        yield made
    finally:
        made.plantcast("down", check=False)


@pytest.fixture(scope="module")
def reports(deployment: LocalDeployment) -> dict[str, Any]:
    """What the backfills of both stations report."""
    found: dict[str, Any] = {}
    for station, (first, last) in SPANS.items():
        days = ["--from", str(first), "--to", str(last)]
        found |= deployment.json("backfill", *days, "--stations", station)["by_station"]
    return found


@pytest.mark.parametrize("station", SPANS)
def test_every_real_value_is_in_the_lake_or_rejected_with_a_reason(
    deployment: LocalDeployment, reports: dict[str, Any], shared_data: Path, station: str
) -> None:
    first, last = (datetime.combine(day, time(0), KST) for day in SPANS[station])

    frame = lake_of(deployment, "replay").read(station, first, last.replace(hour=23))

    source = source_of(shared_data, station).loc[first : last.replace(hour=23)]
    assert check_against(source, frame) == MASKED[station]
    report = reports[station]
    assert (report["failed"], report["values_masked"]) == (None, MASKED[station])
    assert report["hours_new"] == report["hours_present"] == len(source)


def test_the_service_was_asked_once_for_each_piece(
    deployment: LocalDeployment, reports: dict[str, Any]
) -> None:
    asked = SimulatedKma.of(deployment).calls()

    assert len(asked) == CALLS
    assert {call.code for call in asked} <= {"00", "03"}
    for station, (first, last) in SPANS.items():
        hours = [hour for call in asked if call.station == station for hour in call.hours]
        assert len(hours) == len(set(hours)) == ((last - first).days + 1) * 24


def test_the_responses_as_received_alone_give_the_same_files(
    deployment: LocalDeployment, reports: dict[str, Any]
) -> None:
    store, prefix = store_of(deployment), "observations/station=108/"
    before = objects(store, prefix)
    for key in before:
        store.delete(key)

    report = deployment.json("rebuild", "--station", "108")["stations"][0]

    assert (report["status"], report["months_rewritten"]) == ("complete", len(before))
    assert objects(store, prefix) == before
