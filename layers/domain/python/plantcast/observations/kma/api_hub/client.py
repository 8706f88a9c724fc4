"""Client of the KMA's API Hub: the hours of one station, hour by hour (kma_sfctm3.php)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import requests

from plantcast.common.clock import KST, Clock
from plantcast.common.errors import TemporaryError
from plantcast.kma_service.answer import Answer, read
from plantcast.kma_service.client import CallLimits, SecondsLeft, ServiceClient
from plantcast.kma_service.reply import Reply, decode, error_of
from plantcast.kma_service.service import Service
from plantcast.observations.kma.api_hub.text import HubText, NotATableError, read_hub_text
from plantcast.observations.lake.raw import Response

API_HUB: Final = Service(
    name="The KMA's API Hub",
    operation="api/typ01/url/kma_sfctm3.php",
    url_setting="API_HUB_BASE_URL",
    example_url="https://apihub.kma.go.kr",
    empty_key_remedy="Put the key of apihub.kma.go.kr into the SSM parameter of API_HUB_KEY_PARAMETER.",
    key_remedy="Check the key on apihub.kma.go.kr, and that its owner has applied for kma_sfctm3 there.",
)
# The function that calls this has some 20 s for all of its stations and feeds.
_LIMITS: Final = CallLimits(connect_seconds=3, read_seconds=6, attempts=2, retry_seconds=10, longest_wait=3)
# Refusals that come as plain text or HTML, too, and with any status: the code that data.go.kr has for them.
_REFUSALS: Final = (("호출 한도", "22"), ("활용신청", "20"))


@dataclass(frozen=True)
class Received:
    """A table that was received; `text.whole` is false when it was cut off."""

    text: HubText
    received_at: datetime


class CutOffError(TemporaryError):
    """The table ends before its end."""


class ApiHubClient:
    """Fetches hourly observations; arguments and errors are those of `ServiceClient`."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        clock: Clock,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._service = ServiceClient(
            API_HUB,
            base_url,
            key,
            clock=clock,
            key_parameter="authKey",
            limits=_LIMITS,
            session=session,
            sleep=sleep,
        )

    def fetch(
        self,
        station: str,
        start: datetime,
        end: datetime,
        *,
        keep: Callable[[Response], object],
        use: Callable[[Received], object],
        seconds_left: SecondsLeft = lambda: math.inf,
    ) -> None:
        """Request a station's hours from `start` to `end`, both included, at most 31 days.

        `keep` is called with every response before anything reads it, `use` with every table, those cut off
        included, after which the request is repeated.

        Raises:
            CutOffError: the last table was cut off, too.
            TemporaryError: the service cannot be reached or understood.
            QuotaExhaustedError: the day's calls are used up.
            KeyRejectedError: the key is refused, or not registered for this service.
            InvalidInputError: `API_HUB_BASE_URL` is wrong.
        """
        parameters = {
            "tm1": f"{start.astimezone(KST):%Y%m%d%H%M}",
            "tm2": f"{end.astimezone(KST):%Y%m%d%H%M}",
            "stn": station,
            "help": "0",
        }

        def keep_response(answer: Answer) -> None:
            keep(
                Response(
                    station,
                    start,
                    end,
                    answer.page,
                    answer.body,
                    answer.received_at,
                    answer.declared_source,
                    kind="api_hub",
                )
            )

        def use_table(answer: Answer) -> None:
            text = _table(answer, station)
            use(Received(text, answer.received_at))
            if not text.whole:
                raise CutOffError(
                    f"{API_HUB.name} sent a reply that is cut off after {len(text.rows)} rows.",
                    remedy="They are used; the next update requests the others again.",
                )

        self._service.fetch(parameters, use_table, keep=keep_response, seconds_left=seconds_left)


def _table(answer: Answer, station: str) -> HubText:
    try:
        return read_hub_text(answer.body, station)
    except NotATableError:
        pass
    text = _readable(answer.body)
    for words, code in _REFUSALS:
        if words in text and (error := error_of(Reply(code, _line_with(words, text)), API_HUB)):
            raise error
    reply = read(answer, API_HUB)
    raise TemporaryError(
        f"{API_HUB.name} sent no table (code {reply.code}, {reply.message[:200]!r}).",
        remedy="Repeat the call later.",
    )


def _readable(body: bytes) -> str:
    try:
        return decode(body)
    except UnicodeDecodeError:
        return ""


def _line_with(words: str, text: str) -> str:
    return next(line.strip() for line in text.splitlines() if words in line)
