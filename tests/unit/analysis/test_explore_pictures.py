"""The folder that `plantcast explore` makes: pictures that open anywhere, a page, no byte left to chance."""

from __future__ import annotations

import json
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from analysis.explore.report import FORECAST_PICTURES, Exploration, compose, explore
from analysis.explore.scores import Span
from analysis.explore.sources import Observed
from plantcast.common.errors import InvalidInputError
from plantcast.observations import VARIABLES
from tests.explore_examples import made_scores
from tests.made_weather import made_weather

SVG = "{http://www.w3.org/2000/svg}"
LIMIT_BYTES = 150_000
DATA_PICTURES = ["completeness", "climatology", "distribution", "diurnal_cycle", "anomaly_memory"]

pytestmark = pytest.mark.filterwarnings("error")


def observed(days: int = 60) -> Observed:
    weather = made_weather(24 * days).reindex(columns=list(VARIABLES))
    return Observed("108", weather, "synthetic", "made-up weather")


def explored() -> Exploration:
    seen = observed()
    span = Span.chosen(seen.frame, None, None)
    return compose(seen, span, made_scores(seen.frame, span))


@pytest.fixture(scope="module")
def exploration() -> Exploration:
    return explored()


def texts(svg: bytes) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_every_picture_is_small_well_formed_and_says_what_it_shows(exploration: Exploration) -> None:
    assert [one.name for one in exploration.pictures] == [*DATA_PICTURES, *FORECAST_PICTURES]
    for one in exploration.pictures:
        assert len(one.svg) < LIMIT_BYTES, one.name
        assert one.title in texts(one.svg)
        assert "SYNTHETIC weather, not observations" in texts(one.svg)
        assert not re.search(rb"<dc:date>|20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d", one.svg), one.name
        assert b"NaN" not in one.svg


def test_axes_carry_units(exploration: Exploration) -> None:
    words = {one.name: " ".join(texts(one.svg)) for one in exploration.pictures}
    assert "RMSE, °C" in words["error_by_lead"]
    assert "hours ahead" in words["error_by_lead"]
    assert "bias, %" in words["bias"]
    assert "hour, KST" in words["climatology"]
    assert "RMSE" in words["examples_hm"]


def test_a_matplotlibrc_of_the_users_changes_nothing() -> None:
    import matplotlib as mpl

    with mpl.rc_context({"lines.linewidth": 9, "axes.facecolor": "black", "svg.fonttype": "path"}):
        again = explore(observed(), None)
    assert [one.name for one in again.pictures] == list(DATA_PICTURES)
    # Text stays text, and no line is nine points wide.
    assert all(one.title in texts(one.svg) and b"stroke-width: 9" not in one.svg for one in again.pictures)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [value or "" for name, value in attributes if name in ("src", "href")]


def test_the_page_lists_every_picture_and_fetches_nothing_else(
    exploration: Exploration, tmp_path: Path
) -> None:
    paths = exploration.write(tmp_path / "new" / "folder")
    page = paths[0].read_text("utf-8")
    links = _Links()
    links.feed(page)
    assert [str(paths[0].parent / link) for link in links.found] == [str(path) for path in paths[1:]]
    assert all(path.read_bytes().startswith(b"<?xml") for path in paths[1:])
    assert not links.tags & {"script", "link", "iframe"}
    assert "url(" not in page
    assert all(escape(one.caption) in page for one in exploration.pictures)
    assert "합성 자료" in page
    rmse = exploration.figures["backtest"]["targets"]["ta"]["leads_1_24"]["model"]
    assert f"<td>{rmse:.2f}</td>" in page


def test_text_from_outside_is_escaped() -> None:
    seen = observed(3)
    seen = Observed("108", seen.frame, "kma", "<script>alert(1)</script>")
    page = explore(seen, None).html
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "기상청 (KMA), data.go.kr" in page
    assert "SYNTHETIC" not in page


def test_facts_name_the_paths_and_the_figures(exploration: Exploration, tmp_path: Path) -> None:
    facts = exploration.facts(exploration.write(tmp_path))
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert facts["page"] == str(tmp_path / "index.html")
    assert [Path(one["path"]).stem for one in facts["pictures"]] == [one.name for one in exploration.pictures]
    assert facts["figures"]["backtest"]["end"] == "2024-04-29"
    assert facts["figures"]["completeness"]["dsnw"] == 0
    assert (facts["source"], facts["first"]) == ("synthetic", "2024-03-01T00:00+09:00")


def test_given_a_run_without_scores_into_the_same_folder_then_the_old_ones_are_gone(
    exploration: Exploration, tmp_path: Path
) -> None:
    exploration.write(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    for _ in range(2):
        explore(exploration.observed, None).write(tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
            ["index.html", "notes.txt", *(f"{name}.svg" for name in DATA_PICTURES)]
        )


def test_given_a_file_where_the_folder_should_be_then_the_error_names_it(
    exploration: Exploration, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(InvalidInputError, match=r"taken cannot be written to .*--out"):
        exploration.write(tmp_path / "taken")


def test_given_a_span_with_too_little_before_it_then_training_says_so() -> None:
    seen = observed(30)
    span = Span.chosen(seen.frame, seen.frame.index[48].date(), None)
    with pytest.raises(InvalidInputError, match="Only 48 hours of ta are observed before"):
        explore(seen, span)
