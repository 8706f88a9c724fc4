"""`make figures`: the pictures of docs/forecasting.md, chosen from those of `plantcast explore`."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis import figures as make_figures
from analysis.explore.forecast_pictures import FORECAST_PICTURES
from analysis.explore.scores import Scores, Span
from analysis.explore.sources import Observed
from analysis.explore.style import Picture
from plantcast.common.errors import PlantcastError
from plantcast.forecasting import Target
from tests.explore_examples import made_scores
from tests.made_weather import made_weather


def pictures(**sizes: int) -> list[Picture]:
    return [Picture(name, "title", "caption", b"x" * sizes.get(name, 10)) for name in FORECAST_PICTURES]


def test_given_observations_then_the_chosen_pictures_and_the_cited_scores(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weather = made_weather(24 * 30)
    times = pd.DatetimeIndex(weather.index).tz_localize(None)
    weather.reset_index(drop=True).assign(tm=times, stnId=108).to_parquet(tmp_path / "seoul.parquet")

    def scored(observed: Observed, span: Span, *, every: int) -> dict[Target, Scores]:
        return made_scores(observed.frame, span, every)

    monkeypatch.setattr(make_figures, "seoul", lambda: tmp_path / "seoul.parquet")
    monkeypatch.setattr(make_figures, "backtest", scored)
    monkeypatch.setattr(make_figures, "ROOT", tmp_path)
    monkeypatch.setattr(make_figures, "FOLDER", tmp_path / "docs/pictures")
    monkeypatch.setattr("sys.argv", ["make_figures.py", "--start", "2024-03-20", "--end", "2024-03-29"])
    make_figures.main()
    made = {path.name: path.read_bytes() for path in (tmp_path / "docs/pictures").iterdir()}
    assert sorted(made) == sorted(f"{name}.svg" for name in FORECAST_PICTURES)
    assert all(b"data.go.kr" in svg and len(svg) < 150_000 for svg in made.values())
    cited = json.loads(capsys.readouterr().out)
    assert (cited["start"], cited["end"]) == ("2024-03-20", "2024-03-29")
    assert cited["ta"]["lead_24"]["model"] == pytest.approx(2, abs=0.3)  # `made_scores` errs by 1 + lead / 24


@pytest.mark.parametrize(("name", "size"), [("examples_hm", 150_001), ("reliability", 0)])
def test_given_a_picture_too_large_or_empty_then_none_is_written(
    tmp_path: Path, name: str, size: int
) -> None:
    with pytest.raises(PlantcastError, match=f"{name} has {size} bytes"):
        make_figures.write(pictures(**{name: size}), tmp_path)
    assert list(tmp_path.iterdir()) == []
