"""Quality control: errors are rejected, named and kept; true values pass, in any order of fetches."""

from __future__ import annotations

import json
import math
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.kma_simulator.synthetic import SyntheticWeather
from plantcast.common.clock import HOUR, KST
from plantcast.common.stations import STATIONS
from plantcast.observations import VARIABLES
from plantcast.observations.quality import CONTEXT_HOURS, assess
from plantcast.observations.quality.limits import (
    LIMITS,
    SPIKES,
    STREAKS,
    dew_point,
    sea_level_pressure,
    vapour_pressure,
)
from tests.support.observed import observed, sent_of

pytestmark = pytest.mark.slow

MIDDLE = 60  # an hour with a day and more on either side of it in `calm()`


def calm(hours: int = 120, *, start: datetime = datetime(2025, 4, 28, tzinfo=KST)) -> pd.DataFrame:
    """Return hours of quiet, consistent weather in every variable."""
    frame = observed(hours, start=start, ta=14.0)
    time = np.arange(hours)
    frame["hm"] = 50.0 + time % 7
    frame["td"] = np.trunc(dew_point(vapour_pressure(frame["ta"].to_numpy()) * frame["hm"] / 100) * 10) / 10
    frame["pv"] = np.round(vapour_pressure(frame["td"].to_numpy()), 1)
    frame["pa"] = np.round(1003.0 + time % 5 / 10, 1)
    vapour = vapour_pressure(frame["td"].to_numpy())
    frame["ps"] = np.round(
        sea_level_pressure(frame["pa"].to_numpy(), frame["ta"].to_numpy(), vapour, STATIONS["108"].elevation),
        1,
    )
    frame["ws"] = 2.0 + time % 4 / 10
    frame["wd"] = 270.0
    frame["ts"] = frame["ta"] + 1.3
    frame["vs"] = 2000.0
    frame["dc10Tca"] = 9.0
    return frame


def put(frame: pd.DataFrame, name: str, value: float, *, at: int = MIDDLE, hours: int = 1) -> pd.DataFrame:
    changed = frame.copy()
    changed.iloc[at : at + hours, changed.columns.get_loc(name)] = value  # type: ignore[index]
    return changed


def reasons(frame: pd.DataFrame) -> dict[int, str]:
    """Return what is masked, by the number of the hour."""
    return {row: text for row, text in enumerate(frame["masked"]) if text}


def test_rejected_values_are_named_and_kept() -> None:
    sent = put(put(calm(), "ta", 99.9), "ws", -1.0)
    sent.iloc[3, sent.columns.get_loc("qc_flags")] = json.dumps({"hm": ["flagged-error", None]})
    assessed = assess(sent, "108")
    hour = assessed.iloc[MIDDLE]
    # The dew point was computed from that temperature.
    assert hour["masked"] == "ta:out-of-range;td:inconsistent;ws:out-of-range;pv:inconsistent"
    assert hour[["ta", "td", "ws", "pv"]].isna().all()
    assert json.loads(hour["rejected_values"]) == {
        "ta": 99.9, "td": sent["td"].iloc[MIDDLE], "ws": -1.0, "pv": sent["pv"].iloc[MIDDLE],
    }  # fmt: skip
    assert "hm:flagged-error" in assessed["masked"].iloc[3]
    assert set(reasons(assessed)) == {3, MIDDLE}


@pytest.mark.parametrize("name", VARIABLES)
def test_values_on_the_limits_pass_and_beyond_are_masked(name: str) -> None:
    # In January at noon, alone: neither season, sun nor neighbours have a say between these limits.
    low, high = LIMITS[name]
    hour = pd.DatetimeIndex([datetime(2025, 8, 1, 13, tzinfo=KST)])
    for value, kept in ((low, True), (high, True), (low - 0.1, False), (high + 0.1, False)):
        masked = assess(sent_of(pd.DataFrame({name: [value]}, index=hour)), "108")["masked"].iloc[0]
        assert (masked == f"{name}:out-of-range") is not kept


