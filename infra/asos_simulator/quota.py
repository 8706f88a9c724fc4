"""Counters behind codes 22 (calls a day) and 23 (calls a second)."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import date

from infra.asos_simulator.codes import DAILY_QUOTA, PER_SECOND_QUOTA, Refusal


class Quota:
    """Counts calls and refuses those over a limit; the day is the simulator clock's, the second real."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._day: date | None = None
        self._used_today = 0
        self._recent: deque[float] = deque()

    @property
    def used_today(self) -> int:
        """Calls counted on the day of the last call."""
        return self._used_today

    def count(self, today: date, *, per_day: int | None, per_second: int | None) -> None:
        """Count one call; a limit of None is none.

        Raises:
            Refusal: 23 when this second's calls are used up (not counted for the day), 22 when the day's are.
        """
        with self._lock:
            if today != self._day:
                self._day, self._used_today = today, 0
            now = self._monotonic()
            while self._recent and self._recent[0] <= now - 1:
                self._recent.popleft()
            if per_second is not None and len(self._recent) >= per_second:
                raise Refusal(PER_SECOND_QUOTA)
            if per_day is not None and self._used_today >= per_day:
                raise Refusal(DAILY_QUOTA)
            self._recent.append(now)
            self._used_today += 1

    def reset(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._day, self._used_today = None, 0
            self._recent.clear()
