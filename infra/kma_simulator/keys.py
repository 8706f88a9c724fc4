"""Service keys: which are known, and which are known but refused."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote

from infra.kma_simulator.codes import ACCESS_DENIED, KEY_NOT_REGISTERED, Refusal

# Holds the characters that make real keys hard to send: + / = must be percent-encoded once.
DEFAULT_KEY: Final = "simulator+key/without+value=="

# Keys that are always refused, so that a client's reaction can be tried without setting up a fault.
REFUSED_KEYS: Final = MappingProxyType(
    {
        "simulator-denied": "20",
        "simulator-disabled": "21",
        "simulator-blocked": "29",
        "simulator-expired": "31",
        "simulator-other-ip": "32",
        "simulator-unsigned": "33",
    }
)


def decoded(key: str) -> str:
    """Return the decoded form of a key given in either form (the portal shows both)."""
    return unquote(key) if "%" in key else key


def check_key(received: str | None, registered: str, refused: Mapping[str, str] = REFUSED_KEYS) -> None:
    """Accept the key as it stands after the query string was decoded once.

    A key encoded twice still holds `%2B` here, one sent unencoded has spaces for `+`: both are unknown.

    Raises:
        Refusal: 20 without a key, 30 for an unknown one, or the code `refused` gives for it.
    """
    if not received:
        raise Refusal(ACCESS_DENIED)
    if received in refused:
        raise Refusal(refused[received])
    if received != decoded(registered):
        raise Refusal(KEY_NOT_REGISTERED)