@pytest.mark.parametrize(
    ("name", "month", "value", "reason"),
    [
        ("ta", 1, 31.0, "out-of-season"),
        ("ta", 1, -30.0, ""),
        ("ta", 7, -2.0, "out-of-season"),
        ("ta", 7, 39.0, ""),
        ("td", 12, 25.0, "out-of-season"),
        ("ts", 1, 45.0, "out-of-season"),
        ("ps", 4, 940.0, "out-of-season"),
        ("ps", 8, 955.0, ""),  # a typhoon
        ("dsnw", 7, 3.0, "out-of-season"),
        ("dsnw", 1, 30.0, ""),
    ],
)
def test_what_no_month_of_that_name_ever_had_is_masked(
    name: str, month: int, value: float, reason: str
) -> None:
    hour = pd.DatetimeIndex([datetime(2025, month, 15, 13, tzinfo=KST)])
    masked = assess(sent_of(pd.DataFrame({name: [value]}, index=hour)), "108")["masked"].iloc[0]
    assert masked == (f"{name}:{reason}" if reason else "")


@pytest.mark.parametrize(
    ("hour", "values", "masked"),
    [
        (2, {"icsr": 0.5}, "icsr:against-the-sun"),
        (2, {"icsr": 0.06}, ""),  # an instrument's offset
        (2, {"ss": 0.5}, "ss:against-the-sun"),
        (8, {"icsr": 4.0}, "icsr:against-the-sun"),
        (13, {"icsr": 3.4, "ss": 1.0}, ""),
        (13, {"icsr": 0.02, "ss": 1.0}, "icsr:against-the-sun"),
        (13, {"icsr": 0.02, "ss": 0.0}, ""),
    ],
)
def test_radiation_and_sunshine_are_held_against_the_sun(
    hour: int, values: dict[str, float], masked: str
) -> None:
    at = pd.DatetimeIndex([datetime(2025, 4, 15, hour, tzinfo=KST)])
    frame = sent_of(pd.DataFrame({name: [value] for name, value in values.items()}, index=at))
    assert assess(frame, "108")["masked"].iloc[0] == masked


@pytest.mark.parametrize("name", SPIKES)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_spike_is_masked_and_nothing_beside_it(name: str, sign: int) -> None:
    quiet = calm()
    if name in ("hm", "ws"):
        # Room for the spike between the limits.
        level = {("hm", 1): 20.0, ("hm", -1): 80.0, ("ws", 1): 2.0, ("ws", -1): 20.0}[name, sign]
        quiet = quiet.assign(**{name: level + np.arange(len(quiet)) % 3, "td": np.nan, "pv": np.nan})
    around = quiet[name].iloc[[MIDDLE - 1, MIDDLE + 1]]
    base = float(around.max() if sign > 0 else around.min())
    inside = assess(put(quiet, name, round(base + sign * (SPIKES[name] - 0.1), 1)), "108")
    beyond = assess(put(quiet, name, round(base + sign * (SPIKES[name] + 0.1), 1)), "108")
    assert f"{name}:spike" not in inside["masked"].iloc[MIDDLE]
    assert f"{name}:spike" in beyond["masked"].iloc[MIDDLE]
    assert set(reasons(beyond)) == {MIDDLE}


def test_a_spike_amid_unrest_is_a_storm() -> None:
    sent = calm()
    for offset, value in ((-2, 1003.0), (-1, 997.0), (0, 990.0), (1, 997.0), (2, 1003.0)):
        sent = put(sent, "pa", value, at=MIDDLE + offset)
    masked = assess(sent, "108")["masked"]
    assert not masked.str.contains("pa:spike").any()


