"""`plantcast status`: what is held, as facts and as lines."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from infra.cli import status
from infra.emulator import ministack as emulator
from infra.emulator.sources import ObservationPlan
from infra.emulator.state import LocalState, RunningProcess, StateFolder
from infra.stack.outputs import FUNCTIONS, Outputs
from plantcast.common.clock import KST
from plantcast.observations.report import store_report
from plantcast.pipeline.runs import RunStore
from tests.fakes import MemoryObjectStore, MemoryTable
from tests.quality_examples import quality_report, scope_of
from tests.verification_examples import store_verified, verified_days

NOW = datetime(2025, 5, 30, 2, 5, tzinfo=KST)


class Cloud:
    """`LocalCloud`, as far as status reads it."""

    def __init__(self) -> None:
        self.table = MemoryTable()
        self.runs = RunStore(self.table)

    def observed(self, last: str) -> None:
        """Write the STATUS item that ingest writes."""
        span = {"first_observation": "2025-05-20T00:00+09:00", "last_observation": last}
        hours = {"hours_present": 236, "hours_expected": 236}
        self.table.put({"pk": "STATION#108", "sk": "STATUS", "schema_version": 1, **span, **hours})

    def reported(self, report: dict[str, Any]) -> None:
        """Leave a quality report as ingest does."""
        store_report(report, scope_of(report), MemoryObjectStore(), self.table)


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> StateFolder:
    """The state folder of a deployment that runs, without its processes."""
    made = StateFolder(tmp_path / "state")
    made.create()
    plan = ObservationPlan(source="synthetic", stations=("108",))
    process = RunningProcess(name=emulator.NAME, pid=1, create_time=2.5, port=3, log="/x/emulator.log")
    made.save(LocalState(started_at="2025-05-30T02:00:00+09:00", plan=plan).with_process(process))
    texts = {name: name for name in Outputs.__dataclass_fields__ if name != "functions"}
    Outputs(**texts, functions=dict.fromkeys(FUNCTIONS, "")).save(made.outputs_file)
    monkeypatch.setattr(ObservationPlan, "now", lambda plan: NOW)
    monkeypatch.setattr(status, "is_alive", lambda process, owner: True)
    monkeypatch.setattr(emulator, "is_healthy", lambda process: True)
    monkeypatch.setattr(status, "LocalCloud", lambda outputs: cloud)
    return made


def line(folder: StateFolder, name: str) -> str:
    (text,) = [text for label, text in status.status_lines(status.gather_status(folder)) if label == name]
    return text


def test_given_a_report_when_asked_then_completeness_masked_values_and_freshness_are_told(
    folder: StateFolder, cloud: Cloud
) -> None:
    cloud.observed("2025-05-29T19:00+09:00")
    cloud.reported(
        quality_report(
            hours_present=236,
            masked={"ta": {"spike": 1}, "td": {"inconsistent": 3}},
            absent={"ta": 4, "hm": 4},
        )
    )

    assert line(folder, "quality 108") == (
        "236 of 240 hours (2025-05-20 to 2025-05-29), ta 97.9 %, hm 98.3 %; "
        "4 values not believed (td inconsistent 3, ta spike 1); 4 h behind"
    )


def test_given_a_report_when_asked_for_facts_then_they_are_the_item_and_json(
    folder: StateFolder, cloud: Cloud
) -> None:
    cloud.observed("2025-05-29T23:00+09:00")
    cloud.reported(quality_report(masked={"ta": {"spike": 1}}))

    facts = json.loads(json.dumps(status.gather_status(folder)))["data"]["108"]["quality"]

    item = cloud.table.items["STATION#108", "QUALITY"]
    kept = set(item) - {"pk", "sk", "schema_version"}
    assert facts == {name: value for name, value in item.items() if name in kept}
    assert facts["completeness"] == {"ta": 0.9958, "hm": 1.0}
    assert facts["masked"] == {"ta:spike": 1}


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ("2025-05-29T23:00+09:00", "up to date"),
        ("2025-05-28T23:00+09:00", "24 h behind"),
    ],
)
def test_given_time_goes_on_when_asked_then_it_tells_how_far_behind_it_is_now(
    folder: StateFolder, cloud: Cloud, last: str, words: str
) -> None:
    cloud.observed(last)
    cloud.reported(quality_report())

    assert line(folder, "quality 108").endswith(f"; every value believed; {words}")


def test_given_many_kinds_of_masked_values_when_asked_then_the_most_frequent_are_named(
    folder: StateFolder, cloud: Cloud
) -> None:
    masked = {
        "ta": {"spike": 2, "stuck": 9},
        "hm": {"step": 1},
        "pa": {"spike": 4},
        "ps": {"inconsistent": 4},
    }
    cloud.reported(quality_report(masked=masked))

    named = "(ta stuck 9, pa spike 4, ps inconsistent 4, ta spike 2, …)"
    assert f"20 values not believed {named}" in line(folder, "quality 108")


def test_given_one_value_masked_when_asked_then_it_is_one_value(folder: StateFolder, cloud: Cloud) -> None:
    cloud.reported(quality_report(masked={"ta": {"spike": 1}}))

    assert "1 value not believed (ta spike 1)" in line(folder, "quality 108")


def test_given_a_backfills_report_when_asked_then_it_says_so(folder: StateFolder, cloud: Cloud) -> None:
    span: dict[str, Any] = {"from": "2015-01-01T00:00+09:00", "to": "2024-12-31T23:00+09:00"}
    cloud.reported(quality_report(kind="backfill", **span))

    assert "(2015-01-01 to 2024-12-31, backfill)" in line(folder, "quality 108")


def test_given_nothing_was_ever_observed_when_asked_then_no_age_is_made_up(
    folder: StateFolder, cloud: Cloud
) -> None:
    report = quality_report(hours_present=0, absent={"ta": 240, "hm": 240})
    report["freshness"] |= {"last_observation": None, "hours_behind": None}
    cloud.reported(report)

    text = line(folder, "quality 108")
    assert "0 of 240 hours" in text
    assert text.endswith("every value believed")


def test_given_no_report_when_asked_then_it_is_null_and_says_so(folder: StateFolder, cloud: Cloud) -> None:
    assert status.gather_status(folder)["data"]["108"]["quality"] is None
    assert line(folder, "quality 108") == "no report yet"
    assert line(folder, "station 108") == "no observations; no forecast"

    cloud.observed("2025-05-29T23:00+09:00")

    assert line(folder, "quality 108") == "no report yet"


def test_given_verified_days_when_asked_then_one_line_is_their_record(
    folder: StateFolder, cloud: Cloud
) -> None:
    store_verified(cloud.table, verified_days(29, error=1.0))

    facts = status.gather_status(folder)

    record = facts["data"]["108"]["record"]
    assert (record["days_verified"], record["scores"]["hm"]["rmse"]) == (29, 1.0)
    assert line(folder, "record 108") == (
        "29 of 30 days verified up to 2025-05-29; "
        "ta RMSE 1.0 °C, skill over persistence +0.68, 100 % in range; "
        "hm RMSE 1.0 %, skill over persistence +0.68, 100 % in range"
    )


def test_given_nothing_verified_when_asked_then_there_is_no_record_line(
    folder: StateFolder, cloud: Cloud
) -> None:
    facts = status.gather_status(folder)

    assert facts["data"]["108"]["record"] is None
    assert "record 108" not in dict(status.status_lines(facts))
