"""What functions write to their log, as a test reads it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from plantcast.common.logging import logger

Logged = Callable[[str], list[dict[str, Any]]]


def capture(monkeypatch: pytest.MonkeyPatch) -> Logged:
    """Return what gives the lines of one message written from now on, each a dict."""
    lines = io.StringIO()
    monkeypatch.setattr(logger.handlers[0], "stream", lines)

    def read(message: str) -> list[dict[str, Any]]:
        written = [json.loads(line) for line in lines.getvalue().splitlines() if line.startswith("{")]
        return [line for line in written if line["message"] == message]

    return read