def test_an_hour_with_one_neighbour_is_compared_with_that_one_until_the_other_arrives() -> None:
    whole = observed(120)[["ta"]]
    whole.iloc[MIDDLE:] += 20.0
    newest, later = assess(sent_of(whole.iloc[: MIDDLE + 1]), "108"), assess(sent_of(whole), "108")
    assert reasons(newest) == {MIDDLE: "ta:step"}
    assert reasons(later) == {}


@pytest.mark.parametrize("name", STREAKS)
def test_a_stuck_sensor_is_masked_for_the_whole_of_its_streak(name: str) -> None:
    quiet, hours = calm(), STREAKS[name].hours
    value = float(quiet[name].iloc[MIDDLE - 12])
    short = assess(put(quiet, name, value + 0.05, at=MIDDLE - 12, hours=hours - 1), "108")
    long = assess(put(quiet, name, value + 0.05, at=MIDDLE - 12, hours=hours), "108")
    assert not short["masked"].str.contains(f"{name}:stuck").any()
    stuck = np.flatnonzero(long["masked"].str.contains(f"{name}:stuck"))
    assert stuck.tolist() == list(range(MIDDLE - 12, MIDDLE - 12 + hours))


@pytest.mark.parametrize(
    ("name", "value"), [("hm", 97.0), ("ws", 0.0), ("ts", 0.1), ("rn", 0.0), ("wd", 270.0), ("vs", 2000.0)]
)
def test_what_may_stand_still_is_valid(name: str, value: float) -> None:
    still = observed(120)[["ta"]].assign(**{name: value})
    assert not assess(sent_of(still), "108")["masked"].str.contains(f"{name}:stuck").any()


@pytest.mark.parametrize(
    ("changes", "masked"),
    [
        ({"td": 9.9}, "td:inconsistent"),  # pv speaks for hm
        ({"hm": 85.0}, "hm:inconsistent"),  # pv speaks for td
        ({"pv": 14.0}, "pv:inconsistent"),
        ({"td": 9.9, "pv": math.nan}, "td:inconsistent"),
        ({"td": 9.9, "pv": 14.0}, "td:inconsistent;pv:inconsistent"),
        ({"td": math.nan, "pv": math.nan}, ""),
        ({"hm": math.nan}, ""),  # nothing to compare it with
        ({"hm": math.nan, "pv": 14.0}, "td:inconsistent"),
        ({"td": math.nan, "pv": 14.0}, "pv:inconsistent"),
        # Its dew point cannot be computed: no comparison would reject it.
        ({"hm": 0.0}, "hm:out-of-range;td:inconsistent;pv:inconsistent"),
        ({"hm": 0.0, "td": math.nan, "pv": math.nan}, "hm:out-of-range"),
        ({"hm": -99.9, "td": math.nan}, "hm:out-of-range;pv:inconsistent"),
    ],
)
def test_of_humidity_dew_point_and_vapour_pressure_the_one_that_does_not_fit_goes(
    changes: dict[str, float], masked: str
) -> None:
    sent = calm()
    for name, value in changes.items():
        sent = put(sent, name, value)
    assert reasons(assess(sent, "108")) == ({MIDDLE: masked} if masked else {})


@pytest.mark.parametrize(("above", "masked"), [(0.0, ""), (0.1, ""), (0.2, "td:inconsistent")])
def test_a_dew_point_above_the_temperature_is_masked_beyond_rounding(above: float, masked: str) -> None:
    frame = observed(3)[["ta"]]
    frame["td"] = (frame["ta"] + above).round(1)
    assert set(assess(sent_of(frame), "108")["masked"]) == {masked}


@pytest.mark.parametrize(("name", "other"), [("pa", "ps"), ("ps", "pa")])
def test_of_two_pressures_that_do_not_belong_together_the_one_that_moved_goes(name: str, other: str) -> None:
    sent = calm()
    assessed = assess(put(sent, name, float(sent[name].iloc[MIDDLE]) + 4.0), "108")
    assert reasons(assessed) == {MIDDLE: f"{name}:inconsistent"}
    assert not math.isnan(assessed[other].iloc[MIDDLE])


