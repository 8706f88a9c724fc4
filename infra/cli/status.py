"""Status of the local deployment: processes, URLs, observations, forecast, last run."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.cli.forecast_table import PUBLISHED
from infra.emulator import ministack as emulator
from infra.emulator.processes import is_alive, is_healthy
from infra.emulator.state import LocalState, StateFolder
from infra.stack.deployment import Deployment
from infra.stack.outputs import Outputs
from plantcast.common.clock import HOUR, iso_hour
from plantcast.common.errors import PlantcastError
from plantcast.forecasting.issued import ForecastStore
from plantcast.guidance.status import FeedStatuses
from plantcast.observations.status import read_status

_FEEDS: Final = {"kma": "KMA", "open_meteo": "Open-Meteo", "api_hub": "API Hub"}


def gather_status(folder: StateFolder) -> dict[str, Any]:
    """Return the details; `running` says whether the deployment can be used. What is missing is None."""
    state = folder.load()
    details: dict[str, Any] = {"running": False, "state_dir": str(folder.root), "processes": {}}
    if state is None:
        return details
    details["processes"] = {
        name: {
            "pid": process.pid,
            "alive": is_alive(process, folder.owner),
            "url": process.url,
            "log": process.log,
        }
        for name, process in state.processes.items()
    }
    details |= _plan_details(state)
    try:
        outputs = Outputs.load(folder.outputs_file)
    except PlantcastError as error:
        return details | {"data_error": str(error)}
    process = state.processes.get(emulator.NAME)
    if process is None or not is_alive(process, folder.owner):
        return details
    details |= {"running": is_healthy(process), "urls": urls(outputs)}
    if details["running"]:
        details |= _data_details(state.plan.deployment(outputs))
    return details


def urls(outputs: Outputs) -> dict[str, str]:
    """Return what a person opens or calls."""
    return {
        "api": outputs.api_url,
        "docs": f"{outputs.api_url}/docs",
        "dashboard": outputs.dashboard_url,
        "state_machine": outputs.state_machine_arn,
        "backfill_state_machine": outputs.backfill_state_machine_arn,
        "update_state_machine": outputs.update_state_machine_arn,
        "endpoint": outputs.endpoint,
    }


def _plan_details(state: LocalState) -> dict[str, Any]:
    plan = state.plan
    return {
        "started_at": state.started_at,
        "source": plan.source,
        "source_label": plan.label,
        "replay": [Path(file).name for file in plan.replay],
        "stations": list(plan.stations),
        "clock": plan.now().isoformat(timespec="seconds"),
    }


def _data_details(deployment: Deployment) -> dict[str, Any]:
    try:
        stations = {station: _station_details(deployment, station) for station in deployment.stations}
        run = deployment.runs.last()
    except (BotoCoreError, ClientError, PlantcastError) as error:
        return {"data_error": str(error)}
    last = None
    if run is not None:
        last = {
            "run_id": run.run_id,
            "outcome": run.outcome,
            "started_at": run.started_at.isoformat(timespec="seconds"),
            "finished_at": run.finished_at.isoformat(timespec="seconds") if run.finished_at else None,
            "message_en": run.message_en,
            "message_ko": run.message_ko,
        }
    return {"data": stations, "last_run": last}


def _station_details(deployment: Deployment, station: str) -> dict[str, Any]:
    held = read_status(deployment.table, station) or {}
    wanted = ("first_observation", "last_observation", "hours_present", "hours_expected", "updated_at")
    observations = {name: held.get(name) for name in wanted} if held else None
    feeds = {
        feed: {
            **{name: getattr(state, name) for name in ("problem", "message")},
            "newest": None if state.newest is None else iso_hour(state.newest),
            "age_hours": None if state.newest is None else _age_hours(deployment, state.newest),
            "checked_at": state.checked_at.isoformat(timespec="seconds"),
        }
        for feed, state in FeedStatuses(deployment.table).of(station).items()
    }
    return {
        "observations": observations,
        "feeds": feeds,
        "forecast": _forecast_details(deployment, station),
    }


def _forecast_details(deployment: Deployment, station: str) -> dict[str, Any] | None:
    newest = ForecastStore(deployment.table).latest(station)
    if newest is None:
        return None
    used = newest.guidance
    return {
        "origin": iso_hour(newest.origin),
        "issued_at": newest.issued_at.isoformat(timespec="seconds"),
        "status": newest.status,
        "source": newest.source,
        "guidance": used and {"source": used.source, "issued_at": iso_hour(used.issued_at)},
        "guidance_reasons": list(newest.guidance_reasons),
        "age_hours": _age_hours(deployment, newest.issued_at),
    }


def _age_hours(deployment: Deployment, at: datetime) -> float:
    return round((deployment.now() - at) / HOUR, 1)


def status_lines(details: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the details as (name, text), in the order a person wants them."""
    lines = [
        (
            name,
            f"pid {process['pid']}, {process['url']}"
            if process["alive"]
            else "not running; `./plantcast up` starts it again",
        )
        for name, process in details["processes"].items()
    ]
    if "source" in details:
        lines.append(
            ("source", " ".join([f"{details['source']}: {details['source_label']}", *details["replay"]]))
        )
        lines.append(("clock", details["clock"]))
    lines += [(name.replace("_", " "), url) for name, url in details.get("urls", {}).items()]
    for station, held in details.get("data", {}).items():
        lines.append((f"station {station}", _station_line(held)))
        lines += [(f"  {_FEEDS[feed]}", _feed_line(feed, state)) for feed, state in held["feeds"].items()]
    if last := details.get("last_run"):
        lines.append(("last run", f"{last['run_id']}: {last['outcome']}. {last['message_en']}"))
    if "data_error" in details:
        lines.append(("data", f"cannot be read: {details['data_error']}"))
    return lines


def _station_line(held: dict[str, Any]) -> str:
    observed, forecast = held["observations"], held["forecast"]
    parts = ["no observations"]
    if observed is not None and observed["hours_present"]:
        present, expected = observed["hours_present"], observed["hours_expected"]
        parts = [
            f"observations {observed['first_observation']} to {observed['last_observation']}, "
            f"{present} of {expected} hours"
        ]
    if forecast is None:
        parts.append("no forecast")
    else:
        parts.append(
            f"forecast from {forecast['origin']} ({forecast['status']}), "
            f"issued {forecast['age_hours']} h ago, {_sources(forecast)}"
        )
    return "; ".join(parts)


def _sources(forecast: dict[str, Any]) -> str:
    used, reasons = forecast["guidance"], ", ".join(forecast["guidance_reasons"])
    text = (
        f"with {PUBLISHED[used['source']]} of {used['issued_at']}" if used else "by the station model alone"
    )
    return f"{text} ({reasons})" if reasons else text


def _feed_line(feed: str, state: dict[str, Any]) -> str:
    newest, missing = ("newest issue", "no issue")
    if feed == "api_hub":
        newest, missing = ("last hour observed", "no hour observed")
    text = missing if state["newest"] is None else f"{newest} {state['newest']}, {state['age_hours']} h ago"
    return f"{text}; {state['problem']}: {state['message']}" if state["problem"] else text
