"""Reads the KMA's envelopes into one form, and its result codes into typed errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from xml.etree import ElementTree

from plantcast.common.errors import (
    InvalidInputError,
    KeyRejectedError,
    NotYetAvailableError,
    PlantcastError,
    QuotaExhaustedError,
    RateLimitedError,
    TemporaryError,
)
from plantcast.kma_service.service import Service

Row = dict[str, str]

NORMAL: Final = "00"
NO_DATA: Final = "03"

# "전날 자료까지 제공됩니다" (served up to the day before): how a request that reaches today is refused.
_ONLY_UNTIL_YESTERDAY: Final = "전날 자료"

_WAIT_AND_REPEAT: Final = "Repeat the call later; if it lasts, see the notices on data.go.kr."
# Replaced by a service's own advice.
_KEY: Final = "{key_remedy}"

_ERRORS: Final[Mapping[str, tuple[type[PlantcastError], str, str]]] = MappingProxyType(
    {
        "01": (TemporaryError, "application error", _WAIT_AND_REPEAT),
        "02": (TemporaryError, "database error", _WAIT_AND_REPEAT),
        "04": (TemporaryError, "HTTP error behind the gateway", _WAIT_AND_REPEAT),
        "05": (TemporaryError, "service timeout", _WAIT_AND_REPEAT),
        "10": (InvalidInputError, "a request parameter is wrong", "Correct the parameter it names."),
        "11": (InvalidInputError, "a mandatory parameter is missing", "Add the parameter it names."),
        "12": (InvalidInputError, "there is no such service", "Check {url_setting}."),
        "20": (KeyRejectedError, "the service key has no access", f"Apply for the service. {_KEY}"),
        "21": (KeyRejectedError, "the service key is disabled for a time", "Ask data.go.kr to enable it."),
        "22": (QuotaExhaustedError, "the day's quota of calls is used up", "Go on after midnight KST."),
        "23": (RateLimitedError, "too many calls in one second", "Call more slowly."),
        "29": (KeyRejectedError, "this machine's IP is blocked", "Ask data.go.kr to lift the block."),
        "30": (KeyRejectedError, "the service key is not registered", _KEY),
        "31": (KeyRejectedError, "the service key has expired", "Extend its period of use on data.go.kr."),
        "32": (KeyRejectedError, "this machine's IP is not registered", "Register it on data.go.kr."),
        "33": (KeyRejectedError, "the call is not signed as the key demands", _KEY),
    }
)
# What the API Hub says with status 403 (or 200) when the day's calls are used up.
_HUB_QUOTA: Final = "호출 한도"


# What reading text raises that is no envelope; UnicodeDecodeError and JSONDecodeError are ValueErrors.
_MALFORMED: Final = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    ElementTree.ParseError,
)


class MalformedReplyError(ValueError):
    """The body is none of the KMA's envelopes: cut short, an HTML page of a proxy, or something new."""


@dataclass(frozen=True)
class Reply:
    """A reply whatever its envelope: two-digit `code`, message, the page's rows, rows in all."""

    code: str
    message: str
    rows: tuple[Row, ...] = ()
    total: int = 0


def read_reply(body: bytes) -> Reply:
    """Read any of the KMA's envelopes: JSON, or a refusal as XML (rows are never requested as XML).

    Raises:
        MalformedReplyError: `body` is none of them.
    """
    try:
        text = decode(body).strip()
        return _read_xml(text) if text.startswith("<") else _read_json(json.loads(text))
    except _MALFORMED as error:
        raise MalformedReplyError(f"the body is not a KMA reply: {type(error).__name__}") from None


def error_of(reply: Reply, service: Service) -> PlantcastError | None:
    """Return the error a reply's code stands for; None for 00 (normal) and 03 (no data)."""
    if reply.code in (NORMAL, NO_DATA):
        return None
    details = f"(code {reply.code}, {reply.message[:200]!r})"
    if _ONLY_UNTIL_YESTERDAY in reply.message:
        return NotYetAvailableError(
            f"{service.name} serves observations up to yesterday {details}.", remedy="Ask for an earlier end."
        )
    kind, text, remedy = _ERRORS.get(reply.code, (TemporaryError, "unknown error", _WAIT_AND_REPEAT))
    advice = remedy.format(key_remedy=service.key_remedy, url_setting=service.url_setting)
    return kind(f"{service.name} refused the call: {text} {details}.", remedy=advice)


def decode(body: bytes) -> str:
    """Return a text of the KMA: UTF-8, or CP949 as gateways and older files have it.

    Raises:
        UnicodeDecodeError: it is neither.
    """
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp949")


def _read_json(document: Any) -> Reply:
    gateway = document.get("OpenAPI_ServiceResponse")
    if gateway is not None:
        header = gateway["cmmMsgHeader"]
        return Reply(_code(header["returnReasonCode"]), _message(header))
    hub = document.get("result")
    if hub is not None:
        return _read_hub(int(hub["status"]), _text(hub["message"]))
    response = document.get("response", document)
    header = response.get("header", response)  # the flat envelope has neither
    code, message = _code(header["resultCode"]), _text(header.get("resultMsg"))
    if code != NORMAL:
        return Reply(code, message)
    body = response["body"]
    found = (body.get("items") or {}).get("item") or []  # without rows, `items` is ""
    rows = [found] if isinstance(found, dict) else found
    texts = tuple({name: _text(value) for name, value in row.items()} for row in rows)
    return Reply(code, message, texts, int(body.get("totalCount") or len(texts)))


def _read_hub(status: int, message: str) -> Reply:
    """Return a refusal of the API Hub under the code that data.go.kr has for it."""
    if _HUB_QUOTA in message:
        return Reply("22", message)
    codes = {401: "30", 403: "20", 404: "12", 429: "23"}
    return Reply(codes.get(status, "01"), message)


def _read_xml(text: str) -> Reply:
    # No envelope has a document type; refusing one excludes entity expansion.
    if "<!DOCTYPE" in text:
        raise ValueError("a document type")
    root = ElementTree.fromstring(text)  # noqa: S314 - document types, and with them entities, are refused above
    fields = {element.tag: _text(element.text) for element in root.iter()}
    code = _code(fields.get("returnReasonCode") or fields["resultCode"])
    if code == NORMAL:
        raise ValueError("rows as XML")
    return Reply(code, fields.get("resultMsg") or _message(fields))


def _message(header: Mapping[str, Any]) -> str:
    return " ".join(str(header[name]) for name in ("errMsg", "returnAuthMsg") if header.get(name))


def _code(value: Any) -> str:
    text = _text(value)
    if not text:
        raise ValueError("no result code")
    return text.zfill(2)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
