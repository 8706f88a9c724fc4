"""The ingest function as a process of its own that can be made to die, by SIGKILL, at an exact point.

    python tests/support/ingest_process.py EVENT [--page-size 60] [--die-after observations/ 3] [--wait]

The environment is that of the deployed function; EVENT is JSON, and so is the last line printed, the facts.
`--die-after NAME COUNT` kills the process once it has written COUNT times under a name that begins with NAME:
a key of the bucket, or `pk/sk` of the table. With `--wait` it says `ready` and begins when a line comes in.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from functions.ingest import handler as ingest
from plantcast.aws import DynamoTable, S3ObjectStore
from plantcast.observations.kma.client import AsosClient

# For each method that writes: how the name of what it writes follows from its arguments.
_WRITES: tuple[tuple[type, str, Callable[..., str]], ...] = (
    (S3ObjectStore, "put", lambda key, *_: key),
    (S3ObjectStore, "put_if", lambda key, *_: key),
    (DynamoTable, "put_if_newer", lambda item: f"{item['pk']}/{item['sk']}"),
    (DynamoTable, "increment", lambda pk, sk, *_: f"{pk}/{sk}"),
)


def die_after(name: str, count: int) -> None:
    """Have this process killed right after its `count`-th write under `name`."""
    written = 0

    def passed(what: str) -> None:
        nonlocal written
        written += what.startswith(name)
        if written == count:
            os.kill(os.getpid(), signal.SIGKILL)

    for owner, method, name_of in _WRITES:
        setattr(owner, method, _watched(getattr(owner, method), name_of, passed))


def _watched(
    write: Callable[..., Any], name_of: Callable[..., str], passed: Callable[[str], None]
) -> Callable[..., Any]:
    @functools.wraps(write)
    def watched(self: object, *what: Any, **how: Any) -> Any:
        done = write(self, *what, **how)
        passed(name_of(*what))
        return done

    return watched


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("event", type=json.loads)
    parser.add_argument("--page-size", type=int, default=60)
    parser.add_argument("--die-after", nargs=2, metavar=("NAME", "COUNT"))
    parser.add_argument("--wait", action="store_true")
    options = parser.parse_args()
    client = functools.partial(AsosClient, page_size=options.page_size)
    setattr(ingest, "AsosClient", client)  # noqa: B010 - mypy would not have a class assigned to
    if options.die_after:
        die_after(options.die_after[0], int(options.die_after[1]))
    if options.wait:
        print("ready", flush=True)
        sys.stdin.readline()
    print(json.dumps(ingest.handler(options.event, None)), flush=True)


if __name__ == "__main__":
    main()
