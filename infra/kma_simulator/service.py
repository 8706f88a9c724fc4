"""The simulated service without HTTP: parameters in, a finished reply out."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from infra.kma_simulator.contract import (
    ACCESS_DENIED,
    DAILY_QUOTA,
    KEY_NOT_REGISTERED,
    MESSAGES,
    NO_DATA,
    NORMAL,
    ONLY_UNTIL_YESTERDAY,
    Refusal,
    last_hour_available,
    parse_query,
)
from infra.kma_simulator.envelopes import render_page, render_refusal
from infra.kma_simulator.replay import ReplayedObservations
from infra.kma_simulator.rows import write_rows
from infra.kma_simulator.synthetic import SyntheticWeather
from plantcast.common.clock import Clock, SystemClock

# Holds the characters that make real keys hard to send: + / = must be percent-encoded once.
DEFAULT_KEY: Final = "simulator+key/without+value=="
_CALLS_KEPT: Final = 10_000


# What is served; both have `name`, `stations` (number to Korean name) and `hours`.
ObservationSource = SyntheticWeather | ReplayedObservations


class Behaviour(BaseModel):
    """What tests change of the service, over `/_simulator/behaviour`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # The quota of a development account; null: none.
    calls_per_day: int | None = Field(default=10_000, ge=0)
    # Yesterday is complete from this hour on; before it, only its first hours are there.
    complete_from_hour: int = Field(default=0, ge=0, le=23)
    hours_before: int = Field(default=20, ge=0, le=24)
    delay_seconds: float = Field(default=0, ge=0, le=300)
    # Calls for this station ("": for any) are refused with this result code.
    refused_station: str = ""
    refused_with: str | None = Field(default=None, pattern=f"^({'|'.join(MESSAGES)})$")


@dataclass(frozen=True)
class Reply:
    """A body, its result code and its number of rows."""

    body: str
    code: str
    rows: int = 0


class CallLog:
    """Counts all calls, keeps the latest 10,000, and counts those of each day against the quota."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: Counter[date] = Counter()
        self._kept: deque[dict[str, Any]] = deque(maxlen=_CALLS_KEPT)
        self.count = 0
        self.arrived = 0  # those not answered yet, too

    def add(self, at: datetime, parameters: Mapping[str, str], reply: Reply) -> None:
        """Keep one call, without the key, and its answer."""
        shown = {name: value for name, value in parameters.items() if name.lower() != "servicekey"}
        with self._lock:
            self.count += 1
            self._kept.append(
                {
                    "number": self.count,
                    "at": at.isoformat(),
                    "parameters": shown,
                    "code": reply.code,
                    "rows": reply.rows,
                }
            )

    def spend(self, today: date, limit: int | None) -> None:
        """Count one call that got past the key check against the daily quota.

        Raises:
            Refusal: 22, the quota is used up.
        """
        with self._lock:
            if limit is not None and self._used[today] >= limit:
                raise Refusal(DAILY_QUOTA)
            self._used[today] += 1

    def used(self, day: date) -> int:
        """Return how many calls of a day count against the quota."""
        return self._used[day]

    def latest(self, limit: int) -> list[dict[str, Any]]:
        """Return the last `limit` calls, oldest first."""
        with self._lock:
            kept = list(self._kept)
        return kept[max(0, len(kept) - limit) :]


@dataclass
class Simulator:
    """All that shapes the answers of one server; `key` is the service key that it accepts, decoded."""

    source: ObservationSource
    key: str = DEFAULT_KEY
    clock: Clock = field(default_factory=SystemClock)
    behaviour: Behaviour = field(default_factory=Behaviour)
    calls: CallLog = field(default_factory=CallLog)

    def call(self, parameters: Mapping[str, str]) -> Reply:
        """Answer one call with a page of rows or a refusal, and log it."""
        try:
            reply = self._page(parameters)
        except Refusal as refusal:
            reply = self.refuse(refusal, parameters)
        self.calls.add(self.clock.now(), parameters, reply)
        return reply

    def refuse(self, refusal: Refusal, parameters: Mapping[str, str]) -> Reply:
        """Answer with `refusal`."""
        as_json = parameters.get("dataType") == "JSON"
        return Reply(render_refusal(refusal, as_json=as_json), refusal.code)

    def _page(self, parameters: Mapping[str, str]) -> Reply:
        now, behaviour = self.clock.now(), self.behaviour
        # The gateway knows the key under both spellings.
        self._check_key(parameters.get("serviceKey") or parameters.get("ServiceKey"))
        if behaviour.refused_with and behaviour.refused_station in ("", parameters.get("stnIds")):
            raise Refusal(behaviour.refused_with)
        self.calls.spend(now.date(), behaviour.calls_per_day)
        query = parse_query(parameters)
        # A range that reaches today is refused as a whole.
        if query.end.date() >= now.date():
            raise Refusal("99", ONLY_UNTIL_YESTERDAY)
        last = last_hour_available(
            now, complete_from_hour=behaviour.complete_from_hour, hours_before=behaviour.hours_before
        )
        frame = self.source.hours(query.stnIds, query.start, min(query.end, last))
        if frame.empty:
            raise Refusal(NO_DATA)
        first = (query.pageNo - 1) * query.rows
        rows = write_rows(
            frame.iloc[first : first + query.rows],
            station=query.stnIds,
            name=self.source.stations.get(query.stnIds, query.stnIds),
            first_number=first + 1,
        )
        return Reply(render_page(rows, query, total=len(frame)), NORMAL, len(rows))

    def _check_key(self, received: str | None) -> None:
        """Compare the key as it stands after the query string was decoded once.

        A key encoded twice still holds `%2B` here, one sent unencoded has spaces for `+`: both are unknown.
        """
        if not received:
            raise Refusal(ACCESS_DENIED)
        if received != self.key:
            raise Refusal(KEY_NOT_REGISTERED)
