"""The Lambda invocation under way."""

from __future__ import annotations

from collections.abc import Callable


def seconds_left(context: object) -> Callable[[], float]:
    """Return a function of the seconds left in this invocation; without a Lambda context, infinity."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    if not callable(remaining):
        return lambda: float("inf")
    return lambda: float(remaining()) / 1000
