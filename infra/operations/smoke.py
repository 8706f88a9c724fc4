"""Checks a deployed stack from outside: API version, health, newest forecast, dashboard.

python -m infra.operations.smoke --config-env prod        (the deploy workflow does, after `make publish`)
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import requests

from infra.operations.target import named_stack, stack_parser
from infra.terminal.console import run_script
from plantcast import __version__

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


def smoke(
    api_url: str,
    dashboard_url: str,
    *,
    version: str = __version__,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Finding]:
    """Check a deployed stack from outside; return what was found, `passed` or not.

    In a new stack health fails and the forecast is missing until its first run: that passes with a note.
    Once a run is on record, failed or not, both have to be there.
    """
    for _ in range(ATTEMPTS):
        status, health = _get_json(f"{api_url}/health")
        if health.get("version") == version:
            break
        sleep(PAUSE_SECONDS)
    else:
        seen = f"{version} was deployed; HTTP {status} {health}"
        return [Finding("version", passed=False, seen=seen)]
    new = _never_ran(health["checks"])
    failing = [f"{one['name']}: {one['message']}" for one in health["checks"] if one["status"] != "pass"]
    state = "nothing has run yet: start the pipeline" if new else "; ".join([health["status"], *failing])
    found, latest = _get_json(f"{api_url}/api/latest")
    newest = f"HTTP {found} {latest}"
    if found == 200:
        newest = f"{latest['temperature']} °C, {latest['humidity']} % from the origin {latest['origin']}"
    return [
        Finding("version", passed=True, seen=version),
        Finding("health", status == 200 or new, state),
        Finding("forecast", found == 200 or (new and found == 404), newest),
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


def _dashboard(url: str, api_url: str, version: str) -> Finding:
    """Check the page, its config.json and the script it names: any of the three may be of another version."""
    folder = url.removesuffix("index.html").rstrip("/")
    page, (_, config) = _get(url), _get_json(f"{folder}/config.json")
    script = _SCRIPT.search(page.text) if page is not None and page.ok else None
    if script is None:
        return Finding("dashboard", passed=False, seen=f"no page with a script at {url}")
    named = (config.get("version"), config.get("apiUrl"))
    if named != (version, api_url):
        seen = f"config.json names version {named[0]} and API {named[1]}, to be {version} and {api_url}"
        return Finding("dashboard", passed=False, seen=seen)
    code = _get(f"{folder}/{script[1].removeprefix('./').lstrip('/')}")
    found = code is not None and code.ok
    return Finding("dashboard", found, url if found else f"{script[1]} is missing")


def _get(url: str) -> requests.Response | None:
    try:
        return requests.get(url, timeout=TIMEOUT_SECONDS)
    except requests.RequestException:
        return None


def _get_json(url: str) -> tuple[int, dict[str, Any]]:
    """Return status and JSON object; status 0 when nothing answers, no fields when the body is none."""
    reply = _get(url)
    if reply is None:
        return 0, {}
    try:
        decoded = reply.json()
    except requests.JSONDecodeError:
        return reply.status_code, {}
    return reply.status_code, decoded if isinstance(decoded, dict) else {}


def main() -> int:
    """Run from the command line; exit code 1 when a check fails."""
    outputs = named_stack(stack_parser("Check a deployed stack from outside.").parse_args()).outputs
    findings = smoke(outputs.api_url, outputs.dashboard_url)
    for finding in findings:
        sys.stdout.write(f"{'pass' if finding.passed else 'FAIL'}  {finding.name:<10}{finding.seen}\n")
    return 0 if all(finding.passed for finding in findings) else 1


if __name__ == "__main__":
    run_script(main)
