"""`import`, `rebuild`, `forget`: nothing is uploaded before every file is read, and nothing twice."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from infra.cli import app as cli
from infra.cli import observations as imports
from infra.cli.observations import import_files
from infra.stack.deployment import Deployment
from infra.terminal import console
from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.observations.files import read_table
from tests.support.fakes import MemoryObjectStore

HEADER = "지점,지점명,일시,기온(°C),습도(%)"
NOW = datetime(2025, 5, 30, 2, tzinfo=KST)


def portal_csv(*hours: str, station: str = "108", header: str = HEADER) -> bytes:
    return "\n".join([header, *(f"{station},서울,{hour},1.5,40" for hour in hours), ""]).encode("cp949")


JANUARY = portal_csv("2022-01-01 00:00", "2022-01-01 01:00")
FEBRUARY = portal_csv("2022-02-01 00:00", station="112")


class FakeDeployment:
    """Ingest: every row of the file is a new hour of its station; `refused` names a station that fails."""

    stations = ("108", "112")

    def __init__(self, refused: str = "", source: str = "replay") -> None:
        self.store = MemoryObjectStore()
        self.refused = refused
        self.source = source
        self.calls: list[dict[str, Any]] = []

    def now(self) -> datetime:
        return NOW

    def invoke(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        assert function == "ingest"
        self.calls.append(dict(payload))
        if "forget_from" in payload:
            return {"status": "complete", "message": "", "hours_removed": 24}
        return self._rebuild(payload) if "rebuild" in payload else self._import(str(payload["import_key"]))

    def _import(self, key: str) -> dict[str, Any]:
        text = pd.concat(list(read_table(gzip.decompress(self.store.objects[key]), key, until=NOW)))
        if self.refused in set(text["stnId"]):
            return {"status": "failed", "message": f"station {self.refused} is not known", "file": key}
        stations = [
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
        return {"status": "complete", "message": "", "file": key, "stations": stations}

    def _rebuild(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        result = {"station": payload["station"], "responses": 9, "unreadable": 1, "months": 3}
        if payload["station"] == self.refused:
            kept = {
                "status": "partial",
                "message": "One month is older than raw.",
                "months_kept": ["2022-01"],
            }
            return {**result, **kept, "months_rewritten": 2}
        return {**result, "status": "complete", "message": "", "months_rewritten": 3, "months_kept": []}


@pytest.fixture
def deployment(command_line: None, monkeypatch: pytest.MonkeyPatch) -> FakeDeployment:
    """The deployment that the command line finds."""
    made = FakeDeployment()
    monkeypatch.setattr(imports, "find_deployment", lambda environ: made)
    return made


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


def imported(deployment: FakeDeployment, paths: list[Path]) -> list[dict[str, Any]]:
    return import_files(cast(Deployment, deployment), paths)


def plantcast(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def test_each_file_is_kept_under_its_time_and_hash_and_ingested(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    first, second = imported(deployment, saved(tmp_path, january=JANUARY, february=FEBRUARY))
    bodies = [deployment.store.objects[one["import_key"]] for one in (first, second)]
    assert [gzip.decompress(body) for body in bodies] == [JANUARY, FEBRUARY]
    assert bodies[0][4:8] == b"\0\0\0\0"  # no time in the gzip header: equal files are equal objects
    digest = hashlib.sha256(JANUARY).hexdigest()[:8]
    assert first["import_key"] == f"raw/portal/{NOW:%Y%m%dT%H%M%S%f}-{digest}.csv.gz"
    assert (first["name"], first["rows"], first["uploaded"]) == (str(tmp_path / "january.csv"), 2, True)
    assert [one["hours_new"] for one in first["stations"]] == [2]


def test_given_the_same_rows_again_or_packed_then_their_object_is_used_again(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    packed = {"b": gzip.compress(JANUARY), "c": archive(**{"x.csv": JANUARY})}
    results = imported(deployment, saved(tmp_path, a=JANUARY, **packed))
    assert [one["uploaded"] for one in results] == [True, False, False]
    assert len(deployment.store.objects) == 1


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        (portal_csv("2022-01-01"), "bad.csv, row 2: '2022-01-01' is not a full hour"),
        (portal_csv("2025-05-30 05:00"), "bad.csv, row 2: "),
        (b"PK\x03\x04 and then nothing", "bad.csv cannot be read"),
        (archive(**{"a.csv": b"x,y\n1,2\n"}), "bad.csv: a.csv has no column stnId and tm"),
    ],
)
def test_given_a_bad_file_among_good_ones_then_nothing_is_uploaded(
    tmp_path: Path, bad: bytes, named: str
) -> None:
    deployment = FakeDeployment()
    with pytest.raises(InvalidInputError) as raised:
        imported(deployment, saved(tmp_path, january=JANUARY, february=FEBRUARY, bad=bad))
    assert named in str(raised.value)
    assert not deployment.store.objects


def test_the_command_prints_one_json_document_and_fails_when_a_file_did(
    deployment: FakeDeployment, tmp_path: Path
) -> None:
    deployment.refused = "112"
    result = plantcast("import", *saved(tmp_path, january=JANUARY, february=FEBRUARY), "--json")
    assert result.exit_code == console.EXIT_FAULT
    document = json.loads(result.stdout)
    assert document["source"] == "replay"
    assert [one["status"] for one in document["files"]] == ["complete", "failed"]


@pytest.mark.parametrize(
    ("arguments", "stations"), [((), ["108", "112"]), (("--stations", "112,90"), ["112", "90"])]
)
def test_rebuild_takes_the_deployed_stations_or_those_named(
    deployment: FakeDeployment, arguments: tuple[str, ...], stations: list[str]
) -> None:
    result = plantcast("rebuild", *arguments)
    assert result.exit_code == 0
    assert [call["station"] for call in deployment.calls] == stations
    assert "complete: 3 of 3 months rewritten from 9 responses, 1 of them unreadable" in result.stdout


def test_forget_takes_whole_days(deployment: FakeDeployment) -> None:
    result = plantcast("forget", "--station", "108", "--from", "2025-05-01", "--to", "2025-05-01")
    assert result.exit_code == 0
    assert deployment.calls == [
        {
            "station": "108",
            "forget_from": "2025-05-01T00:00+09:00",
            "forget_to": "2025-05-01T23:00+09:00",
        }
    ]
    assert "24 hours of station 108 removed" in result.output
