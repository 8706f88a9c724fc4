"""A short-term forecast service of the KMA as a transport for `requests`: issues with faults of one's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter

from plantcast.common.clock import HOUR, KST
from plantcast.guidance.grid import Cell
from tests.support.asos_replies import Scripted, page_body, refusal_body, response_to

SEOUL = Cell(60, 127)
# Two of its categories are not read.
VALUES = {
    "TMP": "21",
    "REH": "55",
    "WSD": "2.3",
    "VEC": "270",
    "SKY": "3",
    "PTY": "1",
    "PCP": "1.0mm",
    "POP": "60",
    "UUU": "-2.3",
    "SNO": "적설없음",
}


def items_of(issue: datetime, hours: int = 60, **values: str) -> list[dict[str, str]]:
    """Return the items of an issue of so many hours."""
    return [
        {
            "baseDate": f"{issue:%Y%m%d}",
            "baseTime": f"{issue:%H%M}",
            "category": category,
            "fcstDate": f"{issue + lead * HOUR:%Y%m%d}",
            "fcstTime": f"{issue + lead * HOUR:%H%M}",
            "fcstValue": value,
            "nx": str(SEOUL.nx),
            "ny": str(SEOUL.ny),
        }
        for lead in range(1, hours + 1)
        for category, value in (VALUES | values).items()
    ]


class ShortTermService(BaseAdapter):
    """Serves the issues released by `now`, in pages.

    `items` of an issue replace its own; `faults` of an issue are met by the next calls for it, in order;
    `always` is met by every call.
    """

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now
        self.items: dict[datetime, list[dict[str, str]]] = {}
        self.faults: dict[datetime, list[Scripted | bytes | Exception | None]] = {}
        self.always: Scripted | bytes | Exception | None = None
        self.queries: list[dict[str, str]] = []

    @property
    def session(self) -> requests.Session:
        """A session that talks to nothing but this."""
        made = requests.Session()
        made.mount("https://", self)
        return made

    @property
    def asked(self) -> list[datetime]:
        """The issues asked for, one for each call."""
        return [_issue(query) for query in self.queries]

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        query = dict(parse_qsl(urlsplit(request.url or "").query))
        self.queries.append(query)
        issue = _issue(query)
        faults = self.faults.get(issue, [])
        fault = faults.pop(0) if faults else self.always
        if isinstance(fault, Exception):
            raise fault
        found = self._reply(issue, query) if fault is None else fault
        return response_to(request, Scripted(found) if isinstance(found, bytes) else found)

    def _reply(self, issue: datetime, query: dict[str, str]) -> bytes:
        if not issue + timedelta(minutes=10) <= self.now <= issue + timedelta(days=3):
            return refusal_body("03", "NO_DATA")
        items = self.items.get(issue) or items_of(issue)
        rows = int(query["numOfRows"])
        first = (int(query["pageNo"]) - 1) * rows
        return page_body(items[first : first + rows], total=len(items))

    def close(self) -> None:
        """Nothing is open."""


def _issue(query: dict[str, str]) -> datetime:
    return datetime.strptime(query["base_date"] + query["base_time"], "%Y%m%d%H%M").replace(tzinfo=KST)
