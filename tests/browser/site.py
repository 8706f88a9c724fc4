"""The dashboard as a website bucket serves it, and at another origin an API that a test scripts."""

from __future__ import annotations

import json
import mimetypes
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

WEB = Path(__file__).parents[2] / "web"
BUCKET = "plantcast-web-000000000000"
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")


@dataclass
class Reply:
    """What the API answers: `body` as JSON unless it is text; with `hold`, once that event is set."""

    body: Any
    status: int = 200
    hold: Event | None = None


@dataclass
class FixtureApi:
    """Answers `/prod/api/forecast` from `replies` (by station); no reply means 404 problem details."""

    replies: dict[str, Reply] = field(default_factory=dict)
    clock: datetime | None = None  # what the Date header says; None: the machine's time
    exposes_clock: bool = True  # may the page read Date across origins?
    asked: list[str] = field(default_factory=list)

    def reply(self, station: str) -> Reply:
        self.asked.append(station)
        missing = Reply({"title": "Not found", "status": 404, "detail": "No forecast was issued yet."}, 404)
        return self.replies.get(station, missing)


class Site:
    """Two servers on free loopback ports; `url` is the page at a sub-path, as the emulator serves buckets."""

    def __init__(self) -> None:
        self.api = FixtureApi()
        self.config: dict[str, Any] = {  # empty: the file is missing
            "apiUrl": f"http://127.0.0.1:{self._api_server.server_port}/prod",
            "source": "kma",
            "stations": ["108"],
            "version": "0.1.0",
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._web_server.server_port}/{BUCKET}/index.html"

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self._api_server.server_port}/prod"

    @cached_property
    def _web_server(self) -> ThreadingHTTPServer:
        return _start(_handler(self._serve_file))

    @cached_property
    def _api_server(self) -> ThreadingHTTPServer:
        return _start(_handler(self._serve_api))

    def close(self) -> None:
        for server in (self._web_server, self._api_server):
            server.shutdown()
            server.server_close()

    def _serve_file(self, path: str, request: BaseHTTPRequestHandler) -> None:
        name = path.removeprefix(f"/{BUCKET}/")
        if name == "config.json" and self.config:
            _send(request, 200, json.dumps(self.config).encode(), "application/json")
            return
        file = (WEB / name).resolve()
        if name == path or not file.is_relative_to(WEB) or not file.is_file():
            _send(request, 404, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml")
            return
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        _send(request, 200, file.read_bytes(), kind)

    def _serve_api(self, path: str, request: BaseHTTPRequestHandler) -> None:
        if path != "/prod/api/forecast":
            _send(request, 404, b"{}", "application/json")
            return
        reply = self.api.reply(parse_qs(urlsplit(request.path).query).get("station", [""])[0])
        if reply.hold is not None and not reply.hold.wait(timeout=60):
            return
        body = reply.body if isinstance(reply.body, str) else json.dumps(reply.body, ensure_ascii=False)
        headers = {"Access-Control-Allow-Origin": "*"}
        if self.api.exposes_clock:
            headers["Access-Control-Expose-Headers"] = "Date"
        _send(request, reply.status, body.encode(), "application/json", headers, self.api.clock)


def _send(
    request: BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    kind: str,
    headers: dict[str, str] | None = None,
    clock: datetime | None = None,
) -> None:
    request.send_response_only(status)
    moment = (clock or datetime.now(UTC)).astimezone(UTC)
    everything = {"Date": format_datetime(moment, usegmt=True), "Content-Type": kind, **(headers or {})}
    for name, value in {**everything, "Content-Length": str(len(body))}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


def _handler(serve: Any) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            serve(urlsplit(self.path).path, self)

        def log_message(self, *_: object) -> None:
            """Stay silent: pytest shows what matters."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that leaves in the middle of an answer is no fault of the test."""


def _start(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    server = _Server(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server
