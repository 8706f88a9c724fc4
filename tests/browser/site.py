"""The dashboard as a website bucket serves it, and at another origin the real API on stores in memory.

A test sets the stores up (`site.api.world`), and may replace single answers to see how the page takes them.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from fastapi.testclient import TestClient

from infra.build.dashboard import site_files
from infra.build.web import ensure_built
from plantcast.common.clock import KST, iso_hour
from tests.browser.weather import MORNING, forecast, observed_days
from tests.support.api_data import ApiWorld

BUCKET = "plantcast-web-000000000000"
# As in a Lambda instance. Shared by all sites: a closing page's requests overlap with the next test's.
_ONE_AT_A_TIME = Lock()
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")


@dataclass
class Reply:
    """An answer in place of the API's: `body` as JSON unless it is text; with `hold`, once that is set."""

    body: Any = None
    status: int = 200
    hold: Event | None = None


@dataclass
class ServedApi:
    """The real application on `world`, under the stage `/prod`.

    `replies` replace answers: by path with its query (`/api/forecast?station=108`), or by path alone. A reply
    without a body holds the real answer back.
    """

    world: ApiWorld = field(default_factory=lambda: ApiWorld(source="kma"))
    replies: dict[str, Reply] = field(default_factory=dict)
    clock: datetime = MORNING  # the deployment's
    asked: list[str] = field(default_factory=list)

    def show(self, **changes: Any) -> None:
        """Issue a forecast (of `weather.forecast`) in place of the one before."""
        made = forecast(**changes)
        key = {"pk": f"STATION#{made.station}", "sk": f"ISSUE#{iso_hour(made.origin)}"}
        self.world.table.put({**key, "issued_at": ""})  # older than any: the same night may be shown anew
        self.world.forecasts.issue(made)

    def answer(self, target: str) -> tuple[int, bytes, str]:
        """Return status, body and media type of GET `target`."""
        path = target.partition("?")[0]
        self.asked.append(target)
        reply = self.replies.get(target) or self.replies.get(path)
        if reply is not None and reply.hold is not None:
            reply.hold.wait(timeout=60)
        if reply is not None and reply.body is not None:
            text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body, ensure_ascii=False)
            return reply.status, text.encode(), "application/json"
        if reply is not None and reply.status != 200:
            return reply.status, b"", "application/json"
        return self._real(target)

    def json(self, target: str) -> Any:
        """Return the real answer of GET `target`, decoded."""
        return json.loads(self._real(target)[1])

    def forward(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body of a preflight or a POST, CORS as deployed."""
        with _ONE_AT_A_TIME:
            self.world.now = self.clock.astimezone(KST)
            with TestClient(self.world.app(), raise_server_exceptions=False) as client:
                answer = client.request(method, target, headers=headers, content=body)
        self.asked.append(f"{method} {target}")
        return answer.status_code, answer.headers, answer.content

    def _real(self, target: str) -> tuple[int, bytes, str]:
        with _ONE_AT_A_TIME:
            self.world.now = self.clock.astimezone(KST)
            with TestClient(self.world.app(), raise_server_exceptions=False) as client:
                answer = client.get(target)
        return answer.status_code, answer.content, answer.headers.get("content-type", "")


class Site:
    """Two servers on free loopback ports; `url` is the page at a sub-path, as the emulator serves buckets."""

    def __init__(self) -> None:
        self.api = ServedApi()
        self.api.show()
        self.api.world.published(observed_days())
        self.stations = ["108"]
        self.source = "kma"
        self.files: dict[str, bytes | None] = {}  # in place of the built ones; None: missing
        self.down = False  # closes every connection unanswered

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._web_server.server_port}/{BUCKET}/index.html"

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self._api_server.server_port}/prod"

    def serve_stations(self, *stations: str) -> None:
        """Make page and API know these stations."""
        self.stations = list(stations)
        self.api.world.stations = stations

    @cached_property
    def _web_server(self) -> ThreadingHTTPServer:
        return self._start(self._serve_file)

    @cached_property
    def _api_server(self) -> ThreadingHTTPServer:
        return self._start(self._serve_api)

    def close(self) -> None:
        for server in (self._web_server, self._api_server):
            server.shutdown()
            server.server_close()

    def _start(self, serve: Callable[[str, BaseHTTPRequestHandler], None]) -> ThreadingHTTPServer:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if site.down:
                    self.close_connection = True
                else:
                    serve(self.path, self)

            def do_POST(self) -> None:
                site._forward(self)

            def do_OPTIONS(self) -> None:
                site._forward(self)

            def log_message(self, *_: object) -> None:
                """Stay silent: pytest shows what matters."""

        server = _Server(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server

    def _serve_file(self, target: str, request: BaseHTTPRequestHandler) -> None:
        path = urlsplit(target).path
        name = path.removeprefix(f"/{BUCKET}/")
        built = site_files(ensure_built(), api_url=self.api_url, source=self.source, stations=self.stations)
        body = {**built, **self.files}.get(name) if name != path else None
        if body is None:
            _send(request, 404, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml")
        else:
            _send(request, 200, body, mimetypes.guess_type(name)[0] or "application/octet-stream")

    def _forward(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        target = request.path.removeprefix("/prod")
        sent = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        status, headers, content = self.api.forward(request.command, target, sent, body)
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)

    def _serve_api(self, target: str, request: BaseHTTPRequestHandler) -> None:
        _send(request, *self.api.answer(target.removeprefix("/prod")))


def _send(request: BaseHTTPRequestHandler, status: int, body: bytes, kind: str) -> None:
    request.send_response(status)
    request.send_header("Access-Control-Allow-Origin", "*")
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that leaves in the middle of an answer is no fault of the test."""
