"""The envelopes of the service's answers, as JSON or XML text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from infra.kma_simulator.codes import GATEWAY_CODES, NORMAL, Refusal

DataType = Literal["JSON", "XML"]
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


def render_refusal(refusal: Refusal, data_type: DataType) -> Answer:
    """Wrap a refusal as the service does: the portal's gateway always answers in its own XML."""
    code, message = refusal.code, refusal.message
    if code not in GATEWAY_CODES:
        return _render({"response": {"header": {"resultCode": code, "resultMsg": message}}}, data_type)
    header = {"errMsg": "SERVICE ERROR", "returnAuthMsg": message, "returnReasonCode": code}
    return _render({"OpenAPI_ServiceResponse": {"cmmMsgHeader": header}}, "XML")


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
    if data_type == "JSON":
        return Answer(json.dumps(tree, ensure_ascii=False, separators=(",", ":")), JSON_TYPE)
    return Answer(_XML_HEAD + _xml(tree), XML_TYPE)


def _xml(tree: Mapping[str, object]) -> str:
    """Write nested mappings as elements; a list repeats its element."""
    parts: list[str] = []
    for name, value in tree.items():
        for one in value if isinstance(value, list) else [value]:
            inner = _xml(one) if isinstance(one, Mapping) else escape(str(one))
            parts.append(f"<{name}>{inner}</{name}>" if inner else f"<{name}/>")
    return "".join(parts)
