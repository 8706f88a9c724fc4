"""Real months by the service and by the portal's file in one lake; the lake made again from raw alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pytest

from plantcast.aws import S3ObjectStore
from plantcast.common.clock import KST
from plantcast.observations.lake.months import Month
from tests.conftest import LocalDeployment
from tests.support.data_bucket import lake_of, objects, store_of
from tests.support.real_observations import check_against, source_of
from tests.support.simulated_kma import SimulatedKma

pytestmark = [pytest.mark.emulator, pytest.mark.shared]

SPAN = ("2017-08-01", "2017-12-31")
FIRST, LAST = datetime(2017, 8, 1, tzinfo=KST), datetime(2017, 12, 31, 23, tzinfo=KST)
# Side by side, so that hours of either kind are checked against the other. Of Seoul's ten years these are
# months without a gap; September holds the hour whose dew point is rejected, December has snow.
FETCHED, IMPORTED = ("2017-08", "2017-10", "2017-11"), ("2017-09", "2017-12")
# The columns of an OBS_ASOS_TIM file.
HEADERS = MappingProxyType(
    {
        "ta": "기온(°C)",
        "rn": "강수량(mm)",
        "ws": "풍속(m/s)",
        "wd": "풍향(16방위)",
        "hm": "습도(%)",
        "pv": "증기압(hPa)",
        "td": "이슬점온도(°C)",
        "pa": "현지기압(hPa)",
        "ps": "해면기압(hPa)",
        "ss": "일조(hr)",
        "icsr": "일사(MJ/m2)",
        "dsnw": "적설(cm)",
        "dc10Tca": "전운량(10분위)",
        "vs": "시정(10m)",
        "ts": "지면온도(°C)",
    }
)


def portal_csv(source: pd.DataFrame) -> bytes:
    """Return observations of Seoul as data.kma.go.kr gives them for download."""
    lines = [",".join(["지점", "지점명", "일시", *HEADERS.values()])]
    for hour, values in zip(source.index, source[list(HEADERS)].to_numpy(), strict=True):
        written = ["" if value != value else str(value).removesuffix(".0") for value in values]
        lines.append(",".join(["108", "서울", f"{hour:%Y-%m-%d %H:%M}", *written]))
    return "".join(f"{line}\r\n" for line in lines).encode("cp949")


@pytest.fixture(scope="module")
def source(shared_data: Path) -> pd.DataFrame:
    return source_of(shared_data, "108").loc[FIRST:LAST]


@pytest.fixture(scope="module")
def file(source: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The portal's file of the months that are imported."""
    path = tmp_path_factory.mktemp("portal") / "OBS_ASOS_TIM_2017.csv"
    path.write_bytes(portal_csv(pd.concat([source.loc[month] for month in IMPORTED])))
    return path


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[LocalDeployment]:
    """Seoul replayed; nothing is fetched yet."""
    made = LocalDeployment(
        tmp_path_factory.mktemp("import") / "state",
        {
            "ASOS_REPLAY": str(shared_data / "asos_108_2013_2022.parquet"),
            "PLANTCAST_CLOCK": "2022-08-10T02:30",
        },
    )
    try:
        made.plantcast("up")
        yield made
    finally:
        made.plantcast("down", check=False)


@pytest.fixture(scope="module")
def imported(deployment: LocalDeployment, file: Path) -> dict[str, Any]:
    """Some months fetched, the others imported; returns what `plantcast import` says of the file."""
    for month in FETCHED:
        period = pd.Period(month, "M")
        deployment.plantcast(
            "backfill", "--from", f"{period.start_time:%Y-%m-%d}", "--to", f"{period.end_time:%Y-%m-%d}"
        )
    result: dict[str, Any]
    (result,) = deployment.json("import", str(file))["files"]
    return result


@pytest.fixture
def store(deployment: LocalDeployment, imported: dict[str, Any]) -> S3ObjectStore:
    return store_of(deployment)


@pytest.fixture
def lake_before(store: S3ObjectStore) -> dict[str, bytes]:
    files = objects(store, "observations/")
    assert len(files) == len(FETCHED) + len(IMPORTED)
    return files


def backfill(deployment: LocalDeployment) -> Any:
    return deployment.json("backfill", "--from", SPAN[0], "--to", SPAN[1])


