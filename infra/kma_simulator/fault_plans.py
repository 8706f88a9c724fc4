"""When a fault is met: a queue for the next calls, and plans that last (flapping, random)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from random import Random
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from infra.kma_simulator.fault_catalogue import PASSING_KINDS, RandomKind, draw_fault
from infra.kma_simulator.faults import Fault


class FaultQueue:
    """Faults served in the order they were added, each to the next calls it applies to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Fault] = deque()

    @property
    def waiting(self) -> Sequence[Fault]:
        """Faults not served yet, one entry a call."""
        with self._lock:
            return list(self._waiting)

    def add(self, faults: Sequence[Fault]) -> None:
        """Append `faults`, each `times` times."""
        with self._lock:
            for fault in faults:
                self._waiting.extend([fault.model_copy(update={"times": 1})] * fault.times)

    def clear(self) -> None:
        """Drop what has not been served."""
        with self._lock:
            self._waiting.clear()

    def take(self, parameters: Mapping[str, str]) -> Fault | None:
        """Return and remove the first fault that applies to a call with these parameters."""
        with self._lock:
            for position, fault in enumerate(self._waiting):
                if _concerns(fault.station, parameters):
                    del self._waiting[position]
                    return fault
        return None


class Flapping(BaseModel):
    """Up for `up` calls, down for `down` calls, again and again; a call while it is down meets `fault`.

    With `station` only that station's calls meet it, and only they are counted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    plan: Literal["flapping"] = "flapping"
    up: int = Field(ge=0)
    down: int = Field(ge=1)
    fault: Fault = Fault(kind="http", status=503)
    station: str | None = None

    @model_validator(mode="after")
    def _fault_is_for_one_call(self) -> Self:
        if self.fault.times != 1 or self.fault.station is not None:
            raise ValueError("the fault's times and station stay empty; give the plan's down and station")
        return self

    def fault_for(self, number: int) -> Fault | None:
        """Return what call `number` (from 0) meets."""
        return self.fault if number % (self.up + self.down) >= self.up else None


class RandomFaults(BaseModel):
    """Each call meets a fault of one of `kinds` with `probability`; see `fault_catalogue` for what they are.

    The fault of a call is decided by `seed` and the call's number alone: the same sequence of calls meets the
    same faults on every machine. With `station` only that station's calls meet them and are counted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    plan: Literal["random"] = "random"
    probability: float = Field(ge=0, le=1)
    seed: int = Field(default=0, ge=0)
    kinds: tuple[RandomKind, ...] = Field(default=PASSING_KINDS, min_length=1)
    station: str | None = None

    def fault_for(self, number: int) -> Fault | None:
        """Return what call `number` (from 0) meets."""
        rng = Random(f"faults {self.seed} {number}")  # noqa: S311 - reproducible on purpose
        return draw_fault(rng, self.kinds) if rng.random() < self.probability else None


FaultPlan = Annotated[Flapping | RandomFaults, Field(discriminator="plan")]


class PlanInForce:
    """A plan and how far it has come: counts the calls it was asked about."""

    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self._lock = threading.Lock()
        self._calls = 0
        self._faults = 0

    def take(self, parameters: Mapping[str, str]) -> Fault | None:
        """Return what a call with these parameters meets, and count it."""
        if not _concerns(self.plan.station, parameters):
            return None
        with self._lock:
            fault = self.plan.fault_for(self._calls)
            self._calls += 1
            self._faults += fault is not None
        return fault

    def describe(self) -> Mapping[str, Any]:
        """Return the plan, the calls it has seen and how many of them met a fault."""
        return {"plan": self.plan.model_dump(), "calls": self._calls, "faults": self._faults}


def _concerns(station: str | None, parameters: Mapping[str, str]) -> bool:
    return station is None or station == parameters.get("stnIds")
