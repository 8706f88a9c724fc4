"""Features: equal to a slow obvious reference, no leakage, the same for training and inference, robust."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from plantcast.common.errors import InvalidInputError
from plantcast.forecasting.features.origin import (
    DIFFERENCES,
    LAGS,
    LOOKBACK,
    RAIN_WINDOWS,
    TENDENCIES,
    WINDOWS,
    build_features,
)
from tests.support.synthetic_weather import made_weather

pytestmark = pytest.mark.slow

HOURS = 24 * 60
STRIDE = 41  # the reference is slow; 41 hours meet every hour of the day


@pytest.fixture(scope="module")
def gappy() -> pd.DataFrame:
    """Two months with single values, whole hours, days and a week of a variable missing."""
    observations = made_weather(HOURS)
    rng = np.random.default_rng(7)
    for name in observations.columns:
        observations.loc[rng.random(HOURS) < 0.03, name] = np.nan
    observations.iloc[300:330, :] = np.nan
    observations.loc[observations.index[600:768], "pa"] = np.nan
    observations.loc[observations.index[700:900], "td"] = np.nan
    return observations.drop(observations.index[[100, 101, 500, *range(1000, 1040)]])


def _reference(observations: pd.DataFrame) -> pd.DataFrame:
    """Compute the same columns row by row (every `STRIDE`-th) from their definitions."""
    hours = pd.date_range(observations.index[0], observations.index[-1], freq="h", name="time")
    data = observations.reindex(hours)
    saturated = 6.112 * np.exp(17.62 * data["ta"] / (243.12 + data["ta"]))  # WMO-No. 8, annex 4.B
    ratio = np.log(saturated * data["hm"] / 100 / 6.112)
    data["td"] = data["td"].fillna(243.12 * ratio / (17.62 - ratio))
    chosen = [*range(0, 80, 4), *range(80, len(data), STRIDE)]
    return pd.DataFrame([_reference_row(data, position) for position in chosen], index=hours[chosen])


def _reference_row(data: pd.DataFrame, at: int) -> dict[str, float]:
    now = data.iloc[at]

    def value(name: str, ago: int) -> float:
        return float(data[name].iloc[at - ago]) if at >= ago else float("nan")

    def window(values: pd.Series, length: int) -> np.ndarray:
        return values.iloc[max(0, at - length + 1) : at + 1].dropna().to_numpy()

    def mean(values: pd.Series, length: int) -> float:
        part = window(values, length)
        return float(np.mean(part)) if 2 * len(part) >= length else float("nan")

    row = {n: float(now[n]) for n in ("ta", "hm", "td", "ws", "pa", "dc10Tca")}
    for name in ("ta", "hm", "td"):
        row |= {f"{name}_lag_{lag}": value(name, lag) for lag in LAGS}
        row |= {f"{name}_diff_{n}": float(now[name]) - value(name, n) for n in DIFFERENCES}
        for length in WINDOWS:
            part = window(data[name], length)
            enough = 2 * len(part) >= length
            for statistic, function in (("mean", np.mean), ("std", np.std), ("min", np.min), ("max", np.max)):
                row[f"{name}_{statistic}_{length}"] = float(function(part)) if enough else float("nan")
    depression = data["ta"] - data["td"]
    row["dew_point_depression"] = float(depression.iloc[at])
    for length in (24, 72):
        row[f"dew_point_depression_mean_{length}"] = mean(depression, length)
        row[f"pa_mean_{length}"] = mean(data["pa"], length)
    for name, turn in (("wind_u", np.sin), ("wind_v", np.cos)):
        wind = (-data["ws"] * turn(np.deg2rad(data["wd"]))).where(data["ws"] != 0, 0.0)
        row[name] = float(wind.iloc[at])
        row |= {f"{name}_mean_{length}": mean(wind, length) for length in (3, 6, 24)}
        earlier = wind.iloc[max(0, at - 8) : max(0, at - 5)].dropna() if at >= 6 else wind.iloc[:0]
        before = float(earlier.mean()) if 2 * len(earlier) >= 3 else float("nan")
        row[f"{name}_diff_6"] = row[f"{name}_mean_3"] - before
    row |= {f"ws_mean_{n}": mean(data["ws"], n) for n in (6, 24)}
    row |= {f"dc10Tca_mean_{n}": mean(data["dc10Tca"], n) for n in (3, 6, 24)}
    for n in TENDENCIES:
        tendency = float(now["pa"]) - value("pa", n)
        row[f"pressure_tendency_{n}"] = float(now["ps"]) - value("ps", n) if np.isnan(tendency) else tendency
    rain = data["rn"].mask(data["rn"].isna() & (data["ta"].notna() | data["hm"].notna()), 0.0)
    for length in RAIN_WINDOWS:
        part = window(rain, length)
        row[f"rain_{length}"] = float(np.sum(part)) if 2 * len(part) >= min(length, 144) else float("nan")
    for name in ("ss", "icsr"):
        known = len(window(data[name], 24)) >= 6
        last = 0.0 if np.isnan(now[name]) else float(now[name])
        today = data[name].iloc[: at + 1]
        today = today[today.index.date == data.index[at].date()]
        sums = {"last": last, "today": float(np.nansum(today))}
        sums |= {str(n): float(np.sum(window(data[name], n))) for n in (24, 72)}
        row |= {f"{name}_{key}": total if known else float("nan") for key, total in sums.items()}
    angle = 2 * np.pi * data.index[at].hour / 24
    return row | {"origin_hour_sin": float(np.sin(angle)), "origin_hour_cos": float(np.cos(angle))}


def test_features_equal_a_slow_obvious_reference(gappy: pd.DataFrame) -> None:
    slow = _reference(gappy)
    fast = build_features(gappy).loc[slow.index]

    assert set(fast.columns) == set(slow.columns)
    pd.testing.assert_frame_equal(fast, slow[list(fast.columns)], rtol=1e-9, atol=1e-9, check_freq=False)


@pytest.mark.parametrize("origin", [30, 400, 1200])
def test_changing_everything_after_the_origin_changes_no_feature(gappy: pd.DataFrame, origin: int) -> None:
    hour = gappy.index[origin]
    changed = gappy.copy()
    changed.loc[changed.index > hour] = -99.0

    before, after = build_features(gappy).loc[:hour], build_features(changed).loc[:hour]

    pd.testing.assert_frame_equal(before, after, check_exact=True)


def test_features_of_a_cut_history_equal_those_of_the_whole_to_the_last_bit(gappy: pd.DataFrame) -> None:
    recent = gappy.loc[gappy.index[-1] - LOOKBACK :]

    whole, cut = build_features(gappy).iloc[-1], build_features(recent).iloc[-1]

    pd.testing.assert_series_equal(whole, cut, check_exact=True)


def test_missing_hours_become_rows_that_know_nothing_of_themselves(gappy: pd.DataFrame) -> None:
    features = build_features(gappy)

    hour = gappy.index[0] + pd.Timedelta(hours=100)
    assert hour not in gappy.index
    assert np.isnan(features.loc[hour, "ta"])
    assert features.loc[hour, "ta_mean_24"] == pytest.approx(
        gappy.loc[: hour - pd.Timedelta(hours=1), "ta"].iloc[-23:].mean(), abs=0.5
    )
    assert (features.index[1:] - features.index[:-1] == pd.Timedelta(hours=1)).all()


@pytest.mark.parametrize("absent", ["td", "pa", "ps", "rn", "ss", "wd", "dc10Tca"])
def test_a_station_without_a_variable_has_the_same_columns(absent: str) -> None:
    observations = made_weather(24 * 10)

    features = build_features(observations.drop(columns=absent))

    assert list(features.columns) == list(build_features(observations).columns)
    assert features["ta_mean_168"].iloc[-1] == build_features(observations)["ta_mean_168"].iloc[-1]
    if absent == "td":
        assert features["td"].notna().all()
    if absent == "pa":
        assert features["pressure_tendency_3"].iloc[10:].notna().all()


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (pd.date_range("2024-03-01", periods=3, freq="h"), "zoned"),
        (pd.DatetimeIndex(["2024-03-01 00:00+09:00"] * 2), "unique"),
        (pd.DatetimeIndex(["2024-03-01 00:30+09:00"]), "00:30"),
    ],
)
def test_an_index_that_is_no_hours_is_refused(index: pd.DatetimeIndex, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        build_features(pd.DataFrame({"ta": 1.0}, index=index))
