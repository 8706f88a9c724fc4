"""Client of one operation of a service of the KMA.

The key is part of the URL: exceptions and log lines of the HTTP library, which quote the URL, are not passed
on, and redirects not followed.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeVar
from urllib.parse import quote, quote_plus, unquote, urlsplit

import requests
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential_jitter,
)

from plantcast import __version__
from plantcast.common.clock import KST, Clock
from plantcast.common.errors import (
    InvalidInputError,
    KeyRejectedError,
    TemporaryError,
)
from plantcast.common.logging import logger
from plantcast.kma_service.answer import Answer, read
from plantcast.kma_service.reply import Row
from plantcast.kma_service.service import Service

SOURCE_HEADER: Final = "X-Plantcast-Source"
# data.go.kr names the key `serviceKey`, the API Hub `authKey`.
KeyParameter = Literal["serviceKey", "authKey"]
# A call that was begun gets this long, however little time is left.
_LEAST_SECONDS: Final = 1.0


@dataclass(frozen=True)
class CallLimits:
    """How long to wait for a reply, and how often to repeat a call that failed for the moment.

    `retry_seconds` after the first attempt no other is begun; `longest_wait` (seconds) bounds what a busy
    server may request between two.
    """

    connect_seconds: float = 5.0
    read_seconds: float = 60.0
    attempts: int = 5
    retry_seconds: float = 240.0
    longest_wait: float = 60.0

    @property
    def longest_call(self) -> float:
        """How many seconds one call may take with all its repetitions."""
        return self.retry_seconds + self.longest_wait + self.connect_seconds + self.read_seconds


@dataclass(frozen=True)
class ReplyPage:
    """The rows of one page, as strings; `total` counts those of all pages."""

    number: int
    total: int
    rows: tuple[Row, ...]
    received_at: datetime


# Called with every response before anything reads it, refusals and damaged ones included.
Keep = Callable[[Answer], object]
# Called before every call; what it raises stops the fetching.
Spend = Callable[[], None]
SecondsLeft = Callable[[], float]
Understood = TypeVar("Understood")


class ServiceClient:
    """Calls one operation of a service with a key.

    `base_url` is the service's URL without the operation; `key` may be the encoded or the decoded form that
    data.go.kr shows. `sleep` waits between attempts (seconds).

    Raises:
        InvalidInputError: `base_url` is not the URL of a service.
        KeyRejectedError: the key is empty.
    """

    def __init__(
        self,
        service: Service,
        base_url: str,
        key: str,
        *,
        clock: Clock,
        key_parameter: KeyParameter = "serviceKey",
        limits: CallLimits | None = None,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._service = service
        self._endpoint = _endpoint(base_url, service)
        self._key = _plain_key(key, service)
        self._key_parameter = key_parameter
        self._limits = limits or CallLimits()
        self._session = session or requests.Session()
        self._session.headers["User-Agent"] = f"plantcast/{__version__}"
        for name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
            logging.getLogger(name).setLevel(logging.ERROR)  # below, it logs URLs
        self._clock = clock
        self.sleep = sleep

    def pages(
        self,
        parameters: Mapping[str, str],
        *,
        page_size: int,
        most_pages: int,
        keep: Keep = lambda _: None,
        spend: Spend = lambda: None,
        seconds_left: SecondsLeft = lambda: math.inf,
    ) -> Iterator[ReplyPage]:
        """Yield pages as they are received, until `totalCount` rows were, and no more than `most_pages`.

        Nothing is yielded where the service has no data (code 03). Temporary failures are retried with
        exponential backoff and jitter, as long as `seconds_left` allows.

        Raises:
            TemporaryError: it still failed after the last attempt.
            QuotaExhaustedError: the day's calls are used up.
            NotYetAvailableError: what was asked for is not published yet.
            KeyRejectedError: the key, or this machine, is refused.
            InvalidInputError: the service does not understand the request or is not there.
        """
        received = 0
        for number in range(1, most_pages + 1):
            page = self.fetch(
                {**parameters, "numOfRows": str(page_size), "pageNo": str(number)},
                self._page,
                page=number,
                keep=keep,
                spend=spend,
                seconds_left=seconds_left,
            )
            if page.rows:
                yield page
            received += len(page.rows)
            if not page.rows or received >= page.total:
                return

    def fetch(
        self,
        parameters: Mapping[str, str],
        understand: Callable[[Answer], Understood],
        *,
        page: int = 1,
        keep: Keep = lambda _: None,
        spend: Spend = lambda: None,
        seconds_left: SecondsLeft = lambda: math.inf,
    ) -> Understood:
        """Send one request and return what `understand` makes of the response.

        A `TemporaryError`, also one that `understand` raises, is retried as by `pages`, whose errors this
        raises, too.
        """

        def attempt() -> Understood:
            spend()
            answer = self.get(parameters, page=page, seconds_left=seconds_left)
            keep(answer)
            return understand(answer)

        return self._retrying(seconds_left)(attempt)

    def get(
        self,
        parameters: Mapping[str, str],
        *,
        page: int = 1,
        seconds_left: SecondsLeft = lambda: math.inf,
    ) -> Answer:
        """Send one request; redirects are not followed, since the URL carries the key.

        Raises:
            TemporaryError: the service could not be reached.
        """
        left = max(_LEAST_SECONDS, seconds_left())
        try:
            response = self._session.get(
                self._endpoint,
                params={self._key_parameter: self._key, **parameters},
                timeout=(min(self._limits.connect_seconds, left), min(self._limits.read_seconds, left)),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # Its text quotes the URL with the key, so it is not chained: raised outside of this block.
            failure = type(error).__name__
        else:
            # The KMA never sends the key back, an error page of a proxy may.
            body = response.content
            for form in (self._key, quote(self._key, safe=""), quote(self._key), quote_plus(self._key)):
                body = body.replace(form.encode(), b"***")
            return Answer(
                body,
                response.status_code,
                self._clock.now().astimezone(KST),
                page,
                response.headers.get(SOURCE_HEADER),
                _retry_after(response),
            )
        raise TemporaryError(
            f"{self._service.name} at {urlsplit(self._endpoint).netloc} could not be reached ({failure}).",
            remedy=f"Check the network and {self._service.url_setting}, then repeat the call.",
        )

    def _page(self, answer: Answer) -> ReplyPage:
        reply = read(answer, self._service)
        return ReplyPage(answer.page, reply.total, reply.rows, answer.received_at)

    def _retrying(self, seconds_left: SecondsLeft) -> Retrying:
        limits = self._limits

        def wait(state: RetryCallState) -> float:
            """Back off, and no less than a busy server requests."""
            fault = state.outcome.exception() if state.outcome is not None else None
            requested = fault.retry_after if isinstance(fault, TemporaryError) else None
            return max(_backoff(state), min(requested or 0.0, limits.longest_wait))

        enough = stop_after_attempt(limits.attempts) | stop_after_delay(limits.retry_seconds)

        def stop(state: RetryCallState) -> bool:
            return enough(state) or state.upcoming_sleep >= seconds_left()

        return Retrying(
            retry=retry_if_exception_type(TemporaryError),
            stop=stop,
            wait=wait,
            before_sleep=_log_retry,
            sleep=lambda seconds: self.sleep(seconds),
            reraise=True,
        )


def _retry_after(response: requests.Response) -> float | None:
    """Read Retry-After given in seconds; for a date there our own backoff is used."""
    text = response.headers.get("Retry-After", "").strip()
    return float(text) if text.isascii() and text.isdigit() else None


def _endpoint(base_url: str, service: Service) -> str:
    parts = urlsplit(base_url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise InvalidInputError(
            f"{service.url_setting}={base_url!r} is not the URL of a service.",
            remedy=f"Give it without a query, for example {service.example_url}.",
        )
    return f"{parts.geturl().rstrip('/')}/{service.operation}"


def _plain_key(key: str, service: Service) -> str:
    """Return the decoded form: the HTTP library encodes it once. A decoded key holds no percent sign."""
    plain = key.strip()
    if not plain:
        raise KeyRejectedError(f"The key of {service.name} is empty.", remedy=service.empty_key_remedy)
    return unquote(plain) if "%" in plain else plain


_backoff: Final = wait_exponential_jitter(initial=1, max=30, jitter=1)


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome is not None else None
    extra = {"attempt": state.attempt_number, "error": str(error)}
    logger.warning("KMA call failed, repeating", extra=extra)
