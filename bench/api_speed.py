"""How fast the API is: cold, in its process, and through the emulator; beside a twin of the inherited one.

    python -m bench.api_speed [imports] [requests]

Everything in one run on the same machine, so that the ratios hold though the figures change with it. In
process both are called as ASGI applications; ours also as the Lambda function it is, events and base64
included, and on DynamoDB's client: made, signed and parsed requests, only the wire is left out.
"""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any
from urllib.parse import urlsplit

from mangum import Mangum

from bench import inherited_api
from bench.canned_dynamo import canned_table
from bench.measuring import ROOT
from infra.emulator.processes import free_port
from infra.stack.outputs import Outputs
from plantcast.common.clock import KST
from plantcast.common.logging import logger
from plantcast.forecasting.issued import ForecastStore
from plantcast.pipeline.runs import RunStore
from plantcast_api.app import create_app
from tests.api_world import NOW, ApiWorld

OURS = ("/api/latest", "/api/forecast", "/api/daily", "/health", "/api/verification", "/openapi.json")
TWINS = ("/api/latest", "/predict", "/health")
# What answers the same question.
PAIRS = (("/api/latest", "/api/latest"), ("/api/forecast", "/predict"), ("/health", "/health"))
GZIP = {"accept": "*/*", "accept-encoding": "gzip"}

Times = dict[str, tuple[float, float]]


def cold_imports(times: int) -> dict[str, list[float]]:
    """Return the milliseconds that fresh interpreters took to import each, in turn."""
    modules = {
        "ours: import handler": "handler",
        "twin: import": "bench.inherited_api",
        "only FastAPI": "fastapi",
    }
    path = os.pathsep.join(str(ROOT / part) for part in ("functions/api", "layers/domain/python", "."))
    found: dict[str, list[float]] = {name: [] for name in modules}
    for _ in range(times):
        for name, module in modules.items():
            code = f"from time import perf_counter as t; a = t(); import {module}; print(1000 * (t() - a))"
            done = subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, "PYTHONPATH": path},
                capture_output=True,
                text=True,
                check=True,
            )
            found[name].append(float(done.stdout))
    return found


