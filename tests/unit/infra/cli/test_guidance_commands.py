"""`import-guidance` and `backfill-guidance`: all checked before the first upload, nothing fetched twice."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.cli import app as cli
from infra.cli import guidance
from infra.terminal import console
from plantcast.common.clock import KST, FixedClock
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.open_meteo import OpenMeteoClient, PreviousRuns
from plantcast.pipeline.guidance import backfill_guidance, import_guidance
from tests.support.asos_replies import Scripted
from tests.support.fakes import MemoryObjectStore
from tests.support.open_meteo import MODELS, OpenMeteoService

NOW = datetime(2025, 5, 30, 2, tzinfo=KST)
# Made up in the portal's form; the temperature stands twice, as in a year downloaded twice.
TEMPERATURE = """ format: day,hour,forecast,value  location:60_127 Start : 20250501
 1,0200,+6,17.000000
 1,0200,+7,-999.900000
 1,0200,+6,17.000000
 Start : 20250502
 2,2000,+6,11.000000
"""
HUMIDITY = """format: day(UTC),hour(UTC),forecast,value,day(KST),hour(KST) location:60_127 Start : 20250501
 1,0200,+6,55.000000,1,1100
"""
TABLE = """issued_at,valid_at,stnId,ta,hm
2025-05-10 17:00,2025-05-11 00:00,108,14.0,60
2025-05-10 17:00,2025-05-11 01:00,112,15.0,60
"""
MAY_1 = datetime(2025, 5, 1, 11, tzinfo=KST)


class FakeDeployment:
    """The functions' own code on a bucket in memory and an Open-Meteo without a network."""

    def __init__(self, source: str = "replay", stations: tuple[str, ...] = ("108",)) -> None:
        self.store = MemoryObjectStore()
        self.source = source
        self.stations = stations
        self.service = OpenMeteoService(NOW)
        self.calls: list[dict[str, Any]] = []

    def now(self) -> datetime:
        return NOW

    def invoke(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        assert function == "update"
        self.calls.append(dict(payload))
        if "import_key" in payload:
            return import_guidance(dict(payload), self.store, self.source).to_json()  # type: ignore[arg-type]
        return backfill_guidance(dict(payload), self._previous_runs).to_json()

    def _previous_runs(self) -> PreviousRuns:
        client = OpenMeteoClient(
            "https://previous-runs-api.open-meteo.com",
            MODELS,
            session=self.service.session,
            sleep=lambda seconds: None,
        )
        return PreviousRuns(client, self.store, GuidanceLake(self.store), FixedClock(NOW))

    def issues(self, source: Any = "kma") -> Any:
        month = (datetime(2025, 1, 1, tzinfo=KST), NOW)
        return GuidanceLake(self.store).read(source, "108", *month)


@pytest.fixture
def deployment(command_line: None, monkeypatch: pytest.MonkeyPatch) -> FakeDeployment:
    """The deployment that the command line finds."""
    made = FakeDeployment()
    monkeypatch.setattr(guidance, "find_deployment", lambda environ, stack: made)
    return made


def plantcast(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def printed(result: Result) -> str:
    return " ".join(result.output.split())


def written(folder: Path, **files: str) -> list[Path]:
    paths = [folder / f"{name}.csv" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text, "utf-8")
    return paths


def test_archive_files_and_tables_become_one_lake(deployment: FakeDeployment, tmp_path: Path) -> None:
    paths = written(tmp_path, 교남동_1시간기온_2025=TEMPERATURE, 교남동_습도_2025=HUMIDITY, table=TABLE)
    result = plantcast("import-guidance", *paths, "--json")
    assert result.exit_code == 0, result.output
    files = json.loads(result.stdout)["files"]
    assert [(one["status"], one["issues"], one["rows"], one["rows_new"]) for one in files] == [
        ("complete", 2, 3, 3),
        ("complete", 1, 1, 1),
        ("complete", 1, 1, 1),
    ]
    assert files[0]["first"] == "2025-05-01T11:00+09:00"
    table = deployment.issues()
    first = table[table["issued_at"] == MAY_1].iloc[0]
    assert (first["ta"], first["hm"]) == (17.0, 55.0)
    assert table["issued_at"].nunique() == 3


def test_a_file_is_kept_as_it_is_and_uploaded_once(deployment: FakeDeployment, tmp_path: Path) -> None:
    [path] = written(tmp_path, x_ta=TEMPERATURE)
    packed = tmp_path / "again_ta.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    results = json.loads(plantcast("import-guidance", path, packed, "--json").stdout)["files"]
    assert [one["uploaded"] for one in results] == [True, False]
    assert [one["rows_new"] for one in results] == [3, 0]
    [key] = deployment.store.list("raw/guidance/imports/")
    assert gzip.decompress(deployment.store.objects[key]).decode() == TEMPERATURE


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("x_ta", TEMPERATURE.replace("17.000000", "hot"), "x_ta.csv, line 2"),
        ("x_tmax", TEMPERATURE, "does not say in its name which hourly element"),
        ("table", TABLE.replace("14.0", "140"), "ta=140"),
        ("table", TABLE.replace(",108,", ",90,"), "holds no forecast for station 108"),
        ("observations", "지점,일시,기온(°C)\n108,2025-05-01 00:00,1\n", "no column issued_at"),
    ],
)
def test_a_bad_file_among_good_ones_leaves_the_bucket_as_it_was(
    deployment: FakeDeployment, tmp_path: Path, name: str, text: str, named: str
) -> None:
    result = plantcast("import-guidance", *written(tmp_path, good_hm=HUMIDITY, **{name: text}))
    assert result.exit_code == console.EXIT_USAGE
    assert named in printed(result)
    assert not deployment.store.objects


