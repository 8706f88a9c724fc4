"""Where the benchmarks find real observations."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]


def seoul() -> pd.DataFrame:
    """Return Seoul 2013-2022, indexed by hour in Asia/Seoul (PLANTCAST_SHARED, default ../shared)."""
    path = (
        Path(os.environ.get("PLANTCAST_SHARED", ROOT.parent / "shared")) / "data/asos_108_2013_2022.parquet"
    )
    if not path.is_file():
        raise SystemExit(f"{path} does not exist: set PLANTCAST_SHARED to the folder that holds data/")
    frame = pd.read_parquet(path)
    return frame.set_index("tm").tz_localize("Asia/Seoul").rename_axis("time")
