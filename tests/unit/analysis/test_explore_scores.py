"""How `plantcast explore` sorts the pairs of a backtest into groups and chooses the days it shows."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.explore.scores import FORECASTS, Scores, Span
from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting.evaluation.backtest import ScoredPairs
from plantcast.forecasting.evaluation.metrics import BLOCKS, coverage, rmse
from plantcast.forecasting.features.origin import build_features
from plantcast.forecasting.models.trees import TrainingParameters
from tests.support.synthetic_weather import made_weather

START = pd.Timestamp("2024-02-27", tz=KST)
FIRST_ORIGIN = 23  # 23:00 of the first day


def scored(origins: int = 240, *, seed: int = 1, dropped: float = 0.0) -> Scores:
    """Random forecasts from each of so many consecutive hours, some pairs left out."""
    rng = np.random.default_rng(seed)
    kept = rng.random(origins * 48) >= dropped
    leads = np.tile(np.arange(1, 49), origins)[kept]
    starts = np.repeat(np.arange(FIRST_ORIGIN, FIRST_ORIGIN + origins), 48)[kept]
    truth = rng.normal(10, 5, len(leads)).round(1)
    forecasts = {name: truth + rng.normal(0.3, 2, len(leads)) for name in FORECASTS}
    forecasts |= {"p10": forecasts["model"] - 2, "p90": forecasts["model"] + 2.5}
    return Scores("ta", ScoredPairs(starts, leads, truth, forecasts), START, 1000)


def plain(scores: Scores) -> pd.DataFrame:
    """The pairs as a table: the slow and obvious way to group them."""
    pairs = scores.pairs
    frame = pd.DataFrame(
        {"origin": pairs.origins, "lead": pairs.leads, "truth": pairs.truth, **pairs.forecasts}
    )
    frame["valid"] = [START + pd.Timedelta(hours=int(hour)) for hour in frame["origin"] + frame["lead"]]
    return frame


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 60), st.integers(0, 1000), st.sampled_from([0.0, 0.3, 0.9]))
def test_groups_agree_with_a_table_grouped_row_by_row(origins: int, seed: int, dropped: float) -> None:
    scores = scored(origins, seed=seed, dropped=dropped)
    table = plain(scores)
    by_hour, by_month = scores.by_hour(25, 48)["model"], scores.by_month(1, 48)["model"]
    late = table[table["lead"] > 24]
    for hour in range(24):
        rows = late[late["valid"].dt.hour == hour]
        assert by_hour[hour] == pytest.approx(
            rmse(rows["model"].to_numpy(), rows["truth"].to_numpy()), nan_ok=True
        )
    for month in range(1, 13):
        rows = table[table["valid"].dt.month == month]
        reference = rmse(rows["model"].to_numpy(), rows["truth"].to_numpy())
        assert by_month[month - 1] == pytest.approx(reference, nan_ok=True)


def test_errors_by_lead_are_those_of_the_backtest() -> None:
    scores = scored()
    for name, errors in scores.by_lead().items():
        assert errors == pytest.approx([scores.pairs.rmse(name, lead, lead) for lead in range(1, 49)])


def test_shares_of_the_range_agree_with_its_coverage() -> None:
    scores, table = scored(), plain(scored())
    spring = table[table["valid"].dt.month == 3]
    for number, (first, last) in enumerate(BLOCKS):
        for name, rows in (("all", table), ("spring", spring)):
            block = rows[rows["lead"].between(first, last)]
            expected = coverage(*(block[part].to_numpy() for part in ("p10", "p90", "truth")))
            assert scores.coverage()[name][number] == pytest.approx(expected)
        block = table[table["lead"].between(first, last)]
        assert scores.at_most("p10")[number] == pytest.approx((block["truth"] <= block["p10"]).mean())
    assert np.isnan(scores.coverage()["summer"]).all()


def test_the_days_shown_are_the_best_the_median_and_the_three_worst_from_the_last_origin_of_a_day() -> None:
    scores = scored()
    pairs = scores.pairs
    errors = {}
    for origin in np.unique(pairs.origins):
        rows = pairs.origins == origin
        errors[int(origin)] = rmse(pairs.forecasts["model"][rows], pairs.truth[rows])
    # 240 origins from 23:00 on: eleven days, the last of which ends with its origin of 22:00.
    daily = sorted([*range(23, 240, 24), 262], key=lambda origin: errors[origin])
    assert len(daily) == 11
    paths = scores.examples()
    assert [path.label for path in paths] == ["best", "median error", "third worst", "second worst", "worst"]
    hours = [(path.origin - START) // pd.Timedelta(hours=1) for path in paths]
    assert hours == [daily[0], daily[5], *daily[-3:]]
    assert [path.rmse for path in paths] == pytest.approx([errors[hour] for hour in hours])
    assert paths[0].leads.tolist() == list(range(1, 49))
    assert paths[0].truth.tolist() == pairs.truth[pairs.origins == hours[0]].tolist()


@pytest.mark.parametrize(
    ("origins", "labels"),
    [(1, ["best"]), (2, ["best", "worst"]), (49, ["best", "median error", "worst"])],
)
def test_given_few_days_then_none_is_shown_twice(origins: int, labels: list[str]) -> None:
    paths = scored(origins).examples()
    assert [path.label for path in paths] == labels


def test_given_paths_with_many_gaps_then_none_is_shown() -> None:
    assert scored(100, dropped=0.5).examples() == []


def test_details_are_json_without_nan_and_null_where_a_group_is_empty() -> None:
    details = scored().details()
    assert json.loads(json.dumps(details, allow_nan=False)) == details
    months = details["rmse_by_month"]["leads_1_24"]["model"]
    assert [i + 1 for i, value in enumerate(months) if value is not None] == [2, 3]
    assert details["lead_24"]["model"] == details["rmse_by_lead"]["model"][23]
    assert details["train_hours"] == 1000
    assert details["origins"] == 240


WEATHER = made_weather(24 * 200)  # 2024-03-01 to 2024-09-16


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
    ("start", "end", "said"),
    [
        (date(2024, 9, 2), date(2024, 9, 1), "lies after"),
        (date(2025, 1, 1), date(2025, 2, 1), "no observations of ta, hm from 2025-01-01 to 2025-02-01"),
        (date(2025, 1, 1), None, "lies after the last observation, 2024-09-16 23:00"),
    ],
)
def test_given_a_span_that_cannot_be_scored_then_the_error_names_it(
    start: date, end: date | None, said: str
) -> None:
    with pytest.raises(InvalidInputError, match=said):
        Span.chosen(WEATHER, start, end)


def test_given_one_target_without_observations_in_the_span_then_it_is_named() -> None:
    weather = WEATHER.copy()
    weather.loc["2024-09-01":, "hm"] = np.nan
    with pytest.raises(InvalidInputError, match="no observations of hm from 2024-09-01"):
        Span.chosen(weather, date(2024, 9, 1), None)


def test_scores_of_a_model_stand_at_the_hours_they_are_valid_at() -> None:
    weather = made_weather(24 * 150)
    features = build_features(weather)
    quick = TrainingParameters(rows=2_000, validation_rows=1_000, max_trees=3)
    span = Span(date(2024, 7, 20), date(2024, 7, 22))
    scores = Scores.of(features, "hm", span, 6, quick)
    assert scores.pairs.truth.tolist() == weather["hm"].reindex(scores.valid).tolist()
    assert (scores.valid.min(), scores.valid.max()) == (span.first, span.last)
    assert set(scores.valid.date) == {date(2024, 7, day) for day in (20, 21, 22)}
    assert scores.train_hours == 24 * 141
