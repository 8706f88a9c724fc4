"""Calls of the simulated service with `requests`, as the client makes them, for the tests of its faults."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import requests

from infra.kma_simulator.testing import RunningSimulator
from plantcast.common.clock import KST

NOW = datetime(2025, 5, 30, 2, tzinfo=KST)
# Two days: up to yesterday, the last that is served at NOW.
HOURS = 48
QUERY = {
    "dataCd": "ASOS",
    "dateCd": "HR",
    "startDt": "20250528",
    "startHh": "00",
    "endDt": "20250529",
    "endHh": "23",
    "stnIds": "108",
    "pageNo": "1",
    "numOfRows": "999",
    "dataType": "JSON",
}


def url_of(simulator: RunningSimulator) -> str:
    """Return the URL of the operation."""
    return f"{simulator.base_url}/getWthrDataList"


def call(
    simulator: RunningSimulator, *, follow: bool = False, timeout: float = 10, **changes: str
) -> requests.Response:
    """Ask for the two days; `changes` are parameters. Redirects are followed only with `follow`."""
    parameters = {"serviceKey": simulator.key} | QUERY | changes
    return requests.get(url_of(simulator), params=parameters, timeout=timeout, allow_redirects=follow)


def body_of(response: requests.Response) -> dict[str, Any]:
    """Return the body of a page (code 00)."""
    tree = response.json()["response"]
    assert tree["header"] == {"resultCode": "00", "resultMsg": "NORMAL_SERVICE"}
    body: dict[str, Any] = tree["body"]
    return body


def rows_of(response: requests.Response) -> list[dict[str, str]]:
    """Return a page's rows; none for `items: ""`."""
    items = body_of(response)["items"]
    return list(items["item"]) if items else []


def is_normal(response: requests.Response) -> bool:
    """Say whether this is the whole truth: all 48 hours, once, in order."""
    body = body_of(response)
    times = [row["tm"] for row in rows_of(response)]
    return (
        response.status_code == 200
        and body["totalCount"] == HOURS == len(times)
        and times == sorted(set(times))
        and {row["stnId"] for row in rows_of(response)} == {"108"}
    )