def test_given_months_of_both_kinds_then_the_lake_equals_the_source_value_by_value(
    deployment: LocalDeployment, imported: dict[str, Any], source: pd.DataFrame
) -> None:
    hours = sum(len(source.loc[month]) for month in IMPORTED)
    assert (imported["status"], imported["rows"], imported["uploaded"]) == ("complete", hours, True)
    (facts,) = imported["stations"]
    assert (facts["station"], facts["hours_new"], facts["hours_corrected"]) == ("108", hours, 0)

    frame = lake_of(deployment, "replay").read("108", FIRST, LAST)

    assert check_against(source, frame) == 2
    assert frame["masked"].loc["2017-09-26 17:00"] == "td:spike;pv:inconsistent"


def test_given_imported_hours_then_nobody_ever_asks_the_service_for_them(
    deployment: LocalDeployment, imported: dict[str, Any]
) -> None:
    kma = SimulatedKma.of(deployment)
    asked = kma.calls()

    report = backfill(deployment)

    assert (report["hours_present"], report["hours_expected"]) == (3672, 3672)
    assert report["hours_new"] == report["hours_corrected"] == 0
    assert kma.calls() == asked
    assert {f"{hour:%Y-%m}" for call in asked for hour in call.hours} == set(FETCHED)


def test_given_the_same_file_again_then_nothing_changes(
    deployment: LocalDeployment, store: S3ObjectStore, lake_before: dict[str, bytes], file: Path
) -> None:
    raw = objects(store, "raw/")

    (result,) = deployment.json("import", str(file))["files"]

    assert (result["status"], result["uploaded"]) == ("complete", False)
    (facts,) = result["stations"]
    assert (facts["hours_new"], facts["hours_corrected"], facts["hours_unchanged"]) == (0, 0, result["rows"])
    assert objects(store, "observations/") == lake_before
    assert objects(store, "raw/") == raw


def test_given_every_observation_is_deleted_then_a_rebuild_brings_back_the_same_bytes(
    deployment: LocalDeployment, store: S3ObjectStore, lake_before: dict[str, bytes]
) -> None:
    for key in lake_before:
        store.delete(key)

    result = deployment.json("rebuild")

    (facts,) = result["stations"]
    assert (facts["status"], facts["months_rewritten"], facts["unreadable"]) == ("complete", 5, 0)
    assert objects(store, "observations/") == lake_before


def flipped(body: bytes) -> bytes:
    """Change one bit of the values."""
    return body[: len(body) // 3] + bytes([body[len(body) // 3] ^ 1]) + body[len(body) // 3 + 1 :]


def cut(body: bytes) -> bytes:
    return body[: len(body) // 2]


@pytest.mark.parametrize("damaged", [flipped, cut])
def test_given_a_damaged_file_then_ingest_names_it_and_the_remedy_and_a_rebuild_mends_it(
    deployment: LocalDeployment,
    store: S3ObjectStore,
    lake_before: dict[str, bytes],
    damaged: Callable[[bytes], bytes],
) -> None:
    key = Month(2017, 10).key("108")
    store.put(key, damaged(lake_before[key]))

    done = deployment.plantcast("backfill", "--from", SPAN[0], "--to", SPAN[1], check=False)

    output = " ".join(done.stderr.split())
    assert done.returncode == 1
    assert f"The observations in {key}" in output
    assert "are damaged" in output
    assert "plantcast rebuild" in output
    (facts,) = deployment.json("rebuild")["stations"]
    assert (facts["status"], facts["months"], facts["months_rewritten"]) == ("complete", 5, 1)
    assert objects(store, "observations/") == lake_before
    assert backfill(deployment)["hours_present"] == 3672


def test_given_a_deployment_of_synthetic_weather_then_the_file_is_refused_with_the_remedy(
    live_deployment: LocalDeployment, file: Path
) -> None:
    done = live_deployment.plantcast("import", str(file), check=False)

    output = " ".join(done.stderr.split())
    assert done.returncode == 2
    assert (
        "This deployment holds synthetic weather; real observations do not go into the same lake." in output
    )
    assert "make down" in output
    assert not objects(store_of(live_deployment), "raw/portal/")
