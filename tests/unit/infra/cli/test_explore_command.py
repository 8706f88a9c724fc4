"""`plantcast explore` as a user calls it, and where its observations come from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from analysis.explore import report
from analysis.explore.scores import Scores, Span
from infra.cli import app as cli
from infra.cli import explore as command
from infra.terminal import console
from plantcast.forecasting import Target
from plantcast.observations.lake import ObservationLake
from tests.conftest import ROOT
from tests.support.explore_examples import made_scores
from tests.support.fakes import MemoryObjectStore
from tests.support.observed import START, sent_of
from tests.support.synthetic_weather import made_weather

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _own_folder(command_line: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def explore(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["explore", *arguments])


def printed(result: Result) -> str:
    return " ".join(result.output.split())


def parquet(path: Path, first_day: int, days: int, station: int = 108) -> str:
    weather = made_weather(24 * days, start=START + timedelta(days=first_day))
    times = pd.DatetimeIndex(weather.index).tz_localize(None)
    weather.reset_index(drop=True).assign(tm=times, stnId=station, extra=1).to_parquet(path)
    return str(path)


def test_given_files_and_a_span_then_forecasts_are_scored_and_drawn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[str, str, int]] = []

    def scored(frame: pd.DataFrame, span: Span, every: int) -> dict[Target, Scores]:
        asked.append((f"{span.start}", f"{span.end}", every))
        return made_scores(frame, span, every)

    monkeypatch.setattr(report, "score", scored)
    monkeypatch.setattr(report, "data_pictures", lambda _: [])
    file = parquet(tmp_path / "a.parquet", 0, 30)
    result = explore(
        "--observations", file, "--start", "2025-05-24", "--end", "2025-05-28", "--every", "3", "--synthetic"
    )
    assert result.exit_code == 0, result.output
    assert asked == [("2025-05-24", "2025-05-28", 3)]
    assert "explore/108/index.html" in printed(result)
    assert "explore/108/error_by_lead.svg" in printed(result)
    assert b"SYNTHETIC" in Path("explore/108/error_by_lead.svg").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--station", "108,112"), "names several"),
        (("--start", "2025-05-20", "--no-backtest"), "which --no-backtest leaves out"),
        (("--start", "2025-05-01"), "training needs 240"),
        (("--station", "112"), "no station 112; they hold 108"),
    ],
)
def test_given_nonsense_then_one_message_says_what_and_nothing_is_written(
    tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    result = explore("--observations", parquet(tmp_path / "a.parquet", 0, 30), *arguments)
    assert result.exit_code == console.EXIT_USAGE
    assert complaint in printed(result)
    assert not Path("explore").exists()


def test_the_command_line_starts_without_matplotlib_and_pandas() -> None:
    asked = "import sys, infra.cli.app; print(*{'matplotlib', 'pandas', 'lightgbm'} & set(sys.modules))"
    path = os.pathsep.join([str(ROOT / "layers/domain/python"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", asked],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def test_given_no_files_then_the_lake_of_what_runs_here_is_drawn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = MemoryObjectStore()
    sent = sent_of(made_weather(24 * 12, start=START))
    ObservationLake(store, "replay").merge("108", sent, received_at=START + timedelta(days=60))
    deployment = SimpleNamespace(store=store, source="replay")
    monkeypatch.setattr(command, "find_deployment", lambda environ: deployment)
    facts = json.loads(explore("--no-backtest", "--json").stdout)
    assert (facts["source"], facts["last"]) == ("replay", "2025-05-10T23:00+09:00")
    assert "재생 (replay)" in facts["attribution"]
    assert "replay of past observations" in Path("explore/108/diurnal_cycle.svg").read_text("utf-8")
