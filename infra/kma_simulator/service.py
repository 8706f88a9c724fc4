"""The simulated service without HTTP: parameters in, a finished answer out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from infra.kma_simulator.calls import CallLog
from infra.kma_simulator.clock import SettableClock
from infra.kma_simulator.codes import GATEWAY_CODES, NO_DATA, NORMAL, Refusal
from infra.kma_simulator.contract import (
    Query,
    check_availability,
    last_hour_available,
    parse_query,
    requested_type,
)
from infra.kma_simulator.envelopes import Answer, Page, render_page, render_refusal, usual_envelope
from infra.kma_simulator.fault_plans import FaultPlan, FaultQueue, PlanInForce
from infra.kma_simulator.faults import BEFORE_GATEWAY, Fault
from infra.kma_simulator.keys import DEFAULT_KEY, check_key
from infra.kma_simulator.quota import Quota
from infra.kma_simulator.rows import write_rows
from infra.kma_simulator.sources import ObservationSource
from infra.kma_simulator.tampering import strangers_to, tampered


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
    plan: PlanInForce | None = None
    calls: CallLog = field(default_factory=CallLog)

    def set_fault_plan(self, plan: FaultPlan | None) -> None:
        """Follow `plan` from its beginning, or none."""
        self.plan = None if plan is None else PlanInForce(plan)

    def receive(self, parameters: Mapping[str, str]) -> Fault | None:
        """Take note of a call that arrives; return the fault it meets, the queue's before the plan's.

        A call that a queued fault was waiting for does not move the plan on.
        """
        self.quota.arrive(self.clock.now().date())
        plan = self.plan
        return self.faults.take(parameters) or (plan.take(parameters) if plan else None)

    def reply(self, parameters: Mapping[str, str], fault: Fault | None = None) -> Reply | None:
        """Answer one call, as `fault` has it; None if the call does not get as far as an answer.

        A call that gets past the gateway counts against the quota and is refused by it, fault or not: see
        `Quota`.
        """
        if fault is None or fault.kind not in {"error", *BEFORE_GATEWAY}:
            return self.answer(parameters, fault)
        if fault.kind != "error":
            return None
        refusal = fault.refusal()
        try:
            if refusal.code not in GATEWAY_CODES:
                self._count(self.clock.now())
        except Refusal as earlier:
            return self.refuse(earlier, parameters)
        return self.refuse(refusal, parameters, fault)

    def answer(self, parameters: Mapping[str, str], fault: Fault | None = None) -> Reply:
        """Answer one call truthfully: a page of rows, as `fault` has it, or a refusal as usual."""
        try:
            return self._page(parameters, fault)
        except Refusal as refusal:
            return self.refuse(refusal, parameters)

    def refuse(self, refusal: Refusal, parameters: Mapping[str, str], fault: Fault | None = None) -> Reply:
        """Answer with `refusal`, in the envelope of `fault` if it names one."""
        envelope = fault.envelope if fault and fault.envelope else usual_envelope(refusal.code)
        answer = render_refusal(refusal, requested_type(parameters), envelope, self.clock.now())
        return Reply(answer, refusal.code)

    def _page(self, parameters: Mapping[str, str], fault: Fault | None) -> Reply:
        now = self.clock.now()
        # The gateway knows the key under both spellings.
        check_key(parameters.get("serviceKey") or parameters.get("ServiceKey"), self.key)
        self._count(now)
        query = parse_query(parameters)
        check_availability(query, now)
        page = self._true_page(query, self._last_hour(now))
        if fault is not None:
            page = tampered(page, fault, strangers_to(query, self.source, self._last_hour(now)))
        answer = render_page(page, query.data_type, single_row_as_object=self.behaviour.single_row_as_object)
        return Reply(answer, NORMAL, len(page.rows))

    def _true_page(self, query: Query, last: datetime) -> Page:
        frame = self.source.hours(query.station, query.start, min(query.end, last))
        if frame.empty and not self.behaviour.empty_items_for_no_data:
            raise Refusal(NO_DATA)
        first = (query.page - 1) * query.rows
        rows = write_rows(
            frame.iloc[first : first + query.rows],
            station=query.station,
            name=self.source.stations.get(query.station, query.station),
            first_number=first + 1,
        )
        return Page(rows, query.page, query.rows, len(frame))

    def _count(self, now: datetime) -> None:
        behaviour = self.behaviour
        self.quota.count(now.date(), per_day=behaviour.calls_per_day, per_second=behaviour.calls_per_second)

    def _last_hour(self, now: datetime) -> datetime:
        return last_hour_available(
            now,
            complete_from_hour=self.behaviour.complete_from_hour,
            hours_before=self.behaviour.hours_before,
        )
