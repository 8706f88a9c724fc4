"""Fields of the events that the forecasting functions take, checked; and facts that JSON can carry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import TARGETS, Target


def text(event: Mapping[str, Any], name: str) -> str:
    """Return a text that must be in the event.

    Raises:
        InvalidInputError: it is missing, empty or no text.
    """
    value = event.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInputError(
            f"{name}={value!r} in the event is not a text.", remedy="Send what docs/contracts.md lists."
        )
    return value


def target(event: Mapping[str, Any]) -> Target:
    """Return the event's `target`.

    Raises:
        InvalidInputError: it is missing or unknown.
    """
    value = text(event, "target")
    for known in TARGETS:
        if value == known:
            return known
    raise InvalidInputError(f"target={value!r} is unknown.", remedy=f"Use one of {', '.join(TARGETS)}.")


def texts(event: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a list of texts that may be missing from the event.

    Raises:
        InvalidInputError: it is there and no list of texts.
    """
    value = event.get(name) or []
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise InvalidInputError(
            f"{name}={value!r} in the event is not a list of texts.",
            remedy="Send what docs/contracts.md lists.",
        )
    return tuple(value)


def finite(value: Any) -> Any:
    """Return the value with every NaN or infinity in it replaced by None, which JSON has a word for."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return value
