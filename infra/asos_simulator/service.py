"""The simulated service without HTTP: parameters in, a finished answer out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from infra.asos_simulator.calls import CallLog
from infra.asos_simulator.clock import SettableClock
from infra.asos_simulator.codes import NO_DATA, NORMAL, Refusal
from infra.asos_simulator.contract import (
    check_availability,
    last_hour_available,
    parse_query,
    requested_type,
)
from infra.asos_simulator.envelopes import Answer, Page, render_page, render_refusal, usual_envelope
from infra.asos_simulator.faults import Fault, FaultQueue
from infra.asos_simulator.keys import DEFAULT_KEY, check_key
from infra.asos_simulator.quota import Quota
from infra.asos_simulator.rows import write_rows
from infra.asos_simulator.sources import ObservationSource


class Behaviour(BaseModel):
    """What the KMA leaves open or may change; set over `/_simulator/behaviour`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # The quota of a development account.
    calls_per_day: int | None = Field(default=10_000, ge=0)
    calls_per_second: int | None = Field(default=None, ge=0)
    # Yesterday is whole from this hour on; before it, only its first hours are there.
    complete_from_hour: int = Field(default=0, ge=0, le=23)
    hours_before: int = Field(default=20, ge=0, le=24)
    single_row_as_object: bool = False
    # Answer "nothing there" with 00 and `items: ""` instead of 03.
    empty_items_for_no_data: bool = False


@dataclass(frozen=True)
class Reply:
    """An answer and what the call log needs to know of it."""

    answer: Answer
    code: str
    rows: int = 0


@dataclass
class Simulator:
    """All that shapes the answers of one server."""

    source: ObservationSource
    key: str = DEFAULT_KEY
    clock: SettableClock = field(default_factory=SettableClock)
    behaviour: Behaviour = field(default_factory=Behaviour)
    quota: Quota = field(default_factory=Quota)
    faults: FaultQueue = field(default_factory=FaultQueue)
    calls: CallLog = field(default_factory=CallLog)

    def answer(self, parameters: Mapping[str, str]) -> Reply:
        """Answer one call truthfully: a page of rows or a refusal in its usual envelope."""
        try:
            return self._page(parameters)
        except Refusal as refusal:
            return self.refuse(refusal, parameters)

    def refuse(self, refusal: Refusal, parameters: Mapping[str, str], fault: Fault | None = None) -> Reply:
        """Answer with `refusal`, in the envelope of `fault` if it names one."""
        envelope = fault.envelope if fault and fault.envelope else usual_envelope(refusal.code)
        answer = render_refusal(refusal, requested_type(parameters), envelope, self.clock.now())
        return Reply(answer, refusal.code)

    def _page(self, parameters: Mapping[str, str]) -> Reply:
        now = self.clock.now()
        # The gateway knows the key under both spellings.
        check_key(parameters.get("serviceKey") or parameters.get("ServiceKey"), self.key)
        behaviour = self.behaviour
        self.quota.count(now.date(), per_day=behaviour.calls_per_day, per_second=behaviour.calls_per_second)
        query = parse_query(parameters)
        check_availability(query, now)
        frame = self.source.hours(query.station, query.start, min(query.end, self._last_hour(now)))
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

    def _last_hour(self, now: datetime) -> datetime:
        return last_hour_available(
            now,
            complete_from_hour=self.behaviour.complete_from_hour,
            hours_before=self.behaviour.hours_before,
        )
