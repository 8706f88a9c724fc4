"""The folder that `plantcast explore` writes: pictures, and a page that lists them."""

from __future__ import annotations

import json
import re
from datetime import datetime
from html import escape
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from analysis.explore import report
from analysis.explore.pictures import climatology, completeness, diurnal_cycle
from analysis.explore.report import Exploration, explore
from analysis.explore.scores import Span
from analysis.explore.sources import Observed
from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.observations import VARIABLES
from tests.support.explore_examples import made_scores
from tests.support.synthetic_weather import made_weather

SVG = "{http://www.w3.org/2000/svg}"
LIMIT_BYTES = 150_000

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("error")]


@pytest.fixture(scope="module")
def exploration() -> Exploration:
    weather = made_weather(24 * 60).reindex(columns=list(VARIABLES))
    observed = Observed("108", weather, "synthetic", "<made-up weather>")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(report, "score", made_scores)
        return explore(observed, Span.chosen(weather, None, None))


def test_every_picture_is_small_and_has_title_and_source(exploration: Exploration) -> None:
    assert len(exploration.pictures) == 8
    for one in exploration.pictures:
        shown = ["".join(node.itertext()) for node in ElementTree.fromstring(one.svg).iter(f"{SVG}text")]
        assert len(one.svg) < LIMIT_BYTES, one.name
        assert {one.title, "SYNTHETIC weather, not observations"} <= set(shown)
        assert b"NaN" not in one.svg


def test_the_page_lists_every_picture_and_fetches_nothing_else(
    exploration: Exploration, tmp_path: Path
) -> None:
    paths = exploration.write(tmp_path / "new" / "folder")
    page = paths[0].read_text("utf-8")
    assert re.findall(r'(?:src|href)="([^"]*)"', page) == [path.name for path in paths[1:]]
    assert not re.search(r"<script|<link|<iframe|url\(|<made-up", page)
    assert all(escape(one.caption) in page for one in exploration.pictures)
    assert "합성 자료" in page


def test_details_name_the_paths_and_the_figures(exploration: Exploration, tmp_path: Path) -> None:
    details = exploration.details(exploration.write(tmp_path))
    assert json.loads(json.dumps(details, allow_nan=False)) == details
    assert [Path(one["path"]).stem for one in details["pictures"]] == [
        one.name for one in exploration.pictures
    ]
    assert details["figures"]["completeness"]["dsnw"] == 0
    assert details["figures"]["backtest"]["end"] == "2024-04-29"
    assert details["figures"]["backtest"]["targets"]["ta"]["leads_1_24"]["model"] > 0


def test_given_a_file_where_the_folder_should_be_then_the_error_names_it(
    exploration: Exploration, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(InvalidInputError, match=r"taken cannot be written to .*--out"):
        exploration.write(tmp_path / "taken")


def test_completeness_is_of_the_hours_of_each_month_in_the_record() -> None:
    weather = made_weather(24 * 40, start=datetime(2024, 1, 22, tzinfo=KST))
    weather.iloc[:60, weather.columns.get_loc("hm")] = np.nan
    shares = completeness(weather)
    assert [str(month) for month in shares.index] == ["2024-01", "2024-02", "2024-03"]
    assert shares["hm"].tolist() == [pytest.approx(1 - 60 / 240), 1.0, 1.0]


def test_days_never_observed_stay_blank_and_seasons_are_means_of_their_hours() -> None:
    weather = made_weather(24 * 31, start=datetime(2024, 3, 1, tzinfo=KST))
    known = np.flatnonzero(~np.isnan(climatology(weather, "hm")[0]))
    assert (known[0], known[-1], len(known)) == (59, 89, 31)
    means = diurnal_cycle(weather, "ta")
    assert means.loc[15, "spring"] == pytest.approx(weather["ta"][weather.index.hour == 15].mean())
    assert means["autumn"].isna().all()
