"""A response of a service of the KMA, and the reply or the error in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from plantcast.common.errors import (
    InvalidInputError,
    KeyRejectedError,
    PlantcastError,
    RateLimitedError,
    TemporaryError,
)
from plantcast.kma_service.reply import MalformedReplyError, Reply, error_of, read_reply
from plantcast.kma_service.service import Service


@dataclass(frozen=True)
class Answer:
    """A response as received, the key in it hidden; `declared_source` is what a simulator says it serves."""

    body: bytes
    status: int
    received_at: datetime
    page: int = 1
    declared_source: str | None = None
    retry_after: float | None = None


def read(answer: Answer, service: Service) -> Reply:
    """Return the reply in a response; raises the error that its code or its HTTP status stands for."""
    failure: PlantcastError | None
    try:
        reply = read_reply(answer.body)
    except MalformedReplyError as error:
        kind, text, remedy = _status_errors(service).get(
            answer.status,
            (
                TemporaryError,
                "sent a reply that cannot be read",
                f"Check {service.url_setting}; if it is right, repeat the call later.",
            ),
        )
        failure = kind(f"{service.name} {text} (HTTP {answer.status}, {error}).", remedy=remedy)
    else:
        failure = error_of(reply, service)
        if failure is None:
            return reply
    if isinstance(failure, TemporaryError):
        failure.retry_after = answer.retry_after
    raise failure


def _status_errors(service: Service) -> Mapping[int, tuple[type[PlantcastError], str, str]]:
    """Return the errors for replies in no envelope; only then does the HTTP status mean anything."""
    refused = (KeyRejectedError, "refused the service key", service.key_remedy)
    later = "Repeat the call later, with fewer stations at once."
    return MappingProxyType(
        {
            401: refused,
            403: refused,
            404: (InvalidInputError, "has no such service", f"Check {service.url_setting}."),
            429: (RateLimitedError, "was called too often", later),
        }
    )
