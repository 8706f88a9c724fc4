"""Reads the KMA's four envelopes into one form, and its result codes into typed errors."""

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

Row = dict[str, str]

NORMAL: Final = "00"
NO_DATA: Final = "03"

# "전날 자료까지 제공됩니다" (served up to the day before): how a request that reaches today is refused.
_ONLY_UNTIL_YESTERDAY: Final = "전날 자료"

_WAIT_AND_REPEAT = "Repeat the call later; if it lasts, see the notices on data.go.kr."
_NEW_KEY = (
    "Check KMA_API_KEY against the key shown on data.go.kr (service 15057210); a new key can be refused "
    "for some hours."
)

_ERRORS: Final[Mapping[str, tuple[type[PlantcastError], str, str]]] = MappingProxyType(
    {
        "01": (TemporaryError, "application error", _WAIT_AND_REPEAT),
        "02": (TemporaryError, "database error", _WAIT_AND_REPEAT),
        "04": (TemporaryError, "HTTP error behind the gateway", _WAIT_AND_REPEAT),
        "05": (TemporaryError, "service timeout", _WAIT_AND_REPEAT),
        "10": (InvalidInputError, "a request parameter is wrong", "Correct the parameter it names."),
        "11": (InvalidInputError, "a mandatory parameter is missing", "Add the parameter it names."),
        "12": (InvalidInputError, "there is no such service", "Check ASOS_BASE_URL."),
        "20": (KeyRejectedError, "the service key has no access", f"Apply for the service. {_NEW_KEY}"),
        "21": (KeyRejectedError, "the service key is disabled for a time", "Ask data.go.kr to enable it."),
        "22": (QuotaExhaustedError, "the day's quota of calls is used up", "Go on after midnight KST."),
        "23": (RateLimitedError, "too many calls in one second", "Call more slowly."),
        "29": (KeyRejectedError, "this machine's IP is blocked", "Ask data.go.kr to lift the block."),
        "30": (KeyRejectedError, "the service key is not registered", _NEW_KEY),
        "31": (KeyRejectedError, "the service key has expired", "Extend its period of use on data.go.kr."),
        "32": (
            KeyRejectedError,
            "this machine's IP is not registered for the key",
            "Register it on data.go.kr.",
        ),
        "33": (KeyRejectedError, "the call is not signed as the key demands", _NEW_KEY),
    }
)


class MalformedReplyError(ValueError):
    """The body is none of the KMA's envelopes: cut short, an HTML page of a proxy, or something new."""


@dataclass(frozen=True)
class Reply:
    """A reply whatever its envelope: two-digit `code`, the server's message, rows of strings, rows in all."""

    code: str
    message: str
    rows: tuple[Row, ...] = ()
    total: int = 0
    form: str = "json"


def read_reply(body: bytes) -> Reply:
    """Read any of the KMA's envelopes, JSON or XML.

    Raises:
        MalformedReplyError: `body` is none of them.
    """
    text = _decode(body).strip()
    if text.startswith("<"):
        form, document = "xml", _xml_document(text)
    else:
        form, document = "json", _json_document(text)
    return _read_document(document, form)


def error_of(reply: Reply) -> PlantcastError | None:
    """Return the error a reply's code stands for; None for 00 (normal) and 03 (no data)."""
    if reply.code in (NORMAL, NO_DATA):
        return None
    details = f"(code {reply.code}, {reply.message[:200]!r})"
    if _ONLY_UNTIL_YESTERDAY in reply.message:
        return NotYetAvailableError(
            f"The KMA serves observations up to yesterday {details}.", remedy="Ask for an earlier end."
        )
    kind, text, remedy = _ERRORS.get(reply.code, (TemporaryError, "unknown error", _WAIT_AND_REPEAT))
    return kind(f"The KMA refused the call: {text} {details}.", remedy=remedy)


def _decode(body: bytes) -> str:
    # UTF-8 is what the service sends; gateways in front of it have been seen to answer in CP949.
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise MalformedReplyError("the body is neither UTF-8 nor CP949")


def _json_document(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedReplyError("the body is not JSON") from error
    if not isinstance(document, dict):
        raise MalformedReplyError("the body is not a JSON object")
    return document


def _xml_document(text: str) -> Mapping[str, Any]:
    # No envelope has a document type; refusing one shuts out HTML and entity expansion alike.
    if "<!DOCTYPE" in text or "<!doctype" in text or "<!ENTITY" in text:
        raise MalformedReplyError("the body is an HTML page")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - document types, and with them entities, are refused above
    except (ElementTree.ParseError, ValueError) as error:
        raise MalformedReplyError("the body is not XML") from error
    return {root.tag: _element(root)}


def _element(element: ElementTree.Element) -> Any:
    """Turn an element into what the JSON envelope would hold: text, an object, or a list of like children."""
    if not len(element):
        return (element.text or "").strip()
    children: dict[str, Any] = {}
    for child in element:
        value = _element(child)
        if child.tag not in children:
            children[child.tag] = value
        elif isinstance(children[child.tag], list):
            children[child.tag].append(value)
        else:
            children[child.tag] = [children[child.tag], value]
    return children


def _read_document(document: Mapping[str, Any], form: str) -> Reply:
    if "OpenAPI_ServiceResponse" in document:
        header = _object(_object(document["OpenAPI_ServiceResponse"]).get("cmmMsgHeader"))
        words = " ".join(str(header[name]) for name in ("errMsg", "returnAuthMsg") if header.get(name))
        return Reply(_code(header.get("returnReasonCode")), words, form=form)
    if "response" in document:
        response = _object(document["response"])
        if "resultCode" in response:  # the flat envelope, which needs a root element as XML
            return Reply(_code(response["resultCode"]), _text(response.get("resultMsg")), form=form)
        header = _object(response.get("header"))
        body = response.get("body")
        code = _code(header.get("resultCode"))
        if not body and code == NORMAL:
            raise MalformedReplyError("a good reply has no body")
        # A refusal in this envelope has an empty body or none.
        rows, total = _rows(_object(body)) if body else ((), 0)
        return Reply(code, _text(header.get("resultMsg")), rows, total, form)
    if "resultCode" in document:
        return Reply(_code(document["resultCode"]), _text(document.get("resultMsg")), form=form)
    raise MalformedReplyError("the body is no envelope of the KMA")


def _rows(body: Mapping[str, Any]) -> tuple[tuple[Row, ...], int]:
    items = body.get("items") or {}
    found = _object(items).get("item") or []
    if isinstance(found, Mapping):
        found = [found]
    if not isinstance(found, list):
        raise MalformedReplyError("items.item is neither an object nor a list")
    rows = tuple({name: _text(value) for name, value in _object(item).items()} for item in found)
    try:
        return rows, int(body.get("totalCount") or len(rows))
    except (TypeError, ValueError) as error:
        raise MalformedReplyError("totalCount is not a number") from error


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise MalformedReplyError(f"expected an object, found {type(value).__name__}")
    return value


def _code(value: Any) -> str:
    text = _text(value)
    if not text:
        raise MalformedReplyError("the reply has no result code")
    return text.zfill(2)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
