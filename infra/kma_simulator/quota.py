"""Counters behind codes 22 (calls a day) and 23 (calls a second), and what a test can hold a client to."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from infra.kma_simulator.codes import DAILY_QUOTA, PER_SECOND_QUOTA, Refusal


@dataclass
class DayOfCalls:
    """One day (the simulator clock's): calls that were `sent`, those that `counted`, `refused` by code.

    Every call was sent, whatever became of it; `refused` holds only what a quota really refused.
    """

    sent: int = 0
    counted: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class Quota:
    """Counts calls and refuses those over a limit; the day is the simulator clock's, the second real.

    What counts, as with the portal's gateway: a call that gets past it to the service, also when the service
    then answers with an error or the answer is spoilt on its way. What does not: a call refused for its key
    or by a quota, and one that never arrives (faults `http`, `redirect`, `reset`, and `error` with one of the
    gateway's own codes, `codes.GATEWAY_CODES`).
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._today: date | None = None
        self._days: dict[date, DayOfCalls] = {}
        self._counted_lately: deque[float] = deque()
        self._sent_lately: deque[float] = deque()
        self._busiest_second = 0

    @property
    def used_today(self) -> int:
        """Calls counted on the day of the last call."""
        with self._lock:
            return self._days[self._today].counted if self._today else 0

    @property
    def busiest_second(self) -> int:
        """The most calls that were sent within one second, wherever that second began."""
        return self._busiest_second

    @property
    def days(self) -> Mapping[date, DayOfCalls]:
        """What each day saw since the start or the last `reset`; a copy."""
        with self._lock:
            return {
                day: DayOfCalls(calls.sent, calls.counted, Counter(calls.refused))
                for day, calls in self._days.items()
            }

    def arrive(self, today: date) -> None:
        """Take note of a call that was sent, whatever will become of it."""
        with self._lock:
            self._day(today).sent += 1
            self._sent_lately.append(self._within_a_second(self._sent_lately))
            self._busiest_second = max(self._busiest_second, len(self._sent_lately))

    def count(self, today: date, *, per_day: int | None, per_second: int | None) -> None:
        """Count one call that got past the gateway; a limit of None is none.

        Raises:
            Refusal: 23 when this second's calls are used up (not counted for the day), 22 when the day's are.
        """
        with self._lock:
            day = self._day(today)
            now = self._within_a_second(self._counted_lately)
            if per_second is not None and len(self._counted_lately) >= per_second:
                day.refused[PER_SECOND_QUOTA] += 1
                raise Refusal(PER_SECOND_QUOTA)
            if per_day is not None and day.counted >= per_day:
                day.refused[DAILY_QUOTA] += 1
                raise Refusal(DAILY_QUOTA)
            self._counted_lately.append(now)
            day.counted += 1

    def reset(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._today = None
            self._days.clear()
            self._counted_lately.clear()
            self._sent_lately.clear()
            self._busiest_second = 0

    def _day(self, today: date) -> DayOfCalls:
        self._today = today
        return self._days.setdefault(today, DayOfCalls())

    def _within_a_second(self, moments: deque[float]) -> float:
        """Drop what is a second old or older from `moments`; return now."""
        now = self._monotonic()
        while moments and moments[0] <= now - 1:
            moments.popleft()
        return now
