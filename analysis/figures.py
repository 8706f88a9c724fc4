"""Makes the pictures of docs/forecasting.md from real observations (`make figures`; takes minutes).

Trains on Seoul before `--start`, scores `--start` to `--end`; the scores that the text cites go to stdout.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import Final

from analysis.explore.forecast_pictures import FORECAST_PICTURES, forecast_pictures
from analysis.explore.report import backtest, draw
from analysis.explore.scores import Span
from analysis.explore.sources import Observed
from analysis.explore.style import Picture
from infra.terminal.console import done
from plantcast.common.errors import InvalidInputError, PlantcastError

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "docs/pictures/forecasting"
LIMIT_BYTES: Final = 150_000
CITED: Final = ("train_hours", "origins", "lead_24", "leads_1_24", "leads_25_48", "bias", "coverage_80")


def seoul() -> Path:
    """Return the file of Seoul's observations.

    Raises:
        InvalidInputError: it is not there.
    """
    folder = Path(os.environ.get("PLANTCAST_SHARED", ROOT.parent / "shared"))
    path = folder / "data/asos_108_2013_2022.parquet"
    if not path.is_file():
        raise InvalidInputError(
            f"{path} does not exist.", remedy="Set PLANTCAST_SHARED to the folder that holds data/."
        )
    return path


def write(pictures: list[Picture], folder: Path) -> None:
    """Write the pictures that are shown; all or none.

    Raises:
        PlantcastError: one is missing or too large for a page.
    """
    made = {one.name: one.svg for one in pictures}
    for name in FORECAST_PICTURES:
        size = len(made.get(name, b""))
        if not 0 < size <= LIMIT_BYTES:
            raise PlantcastError(
                f"The picture {name} has {size} bytes, not 1 to {LIMIT_BYTES}.",
                remedy="Draw less in it, or choose a span with whole days.",
            )
    folder.mkdir(parents=True, exist_ok=True)
    for name in FORECAST_PICTURES:
        (folder / f"{name}.svg").write_bytes(made[name])


def main() -> None:
    """Read, train, score, draw and write."""
    parser = argparse.ArgumentParser(description="Make the pictures of docs/forecasting.md.")
    parser.add_argument("--start", type=date.fromisoformat, default=date(2022, 1, 1))
    parser.add_argument("--end", type=date.fromisoformat, default=date(2022, 11, 30))
    parser.add_argument("--every", type=int, default=1, help="score every n-th hour as origin")
    asked = parser.parse_args()
    observed = Observed.from_files([str(seoul())], "108")
    span = Span.chosen(observed.frame, asked.start, asked.end)
    scores = backtest(observed, span, every=asked.every)
    write(draw(forecast_pictures(observed, scores, f"{span.start} to {span.end}")), FOLDER)
    done(f"{len(FORECAST_PICTURES)} pictures in {FOLDER.relative_to(ROOT)}")
    cited = {target: {name: one.details()[name] for name in CITED} for target, one in scores.items()}
    sys.stdout.write(json.dumps({"start": f"{span.start}", "end": f"{span.end}", **cited}, indent=2) + "\n")


if __name__ == "__main__":
    try:
        main()
    except PlantcastError as error:
        sys.exit(str(error))
