"""The API under load: `python -m bench.api_load <API's base address> [clients] [seconds]`.

Each client requests the paths in turn, as a dashboard does: gzip, connection kept, `If-None-Match`, at most
four requests a second, so that all of them stay within the throttling of template.yaml. An error is a failed
connection, a status other than 200 and 304, or a body that is not JSON. The clients start one after the
other: an emulator's instances share a few cores.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import requests

# All of them have an answer from the first run on.
PATHS = (
    "/api/latest",
    "/api/forecast",
    "/api/daily",
    "/api/observations",
    "/api/stations",
    "/api/quality",
    "/api/models",
    "/api/runs",
    "/api/forecast?hours=24",
    "/openapi.json",
)
SECONDS_BETWEEN = 0.25
START_APART = 0.2
TIMEOUT_SECONDS = 30.0  # longer than API Gateway lets a function run


def client(api_url: str, number: int, end: float) -> tuple[list[float], Counter[str]]:
    """Request until `end`; return the seconds of each request and the count of each result."""
    seconds: list[float] = []
    results: Counter[str] = Counter()
    tags: dict[str, str] = {}
    time.sleep(number * START_APART)
    with requests.Session() as session:
        for path in islice(cycle(PATHS), number % len(PATHS), None):
            if time.monotonic() >= end:
                return seconds, results
            began = time.monotonic()
            # Every other time it is requested whole, as by a page that is opened anew.
            tag = tags.pop(path, None)
            headers = {"If-None-Match": tag} if tag else {}
            try:
                reply = session.get(api_url + path, headers=headers, timeout=TIMEOUT_SECONDS)
                if reply.status_code == 200:
                    reply.json()
                    tags[path] = reply.headers.get("ETag", "")
                ok = reply.status_code in (200, 304)
                results[str(reply.status_code) if ok else f"error: {path}: {reply.status_code}"] += 1
            except (requests.RequestException, ValueError) as error:
                results[f"error: {path}: {type(error).__name__}"] += 1
            seconds.append(time.monotonic() - began)
            time.sleep(max(0.0, SECONDS_BETWEEN - seconds[-1]))
    raise AssertionError("the paths never end")


def main(api_url: str, clients: str = "50", seconds: str = "60") -> None:
    """Print counts and percentiles; exit with 1 if there were errors."""
    count = int(clients)
    end = time.monotonic() + count * START_APART + float(seconds)
    with ThreadPoolExecutor(count) as pool:
        parts = list(pool.map(lambda number: client(api_url.rstrip("/"), number, end), range(count)))
    ordered = sorted(taken for part, _ in parts for taken in part)
    results = sum((counted for _, counted in parts), Counter())
    for share in (0.5, 0.95, 0.99):
        print(f"p{100 * share:.0f} {1000 * ordered[int(share * (len(ordered) - 1))]:.0f} ms")
    for result, number in results.most_common():
        print(f"{number:6} {result}")
    sys.exit(any(result.startswith("error") for result in results))


if __name__ == "__main__":
    main(*sys.argv[1:])
