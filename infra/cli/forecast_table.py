"""The forecast as the API gives it, shown as a table of two columns of 24 hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import fmean
from typing import Any

import requests
from rich.table import Table
from rich.text import Text

from infra.emulator.sources import LABELS
from infra.stack.outputs import Outputs
from infra.terminal.console import out
from plantcast.common.errors import NotFoundError, PlantcastError
from plantcast.notifications.reasons import reason_texts

_TIMEOUT_SECONDS = 60  # the API's first answer waits for its process to start
_WATER = {True: "needs WATER", False: "needs no water", None: "no advice"}
_SKY = {1: "○", 3: "◐", 4: "●"}
PUBLISHED = {"kma": "the KMA's forecast", "open_meteo": "Open-Meteo's forecast"}
_TARGETS = {"ta": "temperature", "hm": "humidity"}
_HOURS_IN_A_COLUMN = 24
_BLOCKS = ((1, 6), (7, 24), (25, 48))
_NO_ADVICE = "No advice: GET /api/plants/default/advice failed. See `./plantcast logs api`."


def fetch_forecast(outputs: Outputs, station: str | None) -> dict[str, Any]:
    """Return what `GET /api/forecast` answers (see docs/contracts.md), with the default plant's `advice`.

    `advice` is what `GET /api/plants/default/advice` answers (as on the dashboard), None when it fails.

    Raises:
        NotFoundError: there is no forecast (yet).
        PlantcastError: the API did not answer, or refused.
    """
    forecast = _get(outputs, "/api/forecast", station)
    try:
        advice = _get(outputs, "/api/plants/default/advice", station)
    except PlantcastError:
        advice = None
    return {**forecast, "advice": advice}


def _get(outputs: Outputs, path: str, station: str | None) -> dict[str, Any]:
    session = requests.Session()
    session.trust_env = False  # the API is on loopback: no proxy, no netrc
    url = f"{outputs.api_url}{path}"
    try:
        with session:
            reply = session.get(url, params={"station": station} if station else {}, timeout=_TIMEOUT_SECONDS)
    except requests.RequestException as error:
        raise PlantcastError(
            f"The API at {url} did not answer ({type(error).__name__}).",
            remedy="See `./plantcast status` and `./plantcast logs api`.",
        ) from error
    if reply.status_code == requests.codes.ok:
        answer: dict[str, Any] = reply.json()
        return answer
    try:
        detail = reply.json()["detail"]  # application/problem+json
    except (requests.JSONDecodeError, KeyError, TypeError):
        detail = reply.text.strip()[:300]
    if reply.status_code == requests.codes.not_found:
        raise NotFoundError(f"There is no forecast: {detail}", remedy="Make one with `./plantcast run`.")
    raise PlantcastError(
        f"The API refused with {reply.status_code}: {detail}", remedy="See `./plantcast logs api`."
    )


def print_forecast(forecast: Mapping[str, Any]) -> None:
    """Print the 48 hours and the default plant's advice on stdout."""
    out.print(_heading(forecast), soft_wrap=True)
    out.print(_table(forecast))
    advice = forecast["advice"]
    if not advice:
        out.print(Text(f"! {_NO_ADVICE}", style="bold red"), soft_wrap=True)
    days = advice["days"] if advice else []
    # A forecast can be so old that it has neither today nor tomorrow.
    for day in [day for day in days if day["label"] in ("today", "tomorrow")] or days[-1:]:
        out.print(_advice(day), soft_wrap=True)
    for reason in reason_texts(forecast.get("degraded_reasons") or [])[1]:
        out.print(Text(f"! degraded: {reason}", style="yellow"), soft_wrap=True)
    for reason in reason_texts(forecast.get("guidance_reasons") or [])[1]:
        out.print(Text(f"! {reason}", style="yellow"), soft_wrap=True)
    out.print()


def _heading(forecast: Mapping[str, Any]) -> Text:
    station = forecast["station"]
    heading = Text(f"{station['name_ko']} {station['name_en']} ({station['id']})", style="bold")
    style = "dim" if forecast["source"] == "kma" else "bold yellow"
    heading.append(f"  {LABELS.get(forecast['source'], forecast['source'])}\n", style=style)
    models = ", ".join(f"{target} {model['kind']}" for target, model in forecast["models"].items())
    published = [source for source in forecast.get("sources") or [] if source["name"] in PUBLISHED]
    named = "".join(f" and {_named(one)} of {_clock(one['issued_at'])}" for one in published)
    heading.append(
        f"updated {_clock(forecast['issued_at'])} from observations up to {_clock(forecast['origin'])}"
        f"{named}; {forecast['history_hours']} h of history; {models}",
        style="dim",
    )
    for source in published:
        heading.append(f"\nshare of {_named(source)}: {_shares(source['share'])}", style="dim")
    return heading


