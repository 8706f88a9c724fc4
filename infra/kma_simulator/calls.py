"""Which calls a service has received, and how many of them count against its daily quota."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

_CALLS_KEPT: Final = 10_000
_KEYS: Final = frozenset({"servicekey", "authkey", "apikey"})


@dataclass(frozen=True)
class Reply:
    """A body, its result code, its number of rows, and how HTTP carries it."""

    body: str
    code: str
    rows: int = 0
    status: int = 200
    media_type: str = "application/json;charset=UTF-8"


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
        shown = {name: value for name, value in parameters.items() if name.lower() not in _KEYS}
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

    def spend(self, today: date, limit: int | None) -> bool:
        """Count one call that got past the key check; return whether the daily quota had room for it."""
        with self._lock:
            if limit is not None and self._used[today] >= limit:
                return False
            self._used[today] += 1
            return True

    def used(self, day: date) -> int:
        """Return how many calls of a day count against the quota."""
        return self._used[day]

    def latest(self, limit: int) -> list[dict[str, Any]]:
        """Return the last `limit` calls, oldest first."""
        with self._lock:
            kept = list(self._kept)
        return kept[max(0, len(kept) - limit) :]
