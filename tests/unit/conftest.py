"""Unit tests cannot reach the network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """Make every socket call fail, except the Unix socket pair that an event loop needs."""
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
