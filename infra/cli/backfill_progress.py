"""A backfill as it goes on: a bar over days with rate and time left; without a terminal, lines."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from infra.terminal.console import err, say

# Chunks end in steps of a year, seconds to minutes apart, two at once; and those that are there already go by
# in no time. Rich's own estimate, between the last two steps, jumps by a thousand times.
_WINDOW_SECONDS = 120.0
_LINE_EVERY_SECONDS = 15.0


class Pace:
    """How fast days go by, judged on the last two minutes."""

    def __init__(self, total: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.total = total
        self.gone = 0
        self._monotonic = monotonic
        self._seen = deque([(monotonic(), 0)])

    def advance(self, days: int) -> None:
        """Count days that are done with."""
        self.gone += days
        self._seen.append((self._monotonic(), self.gone))

    def __str__(self) -> str:
        """Say the rate and the time left, as far as they can be told."""
        now = self._monotonic()
        while len(self._seen) > 1 and self._seen[1][0] <= now - _WINDOW_SECONDS:
            self._seen.popleft()
        since, gone = self._seen[0]
        if self.gone == gone or now <= since:
            return ""
        rate = (self.gone - gone) / (now - since)
        left = timedelta(seconds=round((self.total - self.gone) / rate))
        return f"{rate:.0f} days/s, {left} left"


class BackfillDisplay:
    """Counts the days gone through, of all stations together."""

    def __init__(self, days: int) -> None:
        self._pace = Pace(days)
        self._told = time.monotonic()
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("observations"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("days"),
            TimeElapsedColumn(),
            _PaceColumn(self._pace),
            console=err,
            transient=True,
            disable=not err.is_terminal,
        )
        self._task = self._bar.add_task("days", total=days)

    @contextmanager
    def shown(self) -> Iterator[BackfillDisplay]:
        """Show until the block ends."""
        with self._bar:
            yield self

    def advance(self, days: int) -> None:
        """Count days that are done with."""
        self._pace.advance(days)
        self._bar.advance(self._task, days)
        now = time.monotonic()
        if not err.is_terminal and now - self._told >= _LINE_EVERY_SECONDS:
            self._told = now
            say(f"  {self._pace.gone} of {self._pace.total} days, {self._pace}")


class _PaceColumn(ProgressColumn):
    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self._pace = pace

    def render(self, task: Task) -> Text:
        return Text(str(self._pace))
