"""Faults of a page's content: a wrong totalCount, rows left out, doubled, out of order, of elsewhere."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import datetime
from itertools import pairwise

import pandas as pd
import pytest

from infra.kma_simulator.faults import Fault
from infra.kma_simulator.replay import ReplayedObservations
from infra.kma_simulator.testing import RunningSimulator, running_simulator
from tests.contract.simulator_calls import HOURS, NOW, body_of, call, is_normal, rows_of

pytestmark = pytest.mark.network

TAMPERING = ["total_changes", "short_page", "empty_page", "duplicate_rows", "shuffled_rows", "foreign_rows"]


def keyed(rows: list[dict[str, str]]) -> list[str]:
    return [json.dumps(row, sort_keys=True) for row in rows]


@pytest.mark.parametrize(("by", "total"), [(1, 49), (5, 53), (-3, 45), (-1000, 0)])
def test_given_total_changes_when_paging_then_that_page_alone_counts_otherwise_and_its_rows_are_true(
    simulator: RunningSimulator, by: int, total: int
) -> None:
    pages = [call(simulator, numOfRows="20", pageNo=str(number)) for number in (1, 2, 3)]
    simulator.add_faults(Fault(kind="total_changes", by=by))
    changed = call(simulator, numOfRows="20", pageNo="2")
    assert [body_of(page)["totalCount"] for page in pages] == [HOURS] * 3
    assert body_of(changed)["totalCount"] == total
    assert rows_of(changed) == rows_of(pages[1])
    assert is_normal(call(simulator))


@pytest.mark.parametrize(("fraction", "kept"), [(0.5, 24), (0.001, 1), (0.999, 47)])
def test_given_a_short_page_when_called_then_rows_at_its_end_are_left_out_and_the_total_says_so(
    simulator: RunningSimulator, fraction: float, kept: int
) -> None:
    whole = rows_of(call(simulator))
    simulator.add_faults(Fault(kind="short_page", keep_fraction=fraction))
    short = call(simulator)
    assert rows_of(short) == whole[:kept]
    assert (body_of(short)["totalCount"], body_of(short)["numOfRows"]) == (HOURS, 999)
    assert simulator.calls()[-1]["rows"] == kept


def test_given_a_short_page_amid_others_when_paging_then_its_rows_come_on_no_other_page(
    simulator: RunningSimulator,
) -> None:
    whole = rows_of(call(simulator))
    simulator.add_faults(Fault(kind="short_page", keep_fraction=0.5))
    got = [
        row for number in ("1", "2", "3") for row in rows_of(call(simulator, numOfRows="16", pageNo=number))
    ]
    assert got == whole[:8] + whole[16:]


def test_given_an_empty_page_mid_range_when_called_then_items_is_empty_and_the_total_is_not(
    simulator: RunningSimulator,
) -> None:
    simulator.add_faults(Fault(kind="empty_page", times=2))
    body = body_of(call(simulator, numOfRows="20", pageNo="2"))
    assert (body["items"], body["totalCount"], body["pageNo"]) == ("", HOURS, 2)
    tree = ET.fromstring(call(simulator, dataType="XML").text)
    assert tree.findtext("header/resultCode") == "00"
    assert tree.findtext("body/items") == ""
    assert tree.findtext("body/totalCount") == str(HOURS)


@pytest.mark.parametrize(("share", "twice"), [(0.25, 12), (0.001, 1), (1, 48)])
def test_given_duplicate_rows_when_called_then_some_come_twice_in_a_row_and_all_come(
    simulator: RunningSimulator, share: float, twice: int
) -> None:
    whole = keyed(rows_of(call(simulator)))
    simulator.add_faults(Fault(kind="duplicate_rows", share=share))
    response = call(simulator)
    got = keyed(rows_of(response))
    assert list(dict.fromkeys(got)) == whole
    assert sum(count == 2 for count in Counter(got).values()) == twice == len(got) - HOURS
    assert sum(a == b for a, b in pairwise(got)) == twice
    assert body_of(response)["totalCount"] == HOURS


def test_given_shuffled_rows_when_called_then_the_same_rows_come_in_another_order_which_the_seed_decides(
    simulator: RunningSimulator,
) -> None:
    whole = keyed(rows_of(call(simulator)))
    simulator.add_faults(
        *(Fault(kind="shuffled_rows", seed=seed) for seed in (1, 1, 2)),
    )
    first, again, other = (keyed(rows_of(call(simulator))) for _ in range(3))
    assert first == again
    assert len({tuple(order) for order in (whole, first, other)}) == 3
    assert sorted(first) == sorted(other) == sorted(whole)


def test_given_two_rows_when_shuffled_then_they_never_come_in_order(simulator: RunningSimulator) -> None:
    simulator.add_faults(*(Fault(kind="shuffled_rows", seed=seed) for seed in range(8)))
    for _ in range(8):
        times = [row["tm"] for row in rows_of(call(simulator, numOfRows="2"))]
        assert times == ["2025-05-28 01:00", "2025-05-28 00:00"]


def test_given_rows_of_another_station_when_called_then_they_are_that_stations_true_ones_among_all_true_ones(
    simulator: RunningSimulator,
) -> None:
    whole, elsewhere = rows_of(call(simulator)), rows_of(call(simulator, stnIds="112"))
    simulator.add_faults(Fault(kind="foreign_rows", foreign="station", share=0.5))
    response = call(simulator)
    got = rows_of(response)
    assert [row for row in got if row["stnId"] == "108"] == whole
    foreign = [row for row in got if row["stnId"] != "108"]
    assert foreign == elsewhere[:24]
    assert {row["stnNm"] for row in foreign} == {"인천"}
    assert body_of(response)["totalCount"] == HOURS


def test_given_rows_of_other_hours_when_called_then_they_are_the_hours_before_among_all_true_ones(
    simulator: RunningSimulator,
) -> None:
    whole = rows_of(call(simulator))
    before = rows_of(call(simulator, startDt="20250527", endDt="20250527"))
    simulator.add_faults(Fault(kind="foreign_rows", foreign="hour", share=0.125))
    got = rows_of(call(simulator))
    assert [row for row in got if row["tm"] >= "2025-05-28"] == whole
    foreign = [row | {"rnum": ""} for row in got if row["tm"] < "2025-05-28"]
    assert foreign == [row | {"rnum": ""} for row in before[-6:]]


def test_given_foreign_rows_of_either_kind_when_called_then_they_come_by_turns(
    simulator: RunningSimulator,
) -> None:
    simulator.add_faults(Fault(kind="foreign_rows", share=0.25))
    foreign = [row for row in rows_of(call(simulator)) if row["stnId"] != "108" or row["tm"] < "2025-05-28"]
    assert [row["stnId"] for row in foreign] == ["112", "108"] * 6


def replayed(first: str, last: str) -> ReplayedObservations:
    times = pd.date_range(first, last, freq="h")
    return ReplayedObservations(pd.DataFrame({"tm": times, "stnId": "108", "ta": 20.0}))


def test_given_a_source_without_such_rows_when_foreign_ones_are_due_then_other_hours_or_none_come() -> None:
    clock = datetime(2025, 5, 31, 2, tzinfo=NOW.tzinfo)
    fault = Fault(kind="foreign_rows", share=0.125)
    with running_simulator(
        replayed("2025-05-28", "2025-05-30T23:00"), clock=clock, faults=[fault]
    ) as running:
        times = [row["tm"] for row in rows_of(call(running))]
        assert [time for time in times if time >= "2025-05-30"] == [
            f"2025-05-30 0{hour}:00" for hour in range(6)
        ]
    with running_simulator(
        replayed("2025-05-28", "2025-05-29T23:00"), clock=clock, faults=[fault]
    ) as running:
        assert is_normal(call(running))


@pytest.mark.parametrize("kind", TAMPERING)
def test_given_a_fault_of_rows_when_the_truth_is_a_refusal_then_it_stays(
    simulator: RunningSimulator, kind: str
) -> None:
    simulator.add_faults(*[Fault.model_validate({"kind": kind})] * 3)
    no_data = call(simulator, stnIds="999").json()["response"]
    assert no_data == {"header": {"resultCode": "03", "resultMsg": "NO_DATA"}}
    assert "INVALID_REQUEST_PARAMETER_ERROR" in call(simulator, startHh="24").text
    assert "SERVICE_KEY_IS_NOT_REGISTERED" in call(simulator, serviceKey="other").text


@pytest.mark.parametrize("kind", TAMPERING)
def test_given_a_fault_of_rows_when_there_are_none_then_there_are_still_none(
    simulator: RunningSimulator, kind: str
) -> None:
    simulator.set_behaviour(empty_items_for_no_data=True)
    simulator.add_faults(Fault.model_validate({"kind": kind}))
    assert body_of(call(simulator, stnIds="999"))["items"] == ""


@pytest.mark.parametrize("kind", TAMPERING)
def test_given_a_fault_of_rows_when_xml_is_asked_for_then_it_is_the_same_page(
    simulator: RunningSimulator, kind: str
) -> None:
    simulator.add_faults(Fault.model_validate({"kind": kind, "times": 2}))
    expected = rows_of(call(simulator))
    tree = ET.fromstring(call(simulator, dataType="XML").text)
    assert [{child.tag: child.text or "" for child in item} for item in tree.iterfind("body/items/item")] == (
        expected
    )
