"""Writes the pictures and a page that lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

import numpy as np

from analysis.explore.pictures import Picture, data_pictures, forecast_pictures
from analysis.explore.scores import Span, score
from analysis.explore.sources import Observed
from infra.terminal import console
from infra.terminal.progress import elapsed
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting.issued import attribution

PAGE: Final = "index.html"
_CSS: Final = """
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff;
       font: 15px/1.5 "DejaVu Sans", "Noto Sans", "Noto Sans KR", sans-serif }
figure { margin: 1.5rem 0 } img { max-width: 100%; height: auto } figcaption, .note { color: #555 }
.warning { padding: .5rem .8rem; background: #fff3cd; border: 1px solid #e0c36a; font-weight: bold }
"""


@dataclass(frozen=True)
class Exploration:
    """Pictures in the order of the page, and the figures of `--json` (docs/contracts.md)."""

    observed: Observed
    pictures: Sequence[Picture]
    figures: dict[str, Any]

    def write(self, folder: Path) -> list[Path]:
        """Write everything into the folder, the page last; return the paths, the page first.

        Raises:
            InvalidInputError: the folder cannot be made or written to.
        """
        paths = [folder / f"{one.name}.svg" for one in self.pictures]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for path, one in zip(paths, self.pictures, strict=True):
                path.write_bytes(one.svg)
            (folder / PAGE).write_text(self.page(), "utf-8")
        except OSError as error:
            raise InvalidInputError(
                f"{folder} cannot be written to ({error.strerror or type(error).__name__}).",
                remedy="Name another folder with --out.",
            ) from error
        return [folder / PAGE, *paths]

    def page(self) -> str:
        """Return the HTML; pictures are referred to as `<name>.svg` in the same folder."""
        observed = self.observed
        title = escape(f"{observed.name}: observations and forecasts")
        warning = '<p class="warning">SYNTHETIC weather, not observations. 합성 자료입니다.</p>\n'
        figures = "".join(
            f'<figure>\n<img src="{one.name}.svg" alt="{escape(one.title)}" loading="lazy">\n'
            f"<figcaption>{escape(one.caption)}</figcaption>\n</figure>\n"
            for one in self.pictures
        )
        return (
            f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n<style>{_CSS}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
            f"{warning if observed.source == 'synthetic' else ''}"
            f'<p class="note">{escape(f"{observed.span}, read from {observed.origin}.")}</p>\n{figures}'
            f"<footer>Source: {escape(attribution(observed.source))}.</footer>\n</body>\n</html>\n"
        )

    def details(self, paths: Sequence[Path]) -> dict[str, Any]:
        """Return it JSON-ready, for the paths that `write` returned."""
        observed = self.observed
        return {
            "station": observed.station,
            "source": observed.source,
            "attribution": attribution(observed.source),
            "first": observed.frame.index[0].isoformat(timespec="minutes"),
            "last": observed.frame.index[-1].isoformat(timespec="minutes"),
            "page": str(paths[0]),
            "pictures": [
                {"path": str(path), "title": one.title, "caption": one.caption}
                for path, one in zip(paths[1:], self.pictures, strict=True)
            ],
            "figures": self.figures,
        }


def explore(observed: Observed, span: Span | None, *, every: int = 1) -> Exploration:
    """Draw the observations, and with a span the scores of a backtest.

    Raises:
        InvalidInputError: a target was never observed, or the span cannot be scored.
    """
    shares = observed.frame.notna().mean()
    figures: dict[str, Any] = {"completeness": {name: round(share, 4) for name, share in shares.items()}}
    to_draw = data_pictures(observed)
    if span is not None:
        days = f"{span.start} to {span.end}"
        with elapsed(f"training on what precedes {span.start} and scoring {days}; this takes minutes"):
            scores = score(observed.frame, span, every)
        targets = {target: _rounded(one.summary) for target, one in scores.items()}
        figures["backtest"] = {"start": f"{span.start}", "end": f"{span.end}", "targets": targets}
        to_draw += forecast_pictures(observed, scores, days)
    with console.progress() as bar:
        pictures = [draw() for draw in bar.track(to_draw, description="drawing")]
    return Exploration(observed, pictures, figures)


def _rounded(value: Any) -> Any:
    """Make scores JSON-ready."""
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return None if np.isnan(value) else round(value, 3)
