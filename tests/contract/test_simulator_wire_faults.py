"""Faults below the answer's content: broken connections, half bodies, wrong charsets, gzip, redirects."""

from __future__ import annotations

import gzip
import socket
import time
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from infra.kma_simulator.app import SOURCE_HEADER
from infra.kma_simulator.faults import Fault
from infra.kma_simulator.testing import RunningSimulator, running_simulator
from tests.contract.simulator_calls import NOW, QUERY, call, is_normal, rows_of, url_of

pytestmark = pytest.mark.network


def raw_answer(simulator: RunningSimulator) -> tuple[bytes, bool]:
    """Return all bytes of an answer as they come, and whether the connection was reset."""
    query = urlencode({"serviceKey": simulator.key} | QUERY)
    request = f"GET {urlsplit(url_of(simulator)).path}?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=10) as connection:
        connection.sendall(request.encode())
        got = b""
        try:
            while piece := connection.recv(65536):
                got += piece
        except ConnectionResetError:
            return got, True
    return got, False


def test_given_a_reset_when_called_then_the_connection_is_gone_and_the_next_call_is_answered(
    simulator: RunningSimulator,
) -> None:
    simulator.add_faults(Fault(kind="reset"), Fault(kind="reset"))
    with pytest.raises(requests.ConnectionError, match="Connection"):
        call(simulator)
    assert raw_answer(simulator) == (b"", True)
    assert is_normal(call(simulator))
    logged = [(entry["status"], entry["code"], entry["fault"]) for entry in simulator.calls()]
    assert logged == [(None, None, "reset")] * 2 + [(200, "00", None)]


def test_given_a_connection_kept_alive_when_reset_then_the_session_goes_on_with_a_new_one(
    simulator: RunningSimulator,
) -> None:
    parameters = {"serviceKey": simulator.key} | QUERY
    with requests.Session() as session:
        assert is_normal(session.get(url_of(simulator), params=parameters, timeout=10))
        simulator.add_faults(Fault(kind="reset"))
        with pytest.raises(requests.ConnectionError):
            session.get(url_of(simulator), params=parameters, timeout=10)
        assert is_normal(session.get(url_of(simulator), params=parameters, timeout=10))


@pytest.mark.parametrize("fraction", [0.0001, 0.5, 0.99])
def test_given_a_cut_when_called_then_fewer_bytes_come_than_the_header_promises(
    simulator: RunningSimulator, fraction: float
) -> None:
    whole = call(simulator).content
    simulator.add_faults(*[Fault(kind="cut", keep_fraction=fraction)] * 2)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        call(simulator)
    got, reset = raw_answer(simulator)
    head, body = got.split(b"\r\n\r\n", 1)
    assert not reset
    assert f"content-length: {len(whole)}".encode() in head.lower()
    assert body == whole[: max(1, int(len(whole) * fraction))]
    assert simulator.calls()[-1]["status"] == 200


def test_given_a_truncated_answer_when_called_then_it_is_whole_for_http_alone(
    simulator: RunningSimulator,
) -> None:
    simulator.add_faults(Fault(kind="truncated", keep_fraction=0.3))
    response = call(simulator)
    assert int(response.headers["content-length"]) == len(response.content)
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_given_the_wrong_charset_when_called_then_the_body_is_cp949_declared_as_utf_8(
    simulator: RunningSimulator,
) -> None:
    whole = call(simulator)
    simulator.add_faults(Fault(kind="charset"))
    response = call(simulator)
    assert (
        response.headers["content-type"] == whole.headers["content-type"] == "application/json;charset=UTF-8"
    )
    assert response.content.decode("cp949") == whole.text
    assert "서울" in whole.text
    with pytest.raises(UnicodeDecodeError):
        response.content.decode("utf-8")


def test_given_gzip_when_called_then_the_answer_is_compressed_and_true(simulator: RunningSimulator) -> None:
    whole = call(simulator)
    simulator.add_faults(Fault(kind="gzip"), Fault(kind="gzip"))
    packed = call(simulator)
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == whole.content
    assert int(packed.headers["content-length"]) < len(whole.content) / 3
    body = raw_answer_body(simulator)
    assert gzip.decompress(body) == whole.content


def raw_answer_body(simulator: RunningSimulator) -> bytes:
    response = requests.get(
        url_of(simulator), params={"serviceKey": simulator.key} | QUERY, timeout=10, stream=True
    )
    with response:
        return bytes(response.raw.read(decode_content=False))


@pytest.mark.parametrize("fraction", [0.001, 0.2, 0.5, 0.8, 0.999])
@pytest.mark.parametrize("data_type", ["JSON", "XML"])
def test_given_a_broken_gzip_stream_when_called_then_it_cannot_be_decoded(
    simulator: RunningSimulator, fraction: float, data_type: str
) -> None:
    simulator.add_faults(Fault(kind="gzip_broken", keep_fraction=fraction))
    with pytest.raises(requests.exceptions.ContentDecodingError):
        call(simulator, dataType=data_type)
    assert is_normal(call(simulator))