def _named(source: Mapping[str, Any]) -> str:
    return f"{PUBLISHED[source['name']]}{' (simulated)' if source['simulated'] else ''}"


def _shares(share: Mapping[str, Sequence[float]]) -> str:
    """Return the mean share of each target by block of leads."""
    return "; ".join(
        f"{_TARGETS[target]} "
        + ", ".join(
            f"{fmean(column[first - 1 : last]) * 100:.0f} % at {first}–{last} h"
            for first, last in _BLOCKS
            if len(column) >= first
        )
        for target, column in share.items()
    )


def _table(forecast: Mapping[str, Any]) -> Table:
    """Return the path as two columns of 24 hours: what is a day apart stands in one row."""
    labels = {day["date"]: day["label"] for day in forecast["days"]}
    hourly = forecast["hourly"]
    times = [datetime.fromisoformat(valid_at) for valid_at in hourly["time"]]
    cells = [
        (
            _with_range(hourly, "temperature_2m", index, ".1f"),
            _with_range(hourly, "relative_humidity_2m", index, ".0f"),
            _sky_and_rain(hourly, index),
        )
        for index in range(len(times))
    ]
    columns = ("°C", "%", "sky") if any(sky for _, _, sky in cells) else ("°C", "%")
    caption = "in brackets: the range meant to hold 80 %"
    if "sky" in columns:
        caption += "\n○ clear ◐ mostly cloudy ● overcast; probability of precipitation; as published"
    halves = range(0, len(times), _HOURS_IN_A_COLUMN)
    table = Table(box=None, pad_edge=False, padding=(0, 1), collapse_padding=True, caption=caption)
    table.add_column("hour", style="dim", no_wrap=True)
    for name in [name for _ in halves for name in columns]:
        table.add_column(name, justify="left" if name == "sky" else "right", no_wrap=True)
    empty = ("",) * len(columns)
    for row in range(min(_HOURS_IN_A_COLUMN, len(times))):
        shown = [half + row for half in halves if half + row < len(times)]
        if row == 0 or times[row].hour == 0:
            days = [times[index].date().isoformat() for index in shown]
            names = [f"{labels.get(day) or ''} {day[5:]}".strip() for day in days]
            table.add_row("", *(cell for name in names for cell in (name, *empty[1:])), style="bold")
        table.add_row(f"{times[row]:%H}", *(cell for index in shown for cell in cells[index][: len(columns)]))
    return table


def _sky_and_rain(hourly: Mapping[str, Any], index: int) -> str:
    """Return the sky and the probability of precipitation as published, "" where neither is known."""
    sky, rain = ((hourly.get(name) or {index: None})[index] for name in ("sky", "precipitation_probability"))
    return _SKY.get(sky, "") + ("" if rain is None else f"{rain:.0f}%")


def _with_range(hourly: Mapping[str, Any], name: str, index: int, form: str) -> str:
    mean, low, high = (hourly[f"{name}{suffix}"][index] for suffix in ("", "_p10", "_p90"))
    if mean is None:
        return "—"
    if low is None or high is None:
        return f"{mean:{form}}"
    return f"{mean:{form}} ({low:{form}}…{high:{form}})"


def _advice(day: Mapping[str, Any]) -> Text:
    needs_water, mood = day["needs_water"], day["mood"]
    calm = mood == "happy" and not needs_water
    line = Text("💧 " if needs_water else "🌿 " if calm else "! ")
    line.append(f"{day['label'] or ''} {day['date']}: ".lstrip(), style="bold")
    feels = "" if mood in {"happy", "unknown"} else f"{mood}, "
    line.append(f"{feels}{_WATER[needs_water]}", style="green" if calm else "bold red")
    line.append(f". {day['advice_en']}")
    reasons = "; ".join(one["reason_en"] for one in day["conditions"] if one["active"])
    if reasons:
        line.append(f" – {reasons}")
    return line


def _clock(at: str) -> str:
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M}"
