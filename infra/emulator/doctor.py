"""Checks that LightGBM's native library can be loaded, before anything starts."""

from __future__ import annotations

import ctypes
import importlib.util
from pathlib import Path

from plantcast.common.errors import PlantcastError


def check_lightgbm() -> None:
    """Load LightGBM's shared library alone: importing the package would take a second.

    Raises:
        PlantcastError: it is not installed, or a library it needs is missing.
    """
    spec = importlib.util.find_spec("lightgbm")
    if spec is None or spec.origin is None:
        raise PlantcastError("LightGBM is not installed.", remedy="Run `make setup`.")
    try:
        for library in Path(spec.origin).parent.glob("*/lib_lightgbm.*"):
            ctypes.CDLL(str(library))
    except OSError as error:
        raise PlantcastError(
            f"LightGBM cannot be loaded: {error}.",
            remedy="Install OpenMP (`apt-get install libgomp1`, `dnf install libgomp`, "
            "`brew install libomp`), or remove .venv and run `make setup`.",
        ) from error
