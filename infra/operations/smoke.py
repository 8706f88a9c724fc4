"""Checks a deployed stack from outside: API version, health, newest forecast, dashboard.

python -m infra.operations.smoke --config-env prod        (the deploy workflow does, after `make publish`)
"""

from __future__ import annotations

import json
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from infra.operations.target import named_stack, stack_parser
from plantcast import __version__
from plantcast.common.errors import PlantcastError

# API Gateway serves a new stage, and Lambda new code, some seconds after CloudFormation is done.
ATTEMPTS: Final = 10
PAUSE_SECONDS: Final = 3.0
# Longer than API Gateway waits for the function.
TIMEOUT_SECONDS: Final = 35.0
_SCRIPT: Final = re.compile(r'src="?([^" >]+\.js)')


@dataclass(frozen=True)
class Finding:
    """Result of one check."""

    name: str
    passed: bool
    seen: str


@dataclass(frozen=True)
class _Reply:
    status: int
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        """The decoded JSON object; empty when the body is none."""
        try:
            decoded = json.loads(self.body)
        except ValueError:
            return {}
        return decoded if isinstance(decoded, dict) else {}

    @property
    def said(self) -> str:
        """The status and the beginning of the body."""
        return f"HTTP {self.status} {self.body[:200].decode('utf-8', 'replace').strip()}"


def smoke(
    api_url: str,
    dashboard_url: str,
    *,
    version: str = __version__,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Finding]:
    """Look at a deployed stack from outside; return what was found, `passed` or not.

    In a new stack health is bad and the forecast missing until its first run: that passes with a note. Once a
    run is on record, failed or not, both have to be there.
    """
    health = _settled(f"{api_url}/health", lambda reply: reply.fields.get("version") == version, sleep)
    found = health.fields.get("version")
    if found != version:
        seen = f"{found} answers" if found else health.said
        return [Finding("version", passed=False, seen=f"{version} was deployed; {seen}")]
    new = _never_ran(health.fields.get("checks", []))
    latest = _get(f"{api_url}/api/latest")
    return [
        Finding("version", passed=True, seen=version),
        Finding("health", health.status == 200 or new, _state(health.fields, new=new)),
        Finding("forecast", latest.status == 200 or (new and latest.status == 404), _newest(latest)),
        _dashboard(dashboard_url, api_url, version),
    ]


def _never_ran(checks: list[dict[str, Any]]) -> bool:
    """Return whether the checks found neither a run nor a forecast."""
    runs = [check for check in checks if check["name"] == "last_run"]
    forecasts = [check for check in checks if check["name"].startswith("forecast:")]
    # A `fail` without a run is a record that cannot be read.
    return bool(runs) and all(
        check["observed"] is None and (check["status"] != "fail" or check in forecasts)
        for check in (*runs, *forecasts)
    )


def _state(health: dict[str, Any], *, new: bool) -> str:
    if new:
        return "nothing has run yet: start the pipeline"
    unwell = [
        f"{check['name']}: {check['message']}" for check in health["checks"] if check["status"] != "pass"
    ]
    return "; ".join([str(health["status"]), *unwell])


def _newest(latest: _Reply) -> str:
    fields = latest.fields
    if latest.status != 200:
        return str(fields.get("detail") or latest.said)
    return f"{fields['temperature']} °C, {fields['humidity']} % from the origin {fields['origin']}"


def _dashboard(url: str, api_url: str, version: str) -> Finding:
    """Check the page, its config.json and the script it names: any of the three may be of another version."""
    folder = url.removesuffix("index.html").rstrip("/")
    page, config = _get(url), _get(f"{folder}/config.json")
    script = _SCRIPT.search(page.body.decode("utf-8", "replace"))
    if page.status != 200 or script is None:
        return Finding("dashboard", passed=False, seen=f"no page with a script at {url}: {page.said}")
    named = (config.fields.get("version"), config.fields.get("apiUrl"))
    if named != (version, api_url):
        seen = f"config.json names version {named[0]} and API {named[1]}, to be {version} and {api_url}"
        return Finding("dashboard", passed=False, seen=seen)
    code = _get(f"{folder}/{script[1].removeprefix('./').lstrip('/')}")
    return Finding(
        "dashboard", code.status == 200, url if code.status == 200 else f"{script[1]}: {code.said}"
    )


def _settled(url: str, wanted: Callable[[_Reply], bool], sleep: Callable[[float], None]) -> _Reply:
    """Return the first reply that is as wanted, or the last of `ATTEMPTS`."""
    reply = _get(url)
    for _ in range(ATTEMPTS - 1):
        if wanted(reply):
            break
        sleep(PAUSE_SECONDS)
        reply = _get(url)
    return reply


def _get(url: str) -> _Reply:
    """Ask once; nobody answering is status 0 with the reason as its body."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as reply:  # noqa: S310  # the stack's own URL
            return _Reply(reply.status, reply.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return _Reply(refused.code, refused.read())
    except OSError as fault:
        return _Reply(0, f"Nothing answers at {url}: {fault}".encode())


def main() -> int:
    """Run from the command line; exit code 1 when anything is not as it should be."""
    parser = stack_parser("Check a deployed stack from outside.")
    try:
        deployment = named_stack(parser.parse_args())
    except PlantcastError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    findings = smoke(deployment.outputs.api_url, deployment.outputs.dashboard_url)
    for finding in findings:
        sys.stdout.write(f"{'pass' if finding.passed else 'FAIL'}  {finding.name:<10}{finding.seen}\n")
    return 0 if all(finding.passed for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
