"""Fitted parts made of arrays, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Self

import numpy as np


class Arrays:
    """Base of dataclasses whose fields are float64 arrays."""

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` takes."""
        return {field.name: getattr(self, field.name).tolist() for field in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Restore from `to_json`."""
        return cls(*(np.asarray(data[field.name], np.float64) for field in fields(cls)))  # type: ignore[arg-type]