VALUES = st.sampled_from(
    [math.nan, -99.0, 0.0, 5.0, 14.0, 14.1, 22.0, 30.0, 60.0, 100.0, 140.0, 1003.0, 1015.0]
)


Changes = list[tuple[str, int, float, int]]


def changes_within(hours: int) -> st.SearchStrategy[Changes]:
    """Return changes of a variable, from an hour on, to a value, for some hours."""
    at, length = st.integers(0, hours - 1), st.integers(1, 40)
    return st.lists(st.tuples(st.sampled_from(sorted(VARIABLES)), at, VALUES, length), max_size=10)


@settings(deadline=None, max_examples=12)
@given(changes_within(120), st.sets(st.integers(0, 119), max_size=20))
def test_a_value_sent_is_valid_or_rejected(changes: Changes, lost: set[int]) -> None:
    sent = calm()
    for name, at, value, hours in changes:
        sent = put(sent, name, value, at=at, hours=hours)
    sent = sent.drop(sent.index[sorted(lost)])
    assessed = assess(sent, "108")
    for row in range(len(sent)):
        named = dict(entry.split(":") for entry in assessed["masked"].iloc[row].split(";") if entry)
        rejected = json.loads(assessed["rejected_values"].iloc[row] or "{}")
        assert set(named) == set(rejected)
        for name in VARIABLES:
            value, valid = sent[name].iloc[row], assessed[name].iloc[row]
            assert rejected[name] == value if name in named else (valid == value or math.isnan(value))
            assert math.isnan(valid) or name not in named


@settings(deadline=None, max_examples=12)
@given(changes_within(200), st.integers(40, 160))
def test_hours_beyond_the_context_change_nothing(changes: Changes, cut: int) -> None:
    sent = calm(200)
    for name, at, value, hours in changes:
        sent = put(sent, name, value, at=at, hours=hours)
    whole = assess(sent, "108")
    begin, end = sent.index[cut], sent.index[min(cut + 20, 199)]
    part = assess(sent.loc[begin - CONTEXT_HOURS * HOUR : end + CONTEXT_HOURS * HOUR], "108")
    pd.testing.assert_frame_equal(part.loc[begin:end], whole.loc[begin:end])


def test_synthetic_weather_is_valid() -> None:
    start, end = datetime(2024, 1, 1, tzinfo=KST), datetime(2024, 12, 31, 23, tzinfo=KST)
    weather = SyntheticWeather()
    found: dict[str, int] = {}
    for station in ("108", "112", "184", "100"):  # on Jeju, and the highest
        assessed = assess(sent_of(weather.hours(station, start, end)), station)
        for text in reasons(assessed).values():
            found[f"{station} {text}"] = found.get(f"{station} {text}", 0) + 1
    assert found == {}


# The 60 values of docs/observations.md, all errors on inspection.
REAL_MASKED = {
    "108": {"td:spike": 1, "pv:inconsistent": 1},
    "136": {"td:inconsistent": 16},
    "143": {"td:inconsistent": 21},
    "146": {"td:inconsistent": 5, "pa:spike": 1, "ps:spike": 1},
    "156": {"icsr:against-the-sun": 12, "pa:spike": 1, "ps:spike": 1},
}


@pytest.mark.shared
def test_of_two_million_real_values_only_the_known_errors_are_masked(shared_data: Path) -> None:
    found = {}
    for file in ("asos_108_2013_2022.parquet", "asos_multi_2018_2021.parquet"):
        for station, rows in pd.read_parquet(shared_data / file).groupby("stnId"):
            rows = rows.sort_values("tm").set_index("tm").tz_localize(KST)
            masked = assess(sent_of(rows), str(station))["masked"]
            found[str(station)] = masked[masked != ""].str.split(";").explode().value_counts().to_dict()
    assert found == REAL_MASKED
