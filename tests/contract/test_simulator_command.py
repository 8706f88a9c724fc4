"""`python -m infra.kma_simulator` as a process: signals, bad arguments, replayed files."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from infra.kma_simulator.__main__ import main
from infra.kma_simulator.service import DEFAULT_KEY

pytestmark = pytest.mark.network

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/domain/python")])}
QUERY = {
    "serviceKey": DEFAULT_KEY,
    "dataCd": "ASOS",
    "dateCd": "HR",
    "startHh": "00",
    "endHh": "23",
    "stnIds": "108",
    "numOfRows": "24",
    "dataType": "JSON",
}


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command and yield it with its URL once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "infra.kma_simulator", "--port", str(port), *arguments]
    process = subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
    url = f"http://127.0.0.1:{port}"
    try:
        while process.poll() is None:
            try:
                httpx.get(f"{url}/_simulator/health", timeout=60)
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        yield process, url
    finally:
        process.kill()
        process.communicate()


def get_day(url: str, day: str, **changes: str) -> httpx.Response:
    parameters = QUERY | {"startDt": day, "endDt": day} | changes
    return httpx.get(f"{url}/1360000/AsosHourlyInfoService/getWthrDataList", params=parameters, timeout=120)


def test_given_a_clock_when_started_then_it_serves_up_to_the_day_before_and_a_signal_ends_it_with_0() -> None:
    with started("--clock", "2022-08-10T02:00") as (process, url):
        assert len(get_day(url, "20220809").json()["response"]["body"]["items"]["item"]) == 24
        assert get_day(url, "20220810").json()["response"]["header"]["resultCode"] == "99"
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=120)
        assert process.returncode == 0
        assert "serviceKey" not in stderr
        assert DEFAULT_KEY not in stderr


def test_given_a_portal_csv_when_replayed_then_the_service_has_its_values_and_says_so(tmp_path: Path) -> None:
    lines = ["지점,지점명,일시,기온(°C),기온 QC플래그,강수량(mm),습도(%)"]
    lines += [f"108,서울,2022-08-08 {hour:02}:00,{24 + hour / 10:.1f},0,,{60 + hour}" for hour in range(24)]
    file = tmp_path / "OBS_ASOS_TIM.csv"
    file.write_text("\n".join(lines), encoding="cp949")
    with started("--replay", str(file)) as (_, url):
        response = get_day(url, "20220808")
        rows = response.json()["response"]["body"]["items"]["item"]
        assert [(row["ta"], row["taQcflg"], row["hm"], row["rn"]) for row in rows] == [
            (f"{24 + hour / 10:.1f}", "0", str(60 + hour), "") for hour in range(24)
        ]
        assert {(row["ps"], row["psQcflg"]) for row in rows} == {("", "9")}
        assert response.headers["x-plantcast-source"] == "replay"
        assert get_day(url, "20220809").json()["response"]["header"]["resultCode"] == "03"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--replay", "no/such/file.csv"], "no/such/file.csv"),
        (["--clock", "soon"], "'soon'"),
        (["--port", "x"], "--port"),
    ],
)
def test_given_bad_arguments_when_started_then_they_are_named_and_the_exit_code_is_2(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    named: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code: object = main(arguments)
    except SystemExit as exit_:
        code = exit_.code
    assert code == 2
    assert named in capsys.readouterr().err
