"""What the slim functions import: they start cold often and must not carry data libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("pandas", "numpy", "pyarrow", "scipy", "lightgbm")


@pytest.mark.parametrize("function", ["api", "prepare", "notify"])
def test_given_a_slim_function_when_imported_then_no_data_library_is_loaded(function: str) -> None:
    # As in Lambda: the function's folder is the root, the layer comes after it.
    path = os.pathsep.join(
        [str(ROOT / "functions" / function), str(ROOT / "layers" / "domain" / "python"), *_installed()]
    )
    code = f"import sys, handler; print(sorted(set(sys.modules) & set({HEAVY!r})))"

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"


def _installed() -> list[str]:
    return [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
