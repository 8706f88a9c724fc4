"""Waiting for a condition instead of sleeping for a guess."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(
    probe: Callable[[], T], *, until: Callable[[T], bool], seconds: float = 120, every: float = 0.1
) -> T:
    """Call `probe` until its value satisfies `until`; fail with the last value when it never does."""
    deadline = time.monotonic() + seconds
    while True:
        value = probe()
        if until(value):
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s; last seen: {value!r}")
        time.sleep(every)
