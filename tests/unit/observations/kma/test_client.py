"""The ASOS client against scripted replies: requests, paging, retries, and the key kept secret."""

from __future__ import annotations

import gzip
import logging
import traceback
from datetime import datetime
from urllib.parse import quote

import pandas as pd
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.common.clock import HOUR, KST, FixedClock
from plantcast.common.errors import (
    InvalidInputError,
    KeyRejectedError,
    NotYetAvailableError,
    PlantcastError,
    QuotaExhaustedError,
)
from plantcast.kma_service.client import Spend
from plantcast.observations.kma.client import AsosClient, Keep, Page
from plantcast.observations.lake.raw import Response
from tests.support.asos_replies import Scripted, ScriptedTransport, page_body, refusal_body, rows_of

BASE_URL = "https://kma.example/1360000/AsosHourlyInfoService"
DECODED_KEY = "abc+def/ghi=="
ENCODED_KEY = quote(DECODED_KEY, safe="")
START = datetime(2025, 4, 1, tzinfo=KST)
NOW = datetime(2025, 5, 30, 2, tzinfo=KST)


def client_of(transport: ScriptedTransport, *, key: str = DECODED_KEY, **options: object) -> AsosClient:
    session = requests.Session()
    session.mount("https://", transport)
    session.mount("http://", transport)
    options.setdefault("sleep", lambda seconds: None)
    return AsosClient(BASE_URL, key, clock=FixedClock(NOW), session=session, **options)  # type: ignore[arg-type]


def fetch(
    transport: ScriptedTransport,
    hours: int = 24,
    *,
    keep: Keep = lambda _: None,
    spend: Spend = lambda: None,
    **options: object,
) -> list[Page]:
    client = client_of(transport, **options)  # type: ignore[arg-type]
    return list(client.pages("108", START, START + (hours - 1) * HOUR, keep=keep, spend=spend))


def rows(count: int, start: datetime = START) -> list[dict[str, str]]:
    return rows_of(pd.date_range(start, periods=count, freq="h"))


def later(count: int, after: int) -> list[dict[str, str]]:
    return rows(count, START + after * HOUR)


def test_the_request_is_the_one_the_service_documents() -> None:
    transport = ScriptedTransport(page_body(rows(24)))
    kept: list[Response] = []
    [page] = fetch(transport, keep=kept.append)
    assert transport.urls[0].startswith(f"{BASE_URL}/getWthrDataList?")
    assert transport.queries == [
        {
            "serviceKey": DECODED_KEY,
            "dataCd": "ASOS",
            "dateCd": "HR",
            "dataType": "JSON",
            "stnIds": "108",
            "startDt": "20250401",
            "startHh": "00",
            "endDt": "20250401",
            "endHh": "23",
            "numOfRows": "999",
            "pageNo": "1",
        }
    ]
    assert (len(page.rows), page.received_at) == (24, NOW)
    assert kept == [Response("108", START, START + 23 * HOUR, 1, page_body(rows(24)), NOW)]


@pytest.mark.parametrize("key", [DECODED_KEY, ENCODED_KEY, f" {ENCODED_KEY}\n"])
def test_either_form_of_the_key_is_encoded_exactly_once(key: str) -> None:
    transport = ScriptedTransport(page_body(rows(1)))
    fetch(transport, hours=1, key=key)
    assert f"serviceKey={ENCODED_KEY}&" in transport.urls[0]


@pytest.mark.parametrize("url", ["", "apis.data.go.kr", "ftp://kma.example", "https://kma.example/?a=b"])
def test_a_base_url_that_is_none_is_refused_naming_it(url: str) -> None:
    with pytest.raises(InvalidInputError, match="ASOS_BASE_URL"):
        AsosClient(url, "key", clock=FixedClock(NOW))


def test_pages_follow_total_count() -> None:
    transport = ScriptedTransport(
        page_body(rows(10), total=24), page_body(later(10, 10), total=24), page_body(later(4, 20), total=24)
    )
    pages = fetch(transport)
    assert [page.number for page in pages] == [1, 2, 3]
    assert [query["pageNo"] for query in transport.queries] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "endless", [[page_body(rows(1), total=1_000_000)] * 24, [page_body(rows(1), total=24), page_body([], 24)]]
)
def test_a_total_that_is_never_reached_does_not_hold_the_client(endless: list[bytes]) -> None:
    transport = ScriptedTransport(*endless)
    fetch(transport)
    assert transport.script == []


def test_every_response_is_kept_before_it_is_read() -> None:
    bodies = [refusal_body("01"), b"<html>busy</html>", b'{"cut', page_body(rows(24))]
    kept: list[Response] = []
    fetch(ScriptedTransport(*bodies), keep=kept.append)
    assert [response.body for response in kept] == bodies


def test_every_call_is_counted_before_it_is_made_repeats_too() -> None:
    transport = ScriptedTransport(refusal_body("01"), refusal_body("05"), page_body(rows(24)))
    made: list[int] = []
    fetch(transport, spend=lambda: made.append(len(transport.urls)))
    assert made == [0, 1, 2]


@pytest.mark.parametrize(("asked", "least", "most"), [("17", 17, 17), ("86400", 60, 60), ("soon", 1, 2)])
def test_retry_after_is_respected_up_to_a_minute(asked: str, least: float, most: float) -> None:
    waits: list[float] = []
    slow_down = Scripted(b"slow down", 429, {"Retry-After": asked})
    fetch(ScriptedTransport(slow_down, page_body(rows(24))), sleep=waits.append)
    assert least <= waits[0] <= most


