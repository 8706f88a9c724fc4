"""The benchmark: what a challenger's tolerance counts against, so that small losses cannot add up."""

from __future__ import annotations

from typing import Any

import pytest

from plantcast.registry import Pointer
from tests.support.evaluations import Evaluations
from tests.support.fakes import MemoryObjectStore

WORSE = 1.0199  # within the tolerance of 2 %


@pytest.fixture
def runs() -> Evaluations:
    return Evaluations(MemoryObjectStore())


def pointer(runs: Evaluations) -> Pointer:
    found = runs.registry.pointer("108", "ta")
    assert found is not None
    return found


def gates(facts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {gate["name"]: gate for gate in facts["gates"]}


def test_given_five_nights_each_within_the_tolerance_of_the_last_then_only_the_first_is_promoted(
    runs: Evaluations,
) -> None:
    runs.night("v0", rmse=1.2)

    nights = [runs.night(f"v{night}", rmse=1.2 * WORSE**night) for night in range(1, 6)]

    assert [facts["promoted"] for facts in nights] == [True, False, False, False, False]
    assert runs.in_production() == ("v1", "v0")
    assert pointer(runs).benchmark == "v0"
    second = gates(nights[1])
    assert second["champion"]["passed"] is True
    assert second["benchmark"] == {
        "name": "benchmark",
        "passed": False,
        "value": 1.2482,
        "limit": 1.224,
        "reference": "v0",
    }
    assert nights[1]["scores"]["leads_1_48"]["benchmark"] == 1.2
    assert (
        "worse than the benchmark v0 by more than the tolerance (RMSE limit 1.224)" in nights[1]["reason_en"]
    )
    assert "비교 모델 v0보다 나쁨" in nights[1]["reason_ko"]


def test_given_a_version_better_than_the_benchmark_then_it_becomes_the_benchmark(runs: Evaluations) -> None:
    runs.night("v0", rmse=1.2)
    runs.night("v1", rmse=1.2 * WORSE)
    better = runs.night("v2", rmse=1.19)
    within = runs.night("v3", rmse=1.19 * WORSE)

    assert (better["promoted"], within["promoted"]) == (True, True)
    assert pointer(runs).benchmark == "v2"
    assert "benchmark" not in gates(within)  # it was the champion itself


def test_given_nights_that_are_refused_then_the_benchmark_is_not_pruned(runs: Evaluations) -> None:
    runs.kept = 1
    for night, error in enumerate([1.2, 1.2 * WORSE, 1.21, 1.22, 1.6, 1.6]):
        runs.night(f"v{night}", rmse=error)

    # Both stand between v3 and v0: the version before it, and the benchmark.
    assert pointer(runs).benchmark == "v0"
    assert runs.registry.versions("108", "ta") == ["v0", "v2", "v3", "v5"]


def test_given_a_benchmark_that_cannot_be_read_then_the_champion_decides_and_it_is_recorded(
    runs: Evaluations,
) -> None:
    runs.night("v0", rmse=1.2)
    runs.night("v1", rmse=1.2 * WORSE)
    runs.store.delete("models/station=108/ta/versions/v0/metadata.json")

    facts = runs.night("v2", rmse=1.2 * WORSE**2)

    assert facts["promoted"] is True
    assert gates(facts)["benchmark"] == {
        "name": "benchmark",
        "passed": True,
        "value": 1.2482,
        "limit": None,
        "reference": "v0",
        "note": "benchmark_unreadable",
    }
    assert pointer(runs).benchmark == "v1"
