"""What is wrong with a machine is said with its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.emulator import doctor
from plantcast.common.errors import PlantcastError


def test_given_this_machine_then_nothing_is_missing(tmp_path: Path) -> None:
    doctor.check_machine(tmp_path / "not" / "made" / "yet")


def test_given_an_old_python_then_the_error_names_it() -> None:
    with pytest.raises(PlantcastError, match=r"Python 3\.10 is too old.*make setup"):
        doctor.check_python((3, 10))


def test_given_too_little_room_then_the_error_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(PlantcastError, match=r"MB are free where .*PLANTCAST_STATE_DIR"):
        doctor.check_disk(tmp_path, 2**62)


def test_given_a_library_that_cannot_be_loaded_then_the_error_says_so(tmp_path: Path) -> None:
    (tmp_path / "lib_lightgbm.so").write_bytes(b"not a library")
    with pytest.raises(PlantcastError, match="LightGBM cannot be loaded"):
        doctor.check_native_library(tmp_path / "lib_lightgbm.so")


def test_given_openmp_is_absent_then_the_remedy_is_its_package(tmp_path: Path) -> None:
    with pytest.raises(PlantcastError, match="apt-get install libgomp1"):
        doctor.check_native_library(tmp_path / "libgomp.so.1")
