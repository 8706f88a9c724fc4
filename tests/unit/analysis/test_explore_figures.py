"""`make figures`: the pictures of docs/forecasting.md, chosen from those of `plantcast explore`."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import figures as make_figures
from analysis.explore.forecast_pictures import FORECAST_PICTURES
from analysis.explore.style import Picture
from plantcast.common.errors import PlantcastError


def pictures(**sizes: int) -> list[Picture]:
    return [Picture(name, "title", "caption", b"x" * sizes.get(name, 10)) for name in FORECAST_PICTURES]


@pytest.mark.parametrize(("name", "size"), [("examples_hm", 150_001), ("reliability", 0)])
def test_given_a_picture_too_large_or_empty_then_none_is_written(
    tmp_path: Path, name: str, size: int
) -> None:
    with pytest.raises(PlantcastError, match=f"{name} has {size} bytes"):
        make_figures.write(pictures(**{name: size}), tmp_path)
    assert list(tmp_path.iterdir()) == []
