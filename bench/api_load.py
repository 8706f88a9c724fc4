"""How the API bears many clients at once: 50 of them for a minute, each asking for the next thing at once.

    python -m bench.api_load <API's base address> [clients] [seconds]

They ask as dashboards do: gzip, connections kept, with the tag of what they have, and each at most four times
a second, so that all of them stay within what template.yaml lets through. An error is a connection that
failed, a status other than 200 and 304, or a body that is not what its headers say.

They come a few at a time, and the minute begins when all are there: on an emulator the instances share a few
cores, and fifty that start at once would all be slow; on AWS they would not be.
"""

from __future__ import annotations

import gzip
import json
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import cycle
from time import perf_counter, sleep
from urllib.parse import urlsplit

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
COMING_AT_ONCE = 4
# Longer than API Gateway lets a function run: whatever takes longer is an error on AWS too. An emulator whose
# instances share two cores with everything else may be given longer.
TIMEOUT_SECONDS = 30.0


@dataclass
class Report:
    """The result; `seconds` of each request, in the order of their ends."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Add the result of another's requests."""
        self.seconds += other.seconds
        self.statuses += other.statuses
        self.errors += other.errors

    def percentile(self, share: float) -> float:
        """Return the milliseconds within which this share of the requests was answered."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]

    def __str__(self) -> str:
        """Say it in a line."""
        times = ", ".join(
            f"p{100 * share:.0f} {self.percentile(share):.0f} ms" for share in (0.5, 0.95, 0.99)
        )
        return f"{len(self.seconds)} requests, {dict(self.statuses)}, {len(self.errors)} errors, {times}"


def put_load_on(
    api_url: str,
    *,
    clients: int = 50,
    seconds: float = 60,
    paths: Sequence[str] = PATHS,
    timeout: float = TIMEOUT_SECONDS,
) -> Report:
    """Let `clients` ask for `paths` in turn for `seconds`; return the result.

    An answer that takes longer than `timeout` seconds is an error.
    """
    few_at_a_time, come = threading.Semaphore(COMING_AT_ONCE), threading.Semaphore(0)
    end = threading.Event()
    # Each begins at another path, so that they do not ask for the same thing at the same time.
    all_clients = [_Client(api_url, _from(number, paths), timeout) for number in range(clients)]
    threads = [threading.Thread(target=client.run, args=(few_at_a_time, come, end)) for client in all_clients]
    for thread in threads:
        thread.start()
    for _ in threads:
        come.acquire()
    sleep(seconds)
    end.set()
    for thread in threads:
        thread.join()
    together = Report()
    for client in all_clients:
        together.add(client.report)
    return together


class _Client:
    """One that asks."""

    def __init__(self, api_url: str, paths: Sequence[str], timeout: float) -> None:
        self.report = Report()
        address = urlsplit(api_url)
        connect = HTTPSConnection if address.scheme == "https" else HTTPConnection
        self._connection = connect(address.netloc, timeout=timeout)
        self._base = address.path
        self._paths = cycle(paths)
        self._tags: dict[str, str] = {}

    def run(
        self, few_at_a_time: threading.Semaphore, come: threading.Semaphore, end: threading.Event
    ) -> None:
        """Come, say so, and ask until the end."""
        with few_at_a_time:
            self._ask(next(self._paths))
        come.release()
        while not end.is_set():
            began = perf_counter()
            self._ask(next(self._paths))
            end.wait(max(0.0, SECONDS_BETWEEN - (perf_counter() - began)))
        self._connection.close()

    def _ask(self, path: str) -> None:
        began = perf_counter()
        try:
            wrong = self._get(path)
        except (OSError, HTTPException) as error:
            wrong = f"{type(error).__name__}: {error}"
            self._connection.close()
        self.report.seconds.append(perf_counter() - began)
        if wrong:
            self.report.errors.append(f"{path}: {wrong}")

    def _get(self, path: str) -> str | None:
        """Ask once; return what is wrong with the answer."""
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        if path in self._tags:
            headers["If-None-Match"] = self._tags[path]
        self._connection.request("GET", self._base + path, headers=headers)
        reply = self._connection.getresponse()
        body = reply.read()
        self.report.statuses[reply.status] += 1
        if reply.status == 304:
            # Next time it is asked for whole, as by somebody who opens the page anew.
            return f"304 with {len(body)} bytes" if body else self._forget(path)
        if reply.status != 200:
            return f"{reply.status}: {body[:200]!r}"
        try:
            json.loads(gzip.decompress(body) if reply.getheader("Content-Encoding") == "gzip" else body)
        except (OSError, EOFError, ValueError) as error:
            return f"200 with a broken body: {error}"
        tag = reply.getheader("ETag")
        if tag:
            self._tags[path] = tag
        return None

    def _forget(self, path: str) -> None:
        del self._tags[path]


def _from(position: int, paths: Sequence[str]) -> list[str]:
    start = position % len(paths)
    return [*paths[start:], *paths[:start]]


def main(api_url: str, clients: str = "50", seconds: str = "60") -> None:
    """Print the result; exit with 1 if there were errors."""
    report = put_load_on(api_url, clients=int(clients), seconds=float(seconds))
    print(f"{clients} clients, {seconds} s: {report}")
    for error, count in Counter(report.errors).most_common(10):
        print(f"{count:6} {error}")
    sys.exit(bool(report.errors))


if __name__ == "__main__":
    main(*sys.argv[1:])
