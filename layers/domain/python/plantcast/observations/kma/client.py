"""Client of the KMA's hourly ASOS service (data.go.kr 15057210, `getWthrDataList`).

Ranges are split under the row cap and paged on `totalCount`; pages are yielded as they come, so that the
caller has stored the earlier ones when a later one fails. The service key never appears in a message, a log
line or an exception.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import requests
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential_jitter,
)

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
from plantcast.observations.kma.http import CONNECT_SECONDS, READ_SECONDS, HttpReply, KmaHttp
from plantcast.observations.kma.quota import TokenBucket
from plantcast.observations.kma.reply import NO_DATA, MalformedReplyError, Reply, Row, error_of, read_reply
from plantcast.observations.lake.raw import Response

# The most rows callers of the service have been seen to get in one page.
MAX_ROWS: Final = 999
_ATTEMPTS: Final = 5
_NO_MORE_ATTEMPTS_AFTER: Final = 240.0
_LONGEST_WAIT: Final = 60.0
# How long one page can take at the very worst; who has less time left must not begin it.
LONGEST_PAGE_SECONDS: Final = _NO_MORE_ATTEMPTS_AFTER + _LONGEST_WAIT + CONNECT_SECONDS + READ_SECONDS
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
    form the portal shows. `bucket` bounds how fast it calls. `sleep` waits between attempts (seconds).
    """

    def __init__(
        self,
        base_url: str,
        service_key: str,
        *,
        clock: Clock,
        bucket: TokenBucket | None = None,
        session: requests.Session | None = None,
        page_size: int = MAX_ROWS,
        attempts: int = _ATTEMPTS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = KmaHttp(base_url, service_key, session)
        self._clock = clock
        self._bucket = bucket
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

        Nothing is yielded where the KMA has no data. A call that fails in passing is repeated, with
        exponential backoff and jitter. A page may come twice: when rows are published while pages are
        fetched, the pages shift, and all of them are fetched anew.

        Raises:
            TemporaryError: it still failed after the last attempt.
            QuotaExhaustedError: the day's calls are used up; what was yielded before is good.
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
        """Yield the pages of one span; return whether they held together.

        They did not when `totalCount` changed on the way or was never reached by hours that were asked for:
        rows that come twice, or that nobody asked for, hide others. Each page must bring an hour that none
        before it had, so a server that repeats itself cannot hold us here.
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
                # Nothing more comes: well if rows came twice because the KMA has them twice.
                return received == total and len(page.rows) == 0
            seen |= hours
        return False

    def _fetch(
        self, station: str, start: datetime, end: datetime, number: int, keep: Keep, spend: Spend
    ) -> Page:
        spend()
        if self._bucket is not None:
            self._bucket.take()
        answer = self._http.get(
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
        body = self._http.redact_bytes(answer.body)
        keep(Response(station, start, end, number, body, received_at, answer.declared_source))
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

    def _read(self, answer: HttpReply, body: bytes) -> Reply:
        try:
            reply = read_reply(body)
        except MalformedReplyError as error:
            malformed = str(error)  # raised below, not here: the cause would carry the body along
        else:
            failure = error_of(Reply(reply.code, self._http.redact(reply.message)))
            if failure is None:
                return reply
            if isinstance(failure, TemporaryError):
                failure.retry_after = answer.retry_after
            raise failure
        raise _error_of_status(answer, malformed)


def _error_of_status(answer: HttpReply, why: str) -> PlantcastError:
    """Return what a reply in no envelope means; only then does the HTTP status say anything."""
    said = f"HTTP {answer.status}, {why}"
    if answer.status in (401, 403):
        return KeyRejectedError(
            f"The KMA's gateway refused the service key ({said}).",
            remedy="Check KMA_API_KEY on data.go.kr; a new key can be refused for some hours.",
        )
    if answer.status == 404:
        return InvalidInputError(f"There is no ASOS service there ({said}).", remedy="Check ASOS_BASE_URL.")
    if answer.status == 429:
        return RateLimitedError(
            f"The KMA was called too often in a short time ({said}).",
            remedy="Call more slowly: lower ASOS_CALLS_PER_SECOND.",
            retry_after=answer.retry_after,
        )
    return TemporaryError(
        f"The KMA's reply cannot be read ({said}).",
        remedy="Repeat the call later.",
        retry_after=answer.retry_after,
    )


_backoff: Final = wait_exponential_jitter(initial=1, max=30, jitter=1)


def _wait(state: RetryCallState) -> float:
    """Back off, and no less than a busy server asks for."""
    fault = state.outcome.exception() if state.outcome is not None else None
    asked = fault.retry_after if isinstance(fault, TemporaryError) else None
    return max(_backoff(state), min(asked or 0.0, _LONGEST_WAIT))


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
