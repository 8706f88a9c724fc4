"""The envelopes of the service's answers, as JSON or XML text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

from infra.kma_simulator.contract import MESSAGES, NORMAL, Query, Refusal

# Refused by the portal's gateway before the KMA's service is reached; the gateway answers in its own XML.
_GATEWAY_CODES: Final = frozenset({"12", "20", "21", "22", "23", "29", "30", "31", "32", "33"})


def render_refusal(refusal: Refusal, *, as_json: bool) -> str:
    """Wrap a refusal as the service does: the portal's gateway always answers in its own XML."""
    code, message = refusal.code, refusal.message
    if code not in _GATEWAY_CODES:
        return _render({"response": {"header": {"resultCode": code, "resultMsg": message}}}, as_json)
    header = {"errMsg": "SERVICE ERROR", "returnAuthMsg": message, "returnReasonCode": code}
    return _render({"OpenAPI_ServiceResponse": {"cmmMsgHeader": header}}, as_json=False)


def render_page(rows: Sequence[Mapping[str, str]], query: Query, *, total: int) -> str:
    """Wrap a page of rows, of `total` in all; without rows `items` is the empty string, as at the KMA."""
    body = {
        "dataType": query.dataType,
        "items": {"item": list(rows)} if rows else "",
        "pageNo": query.pageNo,
        "numOfRows": query.rows,
        "totalCount": total,
    }
    header = {"resultCode": NORMAL, "resultMsg": MESSAGES[NORMAL]}
    return _render({"response": {"header": header, "body": body}}, query.dataType == "JSON")


def _render(tree: Mapping[str, object], as_json: bool) -> str:
    if as_json:
        return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
    return '<?xml version="1.0" encoding="UTF-8"?>' + _xml(tree)


def _xml(tree: Mapping[str, object]) -> str:
    """Write nested mappings as elements; a list repeats its element."""
    parts: list[str] = []
    for name, value in tree.items():
        for one in value if isinstance(value, list) else [value]:
            inner = _xml(one) if isinstance(one, Mapping) else escape(str(one))
            parts.append(f"<{name}>{inner}</{name}>" if inner else f"<{name}/>")
    return "".join(parts)
