"""Waiting for a condition instead of sleeping for a guess."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(
    probe: Callable[[], T], *, until: Callable[[T], bool], seconds: float = 120, every: float | None = None
) -> T:
    """Call `probe` until its value satisfies `until`; fail with the last value when it never does.

    Without `every` the pauses grow to half a second: an emulator that is asked all the time computes less.
    """
    deadline = time.monotonic() + seconds
    pause = every or 0.05
    while True:
        value = probe()
        if until(value):
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s; last seen: {value!r}")
        time.sleep(pause)
        if every is None:
            pause = min(1.5 * pause, 0.5)
