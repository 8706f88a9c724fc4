"""The simulated KMA service over real HTTP: parameters, rows, paging, availability, keys and the quota."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from infra.kma_simulator.contract import ONLY_UNTIL_YESTERDAY
from infra.kma_simulator.rows import FIELDS
from plantcast.common.clock import KST
from tests.contract.conftest import NOW
from tests.support.running_simulator import RunningSimulator

pytestmark = pytest.mark.network

# Two days up to yesterday, the last that is served at NOW.
QUERY = {
    "dataCd": "ASOS",
    "dateCd": "HR",
    "startDt": "20250528",
    "startHh": "00",
    "endDt": "20250529",
    "endHh": "23",
    "stnIds": "108",
    "pageNo": "1",
    "numOfRows": "999",
    "dataType": "JSON",
}


def call(simulator: RunningSimulator, **changes: str | None) -> httpx.Response:
    parameters = {"serviceKey": simulator.key} | QUERY | changes
    sent = {name: value for name, value in parameters.items() if value is not None}
    # Loading certificates for every call of plain HTTP would be most of the test's time.
    return httpx.get(f"{simulator.base_url}/getWthrDataList", params=sent, verify=False)


def body_of(response: httpx.Response) -> dict[str, Any]:
    tree = response.json()["response"]
    assert tree["header"] == {"resultCode": "00", "resultMsg": "NORMAL_SERVICE"}
    body: dict[str, Any] = tree["body"]
    return body


def rows_of(response: httpx.Response) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = body_of(response)["items"]["item"]
    return rows


def code_of(response: httpx.Response) -> tuple[str, str]:
    """Return code and message of a refusal in any of the shapes the service usually gives it."""
    assert response.status_code == 200
    if response.text.startswith("<"):
        tree = ET.fromstring(response.text)
        if tree.tag == "OpenAPI_ServiceResponse":
            header = tree.find("cmmMsgHeader")
            assert header is not None
            return header.findtext("returnReasonCode", ""), header.findtext("returnAuthMsg", "")
        return tree.findtext("header/resultCode", ""), tree.findtext("header/resultMsg", "")
    header = response.json()["response"]["header"]
    assert set(response.json()["response"]) == {"header"}
    return header["resultCode"], header["resultMsg"]


def test_given_two_days_when_asked_for_then_every_hour_comes_once_with_every_field_as_text(
    simulator: RunningSimulator,
) -> None:
    response = call(simulator)
    rows = rows_of(response)
    assert response.headers["content-type"] == "application/json;charset=UTF-8"
    first = datetime(2025, 5, 28, tzinfo=KST)
    assert [row["tm"] for row in rows] == [f"{first + timedelta(hours=h):%Y-%m-%d %H:%M}" for h in range(48)]
    assert [row["rnum"] for row in rows] == [str(number) for number in range(1, 49)]
    for row in rows:
        assert tuple(row) == ("tm", "rnum", "stnId", "stnNm", *FIELDS)
        assert all(isinstance(value, str) for value in row.values())
        assert (row["stnId"], row["stnNm"]) == ("108", "서울")


def test_given_no_data_type_when_asked_then_the_same_rows_come_as_xml(simulator: RunningSimulator) -> None:
    response = call(simulator, dataType=None)
    assert response.headers["content-type"] == "application/xml;charset=UTF-8"
    tree = ET.fromstring(response.text)
    assert tree.findtext("header/resultCode") == "00"
    assert tree.findtext("body/totalCount") == "48"
    assert tree.findtext("body/dataType") == "XML"
    items = [{child.tag: child.text or "" for child in item} for item in tree.iterfind("body/items/item")]
    assert items == rows_of(call(simulator))


@pytest.mark.parametrize("size", [7, 48, 999])
def test_given_any_page_size_when_paging_on_total_count_then_all_rows_come_in_order(
    simulator: RunningSimulator, size: int
) -> None:
    whole = rows_of(call(simulator))
    got: list[dict[str, str]] = []
    page = 1
    while True:
        body = body_of(call(simulator, pageNo=str(page), numOfRows=str(size)))
        assert (body["pageNo"], body["numOfRows"], body["totalCount"]) == (page, size, 48)
        got += body["items"]["item"]
        if len(got) >= body["totalCount"]:
            break
        page += 1
    assert got == whole


def test_given_a_page_past_the_end_when_asked_then_items_is_the_empty_string(
    simulator: RunningSimulator,
) -> None:
    body = body_of(call(simulator, pageNo="2"))
    assert (body["items"], body["totalCount"]) == ("", 48)
    assert ET.fromstring(call(simulator, pageNo="2", dataType="XML").text).find("body/items") is not None


def test_given_more_rows_than_the_cap_when_asked_then_999_come_and_the_answer_says_so(
    simulator: RunningSimulator,
) -> None:
    body = body_of(call(simulator, startDt="20240101", numOfRows="5000"))
    assert (len(body["items"]["item"]), body["numOfRows"]) == (999, 999)
    assert body["totalCount"] == 515 * 24


@pytest.mark.parametrize(("name", "value"), [("dataCd", None), ("stnIds", "")])
def test_given_a_mandatory_parameter_missing_when_asked_then_11_names_it(
    simulator: RunningSimulator, name: str, value: str | None
) -> None:
    code, message = code_of(call(simulator, **{name: value}))
    assert code == "11"
    assert name in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dataCd", "AWS"),
        ("dateCd", "DAY"),
        ("startDt", "2025-05-28"),
        ("startDt", "20250230"),
        ("endDt", "20250527"),  # before the start
        ("startHh", "24"),
        ("stnIds", "Seoul"),
        ("stnIds", "108,112"),
        ("pageNo", "0"),
        ("numOfRows", "many"),
        ("dataType", "YAML"),
    ],
)
def test_given_a_parameter_that_cannot_be_understood_when_asked_then_10(
    simulator: RunningSimulator, name: str, value: str
) -> None:
    code, message = code_of(call(simulator, **{name: value}))
    assert code == "10"
    assert message.startswith("INVALID_REQUEST_PARAMETER_ERROR")


def test_given_an_unknown_station_or_a_time_before_all_data_when_asked_then_03(
    simulator: RunningSimulator,
) -> None:
    assert code_of(call(simulator, stnIds="999"))[0] == "03"
    assert code_of(call(simulator, startDt="19500101", endDt="19500102"))[0] == "03"


def test_given_an_operation_that_does_not_exist_when_called_then_12(simulator: RunningSimulator) -> None:
    assert code_of(httpx.get(f"{simulator.base_url}/getWthrData"))[0] == "12"
    assert code_of(httpx.get(f"{simulator.root_url}/elsewhere"))[0] == "12"


@pytest.mark.parametrize("end", ["20250530", "20300101"])
def test_given_a_range_that_reaches_today_when_asked_then_the_whole_request_is_refused_with_99(
    simulator: RunningSimulator, end: str
) -> None:
    assert code_of(call(simulator, endDt=end, endHh="00")) == ("99", ONLY_UNTIL_YESTERDAY)


def test_given_yesterday_is_complete_only_from_11_when_asked_at_2_then_its_last_hours_are_missing(
    simulator: RunningSimulator,
) -> None:
    simulator.set_behaviour(complete_from_hour=11, hours_before=20)
    early = rows_of(call(simulator))
    assert (len(early), early[-1]["tm"]) == (44, "2025-05-29 19:00")
    simulator.set_behaviour(complete_from_hour=11, hours_before=0)
    assert code_of(call(simulator, startDt="20250529"))[0] == "03"
    simulator.set_clock(datetime(2025, 5, 30, 11, tzinfo=KST))
    assert len(rows_of(call(simulator))) == 48


def test_given_either_form_of_the_key_when_encoded_once_on_the_wire_then_accepted(
    simulator: RunningSimulator,
) -> None:
    assert set("+/=") <= set(simulator.key)
    query = "&".join(f"{name}={value}" for name, value in QUERY.items())
    encoded = quote(simulator.key, safe="")
    for url in (f"?serviceKey={encoded}&{query}", f"?ServiceKey={encoded}&{query}"):
        assert len(rows_of(httpx.get(f"{simulator.base_url}/getWthrDataList{url}"))) == 48


def test_given_a_key_encoded_twice_or_unknown_when_asked_then_30_as_xml_though_json_was_asked(
    simulator: RunningSimulator,
) -> None:
    for key in (quote(simulator.key, safe=""), "unknown"):
        response = call(simulator, serviceKey=key)
        assert response.headers["content-type"] == "application/xml;charset=UTF-8"
        assert code_of(response) == ("30", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR")


def test_given_no_key_or_a_refused_station_when_asked_then_its_code(simulator: RunningSimulator) -> None:
    assert code_of(call(simulator, serviceKey=None))[0] == "20"
    simulator.set_behaviour(refused_with="31", refused_station="112")
    assert code_of(call(simulator, stnIds="112")) == ("31", "DEADLINE_HAS_EXPIRED_ERROR")
    assert len(rows_of(call(simulator))) == 48


def test_given_a_daily_quota_when_used_up_then_22_until_the_day_turns(simulator: RunningSimulator) -> None:
    simulator.set_behaviour(calls_per_day=2)
    assert [call(simulator).text.startswith("<") for _ in range(4)] == [False, False, True, True]
    assert code_of(call(simulator))[0] == "22"
    assert code_of(call(simulator, serviceKey="unknown"))[0] == "30"
    simulator.set_clock(NOW + timedelta(days=1))
    assert len(rows_of(call(simulator))) == 48
