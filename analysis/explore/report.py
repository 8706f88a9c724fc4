"""From observations to a folder of pictures, their page and their figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from analysis.explore.climate import Climate, half_life
from analysis.explore.data_pictures import data_pictures
from analysis.explore.forecast_pictures import forecast_pictures
from analysis.explore.page import Section, data_tables, page, score_tables
from analysis.explore.scores import Scores, Span, score
from analysis.explore.sources import Observed
from analysis.explore.style import Picture
from infra.terminal import console
from infra.terminal.progress import elapsed
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.issued import attribution
from plantcast.forecasting.models.trees import TrainingParameters

PAGE: Final = "index.html"
# What an earlier run may have left: files of these names are ours, in a folder that was given to us.
FORECAST_PICTURES: Final = (
    "error_by_lead",
    "error_by_month",
    "error_by_hour",
    "bias",
    "reliability",
    "below_within_above",
    "examples_ta",
    "examples_hm",
)


@dataclass(frozen=True)
class Exploration:
    """Pictures in the order they are read, the page that lists them, and the figures they show."""

    observed: Observed
    pictures: Sequence[Picture]
    html: str
    figures: dict[str, Any]

    def write(self, folder: Path) -> list[Path]:
        """Write everything into the folder, the page last; return the paths, the page first.

        Forecast pictures of an earlier run that are not made now are removed: they would contradict the page.

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
            (folder / PAGE).write_text(self.html, "utf-8")
        except OSError as error:
            raise InvalidInputError(
                f"{folder} cannot be written to ({error.strerror or type(error).__name__}).",
                remedy="Name another folder with --out.",
            ) from error
        return [folder / PAGE, *paths]

    def facts(self, paths: Sequence[Path]) -> dict[str, Any]:
        """Return what `--json` prints, for the paths that `write` gave."""
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
    with elapsed("computing climatologies"):
        climates = [Climate.of(observed.frame, target) for target in TARGETS]
    shares = {str(name): float(share) for name, share in observed.frame.notna().mean().items()}
    figures: dict[str, Any] = {
        "completeness": {name: round(share, 4) for name, share in shares.items()},
        "anomaly_half_life_hours": {climate.target: half_life(climate.damping) for climate in climates},
        "damping": {climate.target: [round(float(b), 4) for b in climate.damping] for climate in climates},
    }
    to_draw = data_pictures(observed, climates)
    of_data = len(to_draw)
    if span is not None and scores is not None:
        figures["backtest"] = {
            "start": f"{span.start}",
            "end": f"{span.end}",
            "targets": {target: one.facts() for target, one in scores.items()},
        }
        to_draw += forecast_pictures(observed, scores, f"{span.start} to {span.end}")
    pictures = draw(to_draw)
    seen = f"{observed.name}, {observed.span}, read from {observed.origin}."
    sections = [Section("Observations", seen, pictures[:of_data], data_tables(shares, climates))]
    if span is not None and scores is not None:
        sections.append(_forecast_section(span, scores, pictures[of_data:], figures["backtest"]))
    html = page(
        f"{observed.name}: observations and forecasts",
        sections=sections,
        attribution=attribution(observed.source),
        synthetic=observed.source == "synthetic",
    )
    return Exploration(observed, pictures, html, figures)


def backtest(
    observed: Observed, span: Span, *, every: int = 1, parameters: TrainingParameters | None = None
) -> dict[Target, Scores]:
    """Train on what precedes the span and score it, saying that it goes on.

    Raises:
        InvalidInputError: the span cannot be scored, or too little precedes it.
    """
    with elapsed(f"training on what precedes {span.start} and scoring up to {span.end}; this takes minutes"):
        return score(observed.frame, span, every, parameters=parameters)


def draw(to_draw: Sequence[Callable[[], Picture]]) -> list[Picture]:
    """Draw behind a progress bar."""
    with console.progress() as bar:
        return [one() for one in bar.track(to_draw, description="drawing")]


def _forecast_section(
    span: Span, scores: Mapping[Target, Scores], pictures: Sequence[Picture], facts: dict[str, Any]
) -> Section:
    hours = max(one.train_hours for one in scores.values())
    return Section(
        "Forecasts",
        f"Trained on the {hours:,} observed hours before {span.start}, scored on {span.start} to {span.end} "
        "as it would have been forecast. Model and baselines are scored on the same pairs of "
        "origin and hour.",
        pictures,
        score_tables(facts["targets"]),
    )
