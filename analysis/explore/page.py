"""The page that lists the pictures: one plain HTML file beside them, nothing fetched from anywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from analysis.explore.climate import QUANTILES, SEASONS, Climate, half_life
from analysis.explore.scores import FORECASTS
from analysis.explore.style import NAMES, UNITS, Picture
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.evaluation.metrics import BLOCKS
from plantcast.observations import VARIABLES

_BLANK: Final = "–"
_BLOCKS: Final = {"lead_24": "24 h ahead", "leads_1_24": "1–24 h ahead", "leads_25_48": "25–48 h ahead"}
_CSS: Final = """
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff;
       font: 15px/1.5 "DejaVu Sans", "Noto Sans", "Noto Sans KR", sans-serif }
h1 { font-size: 1.5rem } h2 { font-size: 1.2rem; margin-top: 2.5rem; border-bottom: 1px solid #ddd }
figure { margin: 1.5rem 0 } img { max-width: 100%; height: auto } figcaption, .note { color: #555 }
.warning { padding: .5rem .8rem; background: #fff3cd; border: 1px solid #e0c36a; font-weight: bold }
.wide { overflow-x: auto } table { border-collapse: collapse; font-size: 13px; margin: 1rem 0 }
caption { text-align: left; white-space: nowrap; font-weight: bold; padding-bottom: .3rem }
th, td { padding: .15rem .6rem; text-align: right; border-bottom: 1px solid #eee }
th:first-child { text-align: left; font-weight: normal } thead th { border-bottom: 1px solid #999 }
footer { margin-top: 3rem; color: #555; border-top: 1px solid #ddd; padding-top: .5rem }
"""


@dataclass(frozen=True)
class Table:
    """Figures under a heading: the first cell of each row names it."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Section:
    """A part of the page."""

    title: str
    note: str
    pictures: Sequence[Picture]
    tables: Sequence[Table]


def page(title: str, *, sections: Sequence[Section], attribution: str, synthetic: bool) -> str:
    """Return the HTML; pictures are referred to as `<name>.svg` in the same folder."""
    warning = (
        '<p class="warning">SYNTHETIC weather, not observations. 합성 자료입니다.</p>' if synthetic else ""
    )
    body = "".join(_section(section) for section in sections)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        f"<style>{_CSS}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n{warning}\n{body}"
        f"<footer>Source: {escape(attribution)}. Made by <code>plantcast explore</code>.</footer>\n"
        "</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    figures = "".join(
        f'<figure>\n<img src="{escape(one.name)}.svg" alt="{escape(one.title)}" loading="lazy">\n'
        f"<figcaption>{escape(one.caption)}</figcaption>\n</figure>\n"
        for one in section.pictures
    )
    tables = "".join(_table(table) for table in section.tables)
    return (
        f'<section>\n<h2>{escape(section.title)}</h2>\n<p class="note">{escape(section.note)}</p>\n'
        f"{figures}<details>\n<summary>The figures as tables</summary>\n{tables}</details>\n</section>\n"
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.header)
    rows = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>\n"
        for first, *cells in table.rows
    )
    return (
        f'<div class="wide"><table>\n<caption>{escape(table.title)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )


def data_tables(completeness: Mapping[str, float], climates: Sequence[Climate]) -> list[Table]:
    """Return what the data pictures show, as tables; `completeness` is a share for each variable."""
    shares = Table(
        "Share of hours observed",
        ("variable", "unit", "hours with a value"),
        [(name, VARIABLES[name], f"{100 * share:.1f} %") for name, share in completeness.items()],
    )
    return [shares, *(table for climate in climates for table in _climate_tables(climate))]


def _climate_tables(climate: Climate) -> list[Table]:
    what = f"{NAMES[climate.target].capitalize()}, {UNITS[climate.target]}"
    monthly = climate.by_month.to_numpy()
    half = half_life(climate.damping)
    memory = [(f"{lead}", _number(climate.damping[lead - 1])) for lead in (1, 3, 6, 12, 24, 36, 48)]
    return [
        Table(
            f"{what}, by month",
            ("share of hours below", *(f"{100 * share:.0f} %" for share in QUANTILES)),
            [(f"month {i}", *(_number(value, 1) for value in row)) for i, row in enumerate(monthly, 1)],
        ),
        Table(
            f"{what}, mean by hour and season",
            ("hour, KST", *SEASONS),
            [
                (f"{hour:02d}", *(_number(value, 1) for value in row))
                for hour, row in enumerate(climate.diurnal.to_numpy())
            ],
        ),
        Table(
            f"{NAMES[climate.target].capitalize()}: damping of anomalies"
            + (f"; half is lost after {half} h" if half else "; more than half is left after 48 h"),
            ("hours ahead", "b"),
            memory,
        ),
    ]


def score_tables(facts: Mapping[str, Any]) -> list[Table]:
    """Return the scores of `Scores.facts`, by target, as tables."""
    return [table for target in TARGETS if target in facts for table in _score_tables(target, facts[target])]


def _score_tables(target: Target, facts: Mapping[str, Any]) -> list[Table]:
    what, unit = NAMES[target].capitalize(), UNITS[target]
    names = [name.replace("_", " ") for name in FORECASTS]

    def errors(title: str, labels: Sequence[str], by_name: Mapping[str, Sequence[float | None]]) -> Table:
        columns = [by_name[name] for name in FORECASTS]
        cells = zip(*columns, strict=True)
        rows = [(label, *(_number(value) for value in row)) for label, row in zip(labels, cells, strict=True)]
        return Table(f"{what}: RMSE {title}, {unit}", (title, *names), rows)

    blocks = {name: [facts[block][name] for block in _BLOCKS] for name in FORECASTS}
    tables = [errors("by days ahead", list(_BLOCKS.values()), blocks)]
    tables.append(errors("by lead", [f"{lead} h" for lead in range(1, 49)], facts["rmse_by_lead"]))
    for day in ("leads_1_24", "leads_25_48"):
        months = [f"month {month}" for month in range(1, 13)]
        tables.append(errors(f"by month, {_BLOCKS[day]}", months, facts["rmse_by_month"][day]))
        hours = [f"{hour:02d}" for hour in range(24)]
        tables.append(errors(f"by hour forecast, {_BLOCKS[day]}", hours, facts["rmse_by_hour"][day]))
    coverage = facts["coverage_80_by_block"]
    tables.append(
        Table(
            f"{what}: share within the 80 % range",
            ("hours ahead", *coverage),
            [
                (f"{first}–{last}", *(_percent(shares[i]) for shares in coverage.values()))
                for i, (first, last) in enumerate(BLOCKS)
            ],
        )
    )
    tables.append(
        Table(
            f"{what}: days shown",
            ("", "origin, KST", f"RMSE, {unit}"),
            [
                (one["what"], one["origin"][:16].replace("T", " "), _number(one["rmse"]))
                for one in facts["examples"]
            ],
        )
    )
    return tables


def _number(value: float | None, digits: int = 2) -> str:
    return _BLANK if value is None or math.isnan(value) else f"{value:.{digits}f}"


def _percent(share: float | None) -> str:
    return _BLANK if share is None else f"{100 * share:.1f} %"
