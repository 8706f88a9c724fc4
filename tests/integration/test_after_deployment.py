"""What follows a deployment: the dashboard is uploaded, and a look from outside says whether all answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra.operations.smoke import ATTEMPTS, Finding, smoke
from infra.operations.target import stack_of
from plantcast import __version__
from plantcast.common.errors import InvalidInputError
from tests.conftest import ROOT, LocalDeployment

PAGE = b'<script type="module" src="assets/main-A1.js"></script>'
NEVER = {
    "name": "forecast:108",
    "status": "fail",
    "observed": None,
    "message": "No forecast was ever issued.",
}
NO_RUN = {"name": "last_run", "status": "warn", "observed": None, "message": "No run is on record."}
RUN_OUT = {
    "name": "forecast:108",
    "status": "fail",
    "observed": "2025-05-30T23:00+09:00",
    "message": "It has run out.",
}


def module(name: str, deployment: LocalDeployment, *options: str) -> subprocess.CompletedProcess[str]:
    outputs = deployment.outputs()
    return subprocess.run(
        [sys.executable, "-m", name, "--stack", outputs.stack_name, *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "layers/domain/python", "AWS_ENDPOINT_URL": outputs.endpoint},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.emulator
def test_given_a_lost_page_when_published_again_then_it_is_back_and_everything_answers(
    live_deployment: LocalDeployment,
) -> None:
    outputs = live_deployment.outputs()
    live_deployment.client("s3").delete_object(Bucket=outputs.web_bucket, Key="config.json")
    lost = module("infra.operations.smoke", live_deployment)
    assert (lost.returncode, "FAIL  dashboard" in lost.stdout) == (1, True), lost.stdout + lost.stderr

    published = module("infra.operations.publish", live_deployment, "--dashboard-only")
    assert published.stdout.strip() == f"Dashboard: {outputs.dashboard_url}", published.stderr
    found = module("infra.operations.smoke", live_deployment)
    # Not its health: tests before this one may have made a run fail.
    seen = dict(line.split()[1::-1] for line in found.stdout.splitlines())
    assert seen | {"health": "pass"} == dict.fromkeys(["version", "health", "forecast", "dashboard"], "pass")


def health(status: str, *checks: Mapping[str, Any], version: str = __version__) -> tuple[int, bytes]:
    document = {"status": status, "version": version, "checks": list(checks)}
    return (503 if status == "fail" else 200), json.dumps(document).encode()


@contextmanager
def stack(answers: Mapping[str, tuple[int, bytes]]) -> Iterator[str]:
    """Serve these paths and 404 elsewhere; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path, (404, b'{"detail": "Nothing is here."}'))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def look(answers: Mapping[str, tuple[int, bytes]], *, version: str = __version__) -> dict[str, Finding]:
    everything = dict(answers)
    with stack(everything) as address:
        everything.setdefault("/web/index.html", (200, PAGE))
        everything.setdefault("/web/assets/main-A1.js", (200, b"1"))
        config = json.dumps({"version": version, "apiUrl": address}).encode()
        everything.setdefault("/web/config.json", (200, config))
        found = smoke(address, f"{address}/web/index.html", sleep=lambda _seconds: None)
    return {finding.name: finding for finding in found}


def failed(found: dict[str, Finding]) -> list[str]:
    return [name for name, finding in found.items() if not finding.passed]


@pytest.mark.network
def test_given_a_stack_in_which_nothing_has_run_then_it_passes_and_says_what_to_do() -> None:
    found = look({"/health": health("fail", NEVER, NO_RUN)})
    assert failed(found) == []
    assert "start the pipeline" in found["health"].seen


@pytest.mark.network
@pytest.mark.parametrize(
    "last_run",
    [
        {
            "status": "fail",
            "observed": "first: failed, started 2026-11-30T02:00+09:00",
            "message": "It failed.",
        },
        {"status": "pass", "observed": "first: running, started 2026-11-30T02:00+09:00", "message": ""},
        {"status": "fail", "observed": None, "message": "It cannot be read (AccessDenied)."},
    ],
    ids=["failed", "running", "unreadable"],
)
def test_given_a_first_run_that_left_no_forecast_then_health_and_forecast_fail(
    last_run: Mapping[str, Any],
) -> None:
    found = look({"/health": health("fail", NEVER, {"name": "last_run", **last_run})})
    assert failed(found) == ["health", "forecast"]
    assert last_run["message"] in found["health"].seen


@pytest.mark.network
def test_given_a_forecast_that_has_run_out_then_health_fails_and_names_the_check() -> None:
    latest = {"temperature": 21.0, "humidity": 40, "origin": "2025-05-30T23:00+09:00"}
    found = look({"/health": health("fail", RUN_OUT), "/api/latest": (200, json.dumps(latest).encode())})
    assert failed(found) == ["health"]
    assert found["health"].seen == "fail; forecast:108: It has run out."


@pytest.mark.network
def test_given_the_version_before_still_answers_then_that_is_all_it_says() -> None:
    found = look({"/health": health("pass", version="0.0.9")})
    assert list(found) == ["version"]
    assert found["version"].seen.startswith(f"{__version__} was deployed; HTTP 200")


def test_given_nobody_answers_then_it_asks_again_before_it_says_so() -> None:
    pauses: list[float] = []
    with stack({}) as address:
        pass
    (found,) = smoke(address, f"{address}/web/index.html", sleep=pauses.append)
    assert (found.name, found.passed, len(pauses)) == ("version", False, ATTEMPTS)


@pytest.mark.network
@pytest.mark.parametrize("lost", ["/web/index.html", "/web/assets/main-A1.js", "/web/config.json"])
def test_given_a_file_of_the_dashboard_is_lost_then_it_fails(lost: str) -> None:
    assert failed(look({"/health": health("fail", NEVER, NO_RUN), lost: (403, b"denied")})) == ["dashboard"]


@pytest.mark.network
def test_given_the_dashboard_of_the_version_before_then_it_fails() -> None:
    assert failed(look({"/health": health("fail", NEVER, NO_RUN)}, version="0.0.9")) == ["dashboard"]


def test_the_stack_of_an_environment_is_the_one_that_sam_would_deploy(tmp_path: Path) -> None:
    config = tmp_path / "samconfig.toml"
    config.write_text(
        'version = 0.1\n[a.global.parameters]\nstack_name = "all"\nregion = "ap-northeast-2"\n'
        '[a.deploy.parameters]\nstack_name = "guided"\n[b.deploy.parameters]\nresolve_s3 = true\n',
        "utf-8",
    )
    assert stack_of("a", config) == ("guided", "ap-northeast-2")
    with pytest.raises(InvalidInputError, match="names no stack"):
        stack_of("b", config)
