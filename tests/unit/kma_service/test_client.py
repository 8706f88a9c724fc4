"""Calls of any service: which parameter holds the key, messages that name the service, and a time limit.

Paging, retries and the secrecy of the key are tested through the ASOS client.
"""

from __future__ import annotations

from datetime import datetime

import pytest
import requests

from plantcast.common.clock import KST, FixedClock
from plantcast.common.errors import InvalidInputError, KeyRejectedError, TemporaryError
from plantcast.kma_service.answer import Answer
from plantcast.kma_service.client import (
    CallLimits,
    KeyParameter,
    ReplyPage,
    SecondsLeft,
    ServiceClient,
)
from plantcast.kma_service.service import Service
from tests.support.asos_replies import Scripted, ScriptedTransport, page_body, refusal_body

SERVICE = Service("The river service", "getLevel", "RIVER_BASE_URL", "https://x.example/y", "Add it.", "Ask.")
NOW = datetime(2025, 5, 30, 2, tzinfo=KST)
ROW = {"level": "1.2"}


def client_of(
    transport: ScriptedTransport,
    key: str = "secret",
    *,
    key_parameter: KeyParameter = "serviceKey",
    waits: list[float] | None = None,
) -> ServiceClient:
    session = requests.Session()
    session.mount("https://", transport)
    return ServiceClient(
        SERVICE,
        "https://river.example/v1/",
        key,
        clock=FixedClock(NOW),
        key_parameter=key_parameter,
        limits=CallLimits(attempts=3),
        session=session,
        sleep=([] if waits is None else waits).append,
    )


def fetch(client: ServiceClient, seconds_left: SecondsLeft = lambda: 20.0) -> list[ReplyPage]:
    return list(client.pages({"day": "1"}, page_size=10, most_pages=5, seconds_left=seconds_left))


def test_the_key_goes_into_the_parameter_of_the_service() -> None:
    transport = ScriptedTransport(page_body([ROW]))

    [page] = fetch(client_of(transport, key_parameter="authKey"))

    assert transport.urls[0].startswith("https://river.example/v1/getLevel?")
    assert transport.queries == [{"authKey": "secret", "day": "1", "numOfRows": "10", "pageNo": "1"}]
    assert page == ReplyPage(1, 1, (ROW,), NOW)


def test_no_data_gives_no_page() -> None:
    assert fetch(client_of(ScriptedTransport(refusal_body("03")))) == []


def test_pages_received_before_a_fault_are_handed_out_before_it_is_raised() -> None:
    transport = ScriptedTransport(page_body([ROW] * 10, total=12), *[b'{"cut'] * 3)
    kept: list[Answer] = []
    pages = client_of(transport).pages({}, page_size=10, most_pages=5, keep=kept.append)

    assert len(next(pages).rows) == 10
    with pytest.raises(TemporaryError, match="The river service sent a reply that cannot be read"):
        next(pages)
    assert [answer.page for answer in kept] == [1, 2, 2, 2]


def test_a_call_is_not_repeated_when_the_time_left_ends_before_it() -> None:
    waits: list[float] = []
    transport = ScriptedTransport(requests.ConnectionError("x"))

    with pytest.raises(TemporaryError, match=r"The river service at river\.example could not be reached"):
        fetch(client_of(transport, waits=waits), seconds_left=lambda: 0.5)

    assert (waits, transport.script) == ([], [])


@pytest.mark.parametrize(
    ("reply", "kind", "remedy"),
    [
        (refusal_body("30"), KeyRejectedError, "Ask."),
        (Scripted(b"Forbidden", 403), KeyRejectedError, "Ask."),
        (Scripted(b"nothing here", 404), InvalidInputError, "Check RIVER_BASE_URL."),
        (refusal_body("12"), InvalidInputError, "Check RIVER_BASE_URL."),
    ],
)
def test_messages_and_remedies_are_the_service_s(reply: Scripted | bytes, kind: type, remedy: str) -> None:
    with pytest.raises(kind, match="The river service") as raised:
        fetch(client_of(ScriptedTransport(reply)))

    assert isinstance(raised.value, InvalidInputError | KeyRejectedError)
    assert raised.value.remedy == remedy


def test_an_empty_key_is_refused_with_the_place_it_belongs_to() -> None:
    with pytest.raises(KeyRejectedError, match=r"The river service is empty\. Add it\."):
        client_of(ScriptedTransport(), key=" ")
