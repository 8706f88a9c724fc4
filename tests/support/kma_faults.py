"""A KMA that fails: answers of the simulator, some of them changed, refused or lost, without a socket."""

from __future__ import annotations

import gzip
import json
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter

from infra.kma_simulator import asos
from infra.kma_simulator.portal import MESSAGES
from infra.kma_simulator.service import Simulator
from tests.support.asos_replies import Scripted, response_to

# Takes the body of the true answer; raises what `requests` raises where there is no answer at all.
Fault = Callable[[bytes, Random], Scripted]


class FaultyKma(BaseAdapter):
    """A transport for `requests` in front of a simulator; the next calls meet `faults`, None is none."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__()
        self._simulator = simulator
        self._rng = Random(1)
        self.faults: deque[Fault | None] = deque()

    def session(self) -> requests.Session:
        """Return a session that talks to nothing but this."""
        made = requests.Session()
        made.mount("https://", self)
        return made

    def draw(self, rng: Random, kinds: list[Fault], calls: int, probability: float) -> None:
        """Replace the faults by ones drawn for the next `calls` calls."""
        self._rng = rng
        self.faults = deque(rng.choice(kinds) if rng.random() < probability else None for _ in range(calls))

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        fault = self.faults.popleft() if self.faults else None
        query = dict(parse_qsl(urlsplit(request.url or "").query, keep_blank_values=True))
        body = asos.answer(self._simulator, query).body.encode()
        return response_to(request, Scripted(body) if fault is None else fault(body, self._rng))

    def close(self) -> None:
        """Nothing is open."""


def refused(*codes: str) -> Fault:
    """Refuse with one of `codes`, in any of the KMA's four envelopes."""

    def fault(body: bytes, rng: Random) -> Scripted:
        code = rng.choice(codes)
        message = MESSAGES[code]
        header = {"errMsg": "SERVICE ERROR", "returnAuthMsg": message, "returnReasonCode": code}
        fields = "".join(f"<{name}>{value}</{name}>" for name, value in header.items())
        envelopes = (
            json.dumps({"response": {"header": {"resultCode": code, "resultMsg": message}}}),
            json.dumps({"resultCode": code, "resultMsg": message}),
            json.dumps({"OpenAPI_ServiceResponse": {"cmmMsgHeader": header}}),
            f"<OpenAPI_ServiceResponse><cmmMsgHeader>{fields}</cmmMsgHeader></OpenAPI_ServiceResponse>",
        )
        return Scripted(rng.choice(envelopes).encode())

    return fault


def status(*statuses: int) -> Fault:
    """Answer with an HTML page of a proxy."""
    return lambda body, rng: Scripted(b"<html><body>nginx</body></html>", rng.choice(statuses))


def lost(error: type[requests.RequestException]) -> Fault:
    """Do not answer."""

    def fault(body: bytes, rng: Random) -> Scripted:
        raise error("url: /getWthrDataList")

    return fault


def truncated(body: bytes, rng: Random) -> Scripted:
    """Send the beginning only, as a complete HTTP response."""
    return Scripted(body[: rng.randrange(len(body))])


def in_cp949(body: bytes, rng: Random) -> Scripted:
    """Send the answer in another charset."""
    return Scripted(body.decode().encode("cp949", "replace"))


def broken_gzip(body: bytes, rng: Random) -> Scripted:
    """Declare gzip and send a damaged stream."""
    return Scripted(gzip.compress(body)[: -rng.randrange(9, 40)], 200, {"content-encoding": "gzip"})


def redirected(body: bytes, rng: Random) -> Scripted:
    """Redirect elsewhere."""
    return Scripted(b"", rng.choice((302, 307)), {"location": "https://elsewhere.example/"})


def changed_page(change: Callable[[list[dict[str, str]], dict[str, Any], Random], object]) -> Fault:
    """Change the rows, or the other fields, of a page; a refusal stays as it is."""

    def fault(body: bytes, rng: Random) -> Scripted:
        if not body.startswith(b"{") or "body" not in (document := json.loads(body))["response"]:
            return Scripted(body)
        fields = document["response"]["body"]
        rows = fields["items"]["item"] if fields["items"] else []
        change(rows, fields, rng)
        fields["items"] = {"item": rows} if rows else ""
        return Scripted(json.dumps(document, ensure_ascii=False).encode())

    return fault


def _other_total(rows: list[dict[str, str]], fields: dict[str, Any], rng: Random) -> None:
    fields["totalCount"] = max(0, fields["totalCount"] + rng.choice((-1, 1)) * rng.randint(1, 30))


def _short(rows: list[dict[str, str]], fields: dict[str, Any], rng: Random) -> None:
    del rows[rng.randrange(len(rows) or 1) :]


def _doubled(rows: list[dict[str, str]], fields: dict[str, Any], rng: Random) -> None:
    rows[:] = [row for row in rows for _ in range(rng.choice((1, 1, 2)))]


def _foreign(rows: list[dict[str, str]], fields: dict[str, Any], rng: Random) -> None:
    elsewhere = [row | rng.choice(({"stnId": "112"}, {"tm": "1999-01-01 00:00"})) for row in rows[::3]]
    rows.extend(elsewhere)
    rng.shuffle(rows)


TEMPORARY: dict[str, Fault] = {
    "error": refused("01", "02", "04", "05", "23", "99"),
    "html": status(200, 429, 500, 502, 503, 504),
    "redirect": redirected,
    "reset": lost(requests.ConnectionError),
    "cut": lost(requests.exceptions.ChunkedEncodingError),
    "timeout": lost(requests.ReadTimeout),
    "truncated": truncated,
    "charset": in_cp949,
    "broken gzip": broken_gzip,
    "other total": changed_page(_other_total),
    "short page": changed_page(_short),
    "empty page": changed_page(lambda rows, fields, rng: rows.clear()),
    "doubled rows": changed_page(_doubled),
    "shuffled rows": changed_page(lambda rows, fields, rng: rng.shuffle(rows)),
    "foreign rows": changed_page(_foreign),
}
LASTING: dict[str, Fault] = {
    "key": refused("20", "21", "29", "30", "31", "32", "33"),
    "key, bare": status(401, 403),
    "quota": refused("22"),
    "request": refused("10", "11", "12"),
    "no data": refused("03"),
}
