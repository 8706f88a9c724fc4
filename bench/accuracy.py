"""Accuracy on Seoul: PYTHONPATH=layers/domain/python python -m bench.accuracy 2021-01-01 2021-12-31 [every].

Trains on what precedes the first day. Decide on 2021 or earlier; 2022 is for the record only.
"""

from __future__ import annotations

import resource
import sys
from datetime import date

from bench.real_observations import seoul
from plantcast.forecasting.backtest import run_backtest
from plantcast.forecasting.features import build_features
from plantcast.forecasting.metrics import skill


def main(start: str, end: str, every: str = "1") -> None:
    """Print RMSE of the model and the baselines, and the skill against two of them."""
    frame = build_features(seoul().loc[:end])
    report = run_backtest(frame, date.fromisoformat(start), date.fromisoformat(end), "108", int(every))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{report['train_hours']} hours of training, {report['origins']} origins, "
        f"{report['seconds']} s, peak {peak:.2f} GB"
    )
    for target, scores in report["targets"].items():
        for block in ("lead_24", "leads_1_24", "leads_25_48"):
            row = scores[block]
            versus = {name: skill(row["model"], row[name]) for name in ("persistence", "damped_anomaly")}
            print(
                f"{target} {block:11} "
                + "  ".join(f"{name} {value:.3f}" for name, value in row.items())
                + "  skill "
                + "  ".join(f"{value:.1%} ({name})" for name, value in versus.items())
            )
        print(f"{target} bias {scores['bias']:.3f}  coverage of the 80 % range {scores['coverage_80']:.1%}")


if __name__ == "__main__":
    main(*sys.argv[1:])