@pytest.mark.parametrize("status", [None, 301, 302, 307, 308])
def test_given_a_redirect_when_followed_then_it_leads_once_to_the_same_url(
    simulator: RunningSimulator, status: int | None
) -> None:
    simulator.add_faults(*[Fault(kind="redirect", status=status)] * 2)
    response = call(simulator)
    assert response.is_redirect
    assert response.status_code == status or (status is None and response.status_code == 302)
    assert response.headers["location"] == response.url
    followed = call(simulator, follow=True)
    assert [step.status_code for step in followed.history] == [response.status_code]
    assert is_normal(followed)
    assert [entry["fault"] for entry in simulator.calls()] == ["redirect", "redirect", None]


def test_given_a_redirect_elsewhere_when_called_then_its_location_is_that_one_without_the_key(
    simulator: RunningSimulator,
) -> None:
    elsewhere = "https://other.invalid/page?a=1"
    simulator.add_faults(Fault(kind="redirect", status=307, location=elsewhere))
    response = call(simulator)
    assert (response.status_code, response.headers["location"]) == (307, elsewhere)


def test_given_a_drip_when_called_then_the_true_body_comes_in_pieces_over_the_time(
    simulator: RunningSimulator,
) -> None:
    whole = call(simulator)
    simulator.add_faults(Fault(kind="drip", delay_seconds=0.4, pieces=5))
    began = time.monotonic()
    response = requests.get(
        url_of(simulator), params={"serviceKey": simulator.key} | QUERY, timeout=10, stream=True
    )
    with response:
        headers_after = time.monotonic() - began
        pieces = []
        while piece := response.raw.read1(1_000_000):
            pieces.append(piece)
    assert b"".join(pieces) == whole.content
    assert len(pieces) >= 3
    assert time.monotonic() - began - max(headers_after, 0.05) > 0.2


def test_given_a_drip_when_each_pause_is_short_then_a_read_timeout_does_not_end_it(
    simulator: RunningSimulator,
) -> None:
    simulator.add_faults(Fault(kind="drip", delay_seconds=0.9, pieces=10))
    assert is_normal(call(simulator, timeout=0.5))


def test_given_more_pieces_than_bytes_when_dripping_then_all_bytes_come(simulator: RunningSimulator) -> None:
    simulator.add_faults(Fault(kind="drip", delay_seconds=0.05, pieces=200, status=500))
    response = call(simulator, stnIds="999")
    assert (response.status_code, response.json()["response"]["header"]["resultCode"]) == (500, "03")


def test_given_a_client_that_leaves_a_drip_when_the_server_stops_then_it_does_not_wait_for_it() -> None:
    began = time.monotonic()
    with running_simulator(clock=NOW, faults=[Fault(kind="drip", delay_seconds=60)]) as running:
        with pytest.raises(requests.ConnectionError):  # the read timeout, in the midst of a body
            call(running, timeout=0.2)
        time.sleep(0.1)
    assert time.monotonic() - began < 20


def test_given_a_delay_with_any_kind_when_called_then_it_comes_late(simulator: RunningSimulator) -> None:
    for kind in ("reset", "gzip", "empty_page"):
        simulator.add_faults(Fault.model_validate({"kind": kind, "delay_seconds": 0.15}))
        began = time.monotonic()
        try:
            call(simulator)
        except requests.ConnectionError:
            assert kind == "reset"
        assert time.monotonic() - began >= 0.15


@pytest.mark.parametrize("status", [204, 304, 401, 403, 404, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("retry_after", [None, 0, 120])
def test_given_an_http_fault_when_called_then_its_status_and_retry_after_come(
    simulator: RunningSimulator, status: int, retry_after: int | None
) -> None:
    simulator.add_faults(Fault(kind="http", status=status, retry_after=retry_after))
    response = call(simulator)
    assert response.status_code == status
    expected = None if retry_after is None else str(retry_after)
    assert response.headers.get("retry-after") == expected
    assert response.text.startswith("<html>") == (status not in (204, 304))
    assert response.headers[SOURCE_HEADER] == "synthetic"


def test_given_an_error_with_status_and_retry_after_when_called_then_both_come_with_its_code(
    simulator: RunningSimulator,
) -> None:
    simulator.add_faults(Fault(kind="error", code="23", envelope="flat", status=429, retry_after=1))
    response = call(simulator)
    assert (response.status_code, response.headers["retry-after"]) == (429, "1")
    assert response.json()["resultCode"] == "23"


@pytest.mark.parametrize("kind", ["cut", "truncated", "charset", "gzip", "gzip_broken", "drip"])
def test_given_a_wire_fault_when_the_truth_is_a_refusal_then_that_is_what_is_spoilt(
    simulator: RunningSimulator, kind: str
) -> None:
    simulator.add_faults(Fault.model_validate({"kind": kind, "delay_seconds": 0.01}))
    try:
        call(simulator, serviceKey="other")
    except requests.RequestException:
        assert kind in ("cut", "gzip_broken")
    assert simulator.calls()[-1]["code"] == "30"


def test_given_every_wire_fault_when_over_then_the_rows_are_true_again(simulator: RunningSimulator) -> None:
    whole = rows_of(call(simulator))
    for kind in ("reset", "cut", "gzip_broken", "redirect", "truncated", "charset"):
        simulator.add_faults(Fault.model_validate({"kind": kind}))
        try:
            call(simulator)
        except requests.RequestException:
            assert kind in ("reset", "cut", "gzip_broken")
        assert rows_of(call(simulator)) == whole
