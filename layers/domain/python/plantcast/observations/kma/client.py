"""Client of the KMA's hourly ASOS service (data.go.kr 15057210, `getWthrDataList`).

Ranges are split under the row cap and paged; pages are yielded as they are received, so that the caller has
stored the earlier ones when a later one fails.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import requests

from plantcast.common.clock import HOUR, KST, Clock
from plantcast.kma_service.answer import Answer
from plantcast.kma_service.client import CallLimits, ServiceClient, Spend
from plantcast.kma_service.reply import Row
from plantcast.kma_service.service import Service
from plantcast.observations.frame import count_hours
from plantcast.observations.lake.raw import Response

ASOS: Final = Service(
    name="The KMA",
    operation="getWthrDataList",
    url_setting="ASOS_BASE_URL",
    example_url="https://apis.data.go.kr/1360000/AsosHourlyInfoService",
    empty_key_remedy="Put the data.go.kr key (service 15057210) into the SSM parameter of KMA_KEY_PARAMETER.",
    key_remedy="Check KMA_API_KEY against the key shown on data.go.kr (service 15057210); a new key can be "
    "refused for some hours.",
)
# The most rows callers of the service have been seen to get in one page.
MAX_ROWS: Final = 999
# A page of 999 rows is 0.9 MB; the KMA has been seen to take tens of seconds on busy mornings.
_LIMITS: Final = CallLimits(connect_seconds=5, read_seconds=60, attempts=5, retry_seconds=240)
# How long one page may take; with less time left it must not be started.
LONGEST_PAGE_SECONDS: Final = _LIMITS.longest_call


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


class AsosClient:
    """Fetches hourly observations, page by page; arguments and errors are those of `ServiceClient`."""

    def __init__(
        self,
        base_url: str,
        service_key: str,
        *,
        clock: Clock,
        session: requests.Session | None = None,
        page_size: int = MAX_ROWS,
        attempts: int = _LIMITS.attempts,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        limits = replace(_LIMITS, attempts=attempts)
        self._page_size = page_size
        self._service = ServiceClient(
            ASOS, base_url, service_key, clock=clock, limits=limits, session=session, sleep=sleep
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

        Nothing is yielded where the KMA has no data. `NotYetAvailableError` is raised where the range reaches
        today or later, the other errors as by `ServiceClient.pages`; pages yielded before one are valid.
        """
        first, final = start.astimezone(KST), end.astimezone(KST)
        while first <= final:
            last = min(final, first + (self._page_size - 1) * HOUR)
            yield from self._span(station, first, last, keep, spend)
            first = last + HOUR

    def _span(self, station: str, start: datetime, end: datetime, keep: Keep, spend: Spend) -> Iterator[Page]:
        parameters = {
            "dataCd": "ASOS",
            "dateCd": "HR",
            "dataType": "JSON",
            "stnIds": station,
            "startDt": f"{start:%Y%m%d}",
            "startHh": f"{start:%H}",
            "endDt": f"{end:%Y%m%d}",
            "endHh": f"{end:%H}",
        }

        def keep_response(answer: Answer) -> None:
            page, source = answer.page, answer.declared_source
            keep(Response(station, start, end, page, answer.body, answer.received_at, source))

        # Never more pages than hours requested.
        for page in self._service.pages(
            parameters,
            page_size=self._page_size,
            most_pages=count_hours(start, end),
            keep=keep_response,
            spend=spend,
        ):
            yield Page(station, start, end, page.number, page.total, page.rows, page.received_at)
