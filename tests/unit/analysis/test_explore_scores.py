"""How `plantcast explore` groups the pairs of a backtest and chooses the days it shows."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.explore.scores import FORECASTS, Scores, Span, path_rmse
from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting.evaluation.backtest import ScoredPairs
from plantcast.forecasting.evaluation.metrics import BLOCKS, coverage, rmse
from tests.support.synthetic_weather import made_weather

HOURS = pd.date_range("2024-02-27", periods=400, freq="h", tz=KST)
FIRST_ORIGIN = 23  # 23:00 of the first day
WEATHER = made_weather(24 * 200)  # 2024-03-01 to 2024-09-16


def random_pairs(origins: int = 240, *, dropped: float = 0.0) -> ScoredPairs:
    """Random forecasts from each of so many consecutive hours, some pairs left out."""
    rng = np.random.default_rng(1)
    kept = rng.random(origins * 48) >= dropped
    leads = np.tile(np.arange(1, 49), origins)[kept]
    starts = np.repeat(np.arange(FIRST_ORIGIN, FIRST_ORIGIN + origins), 48)[kept]
    truth = rng.normal(10, 5, len(leads)).round(1)
    forecasts = {name: truth + rng.normal(0.3, 2, len(leads)) for name in FORECASTS}
    return ScoredPairs(
        starts, leads, truth, forecasts | {"p10": forecasts["model"] - 2, "p90": forecasts["model"] + 2.5}
    )


def scored(pairs: ScoredPairs) -> Scores:
    return Scores.of("ta", pairs, HOURS, 1000)


def test_errors_by_lead_hour_and_month_are_those_of_the_pairs() -> None:
    pairs = random_pairs(dropped=0.3)
    scores, valid = scored(pairs), HOURS[pairs.origins + pairs.leads]
    assert scores.by_lead().loc[7, "climatology"] == pytest.approx(pairs.rmse("climatology", 7, 7))
    late = pairs.leads > 24
    for found, groups, name in (
        (scores.by_hour(25, 48), valid.hour, "model"),
        (scores.by_month(25, 48), valid.month, "persistence"),
    ):
        for group in found.index:
            rows = late & (groups == group)
            expected = rmse(pairs.forecasts[name][rows], pairs.truth[rows])
            assert found.loc[group, name] == pytest.approx(expected, nan_ok=True)


def test_shares_of_the_range_agree_with_its_coverage() -> None:
    pairs = random_pairs()
    shares = scored(pairs).reliability()
    for number, (first, last) in enumerate(BLOCKS):
        rows = (pairs.leads >= first) & (pairs.leads <= last)
        low, high, truth = (
            part[rows] for part in (pairs.forecasts["p10"], pairs.forecasts["p90"], pairs.truth)
        )
        assert shares.loc[number, "range"] == pytest.approx(coverage(low, high, truth))
        assert shares.loc[number, "p10"] == pytest.approx((truth <= low).mean())


def test_the_days_shown_are_the_best_the_median_and_the_worst_from_the_last_origin_of_a_day() -> None:
    pairs = random_pairs()
    rows = {origin: pairs.origins == origin for origin in [*range(23, 240, 24), 262]}
    errors = {o: rmse(pairs.forecasts["model"][r], pairs.truth[r]) for o, r in rows.items()}
    ordered = sorted(errors, key=lambda origin: errors[origin])
    paths = scored(pairs).examples()
    assert list(paths) == ["best", "median error", "worst"]
    assert [path["origin"].iloc[0] for path in paths.values()] == [
        HOURS[ordered[position]] for position in (0, 5, 10)
    ]
    assert path_rmse(paths["best"]) == pytest.approx(errors[ordered[0]])
    assert paths["best"]["lead"].tolist() == list(range(1, 49))


def test_given_paths_with_many_gaps_then_none_is_shown() -> None:
    assert scored(random_pairs(100, dropped=0.5)).examples() == {}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, ("2024-07-30", "2024-09-16")),  # 49 days: a quarter of 199
        (date(2024, 9, 1), None, ("2024-09-01", "2024-09-16")),
        (date(2024, 8, 1), date(2024, 8, 31), ("2024-08-01", "2024-08-31")),
    ],
)
def test_a_span_left_out_follows_from_the_record(
    start: date | None, end: date | None, expected: tuple[str, str]
) -> None:
    span = Span.chosen(WEATHER, start, end)
    assert (f"{span.start}", f"{span.end}") == expected
    assert (span.first.hour, span.last.hour) == (0, 23)


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (date(2024, 9, 2), date(2024, 9, 1), "is after"),
        (date(2025, 1, 1), date(2025, 2, 1), "no observations of ta, hm from 2025-01-01 to 2025-02-01"),
        (date(2025, 1, 1), None, "is after --end=2024-09-16"),
    ],
)
def test_given_a_span_that_cannot_be_scored_then_the_error_names_it(
    start: date, end: date | None, message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Span.chosen(WEATHER, start, end)
