"""LightGBM's native library is checked before anything starts."""

from __future__ import annotations

from typing import Any

import pytest

from infra.emulator import lifecycle
from plantcast.common.errors import PlantcastError


def test_this_environment_is_complete() -> None:
    lifecycle.check_lightgbm()


def test_a_library_that_cannot_be_loaded_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_path: str) -> Any:
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(lifecycle.ctypes, "CDLL", load)
    with pytest.raises(PlantcastError, match=r"libgomp\.so\.1.*apt-get install libgomp1"):
        lifecycle.check_lightgbm()
