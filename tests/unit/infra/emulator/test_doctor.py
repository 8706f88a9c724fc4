"""LightGBM's native library is checked before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.emulator import doctor
from plantcast.common.errors import PlantcastError


def test_this_environment_is_complete() -> None:
    doctor.check_libraries()


@pytest.mark.parametrize(("name", "remedy"), [("libgomp.so.1", "Install OpenMP"), ("x.so", "Reinstall it")])
def test_a_library_that_cannot_be_loaded_is_named_with_the_remedy(
    tmp_path: Path, name: str, remedy: str
) -> None:
    with pytest.raises(PlantcastError, match=remedy):
        doctor.check_native_library(tmp_path / name)
