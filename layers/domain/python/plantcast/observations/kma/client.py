"""Client of the KMA's hourly ASOS service (data.go.kr 15057210, `getWthrDataList`).

Ranges are split under the row cap and paged on `totalCount`; pages are yielded as they are received, so that
the caller has stored the earlier ones when a later one fails. The service key is part of the URL: exceptions
and log lines of the HTTP library, which quote the URL, are not passed on, and redirects not followed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
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
from plantcast.common.clock import HOUR, KST, Clock
from plantcast.common.errors import (
    InvalidInputError,
    KeyRejectedError,
    PlantcastError,
    RateLimitedError,
    TemporaryError,
)
from plantcast.common.logging import logger
from plantcast.observations.frame import count_hours
from plantcast.observations.kma.reply import MalformedReplyError, Reply, Row, error_of, read_reply
from plantcast.observations.lake.raw import Response

OPERATION: Final = "getWthrDataList"
SOURCE_HEADER: Final = "X-Plantcast-Source"
# The most rows callers of the service have been seen to get in one page.
MAX_ROWS: Final = 999
# A page of 999 rows is 0.9 MB; the KMA has been seen to take tens of seconds on busy mornings.
_CONNECT_SECONDS: Final = 5.0
_READ_SECONDS: Final = 60.0
_ATTEMPTS: Final = 5
_NO_MORE_ATTEMPTS_AFTER: Final = 240.0
_LONGEST_WAIT: Final = 60.0
# How long one page may take; with less time left it must not be started.
LONGEST_PAGE_SECONDS: Final = _NO_MORE_ATTEMPTS_AFTER + _LONGEST_WAIT + _CONNECT_SECONDS + _READ_SECONDS

_CHECK_KEY: Final = "Check KMA_API_KEY on data.go.kr; a new key can be refused for some hours."
# Errors for replies in no envelope of the KMA; only then does the HTTP status mean anything.
_STATUS_ERRORS: Final = MappingProxyType(
    {
        401: (KeyRejectedError, "refused the service key", _CHECK_KEY),
        403: (KeyRejectedError, "refused the service key", _CHECK_KEY),
        404: (InvalidInputError, "has no such service", "Check ASOS_BASE_URL."),
        429: (
            RateLimitedError,
            "was called too often",
            "Repeat the call later, with fewer stations at once.",
        ),
    }
)
_UNREADABLE: Final = (
    TemporaryError,
    "sent a reply that cannot be read",
    "Check ASOS_BASE_URL; if it is right, repeat the call later.",
)


@dataclass(frozen=True)
class Page:
    """The rows of one page, as strings; `total` counts those of all pages."""

    station: str
    start: datetime
    end: datetime
    number: int
    total: int
    rows: tuple[Row, ...]
    received_at: datetime


# Called with every response before anything reads it, refusals and damaged ones included.
Keep = Callable[[Response], object]
# Called before every call; what it raises stops the fetching.
Spend = Callable[[], None]


class AsosClient:
    """Fetches hourly observations, page by page.

    `base_url` is the service's URL without the operation; `service_key` may be the encoded or the decoded
    form the portal shows. `sleep` waits between attempts (seconds).

    Raises:
        InvalidInputError: `base_url` is not the URL of a service.
        KeyRejectedError: the key is empty.
    """

    def __init__(
        self,
        base_url: str,
        service_key: str,
        *,
        clock: Clock,
        session: requests.Session | None = None,
        page_size: int = MAX_ROWS,
        attempts: int = _ATTEMPTS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._endpoint = _endpoint(base_url)
        self._key = _plain_key(service_key)
        self._session = session or requests.Session()
        self._session.headers["User-Agent"] = f"plantcast/{__version__}"
        for name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
            logging.getLogger(name).setLevel(logging.ERROR)  # below, it logs URLs
        self._clock = clock
        self._page_size = page_size
        self._retrying = Retrying(
            retry=retry_if_exception_type(TemporaryError),
            stop=stop_after_attempt(attempts) | stop_after_delay(_NO_MORE_ATTEMPTS_AFTER),
            wait=_wait,
            before_sleep=_log_retry,
            sleep=sleep,
            reraise=True,
        )

    def pages(
        self,
        station: str,
        start: datetime,
        end: datetime,
        *,
        keep: Keep = lambda _: None,
        spend: Spend = lambda: None,
    ) -> Iterator[Page]:
        """Yield the observations of one station from hour `start` to hour `end`, both included.

        Nothing is yielded where the KMA has no data. Temporary failures are retried with exponential backoff
        and jitter.

        Raises:
            TemporaryError: it still failed after the last attempt.
            QuotaExhaustedError: the day's calls are used up; pages yielded before are valid.
            NotYetAvailableError: the range reaches today or later.
            KeyRejectedError: the key, or this machine, is refused.
            InvalidInputError: the service does not understand the request or is not there.
        """
        first, final = start.astimezone(KST), end.astimezone(KST)
        while first <= final:
            last = min(final, first + (self._page_size - 1) * HOUR)
            yield from self._span(station, first, last, keep, spend)
            first = last + HOUR

    def _span(self, station: str, start: datetime, end: datetime, keep: Keep, spend: Spend) -> Iterator[Page]:
        """Yield pages until `totalCount` rows were received; never more pages than hours requested."""
        received = 0
        for number in range(1, count_hours(start, end) + 1):
            page = self._retrying(self._fetch, station, start, end, number, keep, spend)
            if page.rows:
                yield page
            received += len(page.rows)
            if not page.rows or received >= page.total:
                return

    def _fetch(
        self, station: str, start: datetime, end: datetime, number: int, keep: Keep, spend: Spend
    ) -> Page:
        spend()
        parameters = {
            "dataCd": "ASOS",
            "dateCd": "HR",
            "dataType": "JSON",
            "stnIds": station,
            "startDt": f"{start:%Y%m%d}",
            "startHh": f"{start:%H}",
            "endDt": f"{end:%Y%m%d}",
            "endHh": f"{end:%H}",
            "numOfRows": str(self._page_size),
            "pageNo": str(number),
        }
        answer = self._get(parameters)
        received_at = self._clock.now().astimezone(KST)
        # The KMA never sends the key back, an error page of a proxy may.
        body = answer.content
        for form in (self._key, quote(self._key, safe=""), quote(self._key), quote_plus(self._key)):
            body = body.replace(form.encode(), b"***")
        keep(Response(station, start, end, number, body, received_at, answer.headers.get(SOURCE_HEADER)))
        reply = _read(answer, body)
        return Page(station, start, end, number, reply.total, reply.rows, received_at)

    def _get(self, parameters: dict[str, str]) -> requests.Response:
        """Send one request; redirects are not followed, since the URL carries the key."""
        try:
            return self._session.get(
                self._endpoint,
                params={"serviceKey": self._key, **parameters},
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # Its text quotes the URL with the key, so it is not chained: raised outside of this block.
            failure = type(error).__name__
        raise TemporaryError(
            f"The KMA at {urlsplit(self._endpoint).netloc} could not be reached ({failure}).",
            remedy="Check the network and ASOS_BASE_URL, then repeat the call.",
        )


def _read(answer: requests.Response, body: bytes) -> Reply:
    failure: PlantcastError | None
    try:
        reply = read_reply(body)
    except MalformedReplyError as error:
        kind, text, remedy = _STATUS_ERRORS.get(answer.status_code, _UNREADABLE)
        failure = kind(f"The KMA {text} (HTTP {answer.status_code}, {error}).", remedy=remedy)
    else:
        failure = error_of(reply)
        if failure is None:
            return reply
    if isinstance(failure, TemporaryError):
        failure.retry_after = _retry_after(answer)
    raise failure


def _retry_after(answer: requests.Response) -> float | None:
    """Read Retry-After given in seconds; for a date there our own backoff is used."""
    text = answer.headers.get("Retry-After", "").strip()
    return float(text) if text.isascii() and text.isdigit() else None


def _endpoint(base_url: str) -> str:
    parts = urlsplit(base_url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise InvalidInputError(
            f"ASOS_BASE_URL={base_url!r} is not the URL of a service.",
            remedy="Give it without a query, for example https://apis.data.go.kr/1360000/AsosHourlyInfoService.",
        )
    return f"{parts.geturl().rstrip('/')}/{OPERATION}"


def _plain_key(service_key: str) -> str:
    """Return the decoded form: the HTTP library encodes it once. A decoded key holds no percent sign."""
    key = service_key.strip()
    if not key:
        raise KeyRejectedError(
            "The KMA service key is empty.",
            remedy="Put the data.go.kr key (service 15057210) into the SSM parameter of KMA_KEY_PARAMETER.",
        )
    return unquote(key) if "%" in key else key


_backoff: Final = wait_exponential_jitter(initial=1, max=30, jitter=1)


def _wait(state: RetryCallState) -> float:
    """Back off, and no less than a busy server requests."""
    fault = state.outcome.exception() if state.outcome is not None else None
    requested = fault.retry_after if isinstance(fault, TemporaryError) else None
    return max(_backoff(state), min(requested or 0.0, _LONGEST_WAIT))


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome is not None else None
    extra = {"attempt": state.attempt_number, "error": str(error)}
    logger.warning("ASOS call failed, repeating", extra=extra)
