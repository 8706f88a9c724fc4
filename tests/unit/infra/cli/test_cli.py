"""The command line without a deployment: help, faults, exit codes, what goes to stdout and what to stderr."""

from __future__ import annotations

import errno
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from typer.testing import CliRunner, Result

from infra.cli import app as cli
from infra.cli.forecast_table import print_forecast
from infra.emulator.state import StateFolder, exclusive
from infra.terminal import console
from plantcast.common.clock import KST
from plantcast.common.errors import KeyRejectedError

pytestmark = pytest.mark.usefixtures("command_line")


def plantcast(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments)


def printed(result: Result) -> str:
    return " ".join(result.output.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        ("forecast",),
        ("models",),
        ("rollback", "--yes"),
        ("backfill", "--from", "2025-01-01"),
        ("logs", "train"),
    ],
)
def test_given_nothing_runs_then_the_remedy_is_to_start_it(
    arguments: tuple[str, ...],
) -> None:
    result = plantcast(*arguments)
    assert result.exit_code == console.EXIT_FAULT
    assert "Nothing runs here. Start it with `make demo`" in printed(result)


def test_given_nothing_runs_then_down_says_so_and_succeeds(
    tmp_path: Path,
) -> None:
    result = plantcast("down")
    assert result.exit_code == 0
    assert "Nothing runs here" in printed(result)
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("up", "--stations", "108,999"), "Station '999' is not known"),
        (("run", "--as-of", "tomorrow"), "--as-of='tomorrow'"),
        (("up", "--clock", "soon"), "clock='soon'"),
        (("up", "--stations", "1x"), "Station '1x' is not known"),
        (("demo", "--stations", ","), "Station ',' is not known"),
        (("logs", "nothing"), "no log of 'nothing'"),
        (
            ("backtest", "--observations", "a", "--start", "x", "--end", "2022-01-01"),
            "--start='x'",
        ),
    ],
)
def test_given_a_value_that_makes_no_sense_then_the_error_names_it(
    arguments: tuple[str, ...], named: str
) -> None:
    result = plantcast(*arguments)
    assert result.exit_code == console.EXIT_USAGE
    text = printed(result)
    assert named in text
    assert "Traceback" not in text


@pytest.mark.parametrize("as_of", ["2025-05-31", "1800-01-01"])
def test_given_a_day_that_cannot_be_run_then_it_is_refused_before_anything_starts(
    as_of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = SimpleNamespace(stations=("108",), now=lambda: datetime(2025, 5, 30, 2, tzinfo=KST))
    monkeypatch.setattr(cli, "find_deployment", lambda *_, **__: deployment)
    monkeypatch.setattr(cli, "run_pipeline", lambda *_, **__: pytest.fail("it was started"))

    result = plantcast("run", "--as-of", as_of)

    assert result.exit_code == console.EXIT_USAGE
    assert f"as_of={as_of} is not between 1904-04-09 and today, 2025-05-30" in " ".join(
        printed(result).split()
    )


def test_given_another_command_at_work_then_it_is_named(
    tmp_path: Path,
) -> None:
    with exclusive(StateFolder(tmp_path / "state")):
        result = plantcast("down")
    assert result.exit_code == console.EXIT_FAULT
    assert "Another plantcast command is running" in printed(result)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (KeyRejectedError("The key was refused.", remedy="Check it."), "The key was refused. Check it."),
        (OSError(errno.ENOSPC, "No space left", "/x/state"), "No space left: '/x/state'. Make it writable"),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
            "A call to AWS or the emulator failed",
        ),
        (ZeroDivisionError("oops"), "Unexpected ZeroDivisionError: oops"),
    ],
)
def test_faults_become_one_message(fault: Exception, text: str) -> None:
    assert text in console.explain(fault)


