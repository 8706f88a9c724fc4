"""The four shapes an answer of the service comes in, as JSON or XML text.

response        {"response": {"header": …, "body": …}}, the usual one
flat            {"responseTime", "resultCode", "resultMsg"}
gateway         {"OpenAPI_ServiceResponse": {"cmmMsgHeader": …}}
gateway_xml     the same as XML, whatever was asked for
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from xml.sax.saxutils import escape

from infra.kma_simulator.codes import GATEWAY_CODES, NORMAL, Refusal

DataType = Literal["JSON", "XML"]
Envelope = Literal["response", "flat", "gateway", "gateway_xml"]
Row = Mapping[str, str]

JSON_TYPE = "application/json;charset=UTF-8"
XML_TYPE = "application/xml;charset=UTF-8"
_XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


@dataclass(frozen=True)
class Answer:
    """A finished body and its content type."""

    body: str
    media_type: str


@dataclass(frozen=True)
class Page:
    """One page of rows; `total` counts all pages' rows."""

    rows: Sequence[Row]
    number: int
    size: int
    total: int


def usual_envelope(code: str) -> Envelope:
    """Return the envelope the service most often uses for `code`."""
    return "gateway_xml" if code in GATEWAY_CODES else "response"


def render_refusal(refusal: Refusal, data_type: DataType, envelope: Envelope, now: datetime) -> Answer:
    """Wrap a refusal in any of the four envelopes."""
    code, message = refusal.code, refusal.message
    if envelope == "response":
        return _render({"response": {"header": {"resultCode": code, "resultMsg": message}}}, data_type)
    if envelope == "flat":
        flat = {"responseTime": now.isoformat(), "resultCode": code, "resultMsg": message}
        return _json(flat) if data_type == "JSON" else _render({"response": flat}, "XML")
    header = {"errMsg": "SERVICE ERROR", "returnAuthMsg": message, "returnReasonCode": code}
    tree = {"OpenAPI_ServiceResponse": {"cmmMsgHeader": header}}
    return _render(tree, "XML" if envelope == "gateway_xml" else data_type)


def render_page(page: Page, data_type: DataType, *, single_row_as_object: bool = False) -> Answer:
    """Wrap a page of rows; without rows `items` is the empty string, as the service has it."""
    rows = list(page.rows)
    items: object = {"item": rows} if rows else ""
    if single_row_as_object and len(rows) == 1:
        items = {"item": rows[0]}
    tree = {
        "response": {
            "header": {"resultCode": NORMAL, "resultMsg": "NORMAL_SERVICE"},
            "body": {
                "dataType": data_type,
                "items": items,
                "pageNo": page.number,
                "numOfRows": page.size,
                "totalCount": page.total,
            },
        }
    }
    return _render(tree, data_type)


def _render(tree: Mapping[str, object], data_type: DataType) -> Answer:
    return _json(tree) if data_type == "JSON" else Answer(_XML_HEAD + _xml(tree), XML_TYPE)


def _json(tree: Mapping[str, object]) -> Answer:
    return Answer(json.dumps(tree, ensure_ascii=False, separators=(",", ":")), JSON_TYPE)


def _xml(tree: Mapping[str, object]) -> str:
    """Write nested mappings as elements; a list repeats its element."""
    parts: list[str] = []
    for name, value in tree.items():
        for one in value if isinstance(value, list) else [value]:
            inner = _xml(one) if isinstance(one, Mapping) else escape(str(one))
            parts.append(f"<{name}>{inner}</{name}>" if inner else f"<{name}/>")
    return "".join(parts)
