"""Replies of the KMA for unit tests, and a transport that plays them to `requests` without a network."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse


def rows_of(hours: Iterable[Any], station: str = "108", **values: str) -> list[dict[str, str]]:
    """Return a row of strings per hour (anything with `strftime` and `hour`), of weather that moves."""
    return [
        {
            "tm": hour.strftime("%Y-%m-%d %H:%M"),
            "stnId": station,
            "ta": f"{14.1 + abs(hour.hour - 12) / 10:.1f}",
            "hm": str(60 + hour.hour % 5),
        }
        | values
        for hour in hours
    ]


def page_body(rows: list[dict[str, str]], total: int | None = None) -> bytes:
    """Return a good page with these rows."""
    body = {"dataType": "JSON", "items": {"item": rows}, "totalCount": len(rows) if total is None else total}
    header = {"resultCode": "00", "resultMsg": "NORMAL_SERVICE"}
    return json.dumps({"response": {"header": header, "body": body}}, ensure_ascii=False).encode()


def refusal_body(code: str, message: str = "REFUSED") -> bytes:
    """Return a refusal in the flat envelope."""
    return json.dumps({"resultCode": code, "resultMsg": message}, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Scripted:
    """One reply of the transport."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def response_to(request: requests.PreparedRequest, scripted: Scripted) -> requests.Response:
    """Return a scripted reply as the HTTP library's response to `request`."""
    response = requests.Response()
    response.status_code = scripted.status
    response.headers.update(scripted.headers)
    response.url = request.url or ""
    response.request = request
    response.raw = HTTPResponse(
        io.BytesIO(scripted.body), headers=scripted.headers, status=scripted.status, preload_content=False
    )
    return response


class ScriptedTransport(BaseAdapter):
    """Plays scripted replies, or raises scripted exceptions, in order; keeps the URLs it was asked for."""

    def __init__(self, *script: Scripted | bytes | Exception) -> None:
        super().__init__()
        self.script = list(script)
        self.urls: list[str] = []

    @property
    def queries(self) -> list[dict[str, str]]:
        return [
            {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()} for url in self.urls
        ]

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        assert request.url is not None
        self.urls.append(request.url)
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return response_to(request, Scripted(step) if isinstance(step, bytes) else step)

    def close(self) -> None:
        """Nothing is open."""
