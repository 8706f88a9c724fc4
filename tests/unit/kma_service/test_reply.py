"""The KMA's four envelopes and its result codes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.common.errors import (
    InvalidInputError,
    KeyRejectedError,
    NotYetAvailableError,
    QuotaExhaustedError,
    RateLimitedError,
    TemporaryError,
)
from plantcast.kma_service.reply import MalformedReplyError, Reply, error_of, read_reply
from plantcast.observations.kma.client import ASOS

ROW = {"tm": "2025-04-30 00:00", "stnId": "108", "stnNm": "서울", "ta": "14.1", "rn": ""}


def usual(code: str = "00", message: str = "NORMAL_SERVICE", **body: Any) -> bytes:
    document = {"response": {"header": {"resultCode": code, "resultMsg": message}, "body": body}}
    return json.dumps(document, ensure_ascii=False).encode()


def test_the_usual_envelope_gives_rows_and_total() -> None:
    body = usual(dataType="JSON", items={"item": [ROW, ROW]}, pageNo=1, numOfRows=2, totalCount=720)
    assert read_reply(body) == Reply("00", "NORMAL_SERVICE", (ROW, ROW), 720)


@pytest.mark.parametrize("items", ["", None, {}, {"item": ""}, {"item": []}])
def test_empty_items_are_no_rows(items: object) -> None:
    reply = read_reply(usual(items=items, totalCount=0))
    assert (reply.code, reply.rows, reply.total) == ("00", (), 0)


ENVELOPES = {
    "usual": usual("22", "LIMITED"),
    "usual without body": b'{"response": {"header": {"resultCode": "22", "resultMsg": "LIMITED"}}}',
    "flat": b'{"responseTime": "2025-05-30 02:00:00", "resultCode": "22", "resultMsg": "LIMITED"}',
    "gateway": json.dumps(
        {
            "OpenAPI_ServiceResponse": {
                "cmmMsgHeader": {
                    "errMsg": "SERVICE ERROR",
                    "returnAuthMsg": "LIMITED",
                    "returnReasonCode": "22",
                }
            }
        }
    ).encode(),
    "gateway as XML": (
        b"<OpenAPI_ServiceResponse>\n<cmmMsgHeader>\n<errMsg>SERVICE ERROR</errMsg>"
        b"<returnAuthMsg>LIMITED</returnAuthMsg><returnReasonCode>22</returnReasonCode>"
        b"</cmmMsgHeader></OpenAPI_ServiceResponse>"
    ),
    "flat as XML": b"<response><resultCode>22</resultCode><resultMsg>LIMITED</resultMsg></response>",
    "usual as XML": (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        b"<response><header><resultCode>22</resultCode>"
        b"<resultMsg>LIMITED</resultMsg></header></response>"
    ),
}


@pytest.mark.parametrize("body", ENVELOPES.values(), ids=ENVELOPES.keys())
def test_a_refusal_is_read_from_every_envelope(body: bytes) -> None:
    reply = read_reply(body)
    assert reply.code == "22"
    assert "LIMITED" in reply.message
    assert isinstance(error_of(reply, ASOS), QuotaExhaustedError)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        usual(items={"item": [ROW]}, totalCount=1)[:-20],
        b"<html><body><h1>502 Bad Gateway</h1></body></html>",
        b"<!DOCTYPE html><html></html>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><response>&a;</response>',
        b"<response><header>",
        b"Unexpected errors",
        b"\xff\xfe\x00",
        b'{"response": []}',
        b'{"response": {"header": {}}}',
        usual(items={"item": 5}, totalCount=1),
        usual(items={"item": [5]}, totalCount=1),
        usual(items={"item": [ROW]}, totalCount="many"),
    ],
)
def test_anything_else_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedReplyError):
        read_reply(body)


@settings(deadline=None)
@given(st.integers(0, 100))
def test_a_reply_cut_short_anywhere_is_malformed(percent: int) -> None:
    whole = usual(items={"item": [ROW, ROW]}, totalCount=2)
    with pytest.raises(MalformedReplyError):
        read_reply(whole[: (len(whole) - 1) * percent // 100])


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (("01", "02", "04", "05", "99", "77"), TemporaryError),
        (("23",), RateLimitedError),
        (("10", "11", "12"), InvalidInputError),
        (("20", "21", "29", "30", "31", "32", "33"), KeyRejectedError),
        (("22",), QuotaExhaustedError),
    ],
)
def test_every_code_becomes_the_error_that_says_what_to_do(codes: tuple[str, ...], kind: type) -> None:
    for code in codes:
        error = error_of(Reply(code, "SOME_ERROR"), ASOS)
        assert error is not None
        assert type(error) is kind
        assert code in str(error)
        assert "SOME_ERROR" in str(error)
        assert error.remedy


@pytest.mark.parametrize("code", ["99", "10"])
def test_the_refusal_of_today_is_known_by_its_message(code: str) -> None:
    reply = Reply(code, "전날 자료까지 제공됩니다. 날짜 범위를 확인해주세요.")
    assert isinstance(error_of(reply, ASOS), NotYetAvailableError)


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (401, "유효한 인증키가 아닙니다.", KeyRejectedError),
        (403, "활용신청이 필요한 API 입니다.", KeyRejectedError),
        (403, "일일 호출 한도를 초과하였습니다.", QuotaExhaustedError),
        (200, "일일 호출 한도를 초과하였습니다.", QuotaExhaustedError),
        (404, "없는 API 입니다.", InvalidInputError),
        (500, "오류", TemporaryError),
    ],
)
def test_a_refusal_of_the_api_hub_becomes_the_same_errors(status: int, message: str, kind: type) -> None:
    body = json.dumps({"result": {"status": status, "message": message}}, ensure_ascii=False)
    for encoding in ("utf-8", "cp949"):
        error = error_of(read_reply(body.encode(encoding)), ASOS)
        assert type(error) is kind
        assert message in str(error)
