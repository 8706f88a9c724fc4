"""Work in progress on stderr: bars and steps that move on a terminal, plain lines in a log."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from rich.console import Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from infra.terminal.console import done, err, say, step
from plantcast.common.clock import KST
from plantcast.pipeline.executions import Step

_LINE_EVERY_SECONDS = 15.0


class StepDisplay:
    """Shows the states of an execution with their durations: live on a terminal, one line each elsewhere."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._printed = 0
        self._last_line = time.monotonic()
        self._spinner = Spinner("dots")
        self._live = Live(
            get_renderable=self._render, console=err, refresh_per_second=4, transient=True, auto_refresh=True
        )

    @contextmanager
    def shown(self) -> Iterator[StepDisplay]:
        """Show until the block ends; finished steps stay as lines."""
        if not err.is_terminal:
            yield self
            return
        with self._live:
            yield self

    def update(self, steps: Sequence[Step]) -> None:
        """Take the steps so far."""
        self._steps = [entry for entry in steps if entry.shown]
        finished = [entry for entry in self._steps if entry.left is not None]
        for entry in finished[self._printed :]:
            done(f"{entry.name}  {entry.seconds(datetime.now(KST)):.1f} s")
        now = time.monotonic()
        if len(finished) > self._printed:
            self._last_line = now
        elif not err.is_terminal and now - self._last_line >= _LINE_EVERY_SECONDS:
            self._last_line = now
            for line in self._under_way():
                say(line.plain)
        self._printed = len(finished)

    def _render(self) -> Group:
        return Group(self._spinner, *self._under_way())

    def _under_way(self) -> list[Text]:
        now = datetime.now(KST)
        return [
            Text(f"  {entry.name}  {entry.seconds(now):.0f} s", style="cyan")
            for entry in self._steps
            if entry.left is None
        ]


@contextmanager
def elapsed(text: str) -> Iterator[None]:
    """Show that something of unknown length goes on: a spinner on a terminal, a line elsewhere."""
    if not err.is_terminal:
        step(text)
        yield
        return
    with err.status(text):
        yield
