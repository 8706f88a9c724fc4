"""Faults the server shows on request: what to answer instead of the truth, to how many calls."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from infra.asos_simulator.codes import MESSAGES, Refusal
from infra.asos_simulator.envelopes import Envelope

BAD_GATEWAY_HTML = (
    "<html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>"
)


class Fault(BaseModel):
    """One fault, for `times` calls.

    kind
        `error`      a result `code` in an `envelope` (default: the one usual for the code)
        `http`       `status` with `body`, an HTML page unless given
        `truncated`  the true answer cut to `keep_fraction` of its length, as a whole HTTP response
        `slow`       the true answer, late
    `delay_seconds` goes with any kind. `station` restricts the fault to calls for that station.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["error", "http", "truncated", "slow"]
    times: int = Field(default=1, ge=1)
    code: str | None = None
    message: str | None = None
    envelope: Envelope | None = None
    status: int | None = Field(default=None, ge=200, le=599)
    body: str | None = None
    keep_fraction: float = Field(default=0.5, gt=0, lt=1)
    delay_seconds: float = Field(default=0, ge=0, le=300)
    station: str | None = None

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.kind == "error" and self.code not in MESSAGES:
            raise ValueError(f"code {self.code!r} is not one of {', '.join(MESSAGES)}")
        if self.kind == "http" and self.status is None:
            raise ValueError("an http fault needs a status")
        if self.kind == "slow" and self.delay_seconds == 0:
            raise ValueError("a slow fault needs delay_seconds")
        return self

    def refusal(self) -> Refusal:
        """Return the refusal an `error` fault stands for."""
        return Refusal(self.code or "99", self.message)


class FaultPlan(Protocol):
    """Decides which fault, if any, a call meets."""

    def take(self, parameters: Mapping[str, str]) -> Fault | None:
        """Return the fault for this call and count it as served."""


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
                if fault.station is None or fault.station == parameters.get("stnIds"):
                    del self._waiting[position]
                    return fault
        return None
