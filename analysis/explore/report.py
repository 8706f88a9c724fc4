"""Writes the pictures, a page that lists them, and their figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

from analysis.explore.data_pictures import data_pictures
from analysis.explore.forecast_pictures import FORECAST_PICTURES, forecast_pictures
from analysis.explore.scores import Scores, Span, score
from analysis.explore.sources import Observed
from analysis.explore.style import Picture
from infra.terminal import console
from infra.terminal.progress import elapsed
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import Target
from plantcast.forecasting.issued import attribution
from plantcast.forecasting.models.trees import TrainingParameters

PAGE: Final = "index.html"
_CSS: Final = """
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff;
       font: 15px/1.5 "DejaVu Sans", "Noto Sans", "Noto Sans KR", sans-serif }
figure { margin: 1.5rem 0 } img { max-width: 100%; height: auto } figcaption, .note { color: #555 }
.warning { padding: .5rem .8rem; background: #fff3cd; border: 1px solid #e0c36a; font-weight: bold }
footer { margin-top: 3rem; color: #555; border-top: 1px solid #ddd; padding-top: .5rem }
"""


@dataclass(frozen=True)
class Exploration:
    """Pictures in the order of the page, and their figures."""

    observed: Observed
    pictures: Sequence[Picture]
    figures: dict[str, Any]

    def write(self, folder: Path) -> list[Path]:
        """Write everything into the folder, the page last; return the paths, the page first.

        Forecast pictures of an earlier run that are not drawn now are removed.

        Raises:
            InvalidInputError: the folder cannot be made or written to.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            paths = [folder / f"{one.name}.svg" for one in self.pictures]
            for path, one in zip(paths, self.pictures, strict=True):
                path.write_bytes(one.svg)
            for name in set(FORECAST_PICTURES) - {one.name for one in self.pictures}:
                (folder / f"{name}.svg").unlink(missing_ok=True)
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
            f'<figure>\n<img src="{escape(one.name)}.svg" alt="{escape(one.title)}" loading="lazy">\n'
            f"<figcaption>{escape(one.caption)}</figcaption>\n</figure>\n"
            for one in self.pictures
        )
        return (
            f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n<style>{_CSS}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
            f"{warning if observed.source == 'synthetic' else ''}"
            f'<p class="note">{escape(f"{observed.span}, read from {observed.origin}.")}</p>\n{figures}'
            f"<footer>Source: {escape(attribution(observed.source))}. "
            "Made by <code>plantcast explore</code>; --json prints the figures.</footer>\n</body>\n</html>\n"
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


def explore(
    observed: Observed, span: Span | None, *, every: int = 1, parameters: TrainingParameters | None = None
) -> Exploration:
    """Compute and draw everything; without a span there is no backtest.

    Raises:
        InvalidInputError: a target was never observed, or the span cannot be scored.
    """
    scores = None if span is None else backtest(observed, span, every=every, parameters=parameters)
    return compose(observed, span, scores)


def compose(observed: Observed, span: Span | None, scores: Mapping[Target, Scores] | None) -> Exploration:
    """Draw the observations, and the scores of a span if there are any.

    Raises:
        InvalidInputError: a target was never observed.
    """
    shares = observed.frame.notna().mean()
    figures: dict[str, Any] = {
        "completeness": {str(name): round(float(share), 4) for name, share in shares.items()}
    }
    to_draw = data_pictures(observed)
    if span is not None and scores is not None:
        figures["backtest"] = {
            "start": f"{span.start}",
            "end": f"{span.end}",
            "targets": {target: one.details() for target, one in scores.items()},
        }
        to_draw += forecast_pictures(observed, scores, f"{span.start} to {span.end}")
    return Exploration(observed, draw(to_draw), figures)


def backtest(
    observed: Observed, span: Span, *, every: int = 1, parameters: TrainingParameters | None = None
) -> dict[Target, Scores]:
    """Train on what precedes the span and score it, behind a progress display.

    Raises:
        InvalidInputError: the span cannot be scored, or too little precedes it.
    """
    with elapsed(f"training on what precedes {span.start} and scoring up to {span.end}; this takes minutes"):
        return score(observed.frame, span, every, parameters=parameters)


def draw(to_draw: Sequence[Callable[[], Picture]]) -> list[Picture]:
    """Draw behind a progress bar."""
    with console.progress() as bar:
        return [one() for one in bar.track(to_draw, description="drawing")]
