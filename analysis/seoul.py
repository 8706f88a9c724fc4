"""Real observations for the analyses."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

_SHARED = os.environ.get("PLANTCAST_SHARED", Path(__file__).resolve().parents[2] / "shared")


def seoul() -> pd.DataFrame:
    """Return Seoul 2013-2022, indexed by hour in Asia/Seoul (PLANTCAST_SHARED, default ../shared)."""
    path = Path(_SHARED) / "data/asos_108_2013_2022.parquet"
    if not path.is_file():
        raise SystemExit(f"{path} does not exist: set PLANTCAST_SHARED to the folder that contains data/")
    return pd.read_parquet(path).set_index("tm").tz_localize("Asia/Seoul").rename_axis("time")
