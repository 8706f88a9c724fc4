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

from infra.terminal.console import done, err, say, step, warn
from plantcast.pipeline.run_steps import StepResult

_LINE_EVERY_SECONDS = 15.0


class StepDisplay:
    """Shows the steps of an execution with their seconds as they end; the time so far between them."""

    def __init__(self) -> None:
        self._shown: dict[tuple[str, str | None, str | None], datetime] = {}
        self._began = self._last_line = time.monotonic()
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

    def update(self, steps: Sequence[StepResult]) -> None:
        """Take the steps that have ended so far; a repeated step is shown again."""
        now = time.monotonic()
        for one in steps:
            place = (one.step, one.station, one.target)
            if self._shown.get(place) != one.started_at:
                self._shown[place], self._last_line = one.started_at, now
                failure = "" if one.error is None else f"  {one.error}"
                name = " ".join(part for part in place if part)
                (done if one.error is None else warn)(f"{name}  {one.seconds:.1f} s{failure}")
        if not err.is_terminal and now - self._last_line >= _LINE_EVERY_SECONDS:
            self._last_line = now
            say(self._elapsed().plain)

    def _render(self) -> Group:
        return Group(self._spinner, self._elapsed())

    def _elapsed(self) -> Text:
        return Text(f"  running for {time.monotonic() - self._began:.0f} s", style="cyan")


@contextmanager
def elapsed(text: str) -> Iterator[None]:
    """Show a spinner on a terminal, a line elsewhere, while the block runs."""
    if not err.is_terminal:
        step(text)
        yield
        return
    with err.status(text):
        yield
