"""Requests issues of the KMA's short-term forecast, from data.go.kr or the API Hub."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

import requests

from plantcast.common.clock import KST, Clock
from plantcast.guidance.grid import Cell
from plantcast.kma_service.client import CallLimits, Keep, KeyParameter, ReplyPage, SecondsLeft, ServiceClient
from plantcast.kma_service.service import Service

_NAME: Final = "The KMA's short-term forecast service"
_OPERATION: Final = "getVilageFcst"
SERVICES: Final[Mapping[KeyParameter, Service]] = MappingProxyType(
    {
        "serviceKey": Service(
            name=_NAME,
            operation=_OPERATION,
            url_setting="SHORT_TERM_BASE_URL",
            example_url="https://apis.data.go.kr/1360000/VilageFcstInfoService_2.0",
            empty_key_remedy="Put the data.go.kr key (service 15084084) into the SSM parameter of "
            "KMA_KEY_PARAMETER.",
            key_remedy="Apply for 기상청_단기예보 조회서비스 (15084084) on data.go.kr with the key in use; "
            "approved at once, it can be refused for some hours.",
        ),
        "authKey": Service(
            name=_NAME,
            operation=_OPERATION,
            url_setting="SHORT_TERM_BASE_URL",
            example_url="https://apihub.kma.go.kr/api/typ02/openApi/VilageFcstInfoService_2.0",
            empty_key_remedy="Put the API Hub's key into the SSM parameter of API_HUB_KEY_PARAMETER.",
            key_remedy="Apply for 단기예보조회 on apihub.kma.go.kr with the key in use.",
        ),
    }
)
# An issue has 798 to 1,052 items.
_PAGE_SIZE: Final = 1000
# An issue twice fits as well.
_MOST_PAGES: Final = 4
# Short: the next hourly update asks again.
_LIMITS: Final = CallLimits(connect_seconds=3, read_seconds=8, attempts=2, retry_seconds=10, longest_wait=5)


class ShortTermClient:
    """Fetches issues; arguments and errors are those of `ServiceClient`.

    `key_parameter` is `serviceKey` for a key of data.go.kr, `authKey` for one of the API Hub.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        clock: Clock,
        key_parameter: KeyParameter = "serviceKey",
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._service = ServiceClient(
            SERVICES[key_parameter],
            base_url,
            key,
            clock=clock,
            key_parameter=key_parameter,
            limits=_LIMITS,
            session=session,
            sleep=sleep,
        )

    def pages(
        self,
        cell: Cell,
        issue: datetime,
        *,
        keep: Keep = lambda _: None,
        seconds_left: SecondsLeft = lambda: math.inf,
    ) -> Iterator[ReplyPage]:
        """Yield the items of an issue for a cell; nothing is yielded while the service does not have it."""
        at = issue.astimezone(KST)
        parameters = {
            "dataType": "JSON",
            "base_date": f"{at:%Y%m%d}",
            "base_time": f"{at:%H%M}",
            "nx": str(cell.nx),
            "ny": str(cell.ny),
        }
        return self._service.pages(
            parameters, page_size=_PAGE_SIZE, most_pages=_MOST_PAGES, keep=keep, seconds_left=seconds_left
        )
