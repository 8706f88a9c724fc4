"""What the slim functions import: they start cold often and must not carry data libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
HEAVY = ("pandas", "numpy", "pyarrow", "scipy", "lightgbm")
# What one route needs is imported when it is called; what encrypts is in `push` alone.
NOT_IN_API = ("icalendar", "pywebpush", "py_vapid")


@pytest.mark.parametrize("function", ["api", "prepare", "notify", "push"])
def test_given_a_slim_function_when_imported_then_no_data_library_is_loaded(function: str) -> None:
    unwanted = HEAVY + (NOT_IN_API if function == "api" else ())

    found = after_importing(function, f"sorted(set(sys.modules) & set({unwanted!r}))")

    assert found == []


def test_given_the_api_when_imported_then_hardly_a_model_is_built_yet() -> None:
    """Its first request builds those it needs; plantcast_api.cold_start says why, and why bodies are not."""
    ours = "__import__('plantcast_api.models').models.View.__subclasses__()"

    built = after_importing("api", f"[m.__pydantic_complete__ for m in {ours}]")

    assert len(built) > 20
    assert sum(built) < len(built) / 4  # bodies, and units that are defaults of other models
    # And it is over: nobody else's models are put off.
    assert after_importing("api", "['defer_build' in pydantic.BaseModel.model_config]") == [False]


def test_given_what_the_api_and_its_layer_both_need_then_it_is_pinned_alike() -> None:
    """The build leaves out of the function what its layer brings: infra/build.mk."""
    function, layer = (pinned(name) for name in ("api", "domain"))

    both = function.keys() & layer.keys()
    assert "pydantic" in both
    assert {name: function[name] for name in both} == {name: layer[name] for name in both}


def after_importing(function: str, expression: str) -> list[Any]:
    # As in Lambda: the function's folder is the root, the layer comes after it.
    path = os.pathsep.join(
        [str(ROOT / "functions" / function), str(ROOT / "layers" / "domain" / "python"), *_installed()]
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import json, sys, pydantic, handler; print(json.dumps({expression}))"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[Any] = json.loads(done.stdout)
    return found


def pinned(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def _installed() -> list[str]:
    return [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