def test_an_error_page_that_repeats_the_key_is_kept_without_it() -> None:
    kept: list[Response] = []
    page = Scripted(f"<html>/x?serviceKey={ENCODED_KEY} or {DECODED_KEY}</html>".encode(), 502)
    fetch(ScriptedTransport(page, page_body(rows(24))), keep=kept.append)
    assert kept[0].body == b"<html>/x?serviceKey=*** or ***</html>"


@settings(max_examples=20, deadline=None)
@given(hours=st.integers(1, 120), size=st.integers(8, 60))
def test_long_ranges_are_split_into_calls_under_the_cap_that_cover_every_hour_once(
    hours: int, size: int
) -> None:
    calls = -(-hours // size)
    sizes = [min(size, hours - call * size) for call in range(calls)]
    transport = ScriptedTransport(*[page_body(later(count, call * size)) for call, count in enumerate(sizes)])
    fetch(transport, hours=hours, page_size=size)
    asked: list[pd.Timestamp] = []
    for query in transport.queries:
        first = pd.Timestamp(f"{query['startDt']}T{query['startHh']}")
        last = pd.Timestamp(f"{query['endDt']}T{query['endHh']}")
        asked.extend(pd.date_range(first, last, freq="h"))
    assert asked == list(pd.date_range(START.replace(tzinfo=None), periods=hours, freq="h"))
    assert len(transport.queries) == calls


TEMPORARY_FAULTS = {
    "read timeout": requests.ReadTimeout("slow"),
    "damaged gzip": Scripted(gzip.compress(page_body(rows(24)))[:-30], 200, {"content-encoding": "gzip"}),
    "html": Scripted(b"<html><body>busy</body></html>"),
    "truncated": page_body(rows(24))[:-40],
    "too many requests": Scripted(b"slow down", 429),
    "redirect": Scripted(b"", 302, {"location": "https://elsewhere.example/"}),
    "application error": refusal_body("01"),
    "unknown": refusal_body("99", "UNKNOWN_ERROR"),
}


@pytest.mark.parametrize("fault", TEMPORARY_FAULTS.values(), ids=TEMPORARY_FAULTS.keys())
def test_a_temporary_fault_is_retried(fault: Scripted | bytes | Exception) -> None:
    transport = ScriptedTransport(fault, fault, page_body(rows(24)))
    assert len(fetch(transport)) == 1
    assert len(transport.urls) == 3


LASTING_FAULTS = {
    "key not registered": (refusal_body("30"), KeyRejectedError),
    "401 without envelope": (Scripted(b"Unauthorized", 401), KeyRejectedError),
    "401 with envelope": (Scripted(refusal_body("22"), 401), QuotaExhaustedError),
    "bad parameter": (refusal_body("10"), InvalidInputError),
    "404": (Scripted(b"API not found", 404), InvalidInputError),
    "daily quota": (refusal_body("22"), QuotaExhaustedError),
    "today": (
        refusal_body("99", "전날 자료까지 제공됩니다. 날짜 범위를 확인해주세요."),
        NotYetAvailableError,
    ),
}


@pytest.mark.parametrize(("fault", "kind"), LASTING_FAULTS.values(), ids=LASTING_FAULTS.keys())
def test_a_lasting_fault_is_not_repeated(fault: Scripted | bytes, kind: type[PlantcastError]) -> None:
    transport = ScriptedTransport(fault)
    with pytest.raises(kind) as raised:
        fetch(transport)
    assert raised.value.remedy
    assert len(transport.urls) == 1


KEY_FORMS = (DECODED_KEY, ENCODED_KEY, "abc%2bdef")


def everything_in(error: BaseException) -> str:
    """Return all that a traceback, a repr or a tracer could show of an exception and those chained to it."""
    seen = "".join(traceback.format_exception(error)) + repr(error)
    for chained in (error.__cause__, error.__context__):
        if chained is not None:
            seen += everything_in(chained)
    return seen


@pytest.mark.parametrize("key", [DECODED_KEY, ENCODED_KEY])
@pytest.mark.parametrize(
    "fault",
    [
        requests.ConnectionError(
            f"HTTPSConnectionPool(host='kma.example', port=443): Max retries exceeded with url: "
            f"/getWthrDataList?serviceKey={ENCODED_KEY}&dataCd=ASOS (Caused by …)"
        ),
        requests.ReadTimeout(f"url: /x?serviceKey={DECODED_KEY}&a=b"),
        refusal_body("30", f"SERVICE KEY {DECODED_KEY} IS NOT REGISTERED"),
        Scripted(f"<html>{ENCODED_KEY}</html>".encode(), 502),
        Scripted(f"no such key {DECODED_KEY}".encode(), 403),
        Scripted(b"", 302, {"location": f"https://evil.example/?serviceKey={ENCODED_KEY}"}),
    ],
)
def test_the_key_is_in_no_exception_and_in_no_log(
    fault: Scripted | bytes | Exception,
    key: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(PlantcastError) as raised:
        fetch(ScriptedTransport(*[fault] * 2), attempts=2, key=key)
    shown = everything_in(raised.value) + caplog.text + "".join(capfd.readouterr())
    assert not [form for form in KEY_FORMS if form in shown]
