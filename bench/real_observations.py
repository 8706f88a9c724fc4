"""Where the benchmarks find real observations."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]


def seoul() -> pd.DataFrame:
    """Return Seoul 2013-2022, indexed by hour in Asia/Seoul (PLANTCAST_SHARED, default ../shared)."""
    folder = Path(os.environ.get("PLANTCAST_SHARED", ROOT.parent / "shared")) / "data"
    frame = pd.read_parquet(folder / "asos_108_2013_2022.parquet")
    return frame.set_index("tm").tz_localize("Asia/Seoul").rename_axis("time")
