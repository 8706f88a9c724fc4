"""Does each member of the blend earn its place? `python -m analysis.members 2018 2021 2022 [--every 6]`.

For each year and target a model is trained on what precedes the year; then the blend and its ranges are
fitted anew, on the same validation days, for each set of members, and scored on the year. Reported: RMSE and
coverage of the 80 % range over all leads, and RMSE by block of leads. Differences below 0.5 % are noise.
"""

from __future__ import annotations

import argparse
import time
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from bench.real_observations import seoul
from plantcast.common.clock import HOUR, KST
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasting.evaluation.metrics import DAYS, coverage, rmse
from plantcast.forecasting.features.origin import build_features
from plantcast.forecasting.features.pairs import BASELINES, Dataset
from plantcast.forecasting.models.ensemble import LOOKBACK, combine
from plantcast.forecasting.models.intervals import CANDIDATES
from plantcast.forecasting.training import Recipe, TrainingParameters, fit, validate

LEARNT = [name for name in CANDIDATES if name not in BASELINES]
SETS = {
    "all": CANDIDATES,
    **{f"without {name}": [other for other in CANDIDATES if other != name] for name in LEARNT},
    **{f"{name} + baselines": [name, *BASELINES] for name in LEARNT},
}
BLOCKS = {"1-48": (1, LEADS), "24": (24, 24), "1-24": DAYS["leads_1_24"], "25-48": DAYS["leads_25_48"]}


def main() -> None:
    """Print one line for each year, target and set of members."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("years", type=int, nargs="+")
    parser.add_argument("--every", type=int, default=6, help="score every n-th origin hour")
    arguments = parser.parse_args()
    observations = seoul()
    for year in arguments.years:
        frame = build_features(observations.loc[: f"{year}-12-31"])
        for target in TARGETS:
            _compare(frame, target, year, arguments.every)


def _compare(frame: pd.DataFrame, target: Target, year: int, every: int) -> None:
    began = time.monotonic()
    first = datetime(year, 1, 1, tzinfo=KST)
    parameters = TrainingParameters()
    validation = validate(frame, target, cutoff=first, parameters=parameters)
    recipe = Recipe(validation.trees, *validation.blend()[:2], {})
    model = fit(frame, target, cutoff=first, recipe=recipe, parameters=parameters)
    trained = time.monotonic() - began

    recent = frame.loc[first - LOOKBACK - timedelta(hours=LEADS) :]
    dataset = Dataset(recent, model.references)
    known = dataset.known()
    known = known[known >= recent.index.searchsorted(pd.Timestamp(first - HOUR))][::every]
    leads = np.tile(np.arange(1, LEADS + 1), len(known))
    origins = np.repeat(known, LEADS)
    truth = dataset.truth(origins, leads)
    members = model.members(dataset, origins, leads)
    print(f"{year} {target}: trained in {trained:.0f} s, {len(known)} origins", flush=True)

    reference: dict[str, float] = {}
    for name, its in SETS.items():
        blend, ranges, _ = validation.blend(its)
        mean, low, high = combine(members.only(its), model.references, blend, leads)
        low, high = ranges.apply(mean, low, high, leads)
        if target == "hm":
            mean, low, high = (np.clip(values, 0, 100) for values in (mean, low, high))
        cells = []
        for block, (start, end) in BLOCKS.items():
            rows = (leads >= start) & (leads <= end)
            score = rmse(mean[rows], truth[rows])
            change = score / reference.setdefault(block, score) - 1
            cells.append(f"{block} {score:.4f} ({change:+.2%})")
        width = np.nanmean(high - low)
        held = coverage(low, high, truth)
        print(f"  {name:22}{'  '.join(cells)}  coverage {held:.1%}, width {width:.2f}", flush=True)


if __name__ == "__main__":
    main()
