"""`import` and `rebuild`: nothing is uploaded before every file is read, and nothing twice."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from infra.cli import app as cli
from infra.cli import observations as imports
from infra.cli.observations import import_files, rebuild
from infra.cli.portal_files import survey
from infra.emulator.sources import ObservationPlan
from infra.stack.deployed import LocalCloud
from infra.terminal import console
from plantcast.common.clock import KST
from plantcast.common.errors import ConflictError, InvalidInputError, PlantcastError
from plantcast.observations import files as observation_files
from plantcast.observations.files import read_table, unpacked_files
from tests.fakes import MemoryObjectStore

HEADER = "지점,지점명,일시,기온(°C),습도(%)"
PLAN = ObservationPlan(source="replay", stations=("108", "112"), replay=("x.csv",), clock_offset_seconds=-60)
NOW = datetime(2099, 1, 1, tzinfo=KST)  # ingest has a clock of its own


def portal_csv(*hours: str, station: str = "108", header: str = HEADER) -> bytes:
    return "\n".join([header, *(f"{station},서울,{hour},1.5,40" for hour in hours), ""]).encode("cp949")


JANUARY = portal_csv("2022-01-01 00:00", "2022-01-01 01:00")
FEBRUARY = portal_csv("2022-02-01 00:00", station="112")


class FakeCloud:
    """Ingest: every row of the file is a new hour of its station; `refused` names stations that fail."""

    def __init__(self, store: MemoryObjectStore, refused: str = "") -> None:
        self.store = store
        self.refused = refused
        self.calls: list[dict[str, Any]] = []

    def invoke(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        assert function == "ingest"
        self.calls.append(dict(payload))
        return self._rebuild(payload) if "rebuild" in payload else self._import(str(payload["import_key"]))

    def _import(self, key: str) -> dict[str, Any]:
        text = pd.concat(list(read_table(gzip.decompress(self.store.objects[key]), key, until=NOW)))
        if self.refused in set(text["stnId"]):
            return {"status": "failed", "message": f"station {self.refused} is not known", "file": key}
        facts = [
            {
                "station": station,
                "first": f"{rows['tm'].min().replace(' ', 'T')}+09:00",
                "last": f"{rows['tm'].max().replace(' ', 'T')}+09:00",
                "hours_new": len(rows),
                "hours_corrected": 0,
                "hours_unchanged": 1,
                "values_masked": 2,
                "report_key": "…",
            }
            for station, rows in text.groupby("stnId")
        ]
        return {"status": "complete", "message": "", "file": key, "stations": facts}

    def _rebuild(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        assert payload["rebuild"] is True
        facts = {"station": payload["station"], "responses": 9, "unreadable": 1, "months": 3}
        if payload["station"] == self.refused:
            kept = {
                "status": "partial",
                "message": "One month is older than raw.",
                "months_kept": ["2022-01"],
            }
            return {**facts, **kept, "months_rewritten": 2}
        return {**facts, "status": "complete", "message": "", "months_rewritten": 3, "months_kept": []}


@pytest.fixture
def store() -> MemoryObjectStore:
    return MemoryObjectStore()


def saved(folder: Path, **files: bytes) -> list[Path]:
    paths = [folder / f"{name}.csv" for name in files]
    for path, content in zip(paths, files.values(), strict=True):
        path.write_bytes(content)
    return paths


def archive(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return packed.getvalue()


def brought(store: MemoryObjectStore, paths: list[Path], plan: ObservationPlan = PLAN, **more: Any) -> Any:
    return import_files(cast(LocalCloud, FakeCloud(store, **more)), store, plan, paths)


def test_given_files_then_each_is_kept_as_it_is_and_ingested(
    store: MemoryObjectStore, tmp_path: Path
) -> None:
    report = brought(store, saved(tmp_path, january=JANUARY, february=FEBRUARY))
    report.raise_if_incomplete()
    facts = report.facts()
    assert facts["source"] == "replay"
    first, second = facts["files"]
    assert [gzip.decompress(store.objects[one["import_key"]]) for one in (first, second)] == [
        JANUARY,
        FEBRUARY,
    ]
    assert (first["name"], first["rows"], first["uploaded"]) == (str(tmp_path / "january.csv"), 2, True)
    assert [one["hours_new"] for one in first["stations"]] == [2]
    assert len(store.objects) == 2


def test_given_a_key_then_it_holds_the_deployments_time_and_the_hash(
    store: MemoryObjectStore, tmp_path: Path
) -> None:
    before = PLAN.now()
    brought(store, saved(tmp_path, january=JANUARY))
    (key,) = store.objects
    received, _, rest = key.removeprefix("raw/portal/").partition("-")
    assert f"{before:%Y%m%dT%H%M%S%f}" <= received <= f"{PLAN.now():%Y%m%dT%H%M%S%f}"
    assert rest == f"{hashlib.sha256(JANUARY).hexdigest()[:8]}.csv.gz"
    body = store.objects[key]
    assert body[4:8] == b"\0\0\0\0"  # no time in the gzip header: equal files are equal objects


def test_given_a_file_imported_before_then_its_object_is_used_again(
    store: MemoryObjectStore, tmp_path: Path
) -> None:
    paths = saved(tmp_path, january=JANUARY, renamed=JANUARY)
    first, copy = brought(store, paths).facts()["files"]
    (again,) = brought(store, paths[:1]).facts()["files"]
    assert first["import_key"] == copy["import_key"] == again["import_key"]
    assert [first["uploaded"], copy["uploaded"], again["uploaded"]] == [True, False, False]
    assert len(store.objects) == 1


def test_given_an_upload_whose_answer_was_lost_then_the_object_is_used(
    monkeypatch: pytest.MonkeyPatch, store: MemoryObjectStore, tmp_path: Path
) -> None:
    def stored_but_refused(key: str, body: bytes, **_: Any) -> str:
        store.put(key, body)
        raise ConflictError("412", remedy="Read it again.")

    monkeypatch.setattr(store, "put_if", stored_but_refused)
    brought(store, saved(tmp_path, january=JANUARY)).raise_if_incomplete()


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        (portal_csv("2022-01-01"), "bad.csv, row 2: 일시 '2022-01-01' has no hour"),
        (JANUARY + b"108,", "bad.csv, row 4 ends after 2 of 5 columns: the file is cut off"),
        (b"", "bad.csv is empty"),
        (b"PK\x03\x04 and then nothing", "bad.csv cannot be read"),
        (gzip.compress(JANUARY)[:40], "bad.csv cannot be read"),
        (b"\x1f\x8b\x08 no gzip", "bad.csv cannot be read"),
        (archive(**{"[Content_Types].xml": b"<x/>"}), "bad.csv holds no CSV. On data.kma.go.kr choose"),
        (archive(**{"a.csv": b"x,y\n"}), "bad.csv: a.csv has no column 지점 (stnId) and 일시 (tm)"),
        (archive(a=b"", **{"__MACOSX/a.csv": b""}), "bad.csv holds no CSV"),
        (gzip.compress(gzip.compress(gzip.compress(gzip.compress(JANUARY)))), "packed too deep"),
    ],
)  # fmt: skip
def test_given_a_bad_file_among_good_ones_then_nothing_is_uploaded(
    store: MemoryObjectStore, tmp_path: Path, bad: bytes, named: str
) -> None:
    with pytest.raises(InvalidInputError) as raised:
        brought(store, saved(tmp_path, january=JANUARY, february=FEBRUARY, bad=bad))
    assert named in str(raised.value)
    assert not store.objects


def test_given_an_hour_after_now_then_file_row_and_limit_are_named_and_nothing_is_uploaded(
    store: MemoryObjectStore, tmp_path: Path
) -> None:
    now = PLAN.now()
    future = portal_csv("2022-01-01 00:00", f"{now + timedelta(hours=2):%Y-%m-%d %H}:00")
    with pytest.raises(
        InvalidInputError, match=r"future\.csv, row 3: .* lies after .* can have been observed"
    ):
        brought(store, saved(tmp_path, january=JANUARY, future=future))
    assert not store.objects
    brought(store, saved(tmp_path, now=portal_csv(f"{now:%Y-%m-%d %H}:00")))


@pytest.mark.parametrize("name", ["gone.csv", "."])
def test_given_no_file_then_the_path_is_named(store: MemoryObjectStore, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError, match=str(tmp_path)):
        brought(store, [*saved(tmp_path, january=JANUARY), tmp_path / name])
    assert not store.objects


def test_given_a_file_too_large_for_ingest_then_the_limit_is_named(
    monkeypatch: pytest.MonkeyPatch, store: MemoryObjectStore, tmp_path: Path
) -> None:
    monkeypatch.setattr(observation_files, "MAX_BYTES", len(JANUARY) - 1)
    for content in (JANUARY, gzip.compress(JANUARY), archive(**{"a.csv": JANUARY})):
        with pytest.raises(InvalidInputError, match="larger than 0 MB"):
            brought(store, saved(tmp_path, january=content))
    assert not store.objects


def test_given_archives_in_an_archive_then_each_csv_is_a_file_of_its_own(tmp_path: Path) -> None:
    name = "SURFACE_ASOS_108_HR_2022"
    inner = archive(**{f"{name}.CSV": JANUARY, "readme.txt": b"x"})
    (tmp_path / "download.zip").write_bytes(archive(**{f"{name}.zip": inner, "b.csv": FEBRUARY}))
    found = dict(unpacked_files(tmp_path / "download.zip"))
    whole = f"{tmp_path}/download.zip"
    assert found == {f"{whole}: {name}.zip: {name}.CSV": JANUARY, f"{whole}: b.csv": FEBRUARY}


def test_given_the_same_rows_packed_or_not_then_they_are_one_object(
    store: MemoryObjectStore, tmp_path: Path
) -> None:
    brought(store, saved(tmp_path, a=JANUARY, b=gzip.compress(JANUARY), c=archive(**{"x.csv": JANUARY})))
    assert len(store.objects) == 1


def test_a_survey_counts_rows_stations_and_span() -> None:
    body = (
        JANUARY
        + FEBRUARY.partition(b"\n")[2]
        + portal_csv("2021-12-31 23:00", station="90").partition(b"\n")[2]
    )
    found = survey("all.csv", body, until=NOW)
    assert str(found) == "all.csv: 4 rows of station 90, 108, 112, 2021-12-31 23:00 to 2022-02-01 00:00"


def test_given_a_deployment_of_synthetic_weather_then_real_observations_are_refused(
    store: MemoryObjectStore, tmp_path: Path
) -> None:
    synthetic = ObservationPlan(source="synthetic", stations=("108",))
    with pytest.raises(InvalidInputError, match=r"synthetic weather.*KMA_API_KEY.*ASOS_REPLAY"):
        brought(store, saved(tmp_path, january=JANUARY), synthetic)
    assert not store.objects


def test_given_ingest_refuses_a_file_then_the_others_are_imported_and_it_is_named(
    store: MemoryObjectStore, tmp_path: Path
) -> None:
    report = brought(store, saved(tmp_path, january=JANUARY, february=FEBRUARY), refused="108")
    assert [one["status"] for one in report.facts()["files"]] == ["failed", "complete"]
    with pytest.raises(
        PlantcastError, match=r"1 of 2 files not complete: .*january.csv failed \(station 108"
    ):
        report.raise_if_incomplete()


def test_given_stations_then_each_is_rebuilt_and_a_partial_one_is_a_fault(store: MemoryObjectStore) -> None:
    cloud = FakeCloud(store, refused="112")
    report = rebuild(cast(LocalCloud, cloud), PLAN, ["108", "112"])
    assert cloud.calls == [{"station": number, "rebuild": True} for number in ("108", "112")]
    with pytest.raises(
        PlantcastError, match=r"1 of 2 stations not complete: 112 partial \(One month is older"
    ):
        report.raise_if_incomplete()


@pytest.fixture
def cloud(command_line: None, monkeypatch: pytest.MonkeyPatch, store: MemoryObjectStore) -> FakeCloud:
    """A deployment that the command line finds running."""
    fake = FakeCloud(store)
    outputs = SimpleNamespace(data_bucket="lake", endpoint="http://127.0.0.1:1")
    monkeypatch.setattr(imports, "running", lambda folder: (SimpleNamespace(plan=PLAN), outputs))
    monkeypatch.setattr(imports, "LocalCloud", lambda outputs: fake)
    monkeypatch.setattr(imports, "S3ObjectStore", lambda bucket, client: store)
    return fake


def plantcast(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def test_the_command_shows_what_came_of_each_station(cloud: FakeCloud, tmp_path: Path) -> None:
    march = portal_csv("2022-03-01 00:00")
    result = plantcast("import", *saved(tmp_path, january=JANUARY, february=FEBRUARY, march=march))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["108", "112"]
    assert (
        "2022-01-01T00:00+09:00 to 2022-03-01T00:00+09:00: 3 hours new, 0 corrected, 2 unchanged" in lines[0]
    )
    assert "4 values masked" in lines[0]


def test_the_command_prints_one_json_document_and_fails_when_a_file_did(
    cloud: FakeCloud, tmp_path: Path
) -> None:
    cloud.refused = "112"
    result = plantcast("import", *saved(tmp_path, january=JANUARY, february=FEBRUARY), "--json")
    assert result.exit_code == console.EXIT_FAULT
    assert [one["status"] for one in json.loads(result.stdout)["files"]] == ["complete", "failed"]
    assert "station 112 is not known" in result.stderr


def test_given_a_daily_file_then_it_is_a_usage_error(cloud: FakeCloud, tmp_path: Path) -> None:
    result = plantcast("import", *saved(tmp_path, daily=portal_csv("2022-01-01")))
    assert result.exit_code == console.EXIT_USAGE
    assert "시간자료" in result.output
    assert not cloud.calls


@pytest.mark.parametrize(
    ("arguments", "stations"),
    [((), ["108", "112"]), (("--stations", "112,90"), ["112", "90"]), (("--station", "90"), ["90"])],
)
def test_rebuild_takes_the_deployed_stations_or_those_named(
    cloud: FakeCloud, arguments: tuple[str, ...], stations: list[str]
) -> None:
    result = plantcast("rebuild", *arguments)
    assert result.exit_code == 0
    assert [call["station"] for call in cloud.calls] == stations
    assert "complete: 3 of 3 months rewritten from 9 responses, 1 of them unreadable" in result.stdout


def test_given_a_month_was_left_alone_then_rebuild_says_so_and_fails(cloud: FakeCloud) -> None:
    cloud.refused = "112"
    shown = plantcast("rebuild")
    assert shown.exit_code == console.EXIT_FAULT
    assert "left alone, as what was received lacks hours they hold: 2022-01" in shown.stdout
    facts = json.loads(plantcast("rebuild", "--json").stdout)
    assert (facts["source"], [one["status"] for one in facts["stations"]]) == (
        "replay",
        ["complete", "partial"],
    )


def test_given_no_station_number_then_the_error_names_it(cloud: FakeCloud) -> None:
    result = plantcast("rebuild", "--stations", "서울")
    assert result.exit_code == console.EXIT_USAGE
    assert "Station '서울' is not known" in result.output