def measured(call: Callable[[str], object], paths: tuple[str, ...], times: int) -> Times:
    """Return p50 and p95 of each path in milliseconds; the first tenth warms up."""
    found: Times = {}
    for path in paths:
        taken = []
        for _ in range(times + times // 10):
            began = perf_counter()
            call(path)
            taken.append(1000 * (perf_counter() - began))
        ordered = sorted(taken[times // 10 :])
        found[path] = (median(ordered), ordered[int(0.95 * len(ordered))])
    return found


def as_asgi(app: Any, loop: asyncio.AbstractEventLoop) -> Callable[[str], object]:
    """Return a function that GETs a path of an ASGI application, without a server."""

    def call(path: str) -> object:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "http_version": "1.1", "method": "GET", "path": path, "raw_path": path.encode(),
            "root_path": "", "scheme": "http", "query_string": b"", "headers": [(b"host", b"x")],
            "client": ("127.0.0.1", 1), "server": ("x", 80), "asgi": {"version": "3.0"},
        }  # fmt: skip
        loop.run_until_complete(app(scope, receive, send))
        if sent[0]["status"] != 200:
            raise SystemExit(f"{path}: {sent[0]['status']}")
        return sent

    return call


def as_function(app: Any) -> Callable[[str], object]:
    """Return a function that GETs a path as API Gateway has Lambda do it."""
    adapter = Mangum(app, lifespan="off")

    def call(path: str) -> object:
        event = {
            "resource": "/{proxy+}", "path": path, "httpMethod": "GET",
            "headers": GZIP, "multiValueHeaders": None,
            "queryStringParameters": None, "multiValueQueryStringParameters": None, "body": None,
            "isBase64Encoded": False, "requestContext": {"requestId": "1", "stage": "prod", "identity": {}},
        }  # fmt: skip
        reply = adapter(event, None)  # type: ignore[arg-type]  # of the context nothing is read
        if reply["statusCode"] != 200:
            raise SystemExit(f"{path}: {reply['statusCode']}")
        return reply

    return call


def over_http(base: str) -> Callable[[str], object]:
    """Return a function that GETs a path over one kept connection."""
    address = urlsplit(base)
    connection = HTTPConnection(address.netloc, timeout=60)

    def call(path: str) -> object:
        connection.request("GET", address.path + path, headers=GZIP)
        reply = connection.getresponse()
        body = reply.read()
        if reply.status != 200:
            raise SystemExit(f"{path}: {reply.status} {body[:200]!r}")
        return body

    return call


@contextmanager
def deployed() -> Iterator[str]:
    """Run `plantcast demo` in a state folder of its own until the block ends; give the API's address."""
    with tempfile.TemporaryDirectory() as name:
        environment = {**os.environ, "PLANTCAST_STATE_DIR": f"{name}/state", "PLANTCAST_DEMO_DAYS": "60"}
        command = [str(ROOT / "plantcast")]
        try:
            subprocess.run([*command, "demo"], env=environment, check=True, capture_output=True)
            yield Outputs.load(Path(name) / "state" / "outputs.json").api_url
        finally:
            subprocess.run([*command, "down"], env=environment, check=False, capture_output=True)


@contextmanager
def twin_running(database: Path) -> Iterator[str]:
    """Run the twin on uvicorn until the block ends; give its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.inherited_api", str(port)],
        cwd=ROOT,
        env={
            **os.environ,
            inherited_api.DATABASE: str(database),
            "PYTHONPATH": str(ROOT / "layers/domain/python"),
        },
    )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                over_http(url)("/health")
                break
            except OSError:
                sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def show(title: str, times: Times) -> None:
    """Print one table."""
    print(f"\n{title}\n{'':24}{'p50 ms':>10}{'p95 ms':>10}")
    for path, (middle, high) in times.items():
        print(f"{path:24}{middle:10.2f}{high:10.2f}")


def compare(title: str, ours: Times, twins: Times) -> None:
    """Print how many times the twin's time ours is."""
    for mine, its in PAIRS:
        print(f"  {title}: our {mine} takes {ours[mine][0] / twins[its][0]:.1f} × the twin's {its}")


def main(imports: str = "9", requests: str = "300") -> None:
    """Print everything."""
    logger.setLevel("CRITICAL")
    count = int(requests)
    print(f"Cold import, median of {imports} (least, most), ms")
    for name, taken in cold_imports(int(imports)).items():
        print(f"{name:24}{median(taken):8.0f} ({min(taken):.0f}, {max(taken):.0f})")

    world = ApiWorld()
    world.all_well()
    table = canned_table(world.table)
    deps = replace(world.deps(), table=table, forecasts=ForecastStore(table), runs=RunStore(table))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with tempfile.TemporaryDirectory() as name, redirect_stdout(io.StringIO()) as metrics:
        database = Path(name) / "inherited.db"
        inherited_api.fill(database, NOW.astimezone(KST))
        os.environ[inherited_api.DATABASE] = str(database)
        in_memory = measured(as_asgi(create_app(world.deps()), loop), OURS, count)
        on_dynamo = measured(as_asgi(create_app(deps), loop), OURS, count)
        function = measured(as_function(create_app(deps)), OURS, count)
        twin = measured(as_asgi(inherited_api.app, loop), TWINS, count)
        metrics.truncate(0)
    show("In process, on stores in memory", in_memory)
    show("In process, on DynamoDB's client without a network", on_dynamo)
    show("The same as Lambda function: event in, gzip and base64 out", function)
    show("The twin in process, on SQLite", twin)
    compare("in process", on_dynamo, twin)

    with tempfile.TemporaryDirectory() as name, twin_running(Path(name) / "inherited.db") as url:
        twin_served = measured(over_http(url), TWINS, count)
    with deployed() as url:
        paths = tuple(path for path in OURS if path != "/api/verification")  # there is none after one run
        through = measured(over_http(url), paths, count)
    show("Through the emulator's API Gateway and Lambda", through)
    show("The twin on uvicorn", twin_served)
    compare("over HTTP", through, twin_served)


if __name__ == "__main__":
    main(*sys.argv[1:])
