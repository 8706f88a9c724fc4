"""The whole pipeline on real observations: Seoul 2022 replayed, the forecast scored against observations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from plantcast.common.clock import KST
from tests.conftest import LocalDeployment

pytestmark = [pytest.mark.emulator, pytest.mark.shared]

CLOCK = "2022-08-10T02:30"
FIRST_DAY = pd.Timestamp("2022-08-10", tz=KST)
# A forecast shifted by hours, in the wrong unit or of the wrong station misses by more than this;
# over 2022 persistence itself has 3.0 °C and 16 %.
SANE_RMSE = {"temperature_2m": 6.0, "relative_humidity_2m": 30.0}
VARIABLES = {"temperature_2m": "ta", "relative_humidity_2m": "hm"}


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[LocalDeployment]:
    deployment = LocalDeployment(
        tmp_path_factory.mktemp("replay") / "state",
        {
            "ASOS_REPLAY": str(shared_data / "asos_108_2013_2022.parquet"),
            "PLANTCAST_CLOCK": CLOCK,
            "PLANTCAST_DEMO_DAYS": "120",
        },
    )
    try:
        deployment.plantcast("demo")
        yield deployment
    finally:
        deployment.plantcast("down", check=False)


@pytest.fixture(scope="module")
def truth(shared_data: Path) -> pd.DataFrame:
    frame = pd.read_parquet(shared_data / "asos_108_2013_2022.parquet")
    return frame.set_index(frame["tm"].dt.tz_localize(KST)).sort_index()


def test_given_a_replay_when_the_pipeline_ran_then_the_forecast_stands_at_the_replayed_day(
    replayed: LocalDeployment,
) -> None:
    forecast = replayed.json("forecast")
    assert forecast["source"] == "replay"
    # At 02:30 the hour of 02:00 has been observed, and the issue of 02:00 is out.
    assert forecast["origin"] == "2022-08-10T02:00:00+09:00"
    assert forecast["hourly"]["time"][0] == "2022-08-10T03:00:00+09:00"
    guidance = next(source for source in forecast["sources"] if source["name"] == "kma")
    assert guidance["issued_at"] == "2022-08-10T02:00:00+09:00"
    assert guidance["simulated"]
    # A target may rest on its baseline (that is for the promotion to decide), but no hour may be missing.
    assert set(forecast["degraded_reasons"]) <= {"baseline_only_ta", "baseline_only_hm"}
    assert forecast["history_hours"] > 100 * 24
    assert "KMA" in forecast["attribution"]


def test_given_what_really_came_then_the_forecast_is_of_that_weather(
    replayed: LocalDeployment, truth: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    hourly = replayed.json("forecast")["hourly"]
    valid_at = pd.to_datetime(pd.Series(hourly["time"])).dt.tz_convert(KST)
    lines = ["", f"Seoul, forecast of {hourly['time'][0]}, 48 hours, against observations (RMSE):"]
    for name, variable in VARIABLES.items():
        observed = truth[variable].reindex(pd.DatetimeIndex(valid_at))
        # Persistence: the same hour of the last day observed.
        same_hour = [
            FIRST_DAY - pd.Timedelta(days=1) + pd.Timedelta(hours=moment.hour) for moment in valid_at
        ]
        persistence = truth[variable].reindex(pd.DatetimeIndex(same_hour))
        rmse = math.sqrt(((observed.to_numpy() - hourly[name]) ** 2).mean())
        persistence_rmse = math.sqrt(((observed.to_numpy() - persistence.to_numpy()) ** 2).mean())
        inside = (
            (observed.to_numpy() >= hourly[f"{name}_p10"]) & (observed.to_numpy() <= hourly[f"{name}_p90"])
        ).mean()
        lines.append(
            f"  {variable}: model {rmse:.2f}, persistence {persistence_rmse:.2f}, "
            f"{inside:.0%} of hours in the 80 % range"
        )
        assert observed.notna().all()
        assert rmse < SANE_RMSE[name]
    with capsys.disabled():
        print("\n".join(lines))


def test_given_real_observations_then_the_lake_equals_the_source(
    replayed: LocalDeployment, truth: pd.DataFrame
) -> None:
    s3 = replayed.client("s3")
    bucket = replayed.outputs().data_bucket
    key = "observations/station=108/year=2022/month=07/observations.parquet"
    local = replayed.state_dir / "july.parquet"
    local.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    lake = pd.read_parquet(local)
    lake = lake.set_index("time") if "time" in lake.columns else lake
    expected = truth.loc["2022-07-01":"2022-07-31 23:00"]  # type: ignore[misc]  # label slice on times
    assert list(lake.index.tz_convert(KST)) == list(expected.index)
    for variable in ("ta", "hm", "ws", "pa"):
        pd.testing.assert_series_equal(
            lake[variable].reset_index(drop=True),
            expected[variable].reset_index(drop=True),
            check_names=False,
        )
