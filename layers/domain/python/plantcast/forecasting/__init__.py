"""Forecasting: features, baselines, the model, its scores.

This module has what all of them share and imports nothing heavy.
"""

from __future__ import annotations

from typing import Final, Literal

Target = Literal["ta", "hm"]

TARGETS: Final[tuple[Target, ...]] = ("ta", "hm")
LEADS: Final = 48  # hours
