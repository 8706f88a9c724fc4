"""What messages call a service of the KMA, and what they advise about its settings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """One operation of a service.

    Attributes:
        name: how messages begin.
        operation: follows the base URL.
        url_setting: the setting with the base URL; `example_url` is one.
        empty_key_remedy: where to put the key.
        key_remedy: what to do about a refused key.
    """

    name: str
    operation: str
    url_setting: str
    example_url: str
    empty_key_remedy: str
    key_remedy: str
