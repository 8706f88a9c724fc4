"""Client of the KMA's hourly ASOS service (data.go.kr 15057210, `getWthrDataList`).

Ranges are split under the row cap and paged on `totalCount`; pages are yielded as they are received, so that
the caller has stored the earlier ones when a later one fails. The service key is part of the URL, and so of
the HTTP library's exceptions, log lines and redirects: it is removed from all of them.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, quote_plus, unquote, urljoin, urlsplit

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
from plantcast.observations.kma.reply import NO_DATA, MalformedReplyError, Reply, Row, error_of, read_reply
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
# How often a span is paged through anew because its totalCount changed between two pages.
_PAGINGS: Final = 3


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
        _keep_keys_out_of_logs()
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
        and jitter. A page may be yielded twice: when rows are published while pages are fetched, the pages
        shift, and all of them are fetched anew.

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
        for _ in range(_PAGINGS):
            steady = yield from self._paged(station, start, end, keep, spend)
            if steady:
                return
            logger.warning(
                "ASOS pages do not fit together, fetching them anew",
                extra={"station": station, "start": start.isoformat(), "end": end.isoformat()},
            )

    def _paged(
        self, station: str, start: datetime, end: datetime, keep: Keep, spend: Spend
    ) -> Generator[Page, None, bool]:
        """Yield the pages of one span; return whether they are consistent.

        They are not when `totalCount` changed between pages or was never reached by the hours requested:
        duplicate or foreign rows then hide others. Each page must add an hour that none before it had, so
        that a server that repeats itself cannot keep us in the loop.
        """
        wanted = {f"{start + step * HOUR:%Y-%m-%d %H:%M}" for step in range(count_hours(start, end))}
        seen: set[str] = set()
        received, total = 0, None
        for number in range(1, count_hours(start, end) + 1):
            page = self._retrying(self._fetch, station, start, end, number, keep, spend)
            if page.rows:
                yield page
            received += len(page.rows)
            if total is not None and page.total != total:
                return False
            total = page.total
            hours = {row.get("tm", "") for row in page.rows if row.get("stnId", station) == station} & wanted
            if len(seen | hours) >= total:
                return True
            if hours <= seen:
                # No more rows: fine if the KMA itself holds some rows twice.
                return received == total and len(page.rows) == 0
            seen |= hours
        return False

    def _fetch(
        self, station: str, start: datetime, end: datetime, number: int, keep: Keep, spend: Spend
    ) -> Page:
        spend()
        answer = self._get(
            {
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
        )
        received_at = self._clock.now().astimezone(KST)
        # The KMA never sends the key back, an error page of a proxy may.
        body = answer.content
        for form in self._key_forms():
            body = body.replace(form.encode(), b"***")
        declared_source = answer.headers.get(SOURCE_HEADER)
        keep(Response(station, start, end, number, body, received_at, declared_source))
        reply = self._read(answer, body)
        return Page(
            station=station,
            start=start,
            end=end,
            number=number,
            total=0 if reply.code == NO_DATA else reply.total,
            rows=() if reply.code == NO_DATA else reply.rows,
            received_at=received_at,
        )

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
            # The exception quotes the URL with the key, so it must not be chained either: the new one is
            # raised outside of this block.
            failure = f"{type(error).__name__}: {self._redact(str(error))[:300]}"
        raise TemporaryError(
            f"The KMA at {urlsplit(self._endpoint).netloc} could not be reached ({failure}).",
            remedy="Check the network and ASOS_BASE_URL, then repeat the call.",
        )

    def _read(self, answer: requests.Response, body: bytes) -> Reply:
        try:
            reply = read_reply(body)
        except MalformedReplyError as error:
            malformed = str(error)  # raised below, not here: the cause would carry the body along
        else:
            failure = error_of(Reply(reply.code, self._redact(reply.message)))
            if failure is None:
                return reply
            if isinstance(failure, TemporaryError):
                failure.retry_after = _retry_after(answer)
            raise failure
        raise _error_of_status(answer, malformed)

    def _key_forms(self) -> list[str]:
        forms = {self._key, quote(self._key, safe=""), quote(self._key), quote_plus(self._key)}
        return sorted(forms, key=len, reverse=True)

    def _redact(self, text: str) -> str:
        for form in self._key_forms():
            text = text.replace(form, "***")
        return _KEY_IN_URL.sub(r"\1***", text)


def _error_of_status(answer: requests.Response, why: str) -> PlantcastError:
    """Return the error for a reply in no envelope; only then does the HTTP status mean anything."""
    status = answer.status_code
    details = f"HTTP {status}, {why}"
    if answer.is_redirect:
        target = urlsplit(urljoin(answer.url, answer.headers["location"])).hostname
        return TemporaryError(
            f"The KMA redirects to {target}; redirects are not followed (HTTP {status}).",
            remedy="Check ASOS_BASE_URL; if it is right, repeat the call later.",
        )
    if status in (401, 403):
        return KeyRejectedError(
            f"The KMA's gateway refused the service key ({details}).",
            remedy="Check KMA_API_KEY on data.go.kr; a new key can be refused for some hours.",
        )
    if status == 404:
        return InvalidInputError(
            f"There is no ASOS service at this URL ({details}).", remedy="Check ASOS_BASE_URL."
        )
    if status == 429:
        return RateLimitedError(
            f"The KMA was called too often in a short time ({details}).",
            remedy="Repeat the call later, with fewer stations at once.",
            retry_after=_retry_after(answer),
        )
    return TemporaryError(
        f"The KMA's reply cannot be read ({details}).",
        remedy="Repeat the call later.",
        retry_after=_retry_after(answer),
    )


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
    url = parts.geturl().rstrip("/")
    return url if url.endswith(f"/{OPERATION}") else f"{url}/{OPERATION}"


def _plain_key(service_key: str) -> str:
    """Return the decoded form: the HTTP library encodes it once. A decoded key holds no percent sign."""
    key = service_key.strip()
    if not key:
        raise KeyRejectedError(
            "The KMA service key is empty.",
            remedy="Put the data.go.kr key (service 15057210) into the SSM parameter of KMA_KEY_PARAMETER.",
        )
    return unquote(key) if "%" in key else key


_KEY_IN_URL: Final = re.compile(r"(?i)(serviceKey=)[^&\s'\")]+")


class _HideKey(logging.Filter):
    """Removes the key from the lines urllib3 writes about URLs (at DEBUG, and on broken headers)."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if _KEY_IN_URL.search(message):
            record.msg, record.args = _KEY_IN_URL.sub(r"\1***", message), ()
        return True


_HIDE_KEY: Final = _HideKey()


def _keep_keys_out_of_logs() -> None:
    for name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_HIDE_KEY)  # adding the same filter twice changes nothing


_backoff: Final = wait_exponential_jitter(initial=1, max=30, jitter=1)


def _wait(state: RetryCallState) -> float:
    """Back off, and no less than a busy server requests."""
    fault = state.outcome.exception() if state.outcome is not None else None
    requested = fault.retry_after if isinstance(fault, TemporaryError) else None
    return max(_backoff(state), min(requested or 0.0, _LONGEST_WAIT))


def _log_retry(state: RetryCallState) -> None:
    outcome, action = state.outcome, state.next_action
    if outcome is not None and action is not None:
        logger.warning(
            "ASOS call failed, repeating",
            extra={
                "attempt": state.attempt_number,
                "wait_s": round(action.sleep, 1),
                "error": str(outcome.exception()),
            },
        )
