"""Work in progress on stderr: steps as lines, with a spinner on a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from infra.terminal.console import done, err, say, step, warn
from plantcast.pipeline.run_steps import StepResult

_LINE_EVERY_SECONDS = 15.0


class StepDisplay:
    """Shows the steps of an execution with their seconds as they end; the time so far between them."""

    def __init__(self) -> None:
        self._shown: dict[tuple[str, str | None, str | None], datetime] = {}
        self._began = self._last_line = time.monotonic()

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
        if now - self._last_line >= _LINE_EVERY_SECONDS:
            self._last_line = now
            say(f"  running for {now - self._began:.0f} s")


@contextmanager
def elapsed(text: str) -> Iterator[None]:
    """Show a spinner on a terminal, a line elsewhere, while the block runs."""
    if not err.is_terminal:
        step(text)
        yield
        return
    with err.status(text):
        yield
