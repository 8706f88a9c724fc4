"""Client of the KMA's hourly ASOS service (data.go.kr 15057210, `getWthrDataList`).

Ranges are split under the row cap and paged on `totalCount`; pages are yielded as they come, so that the
caller has stored the earlier ones when a later one fails. The service key never appears in a message, a log
line or an exception.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final
from urllib.parse import quote, quote_plus, unquote, urljoin, urlsplit

import requests
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential_jitter,
)

from plantcast import __version__
from plantcast.clock import HOUR, KST, Clock
from plantcast.errors import InvalidInputError, KeyRejectedError, PlantcastError, TemporaryError
from plantcast.observability import logger
from plantcast.observations.asos_reply import NO_DATA, MalformedReplyError, Reply, Row, error_of, read_reply
from plantcast.observations.frame import KMA_TIME

OPERATION: Final = "getWthrDataList"
# The most rows callers of the service have been seen to get in one page.
MAX_ROWS: Final = 999
# A page of 999 rows is 0.9 MB; the KMA has been seen to take tens of seconds on busy mornings.
_TIMEOUT: Final = (5.0, 60.0)
_ATTEMPTS: Final = 5
_MAX_REDIRECTS: Final = 3
SOURCE_HEADER: Final = "X-Plantcast-Source"


@dataclass(frozen=True)
class Page:
    """One page as received: the hours asked for (both included), the raw body, its rows as strings.

    `declared_source` is what a simulator says its weather is; the KMA says nothing (None).
    """

    station: str
    start: datetime
    end: datetime
    number: int
    total: int
    rows: tuple[Row, ...]
    raw: bytes
    form: str
    received_at: datetime
    declared_source: str | None = None


class AsosClient:
    """Fetches hourly observations, page by page.

    `base_url` is the service's URL without the operation; `service_key` may be the encoded or the decoded
    form the portal shows. `sleep` is what waits between attempts (seconds).
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
        self._clock = clock
        self._page_size = page_size
        self._session = session or requests.Session()
        self._session.headers["User-Agent"] = f"plantcast/{__version__}"
        self._retrying = Retrying(
            retry=retry_if_exception_type(TemporaryError),
            stop=stop_after_attempt(attempts),
            wait=wait_exponential_jitter(initial=1, max=30, jitter=1),
            before_sleep=_log_retry,
            sleep=sleep,
            reraise=True,
        )
        _keep_keys_out_of_logs()

    def pages(self, station: str, start: datetime, end: datetime) -> Iterator[Page]:
        """Yield the observations of one station from hour `start` to hour `end`, both included.

        Nothing is yielded where the KMA has no data. A call that fails in passing is repeated, with
        exponential backoff and jitter.

        Raises:
            TemporaryError: it still failed after the last attempt.
            QuotaExhaustedError: the day's calls are used up; what was yielded before is good.
            NotYetAvailableError: the range reaches today or later.
            KeyRejectedError: the key, or this machine, is refused.
            InvalidInputError: the service does not understand the request or is not there.
        """
        # In the KMA's fixed offset an hour is always an hour; Asia/Seoul had daylight saving in 1987-88.
        first, final = start.astimezone(KMA_TIME), end.astimezone(KMA_TIME)
        while first <= final:
            last = min(final, first + (self._page_size - 1) * HOUR)
            yield from self._span(station, first, last)
            first = last + HOUR

    def _span(self, station: str, start: datetime, end: datetime) -> Iterator[Page]:
        received = 0
        for number in count(1):
            page = self._retrying(self._fetch, station, start, end, number)
            received += len(page.rows)
            if page.rows:
                yield page
            if not page.rows and received < page.total:
                logger.warning(
                    "ASOS sent an empty page before totalCount was reached",
                    extra={"station": station, "page": number, "received": received, "total": page.total},
                )
            if not page.rows or received >= page.total:
                return

    def _fetch(self, station: str, start: datetime, end: datetime, number: int) -> Page:
        response = self._get(
            {
                "serviceKey": self._key,
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
        reply = self._read(response)
        return Page(
            station=station,
            start=start,
            end=end,
            number=number,
            total=0 if reply.code == NO_DATA else reply.total,
            rows=() if reply.code == NO_DATA else reply.rows,
            raw=response.content,
            form=reply.form,
            received_at=self._clock.now().astimezone(KST),
            declared_source=response.headers.get(SOURCE_HEADER),
        )

    def _get(self, parameters: dict[str, str]) -> requests.Response:
        """Send one request, following redirects on the same host only: the URL carries the key."""
        url, query = self._endpoint, parameters
        for _ in range(_MAX_REDIRECTS + 1):
            response = self._send(url, query)
            if not response.is_redirect:
                return response
            target = urljoin(url, response.headers["location"])
            if not _same_host(url, target):
                raise TemporaryError(
                    f"The KMA redirects to another host, {urlsplit(target).hostname}; the key stays here.",
                    remedy="Check ASOS_BASE_URL; if it is right, repeat the call later.",
                )
            url, query = target, {}
        raise TemporaryError(f"The KMA redirected {_MAX_REDIRECTS + 1} times.", remedy="Check ASOS_BASE_URL.")

    def _send(self, url: str, query: dict[str, str]) -> requests.Response:
        try:
            return self._session.get(url, params=query, timeout=_TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            # The library's exception quotes the URL with the key, so it must not be chained either: the new
            # one is raised outside of this block.
            failure = f"{type(error).__name__}: {self._redact(str(error))[:300]}"
        host = urlsplit(self._endpoint).netloc
        raise TemporaryError(
            f"The KMA at {host} could not be reached ({failure}).",
            remedy="Check the network and ASOS_BASE_URL, then repeat the call.",
        )

    def _read(self, response: requests.Response) -> Reply:
        try:
            reply = read_reply(response.content)
        except MalformedReplyError as error:
            malformed = str(error)  # raised below, not here: the cause would carry the body along
        else:
            failure = error_of(Reply(reply.code, self._redact(reply.message)))
            if failure is not None:
                raise failure
            return reply
        raise _error_of_status(response.status_code, malformed)

    def _redact(self, text: str) -> str:
        for form in {self._key, quote(self._key, safe=""), quote(self._key), quote_plus(self._key)}:
            text = text.replace(form, "***")
        return _KEY_IN_URL.sub(r"\1***", text)


def _error_of_status(status: int, why: str) -> PlantcastError:
    """Return what a reply in no envelope means; only then does the HTTP status say anything."""
    said = f"HTTP {status}, {why}"
    if status in (401, 403):
        return KeyRejectedError(
            f"The KMA's gateway refused the service key ({said}).",
            remedy="Check KMA_API_KEY on data.go.kr; a new key can be refused for some hours.",
        )
    if status == 404:
        return InvalidInputError(f"There is no ASOS service there ({said}).", remedy="Check ASOS_BASE_URL.")
    return TemporaryError(f"The KMA's reply cannot be read ({said}).", remedy="Repeat the call later.")


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


def _same_host(url: str, target: str) -> bool:
    """Whether `target` may be followed: same host and port, or the same host's https."""
    old, new = urlsplit(url), urlsplit(target)
    if old.hostname != new.hostname:
        return False
    if (old.scheme, old.port) == (new.scheme, new.port):
        return True
    return (
        (old.scheme, new.scheme) == ("http", "https") and old.port in (None, 80) and new.port in (None, 443)
    )


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


_KEY_IN_URL: Final = re.compile(r"(?i)(serviceKey=)[^&\s'\")]+")


class _HideKey(logging.Filter):
    """Takes the key out of the lines urllib3 writes about URLs (at DEBUG, and on broken headers)."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if _KEY_IN_URL.search(message):
            record.msg, record.args = _KEY_IN_URL.sub(r"\1***", message), ()
        return True


_HIDE_KEY: Final = _HideKey()


def _keep_keys_out_of_logs() -> None:
    for name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_HIDE_KEY)  # adding the same filter twice changes nothing
