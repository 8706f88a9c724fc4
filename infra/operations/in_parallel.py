"""Many small transfers at once, never more in hand than there are threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

# Transfers wait for the network far more than they compute, and each of the clients' pools has twice as many
# connections.
WORKERS: Final = 16


def in_parallel(work: Callable[[T], R], inputs: Iterable[T], *, workers: int = WORKERS) -> Iterator[R]:
    """Yield `work(input)` as each is done, in any order.

    `inputs` is read no faster than they are worked on, so it may be long. The first error ends it: what has
    begun ends, nothing more begins, and the error is raised.
    """
    with ThreadPoolExecutor(workers) as pool:
        pending: set[Future[R]] = set()
        try:
            for each in inputs:
                pending.add(pool.submit(work, each))
                if len(pending) >= 2 * workers:
                    finished, pending = wait(pending, return_when=FIRST_COMPLETED)
                    for future in finished:
                        yield future.result()
            while pending:
                finished, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()
        finally:
            for future in pending:
                future.cancel()
