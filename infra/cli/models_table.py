"""The registry on a terminal: versions as a table, two of them side by side."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from plantcast.forecasting.evaluation.promotion import best_baseline

_UNITS: Final = {"ta": "temperature, °C", "hm": "humidity, %"}
_MARK: Final = "▶"


def render_models(facts: Mapping[str, Any]) -> Group:
    """Return what is in production, why, and the versions of one target, newest first."""
    return Group(_heading(facts), *_versions(facts), Text())


def render_comparison(facts: Mapping[str, Any]) -> Group:
    """Return two versions side by side; values that differ are bold, equal ones dim."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(_title(facts), style="dim", no_wrap=True)
    for version, champion in zip(facts["versions"], facts["in_production"], strict=True):
        table.add_column(f"{_MARK} {version}" if champion else version, justify="right", overflow="fold")
    for name in ("data", "parameters", "libraries", "validation_rmse", "held_out"):
        if facts[name]:
            table.add_row(Text(_SECTIONS[name], style="bold"), "", "")
        for field, (first, second) in facts[name].items():
            style = "bold" if first != second else "dim"
            table.add_row(f"  {field}", *(Text(_shown(value), style=style) for value in (first, second)))
    features = facts["features"]
    table.add_row(Text("features", style="bold"), *(str(count) for count in features["counts"]))
    return Group(table, *_remarks(facts), Text())


_SECTIONS: Final = {
    "data": "data and size",
    "parameters": "parameters",
    "libraries": "libraries",
    "validation_rmse": "RMSE while tuning",
    "held_out": "days held out",
}


def _remarks(facts: Mapping[str, Any]) -> list[Text]:
    features, versions = facts["features"], facts["versions"]
    said = [
        f"features only in {version}: {', '.join(names)}"
        for version, names in zip(
            versions, (features["only_in_first"], features["only_in_second"]), strict=True
        )
        if names
    ]
    if facts["same_data"]:
        said.append("both learned from the same data, byte for byte")
    if not facts["same_hours_scored"]:
        said.append("the days held out are not the same: their scores cannot be compared with each other")
    said += [
        f"{version}: {reason or 'not evaluated'}"
        for version, reason in zip(versions, facts["decisions"], strict=True)
    ]
    return [Text(line, overflow="fold") for line in said]


def _title(facts: Mapping[str, Any]) -> str:
    return f"{facts['station']} {facts['target']} ({_UNITS[facts['target']]})"


def _heading(facts: Mapping[str, Any]) -> Text:
    heading = Text(_title(facts), style="bold")
    production = facts["production"]
    if production is not None:
        heading.append(f"\n{_MARK} {production['version']}", style="bold green")
        heading.append(f" since {production['since'][:16].replace('T', ' ')}: {production['reason_en']}")
        heading.append(f"; before it {production['previous'] or 'none'}", style="dim")
    elif facts["problem"]:
        heading.append(f"\n! {facts['problem']}", style="yellow")
    else:
        heading.append("\nnothing is in production: the damped anomaly forecasts", style="yellow")
    return heading


def _versions(facts: Mapping[str, Any]) -> list[RenderableType]:
    if not facts["versions"]:
        return [Text("no version yet: `./plantcast run` trains one", style="dim")]
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("", "version", "trained on"):
        table.add_column(name, no_wrap=True)
    for name in ("rows", "trees", "tuning", "held out", "baseline"):
        table.add_column(name, justify="right", no_wrap=True)
    for version in facts["versions"]:
        table.add_row(*_row(version), style="bold" if version["in_production"] else "")
    caption = "RMSE: while tuning; on the days held out, beside that of the best baseline"
    return [table, Text(caption, style="dim"), *(_decision(version) for version in facts["versions"])]


def _row(version: Mapping[str, Any]) -> list[str]:
    block = ((version["decision"] or {}).get("scores") or {}).get("leads_1_48") or {}
    best = best_baseline(block)
    return [
        _MARK if version["in_production"] else "",
        version["version"],
        _span(version["trained_from"], version["trained_to"]),
        _shown(version["rows"]),
        _shown(version["trees"]),
        _rmse(version["validation_rmse"]),
        _rmse(block.get("challenger")),
        _rmse(None if best is None else best[1]),
    ]


def _decision(version: Mapping[str, Any]) -> Text:
    """Under the table: a sentence has no place in a column of a terminal of 80."""
    reason = version["problem"] or (version["decision"] or {}).get("reason_en") or "not evaluated"
    return Text(version["version"], style="dim").append(f"  {reason}", style="not dim")


def _span(first: str | None, last: str | None) -> str:
    """Return the first day and how many follow to the last."""
    try:
        start, end = (datetime.fromisoformat(str(moment)) for moment in (first, last))
    except ValueError:
        return "—"
    return f"{start:%Y-%m-%d} +{round((end - start) / timedelta(days=1))} d"


def _rmse(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"


def _shown(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