def test_a_file_that_is_not_there_is_named(deployment: FakeDeployment, tmp_path: Path) -> None:
    result = plantcast("import-guidance", tmp_path / "none.csv")
    assert result.exit_code == console.EXIT_USAGE
    assert "none.csv" in printed(result)


def test_real_forecasts_do_not_go_into_synthetic_weather(deployment: FakeDeployment, tmp_path: Path) -> None:
    deployment.source = "synthetic"
    result = plantcast("import-guidance", *written(tmp_path, x_ta=TEMPERATURE))
    assert result.exit_code == console.EXIT_USAGE
    assert "synthetic" in printed(result)
    refused = import_guidance({"import_key": "raw/x", "station": "108"}, deployment.store, "synthetic")
    assert refused.status == "failed"


def test_with_several_stations_deployed_one_has_to_be_named(
    deployment: FakeDeployment, tmp_path: Path
) -> None:
    deployment.stations = ("112", "108")
    paths = written(tmp_path, x_ta=TEMPERATURE)
    result = plantcast("import-guidance", *paths)
    assert result.exit_code == console.EXIT_USAGE
    assert "112, 108 are deployed. Name it with --station" in printed(result)
    assert plantcast("import-guidance", *paths, "--station", "108").exit_code == 0
    assert deployment.calls[0]["station"] == "108"


@pytest.mark.parametrize(
    ("key", "named"),
    [
        ("raw/portal/x.csv.gz", "not the key of an imported file"),
        ("raw/guidance/imports/x-ta.csv.gz", "no object"),
    ],
)
def test_a_key_that_is_none_fails_with_its_reason(key: str, named: str) -> None:
    result = import_guidance({"import_key": key, "station": "108"}, MemoryObjectStore(), "kma")
    assert (result.status, result.rows) == ("failed", 0)
    assert named in result.message


def test_months_are_fetched_one_by_one_and_whole_ones_not_again(deployment: FakeDeployment) -> None:
    arguments = ("backfill-guidance", "--from", "2025-04-29", "--to", "2025-05-02")
    result = plantcast(*arguments, "--json")
    assert result.exit_code == 0, result.output
    [counts] = json.loads(result.stdout)["stations"]
    assert counts == {"station": "108", "issues_expected": 16, "issues_present": 16, "issues_new": 16}
    assert [(call["start"], call["end"]) for call in deployment.calls] == [
        ("2025-04-29", "2025-04-30"),
        ("2025-05-01", "2025-05-02"),
    ]
    assert deployment.issues("open_meteo")["issued_at"].nunique() == 16
    again = plantcast(*arguments)
    assert "16 of 16 issues, 0 of them new" in printed(again)
    assert len(deployment.service.urls) == 2


def test_a_refusal_ends_the_backfill_and_the_months_before_are_kept(deployment: FakeDeployment) -> None:
    reason = b'{"error":true,"reason":"Daily API request limit exceeded."}'
    deployment.service.faults.extend([None, Scripted(reason, 429)])
    result = plantcast("backfill-guidance", "--from", "2025-04-29", "--to", "2025-05-02")
    assert result.exit_code == console.EXIT_FAULT
    text = printed(result)
    assert "Station 108, 2025-05: Open-Meteo's quota is used up" in text
    assert "The same command continues from there" in text
    assert deployment.issues("open_meteo")["issued_at"].nunique() == 8


def test_years_before_the_archive_are_counted_as_absent(deployment: FakeDeployment) -> None:
    deployment.service.forecast = lambda *_: None
    result = plantcast("backfill-guidance", "--from", "2025-05-01", "--to", "2025-05-02")
    assert result.exit_code == 0
    assert "0 of 8 issues" in printed(result)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--from", "x"), "--from='x'"),
        (("--from", "2025-05-01", "--to", "2025-05-30"), "--to=2025-05-30 is not over yet"),
        (("--from", "2025-05-03", "--to", "2025-05-02"), "--from=2025-05-03 lies after 2025-05-02"),
        (("--from", "2025-05-03", "--station", "112"), "Station 112 is not deployed"),
    ],
)
def test_days_that_make_no_sense_are_refused(
    deployment: FakeDeployment, arguments: tuple[str, ...], named: str
) -> None:
    result = plantcast("backfill-guidance", *arguments)
    assert result.exit_code == console.EXIT_USAGE
    assert named in printed(result)
    assert not deployment.calls
