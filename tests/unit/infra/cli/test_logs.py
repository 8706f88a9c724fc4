"""Logs from files, the last lines first asked for, and new ones as they come."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.cli import logs


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "emulator.log"
    path.write_text("one\ntwo\nthree\n", "utf-8")
    return path


def test_given_follow_then_new_lines_come_until_the_file_is_taken_away(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_POLL_SECONDS", 0)
    lines = logs.file_lines(log, 1, follow=True)
    assert next(lines) == "three"
    with log.open("a", encoding="utf-8") as handle:
        handle.write("four\n")
    assert next(lines) == "four"
    log.unlink()
    assert list(lines) == []
