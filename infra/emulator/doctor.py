"""Checks before anything starts: each failing one says what is wrong with this machine and what to do."""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
import sys
from pathlib import Path

from plantcast.common.errors import PlantcastError

OLDEST_PYTHON = (3, 11)
# What a demo writes (the functions' code, once for each process, and logs) is far less; the rest keeps the
# machine itself from running full.
NEEDED_BYTES = 300 * 1024**2


def check_machine(state_dir: Path) -> None:
    """Check interpreter, libraries and disk.

    Raises:
        PlantcastError: the first thing found missing, with its remedy.
    """
    check_python(sys.version_info[:2])
    check_libraries()
    check_disk(state_dir, NEEDED_BYTES)


def check_python(version: tuple[int, int]) -> None:
    """Refuse an interpreter older than Plantcast supports."""
    if version < OLDEST_PYTHON:
        raise PlantcastError(
            f"Python {version[0]}.{version[1]} is too old; Plantcast needs 3.11 or newer.",
            remedy="Install one and run `make setup PYTHON=python3.11`.",
        )


def check_libraries() -> None:
    """Check that what the functions import is installed and can be loaded."""
    for package in ("ministack", "lightgbm", "pandas", "pyarrow"):
        if importlib.util.find_spec(package) is None:
            raise PlantcastError(
                f"The Python package {package!r} is not installed in {sys.prefix}.",
                remedy="Run `make setup`.",
            )
    spec = importlib.util.find_spec("lightgbm")
    origin = Path(spec.origin).parent if spec is not None and spec.origin else Path()
    libraries = [*origin.glob("lib/lib_lightgbm.*"), *origin.glob("bin/lib_lightgbm.*")]
    if libraries:
        check_native_library(libraries[0])


def check_native_library(library: Path) -> None:
    """Load LightGBM's library alone: importing the package would take a second and say less when it fails."""
    try:
        ctypes.CDLL(str(library))
    except OSError as error:
        remedy = (
            "Install OpenMP: `apt-get install libgomp1` (Debian, Ubuntu), `dnf install libgomp` (Fedora), "
            "`brew install libomp` (macOS)."
            if "omp" in str(error)
            else "Reinstall it: remove .venv and run `make setup`."
        )
        raise PlantcastError(f"LightGBM cannot be loaded: {error}.", remedy=remedy) from error


def check_disk(state_dir: Path, needed: int) -> None:
    """Check the room on the disk that holds the state folder."""
    existing = state_dir
    while not existing.exists():
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise PlantcastError(
            f"Only {free / 1e6:.0f} MB are free where {state_dir} is; Plantcast needs {needed / 1e6:.0f} MB.",
            remedy="Make room, or point PLANTCAST_STATE_DIR at another disk.",
        )
