"""Checks what the functions import before anything starts."""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from pathlib import Path

from plantcast.common.errors import PlantcastError


def check_libraries() -> None:
    """Check that the functions' libraries are installed, and that LightGBM's native one can be loaded.

    Raises:
        PlantcastError: the first one that is missing, with the remedy.
    """
    for package in ("ministack", "lightgbm", "pandas", "pyarrow"):
        if importlib.util.find_spec(package) is None:
            raise PlantcastError(
                f"Package {package!r} is not installed in {sys.prefix}.",
                remedy="Run `make setup`.",
            )
    spec = importlib.util.find_spec("lightgbm")
    origin = Path(spec.origin).parent if spec is not None and spec.origin else Path()
    for library in (*origin.glob("lib/lib_lightgbm.*"), *origin.glob("bin/lib_lightgbm.*")):
        check_native_library(library)


def check_native_library(library: Path) -> None:
    """Load a shared library alone: importing LightGBM would take a second and its message says less."""
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
