"""The simulated service without HTTP: parameters in, a finished answer out."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Final
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field

from infra.kma_simulator.clock import SettableClock
from infra.kma_simulator.codes import (
    ACCESS_DENIED,
    DAILY_QUOTA,
    KEY_NOT_REGISTERED,
    MESSAGES,
    NO_DATA,
    NORMAL,
    Refusal,
)
from infra.kma_simulator.contract import (
    check_availability,
    last_hour_available,
    parse_query,
    requested_type,
)
from infra.kma_simulator.envelopes import Answer, Page, render_page, render_refusal
from infra.kma_simulator.rows import write_rows
from infra.kma_simulator.sources import ObservationSource

# Holds the characters that make real keys hard to send: + / = must be percent-encoded once.
DEFAULT_KEY: Final = "simulator+key/without+value=="
_CALLS_KEPT: Final = 10_000


class Behaviour(BaseModel):
    """What the KMA leaves open or may change; set over `/_simulator/behaviour`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # The quota of a development account; null: none.
    calls_per_day: int | None = Field(default=10_000, ge=0)
    # Yesterday is complete from this hour on; before it, only its first hours are there.
    complete_from_hour: int = Field(default=0, ge=0, le=23)
    hours_before: int = Field(default=20, ge=0, le=24)
    single_row_as_object: bool = False
    # Answer "nothing there" with 00 and `items: ""` instead of 03.
    empty_items_for_no_data: bool = False
    delay_seconds: float = Field(default=0, ge=0, le=300)
    # Calls for this station ("": for any) are refused with this result code.
    refused_station: str = ""
    refused_with: str | None = Field(default=None, pattern=f"^({'|'.join(MESSAGES)})$")


@dataclass(frozen=True)
class Reply:
    """An answer, its result code and its number of rows."""

    answer: Answer
    code: str
    rows: int = 0


@dataclass(frozen=True)
class Call:
    """One call of the service; the key is never kept."""

    number: int
    at: str
    parameters: Mapping[str, str]
    code: str
    rows: int


class CallLog:
    """Counts all calls, keeps the latest 10,000, and counts those of each day against the quota."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: Counter[date] = Counter()
        self._kept: deque[Call] = deque(maxlen=_CALLS_KEPT)
        self.count = 0
        self.arrived = 0  # those not answered yet, too

    def add(self, at: datetime, parameters: Mapping[str, str], reply: Reply) -> None:
        """Keep one call and its answer."""
        shown = {name: value for name, value in parameters.items() if name.lower() != "servicekey"}
        with self._lock:
            self.count += 1
            self._kept.append(Call(self.count, at.isoformat(), shown, reply.code, reply.rows))

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

    def latest(self, limit: int) -> list[dict[str, object]]:
        """Return the last `limit` calls, oldest first."""
        with self._lock:
            kept = list(self._kept)
        return [asdict(call) for call in kept[max(0, len(kept) - limit) :]]


@dataclass
class Simulator:
    """All that shapes the answers of one server; `key` may be in the encoded or the decoded form."""

    source: ObservationSource
    key: str = DEFAULT_KEY
    clock: SettableClock = field(default_factory=SettableClock)
    behaviour: Behaviour = field(default_factory=Behaviour)
    calls: CallLog = field(default_factory=CallLog)

    def call(self, parameters: Mapping[str, str]) -> Reply:
        """Answer one call, and log it."""
        reply = self.answer(parameters)
        self.calls.add(self.clock.now(), parameters, reply)
        return reply

    def answer(self, parameters: Mapping[str, str]) -> Reply:
        """Answer one call: a page of rows, or a refusal."""
        try:
            return self._page(parameters)
        except Refusal as refusal:
            return self.refuse(refusal, parameters)

    def refuse(self, refusal: Refusal, parameters: Mapping[str, str]) -> Reply:
        """Answer with `refusal`."""
        answer = render_refusal(refusal, requested_type(parameters))
        return Reply(answer, refusal.code)

    def _page(self, parameters: Mapping[str, str]) -> Reply:
        now, behaviour = self.clock.now(), self.behaviour
        # The gateway knows the key under both spellings.
        self._check_key(parameters.get("serviceKey") or parameters.get("ServiceKey"))
        if behaviour.refused_with and behaviour.refused_station in ("", parameters.get("stnIds")):
            raise Refusal(behaviour.refused_with)
        self.calls.spend(now.date(), behaviour.calls_per_day)
        query = parse_query(parameters)
        check_availability(query, now)
        last = last_hour_available(
            now, complete_from_hour=behaviour.complete_from_hour, hours_before=behaviour.hours_before
        )
        frame = self.source.hours(query.station, query.start, min(query.end, last))
        if frame.empty and not behaviour.empty_items_for_no_data:
            raise Refusal(NO_DATA)
        first = (query.page - 1) * query.rows
        rows = write_rows(
            frame.iloc[first : first + query.rows],
            station=query.station,
            name=self.source.stations.get(query.station, query.station),
            first_number=first + 1,
        )
        page = Page(rows, query.page, query.rows, len(frame))
        answer = render_page(page, query.data_type, single_row_as_object=behaviour.single_row_as_object)
        return Reply(answer, NORMAL, len(rows))

    def _check_key(self, received: str | None) -> None:
        """Compare the key as it stands after the query string was decoded once.

        A key encoded twice still holds `%2B` here, one sent unencoded has spaces for `+`: both are unknown.
        """
        if not received:
            raise Refusal(ACCESS_DENIED)
        if received != (unquote(self.key) if "%" in self.key else self.key):
            raise Refusal(KEY_NOT_REGISTERED)
