"""Unit tests cannot reach the network; the command line may run in their process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket

from infra.stack import deployment
from infra.terminal import console
from plantcast.common.clock import KST, FixedClock
from plantcast.pipeline.run_steps import Recorder, RunSteps
from tests.support.fakes import MemoryTable


@pytest.fixture(autouse=True)
def run_steps(monkeypatch: pytest.MonkeyPatch) -> RunSteps:
    """Steps that handlers record, in memory."""
    steps = RunSteps(MemoryTable())
    recorder = Recorder(steps, FixedClock(datetime(2025, 5, 30, 2, tzinfo=KST)))
    monkeypatch.setattr("plantcast.pipeline.run_steps.recorder", lambda: recorder)
    return steps


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """Make every socket call fail, except the Unix socket pair that an event loop needs."""
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let `infra.cli.app.app` run in this process with a state folder of its own.

    What it does once and for the whole process, with signals and AWS settings, is left out or undone.
    """
    for name in [name for name in os.environ if name.startswith(("PLANTCAST_", "KMA_", "ASOS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PLANTCAST_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(console, "handle_interrupts", lambda: None)
    monkeypatch.setattr(deployment, "isolate", lambda environ: None)
