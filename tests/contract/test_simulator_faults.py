"""Faults on request, and the endpoints that steer and watch the simulator."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import datetime

import httpx
import pytest

from infra.kma_simulator.app import SOURCE_HEADER
from infra.kma_simulator.codes import MESSAGES
from infra.kma_simulator.faults import Fault
from infra.kma_simulator.testing import RunningSimulator
from tests.contract.simulator_calls import NOW

pytestmark = pytest.mark.network

ERROR_CODES = [code for code in MESSAGES if code != "00"]


def call(
    simulator: RunningSimulator, station: str = "108", data_type: str = "JSON", timeout: float = 10
) -> httpx.Response:
    parameters = {
        "serviceKey": simulator.key,
        "dataCd": "ASOS",
        "dateCd": "HR",
        "startDt": "20250529",
        "startHh": "00",
        "endDt": "20250529",
        "endHh": "23",
        "stnIds": station,
        "numOfRows": "24",
        "dataType": data_type,
    }
    return httpx.get(
        f"{simulator.base_url}/getWthrDataList", params=parameters, timeout=timeout, verify=False
    )


def is_normal(response: httpx.Response) -> bool:
    return response.status_code == 200 and response.json()["response"]["header"]["resultCode"] == "00"


@pytest.mark.parametrize("code", ERROR_CODES)
def test_given_a_code_in_each_envelope_when_called_then_each_comes_once_as_json(
    simulator: RunningSimulator, code: str
) -> None:
    simulator.add_faults(
        Fault(kind="error", code=code, envelope="response"),
        Fault(kind="error", code=code, envelope="flat", message="점검 중"),
        Fault(kind="error", code=code, envelope="gateway"),
        Fault(kind="error", code=code, envelope="gateway_xml"),
    )
    assert call(simulator).json() == {
        "response": {"header": {"resultCode": code, "resultMsg": MESSAGES[code]}}
    }
    flat = call(simulator).json()
    assert datetime.fromisoformat(flat.pop("responseTime")) == NOW
    assert flat == {"resultCode": code, "resultMsg": "점검 중"}
    header = {"errMsg": "SERVICE ERROR", "returnAuthMsg": MESSAGES[code], "returnReasonCode": code}
    assert call(simulator).json() == {"OpenAPI_ServiceResponse": {"cmmMsgHeader": header}}
    response = call(simulator)
    assert response.headers["content-type"] == "application/xml;charset=UTF-8"
    element = ET.fromstring(response.text).find("cmmMsgHeader")
    assert element is not None
    assert {child.tag: child.text for child in element} == header
    assert is_normal(call(simulator))


@pytest.mark.parametrize("envelope", ["response", "flat", "gateway"])
def test_given_xml_is_asked_for_when_an_error_comes_then_it_is_xml(
    simulator: RunningSimulator, envelope: str
) -> None:
    simulator.add_faults(Fault.model_validate({"kind": "error", "code": "04", "envelope": envelope}))
    texts = [element.text for element in ET.fromstring(call(simulator, data_type="XML").text).iter()]
    assert "04" in texts
    assert "HTTP_ERROR" in texts


@pytest.mark.parametrize("status", [401, 403, 502, 503])
def test_given_an_http_fault_when_called_then_html_with_that_status(
    simulator: RunningSimulator, status: int
) -> None:
    simulator.add_faults(Fault(kind="http", status=status))
    response = call(simulator)
    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html")
    assert response.text.startswith("<html>")


def test_given_a_truncated_answer_when_called_then_the_body_is_the_start_of_the_true_one(
    simulator: RunningSimulator,
) -> None:
    whole = call(simulator).content
    simulator.add_faults(Fault(kind="truncated", keep_fraction=0.7))
    cut = call(simulator)
    assert cut.status_code == 200
    assert cut.content == whole[: int(len(whole) * 0.7)]
    with pytest.raises(json.JSONDecodeError):
        cut.json()


def test_given_a_slow_answer_when_the_client_waits_then_it_is_true_and_when_not_it_times_out(
    simulator: RunningSimulator,
) -> None:
    simulator.add_faults(Fault(kind="slow", delay_seconds=0.05), Fault(kind="slow", delay_seconds=2))
    assert is_normal(call(simulator))
    with pytest.raises(httpx.ReadTimeout):
        call(simulator, timeout=0.2)


def test_given_faults_for_one_station_when_another_is_asked_for_then_only_the_one_meets_them(
    simulator: RunningSimulator,
) -> None:
    simulator.add_faults(
        Fault(kind="http", status=502, station="112", times=2), Fault(kind="http", status=503)
    )
    statuses = [call(simulator, station).status_code for station in ("108", "112", "108", "112", "112")]
    assert statuses == [503, 502, 200, 502, 200]


def test_given_faults_over_http_when_posted_listed_and_deleted_then_they_act_accordingly(
    simulator: RunningSimulator,
) -> None:
    url = f"{simulator.root_url}/_simulator/faults"
    posted = httpx.post(
        url, json=[{"kind": "http", "status": 502, "times": 3}, {"kind": "error", "code": "23"}]
    )
    assert posted.json() == {"waiting": 4}
    assert call(simulator).status_code == 502
    assert [fault["kind"] for fault in httpx.get(url).json()] == ["http", "http", "error"]
    assert httpx.delete(url).json() == {"waiting": 0}
    assert is_normal(call(simulator))


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"kind": "error", "code": "77"}, "77"),
        ({"kind": "http"}, "status"),
        ({"kind": "slow"}, "delay_seconds"),
        ({"kind": "explode"}, "kind"),
        ({"kind": "http", "status": 502, "tiems": 2}, "tiems"),
        ({"kind": "http", "status": 502, "times": 0}, "times"),
    ],
)
def test_given_a_fault_that_makes_no_sense_when_posted_then_422_names_it_and_none_is_added(
    simulator: RunningSimulator, fault: dict[str, object], named: str
) -> None:
    response = httpx.post(
        f"{simulator.root_url}/_simulator/faults", json=[{"kind": "http", "status": 500}, fault]
    )
    assert response.status_code == 422
    assert named in response.text
    assert is_normal(call(simulator))


def test_given_calls_when_the_log_is_read_then_it_counts_them_and_never_holds_the_key(
    simulator: RunningSimulator,
) -> None:
    simulator.add_faults(Fault(kind="http", status=502))
    call(simulator)
    call(simulator, "112")
    response = httpx.get(f"{simulator.root_url}/_simulator/calls")
    log = response.json()
    assert log["count"] == 2
    failed, served = log["calls"]
    assert (failed["status"], failed["code"], failed["fault"], failed["rows"]) == (502, None, "http", 0)
    assert (served["status"], served["code"], served["fault"], served["rows"]) == (200, "00", None, 24)
    assert (served["parameters"]["stnIds"], served["parameters"]["serviceKey"]) == ("112", "***")
    assert simulator.key not in response.text
    assert httpx.get(f"{simulator.root_url}/_simulator/calls?limit=1").json()["calls"] == [served]
    httpx.delete(f"{simulator.root_url}/_simulator/calls")
    assert simulator.call_count == 0


def test_given_the_clock_over_http_when_set_then_availability_follows_it(simulator: RunningSimulator) -> None:
    url = f"{simulator.root_url}/_simulator/clock"
    assert httpx.put(url, json={"now": "2025-05-29T02:00", "frozen": True}).json() == {
        "now": "2025-05-29T02:00:00+09:00",
        "frozen": True,
    }
    assert call(simulator).json()["response"]["header"]["resultCode"] == "99"
    httpx.put(url, json={"now": "2025-05-29T15:00:00Z", "frozen": True})  # midnight in Korea
    assert is_normal(call(simulator))
    assert httpx.put(url, json={"now": "yesterday"}).status_code == 422
    moving = httpx.put(url, json={"now": "2030-01-01T00:00"}).json()
    assert (moving["now"][:10], moving["frozen"]) == ("2030-01-01", False)
    assert datetime.fromisoformat(httpx.get(url).json()["now"]) > datetime.fromisoformat(moving["now"])


def test_given_behaviour_over_http_when_set_then_it_is_used(simulator: RunningSimulator) -> None:
    url = f"{simulator.root_url}/_simulator/behaviour"
    before = httpx.get(url).json()
    assert httpx.put(url, json=before | {"complete_from_hour": 11, "hours_before": 3}).status_code == 200
    assert call(simulator).json()["response"]["body"]["totalCount"] == 3
    assert httpx.put(url, json={"hours_before": 25}).status_code == 422
    httpx.put(url, json=before)
    assert call(simulator).json()["response"]["body"]["totalCount"] == 24


def test_given_any_response_when_read_then_its_header_says_what_the_weather_is(
    simulator: RunningSimulator,
) -> None:
    health = httpx.get(f"{simulator.root_url}/_simulator/health")
    assert health.json()["source"] == "synthetic"
    assert {"108", "112", "119", "133", "143", "156", "159", "184"} <= set(health.json()["stations"])
    assert health.json()["details"]["seed"] == 108
    simulator.add_faults(Fault(kind="http", status=502), Fault(kind="error", code="30"))
    for response in (health, call(simulator), call(simulator), call(simulator)):
        assert response.headers[SOURCE_HEADER] == "synthetic"
