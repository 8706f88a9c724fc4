"""A proxy between one function and S3 and DynamoDB that counts its calls and spoils a chosen one."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

READS = frozenset({"GetObject", "HeadObject", "ListObjectsV2", "GetItem", "BatchGetItem", "Query", "Scan"})
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


class Kind(Enum):
    """What becomes of the chosen call."""

    REFUSED = "refused"  # not done; answered with an error that no client repeats
    BUSY = "busy"  # not done; answered with an error that the client repeats, and then succeeds with
    UNANSWERED = "unanswered"  # done, but the connection breaks before the answer: the client does it again
    KILLED = "killed"  # done, and the function is killed before the answer
    HELD = "held"  # not answered until the function is gone


@dataclass(frozen=True)
class Call:
    """One call of the function: the API's operation, and the object's key or the item's keys."""

    operation: str
    what: str

    @property
    def sort(self) -> tuple[str, str]:
        """What it has in common with calls for other months, files of a model, plants."""
        what = re.sub(r"/versions/.*", "/versions/", self.what)
        return self.operation, re.sub(r"\d+", "0", re.sub(r"(ALERT|NOTICE)#.*", r"\1#", what))

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.operation in READS


@dataclass(frozen=True)
class Fault:
    """Spoil the call with this number (from 0): of all calls, or of those of one sort.

    Months and files of a model are read and written side by side: their calls come in any order, so one of
    them is meant by its number among calls of its sort.
    """

    kind: Kind
    at: int
    sort: tuple[str, str] | None = None

    def hits(self, call: Call, before: Sequence[Call]) -> bool:
        """Say whether this call, after those before it, is to be spoilt."""
        if self.sort is None:
            return len(before) == self.at
        return call.sort == self.sort and sum(one.sort == self.sort for one in before) == self.at


class FaultProxy:
    """Hands calls on to `endpoint`; `kill` gets the client's port of a call whose function is to die."""

    def __init__(self, endpoint: str, kill: Callable[[int], None]) -> None:
        self._target = urlsplit(endpoint).netloc
        self._kill = kill
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        self._fault: Fault | None = None
        self._released = threading.Event()
        self.spoilt = 0
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # the name http.server looks for
                proxy._handle(self)

            do_PUT = do_POST = do_HEAD = do_DELETE = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where the function finds it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def arm(self, fault: Fault | None) -> None:
        """Begin to count anew, and spoil what `fault` says."""
        with self._lock:
            self._calls, self._fault, self.spoilt = [], fault, 0
            self._released.clear()

    def disarm(self) -> list[Call]:
        """Let everything pass, and return the calls since `arm`."""
        with self._lock:
            self._fault = None
            self._released.set()
            return list(self._calls)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.disarm()
        self._server.shutdown()
        self._server.server_close()

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        call = _call_of(request, body)
        with self._lock:
            fault = self._fault if self._fault is not None and self._fault.hits(call, self._calls) else None
            self._calls.append(call)
            if fault is not None:
                self.spoilt += 1
        if fault is None:
            self._answer(request, self._forward(request, body))
        elif fault.kind is Kind.REFUSED:
            self._answer(request, _error(call, 403, "AccessDenied", "AccessDeniedException"))
        elif fault.kind is Kind.BUSY:
            status = 503 if call.operation.endswith(("Object", "V2")) else 400
            self._answer(request, _error(call, status, "SlowDown", "ProvisionedThroughputExceededException"))
        elif fault.kind is Kind.HELD:
            self._released.wait(60)
            request.close_connection = True
        else:
            self._forward(request, body)
            if fault.kind is Kind.KILLED:
                self._kill(request.client_address[1])
            request.close_connection = True

    def _forward(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self._target, timeout=60)
        try:
            connection.request(request.command, request.path, body, dict(request.headers.items()))
            reply = connection.getresponse()
            headers = {name: value for name, value in reply.getheaders() if name.lower() not in _HOP_BY_HOP}
            if request.command == "HEAD":
                headers["Content-Length"] = reply.getheader("Content-Length", "0")
            return reply.status, headers, reply.read()
        finally:
            connection.close()

    def _answer(self, request: BaseHTTPRequestHandler, reply: tuple[int, dict[str, str], bytes]) -> None:
        status, headers, body = reply
        with suppress(ConnectionError):  # the function may be gone
            request.send_response_only(status)
            for name, value in headers.items():
                request.send_header(name, value)
            if request.command != "HEAD":
                request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            if request.command != "HEAD":
                request.wfile.write(body)


def _call_of(request: BaseHTTPRequestHandler, body: bytes) -> Call:
    target = request.headers.get("X-Amz-Target")
    if target is not None:
        return Call(target.rsplit(".", 1)[1], _keys(body))
    path = urlsplit(request.path)
    query = parse_qs(path.query)
    if "list-type" in query:
        return Call("ListObjectsV2", query.get("prefix", [""])[0])
    operation = {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject"}
    return Call(operation[request.command], unquote(path.path).split("/", 2)[2])


def _keys(body: bytes) -> str:
    """Return the keys that a call of DynamoDB names: of one item, or the values a query compares with."""
    asked = json.loads(body)
    item = asked.get("Key") or asked.get("Item")
    if item is not None:
        return f"{item['pk']['S']} {item['sk']['S']}"
    values = asked.get("ExpressionAttributeValues", {}).values()
    return " ".join(str(text) for value in values for text in value.values())


def _error(call: Call, status: int, s3_code: str, dynamodb_code: str) -> tuple[int, dict[str, str], bytes]:
    if call.operation.endswith(("Object", "V2")):
        text = f"<Error><Code>{s3_code}</Code><Message>spoilt by the test</Message></Error>"
        return status, {"Content-Type": "application/xml"}, text.encode()
    kind = (
        f'{{"__type": "com.amazonaws.dynamodb.v20120810#{dynamodb_code}", "message": "spoilt by the test"}}'
    )
    return 400, {"Content-Type": "application/x-amz-json-1.0"}, kind.encode()
