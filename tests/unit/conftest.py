"""Unit tests cannot reach the network."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_network(socket_disabled: None) -> None:
    """Make every socket call fail (pytest-socket)."""
