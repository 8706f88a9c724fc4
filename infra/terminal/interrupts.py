"""Ctrl-C, SIGTERM and SIGHUP: the first one unwinds the command, later ones do not disturb its clean-up."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Interrupts:
    """What has been received. `deferring` counts the blocks that must not be left half done."""

    received = False
    deferring = 0


def handle_interrupts() -> None:
    """Let the first signal raise KeyboardInterrupt, and ignore the rest during the clean-up."""
    _Interrupts.received, _Interrupts.deferring = False, 0
    for number in _SIGNALS:
        # Under `nohup` SIGHUP is ignored on purpose. SIGINT is not: see `plantcast` (the shell script).
        if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


@contextmanager
def deferred() -> Iterator[None]:
    """Hold back an interrupt until the block ends, so that a process just started gets recorded."""
    _Interrupts.deferring += 1
    try:
        yield
    finally:
        _Interrupts.deferring -= 1
    if _Interrupts.received and not _Interrupts.deferring:
        _Interrupts.received = False  # raised once
        raise KeyboardInterrupt


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if _Interrupts.deferring:
        _Interrupts.received = True
    else:
        raise KeyboardInterrupt
