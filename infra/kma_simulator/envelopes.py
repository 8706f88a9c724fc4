"""The envelopes of answers of data.go.kr, as JSON or XML text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

from infra.kma_simulator.calls import Reply
from infra.kma_simulator.portal import MESSAGES, NORMAL, PageQuery, Refusal

# Refused by the portal's gateway before the KMA's service is reached; the gateway answers in its own XML.
_GATEWAY_CODES: Final = frozenset({"12", "20", "21", "22", "23", "29", "30", "31", "32", "33"})


def refused(refusal: Refusal, parameters: Mapping[str, str]) -> Reply:
    """Wrap a refusal as the service does: the portal's gateway always answers in its own XML."""
    code, message = refusal.code, refusal.message
    header: dict[str, object]
    if code in _GATEWAY_CODES:
        header = {"errMsg": "SERVICE ERROR", "returnAuthMsg": message, "returnReasonCode": code}
        return _reply({"OpenAPI_ServiceResponse": {"cmmMsgHeader": header}}, code, as_json=False)
    header = {"resultCode": code, "resultMsg": message}
    return _reply({"response": {"header": header}}, code, as_json=parameters.get("dataType") == "JSON")


def page(rows: Sequence[Mapping[str, str | int]], query: PageQuery, *, total: int) -> Reply:
    """Wrap a page of rows, of `total` in all; without rows `items` is the empty string, as at the KMA."""
    body = {
        "dataType": query.dataType,
        "items": {"item": list(rows)} if rows else "",
        "pageNo": query.pageNo,
        "numOfRows": query.rows,
        "totalCount": total,
    }
    header = {"resultCode": NORMAL, "resultMsg": MESSAGES[NORMAL]}
    tree = {"response": {"header": header, "body": body}}
    return _reply(tree, NORMAL, as_json=query.dataType == "JSON", rows=len(rows))


def _reply(tree: Mapping[str, object], code: str, *, as_json: bool, rows: int = 0) -> Reply:
    # As the KMA does: HTTP 200 also for a refusal.
    if as_json:
        return Reply(json.dumps(tree, ensure_ascii=False, separators=(",", ":")), code, rows)
    body = '<?xml version="1.0" encoding="UTF-8"?>' + _xml(tree)
    return Reply(body, code, rows, media_type="application/xml;charset=UTF-8")


def _xml(tree: Mapping[str, object]) -> str:
    """Write nested mappings as elements; a list repeats its element."""
    parts: list[str] = []
    for name, value in tree.items():
        for one in value if isinstance(value, list) else [value]:
            inner = _xml(one) if isinstance(one, Mapping) else escape(str(one))
            parts.append(f"<{name}>{inner}</{name}>" if inner else f"<{name}/>")
    return "".join(parts)
