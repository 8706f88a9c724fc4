"""The simulated short-term forecast over real HTTP: issues, items, paging, release, key, quota and faults."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import datetime
from typing import Any

import httpx
import pandas as pd
import pytest

from infra.kma_simulator.replay import ReplayedObservations
from infra.kma_simulator.service import Simulator
from infra.kma_simulator.short_term import answers
from plantcast.common.clock import KST, FixedClock
from tests.support.running_simulator import RunningSimulator

# The newest issue is that of 23:00 of the 29th at 02:00 (conftest).
QUERY = {"dataType": "JSON", "base_date": "20250529", "base_time": "1400", "nx": "60", "ny": "127"}

HOURLY = ("TMP", "UUU", "VVV", "VEC", "WSD", "SKY", "PTY", "POP", "WAV", "PCP", "REH", "SNO")


def call(simulator: RunningSimulator, **changes: str) -> httpx.Response:
    parameters = {"serviceKey": simulator.key, "numOfRows": "1000"} | QUERY | changes
    return httpx.get(f"{simulator.short_term_url}/getVilageFcst", params=parameters, verify=False)


def items_of(response: httpx.Response) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = response.json()["response"]["body"]["items"]["item"]
    return items


def code_of(response: httpx.Response) -> str:
    if response.text.startswith("<"):
        return ET.fromstring(response.text).findtext("cmmMsgHeader/returnReasonCode", "")
    code: str = response.json()["response"]["header"]["resultCode"]
    return code


def test_given_an_issue_when_called_then_each_hour_has_its_categories_as_text(
    simulator: RunningSimulator,
) -> None:
    items = items_of(call(simulator))
    assert len(items) == 798
    assert items[0] == {
        "baseDate": "20250529",
        "baseTime": "1400",
        "category": "TMP",
        "fcstDate": "20250529",
        "fcstTime": "1500",
        "fcstValue": items[0]["fcstValue"],
        "nx": 60,
        "ny": 127,
    }
    values: dict[str, list[str]] = {}
    for item in items:
        values.setdefault(item["category"], []).append(item["fcstValue"])
    assert {name: len(found) for name, found in values.items()} == {
        **dict.fromkeys(HOURLY, 66),
        "TMN": 3,
        "TMX": 3,
    }
    assert all(int(value) in range(-5, 45) for value in values["TMP"])
    assert all(int(value) in range(0, 101, 5) for value in values["REH"])
    assert set(values["SKY"]) <= {"1", "3", "4"}
    # Rain is forecast with its amount and from 60 % on, nothing else is.
    for kind, amount, chance in zip(values["PTY"], values["PCP"], values["POP"], strict=True):
        assert (kind != "0") == (amount != "강수없음") == (int(chance) >= 60)


@pytest.mark.parametrize(
    ("base_time", "total", "last"), [("0200", 944, "202506020000"), ("1700", 1052, "202506030000")]
)
def test_given_a_long_issue_when_paged_then_it_is_hourly_first_and_whole(
    simulator: RunningSimulator, base_time: str, total: int, last: str
) -> None:
    asked = {"base_date": "20250529", "base_time": base_time, "numOfRows": "500"}
    pages = [items_of(call(simulator, **asked, pageNo=str(page))) for page in range(1, total // 500 + 2)]
    items = [item for page in pages for item in page]
    assert len(items) == total == call(simulator, **asked).json()["response"]["body"]["totalCount"]
    assert len({(item["category"], item["fcstDate"], item["fcstTime"]) for item in items}) == total
    assert items[-1]["fcstDate"] + items[-1]["fcstTime"] == last


def test_given_more_rows_than_the_cap_when_called_then_1000_come(simulator: RunningSimulator) -> None:
    assert len(items_of(call(simulator, base_time="1700", numOfRows="2000"))) == 1000


@pytest.mark.parametrize(
    ("now", "changes", "code"),
    [
        ("2025-05-29T14:09", {}, "03"),
        ("2025-05-29T14:10", {}, "00"),
        ("2025-06-01T14:00", {}, "00"),
        ("2025-06-01T14:01", {}, "03"),
        ("2025-05-30T02:00", {"base_time": "1300"}, "03"),
        ("2025-05-30T02:00", {"nx": "1", "ny": "1"}, "03"),
        ("2025-05-30T02:00", {"base_time": "2500"}, "10"),
        ("2025-05-30T02:00", {"nx": ""}, "11"),
        ("2025-05-30T02:00", {"serviceKey": "other"}, "30"),
    ],
)
def test_issues_are_served_from_ten_minutes_after_they_were_made_for_three_days(
    simulator: RunningSimulator, now: str, changes: dict[str, str], code: str
) -> None:
    simulator.set_clock(datetime.fromisoformat(now).replace(tzinfo=KST))
    assert code_of(call(simulator, **changes)) == code


def test_given_a_replay_when_called_then_an_issue_ends_with_it_and_the_next_is_not_there() -> None:
    hours = pd.date_range("2022-08-01", "2022-08-02 12:00", freq="h")
    replay = ReplayedObservations(pd.DataFrame({"tm": hours, "stnId": "108", "ta": 25.0, "hm": 60.0}))
    simulator = Simulator(replay, clock=FixedClock(datetime(2022, 8, 3, tzinfo=KST)))
    query = QUERY | {"serviceKey": simulator.key, "base_date": "20220802", "numOfRows": "1000"}
    served = json.loads(answers.answer(simulator, query | {"base_time": "0500"}).body)
    times = [item["fcstTime"] for item in served["response"]["body"]["items"]["item"]]
    assert (times[0], times[-1]) == ("0600", "1200")
    assert answers.answer(simulator, query | {"base_time": "1400"}).code == "03"


def test_given_its_quota_used_up_when_called_then_22_and_asos_is_served(simulator: RunningSimulator) -> None:
    simulator.set_behaviour(calls_per_day=1)
    assert [code_of(call(simulator)) for _ in range(2)] == ["00", "22"]
    asos = {
        "serviceKey": simulator.key,
        "dataCd": "ASOS",
        "dateCd": "HR",
        "stnIds": "108",
        "dataType": "JSON",
    }
    asos |= {"startDt": "20250529", "startHh": "00", "endDt": "20250529", "endHh": "00"}
    reply = httpx.get(f"{simulator.base_url}/getWthrDataList", params=asos, verify=False)
    assert code_of(reply) == "00"


@pytest.mark.parametrize(("fault", "code"), [("not_applied", "30"), ("quota", "22"), ("no_data", "03")])
def test_refusals_on_demand(simulator: RunningSimulator, fault: str, code: str) -> None:
    simulator.set_behaviour(short_term_fault=fault)
    assert code_of(call(simulator)) == code


def test_half_doubled_and_changed_issues_on_demand(simulator: RunningSimulator) -> None:
    whole = items_of(call(simulator))
    simulator.set_behaviour(short_term_fault="half")
    half = items_of(call(simulator))
    simulator.set_behaviour(short_term_fault="doubled")
    doubled = call(simulator).json()["response"]["body"]
    simulator.set_behaviour(short_term_fault="changed")
    changed = items_of(call(simulator))
    assert half == whole[: len(half)]
    assert len({(item["fcstDate"], item["fcstTime"]) for item in half}) == 33
    assert doubled["totalCount"] == 2 * len(whole)
    assert doubled["items"]["item"][: len(whole)] == whole
    differing = Counter(now["category"] for now, then in zip(changed, whole, strict=True) if now != then)
    assert differing["TMP"] == 66
    assert differing.keys() <= {"TMP", "TMN", "TMX", "PTY"}


def test_faults_of_the_connection_on_demand(simulator: RunningSimulator) -> None:
    whole = call(simulator).content
    simulator.set_behaviour(short_term_fault="away")
    with pytest.raises(httpx.RemoteProtocolError):
        call(simulator)
    simulator.set_behaviour(short_term_fault="error")
    assert call(simulator).status_code == 500
    simulator.set_behaviour(short_term_fault="html")
    page = call(simulator)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    simulator.set_behaviour(short_term_fault="cut")
    cut = call(simulator)
    assert cut.status_code == 200
    assert whole.startswith(cut.content)
    assert len(cut.content) < len(whole)
    simulator.set_behaviour(short_term_fault="slow", slow_seconds=0.5)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{simulator.short_term_url}/getVilageFcst", timeout=0.1, verify=False)
    simulator.set_behaviour(short_term_fault=None)
    assert call(simulator).content == whole