def forecast() -> dict[str, Any]:
    hours = [f"2025-05-{30 + n // 24}T{n % 24:02}:00+09:00" for n in range(48)]
    values = {"temperature_2m": 21.34, "relative_humidity_2m": 61.0}
    hourly = {
        f"{name}{part}": [value] * 48 for name, value in values.items() for part in ("", "_p10", "_p90")
    }
    days = [{"date": f"2025-05-{30 + n}", "label": label} for n, label in enumerate(("today", "tomorrow"))]
    advices = (
        {"mood": "happy", "needs_water": False, "advice_en": "Nothing to do."},
        {"mood": "hot", "needs_water": True, "advice_en": "Water it well."},
    )
    conditions = [{"active": True, "reason_en": "because"}, {"active": False, "reason_en": "no reason"}]
    advised = [
        {**day, **advice, "conditions": conditions[n == 0 :]}
        for n, (day, advice) in enumerate(zip(days, advices, strict=True))
    ]
    return {
        "station": {"id": "108", "name_ko": "서울", "name_en": "Seoul"},
        "source": "synthetic",
        "origin": "2025-05-29T23:00+09:00",
        "issued_at": "2025-05-30T02:01:12+09:00",
        "degraded_reasons": ["observations_incomplete", "baseline_only_hm", "moon_phase"],
        "history_hours": 720,
        "models": {"ta": {"kind": "lightgbm"}, "hm": {"kind": "damped_anomaly"}},
        "hourly": {"time": hours, **hourly},
        "days": days,
        "advice": {"days": advised},
    }


def test_a_forecast_says_which_parts_it_is_made_of(capfd: pytest.CaptureFixture[str]) -> None:
    shares = {"ta": [0.1] * 6 + [0.6] * 18 + [0.9] * 24, "hm": [0.5] * 48}
    known = forecast()
    known["hourly"] |= {
        "sky": [1, 3, 4, None] + [None] * 44,
        "precipitation_probability": [0.0, 30.0, None, 60.0] + [None] * 44,
    }
    sources = [
        {"name": "station_model", "issued_at": known["issued_at"], "simulated": True, "share": shares},
        {"name": "kma", "issued_at": "2025-05-29T23:00:00+09:00", "simulated": True, "share": shares},
    ]
    print_forecast(known | {"sources": sources, "guidance_reasons": ["guidance_late"]})
    printed = capfd.readouterr().out
    text = " ".join(printed.split())
    assert (
        "updated 2025-05-30 02:01 from observations up to 2025-05-29 23:00 "
        "and the KMA's forecast (simulated) of 2025-05-29 23:00;"
    ) in text
    assert (
        "share of the KMA's forecast (simulated): temperature 10 % at 1–6 h, 60 % at 7–24 h, "
        "90 % at 25–48 h; humidity 50 % at 1–6 h"
    ) in text
    assert max(map(len, printed.splitlines()[3:30])) <= 80
    for cell in (") ○0% ", ") ◐30% ", ") ● ", ") 60% ", "○ clear ◐ mostly cloudy ● overcast"):
        assert cell in text
    assert "! " in text.partition("Water it well")[2]


def test_a_forecast_by_the_station_model_alone_names_no_other(capfd: pytest.CaptureFixture[str]) -> None:
    alone = {"name": "station_model", "simulated": True, "share": {"ta": [1.0] * 48, "hm": [1.0] * 48}}
    columns = {"sky": [None] * 48, "precipitation_probability": [None] * 48}
    print_forecast(forecast() | {"sources": [alone], "hourly": forecast()["hourly"] | columns})
    text = capfd.readouterr().out
    assert "share of" not in text
    assert "sky" not in text


def test_a_forecast_is_shown_hour_by_hour_with_its_advice(capfd: pytest.CaptureFixture[str]) -> None:
    print_forecast(forecast())
    text = capfd.readouterr().out
    assert text.count("21.3 (21.3…21.3)") == 48
    assert "SYNTHETIC weather, not observations" in text
    assert "🌿 today 2025-05-30: needs no water. Nothing to do.\n" in text
    assert "💧 tomorrow 2025-05-31: hot, needs WATER. Water it well. – because\n" in text
    assert "degraded: Some observations are missing." in text
    assert "degraded: Humidity comes from the baseline alone, without a trained model." in text
    assert "degraded: moon_phase" in text
    assert "720 h of history" in text
