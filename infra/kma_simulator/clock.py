"""A clock that can be set to any date and then moves on with real time, or stands still."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from plantcast.common.clock import KST


class SettableClock:
    """`plantcast.common.clock.Clock` that tests and demos can set; safe to use from several threads."""

    def __init__(self, at: datetime | None = None, *, frozen: bool = False) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta(0)
        self._frozen_at: datetime | None = None
        if at is not None:
            self.set(at, frozen=frozen)

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._frozen_at is not None

    def now(self) -> datetime:
        """Return the moment this clock shows, in KST."""
        with self._lock:
            return self._frozen_at or datetime.now(KST) + self._offset

    def set(self, at: datetime, *, frozen: bool = False) -> None:
        """Show `at` from now on (naive is taken as KST); with `frozen` stand still there."""
        moment = at.replace(tzinfo=KST) if at.tzinfo is None else at.astimezone(KST)
        with self._lock:
            self._frozen_at = moment if frozen else None
            self._offset = moment - datetime.now(KST)

    def reset(self) -> None:
        """Show real time again."""
        with self._lock:
            self._frozen_at = None
            self._offset = timedelta(0)
