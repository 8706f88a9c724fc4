"""Calls of the API Hub: what is asked, what each refusal is, and that the key appears nowhere."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest
import requests

from plantcast.common.clock import HOUR, KST, FixedClock
from plantcast.common.errors import (
    InvalidInputError,
    KeyRejectedError,
    PlantcastError,
    QuotaExhaustedError,
    TemporaryError,
)
from plantcast.observations.kma.api_hub.client import ApiHubClient, CutOffError, Received
from plantcast.observations.lake.raw import Response
from tests.support.asos_replies import Scripted, ScriptedTransport
from tests.support.hub_tables import hub_row, hub_table

NOW = datetime(2025, 1, 19, 14, 20, tzinfo=KST)
KEY = "a-key/of the hub"
FIRST = NOW.replace(hour=12, minute=0)
TABLE = hub_table([hub_row(FIRST + n * HOUR, ta=n, hm=60) for n in range(3)])
CUT = TABLE[: TABLE.index(b"202501191400") + 30]


class Called:
    """A client with a script, and what it handed on."""

    def __init__(self, *script: Scripted | bytes | Exception) -> None:
        self.transport = ScriptedTransport(*script)
        session = requests.Session()
        session.mount("https://", self.transport)
        self.waits: list[float] = []
        self.kept: list[Response] = []
        self.used: list[Received] = []
        self._client = ApiHubClient(
            "https://apihub.kma.go.kr/", KEY, clock=FixedClock(NOW), session=session, sleep=self.waits.append
        )

    def fetch(self) -> None:
        self._client.fetch("108", FIRST, FIRST + 2 * HOUR, keep=self.kept.append, use=self.used.append)

    def refused(self, kind: type[PlantcastError]) -> str:
        with pytest.raises(kind) as raised:
            self.fetch()
        assert "a-key" not in str(raised.value)
        return str(raised.value)


def hub_json(status: int, message: str) -> bytes:
    return f'{{"result":{{"status":{status},"message":"{message}"}}}}'.encode()


def test_a_call_names_station_and_hours_and_its_table_is_kept_and_used() -> None:
    called = Called(TABLE)
    called.fetch()
    assert called.transport.urls[0].startswith("https://apihub.kma.go.kr/api/typ01/url/kma_sfctm3.php?")
    assert called.transport.queries == [
        {"authKey": KEY, "tm1": "202501191200", "tm2": "202501191400", "stn": "108", "help": "0"}
    ]
    (kept,) = called.kept
    assert (kept.body, kept.kind, kept.start, kept.end) == (TABLE, "api_hub", FIRST, FIRST + 2 * HOUR)
    assert [len(received.text.rows) for received in called.used] == [3]


UNKNOWN_KEY = Scripted(hub_json(401, "유효한 인증키가 아닙니다."), 401)
NOT_APPLIED = hub_json(403, "활용신청이 필요한 API 입니다.")
PLAIN_TEXT = "활용신청이 필요한 API 입니다.".encode("cp949")
QUOTA = hub_json(403, "일일 최대 호출 한도를 초과하였습니다.")


@pytest.mark.parametrize(
    ("reply", "kind", "remedy"),
    [
        (UNKNOWN_KEY, KeyRejectedError, "Check the key on apihub.kma.go.kr"),
        (Scripted(NOT_APPLIED, 403), KeyRejectedError, "Apply for the service"),
        (Scripted(PLAIN_TEXT, 403), KeyRejectedError, "Apply for the service"),
        (Scripted(QUOTA, 403), QuotaExhaustedError, "after midnight"),
        (Scripted(QUOTA, 200), QuotaExhaustedError, "after midnight"),
        (Scripted("호출 한도를 초과하였습니다.\n".encode(), 200), QuotaExhaustedError, "after midnight"),
        (Scripted(b"Not Found", 404), InvalidInputError, "API_HUB_BASE_URL"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_do_and_is_not_repeated(
    reply: Scripted, kind: type[PlantcastError], remedy: str
) -> None:
    called = Called(reply)
    assert remedy in called.refused(kind)
    assert ([kept.body for kept in called.kept], called.used, called.waits) == ([reply.body], [], [])


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"<!DOCTYPE html><html><body>\xec\xa0\x90\xea\xb2\x80</body></html>",
        b"\xff\xfe\x81",
        Scripted(b"Bad Gateway", 502),
        Scripted(hub_json(500, "오류"), 500),
        requests.ReadTimeout("https://apihub.kma.go.kr/?authKey=a-key"),
        requests.ConnectionError("https://apihub.kma.go.kr/?authKey=a-key"),
    ],
)
def test_what_may_pass_is_repeated_once(reply: bytes | Scripted | Exception) -> None:
    called = Called(reply, TABLE)
    called.fetch()
    assert (len(called.transport.urls), len(called.waits)) == (2, 1)
    called = Called(reply, reply)
    called.refused(TemporaryError)
    assert sum(called.waits) < 3


def test_a_cut_table_is_used_and_requested_again() -> None:
    called = Called(CUT, TABLE)
    called.fetch()
    assert [len(received.text.rows) for received in called.used] == [2, 3]
    called = Called(CUT, CUT)
    assert "cut off after 2 rows" in called.refused(CutOffError)


def test_the_key_is_hidden_in_what_is_kept_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    page = (
        f"<html>authKey={KEY} a-key%2Fof%20the%20hub a-key%2Fof+the+hub a-key/of%20the%20hub</html>".encode()
    )
    called = Called(page, requests.ConnectionError(f"https://apihub.kma.go.kr/?authKey={KEY}"))
    with caplog.at_level(logging.DEBUG):
        called.refused(TemporaryError)
    assert [kept.body for kept in called.kept] == [b"<html>authKey=*** *** *** ***</html>"]
    assert "a-key" not in caplog.text


def test_an_empty_key_says_where_to_put_one() -> None:
    with pytest.raises(KeyRejectedError, match="API_HUB_KEY_PARAMETER"):
        ApiHubClient("https://apihub.kma.go.kr", " ", clock=FixedClock(NOW + timedelta(0)))
