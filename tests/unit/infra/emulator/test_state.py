"""The state folder, its lock, and the plan of observations it records."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from infra.emulator.sources import ObservationPlan
from infra.emulator.state import LocalState, StateFolder, exclusive
from plantcast.common.errors import ConflictError, CorruptDataError, InvalidInputError

STATE = LocalState(
    started_at="2025-05-30T02:00:00+0900", plan=ObservationPlan(source="synthetic", stations=("108",))
)


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    made = StateFolder(tmp_path / "state")
    made.create()
    return made


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff"])
def test_given_a_damaged_state_file_then_the_error_names_it_and_the_remedy(
    folder: StateFolder, content: bytes
) -> None:
    folder.state_file.write_bytes(content)
    with pytest.raises(CorruptDataError, match=r"state\.json is damaged.*make down"):
        folder.load()


def test_the_api_key_is_made_once_and_for_this_user_alone(folder: StateFolder) -> None:
    key = folder.api_key()
    assert len(key) >= 32
    assert folder.api_key() == key
    assert stat.S_IMODE((folder.root / "api-key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.root.stat().st_mode) == 0o700


def test_given_a_folder_with_other_files_then_it_is_neither_used_nor_removed(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    folder = StateFolder(tmp_path)
    with pytest.raises(InvalidInputError, match="not Plantcast's"):
        folder.create()
    folder.remove()
    assert (tmp_path / "thesis.txt").exists()


def test_given_a_held_lock_when_a_second_command_starts_then_it_is_refused(folder: StateFolder) -> None:
    with (
        exclusive(folder),
        pytest.raises(ConflictError, match="Another plantcast command"),
        exclusive(folder),
    ):
        pass


def test_given_a_running_plan_when_the_same_is_wanted_then_its_clock_goes_on() -> None:
    runs = ObservationPlan(source="synthetic", stations=("108",), clock="2025-05-30", clock_offset_seconds=-7)
    wanted = ObservationPlan(source="synthetic", stations=("108", "112"))
    assert runs.require_same(wanted) == runs.model_copy(update={"stations": ("108", "112")})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"source": "kma"}, "source"),
        ({"replay": ("/a.parquet",)}, "replay"),
        ({"seed": 7}, "seed"),
        ({"clock": "2024-01-01"}, "clock"),
        ({"base_url": "http://127.0.0.1:1"}, "base_url"),
    ],
)
def test_given_a_running_plan_when_other_weather_is_wanted_then_the_error_says_what_differs(
    change: dict[str, object], named: str
) -> None:
    runs = ObservationPlan(source="synthetic", stations=("108",))
    with pytest.raises(ConflictError, match=rf"another {named}.*make down"):
        runs.require_same(runs.model_copy(update=change))
