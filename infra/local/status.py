"""What runs, where it answers, what it holds: gathered once, shown as text or JSON."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local import emulator
from infra.local.cloud import LocalCloud
from infra.local.outputs import Outputs
from infra.local.processes import is_alive
from infra.local.state import LocalState, StateFolder
from plantcast.errors import PlantcastError


def gather_status(folder: StateFolder) -> dict[str, Any]:
    """Return the facts; `running` says whether the deployment can be used. What is missing is None."""
    state = folder.load()
    facts: dict[str, Any] = {"running": False, "state_dir": str(folder.root), "processes": {}}
    if state is None:
        return facts
    facts["processes"] = {
        name: {
            "pid": process.pid,
            "alive": is_alive(process, folder.owner),
            "url": process.url,
            "log": process.log,
        }
        for name, process in state.processes.items()
    }
    facts |= _plan_facts(state)
    outputs = _outputs(folder)
    process = state.processes.get(emulator.NAME)
    if outputs is None or process is None or not is_alive(process, folder.owner):
        return facts
    facts |= {"running": emulator.is_healthy(process), "urls": urls(outputs)}
    if facts["running"]:
        facts |= _data_facts(LocalCloud(outputs), state)
    return facts


def urls(outputs: Outputs) -> dict[str, str]:
    """Return what a person opens or calls."""
    return {
        "api": outputs.api_url,
        "docs": f"{outputs.api_url}/docs",
        "dashboard": outputs.dashboard_url,
        "state_machine": outputs.state_machine_arn,
        "endpoint": outputs.endpoint,
    }


def _plan_facts(state: LocalState) -> dict[str, Any]:
    plan = state.plan
    return {
        "started_at": state.started_at,
        "source": plan.source,
        "source_label": plan.label,
        "replay": [Path(file).name for file in plan.replay],
        "stations": list(plan.stations),
        "clock": plan.now().isoformat(timespec="seconds"),
    }


def _outputs(folder: StateFolder) -> Outputs | None:
    try:
        return Outputs.load(folder.outputs_file)
    except PlantcastError:
        return None


def _data_facts(cloud: LocalCloud, state: LocalState) -> dict[str, Any]:
    try:
        stations = {station: _station_facts(cloud, station, state) for station in state.plan.stations}
        runs = cloud.runs.newest(1)
    except (BotoCoreError, ClientError, PlantcastError) as error:
        return {"data_error": str(error)}
    last = None
    if runs:
        last = {
            "run_id": runs[0].run_id,
            "outcome": runs[0].outcome,
            "started_at": runs[0].started_at.isoformat(timespec="seconds"),
            "finished_at": runs[0].finished_at.isoformat(timespec="seconds") if runs[0].finished_at else None,
            "message_en": runs[0].message_en,
            "message_ko": runs[0].message_ko,
        }
    return {"data": stations, "last_run": last}


def _station_facts(cloud: LocalCloud, station: str, state: LocalState) -> dict[str, Any]:
    held = cloud.table.get(f"STATION#{station}", "STATUS") or {}
    issues = cloud.table.query(f"STATION#{station}", sk_prefix="ISSUE#", newest_first=True, limit=1)
    wanted = ("first_observation", "last_observation", "hours_present", "hours_expected", "updated_at")
    facts: dict[str, Any] = {"observations": {name: held.get(name) for name in wanted} if held else None}
    if not issues:
        return facts | {"forecast": None}
    issue = issues[0]
    age = state.plan.now() - datetime.fromisoformat(issue["issued_at"])
    return facts | {
        "forecast": {
            "origin": issue["origin"],
            "issued_at": issue["issued_at"],
            "age_hours": round(age.total_seconds() / 3600, 1),
            "status": issue["status"],
            "source": issue["source"],
        }
    }


def status_lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the facts as (name, text), in the order a person wants them."""
    lines = [
        (
            name,
            f"pid {process['pid']}, {process['url']}"
            if process["alive"]
            else "DEAD (make down clears it away)",
        )
        for name, process in facts["processes"].items()
    ]
    if "source" in facts:
        lines.append(("source", " ".join([f"{facts['source']}: {facts['source_label']}", *facts["replay"]])))
        lines.append(("clock", facts["clock"]))
    lines += [(name.replace("_", " "), url) for name, url in facts.get("urls", {}).items()]
    lines += [(f"station {station}", _station_line(held)) for station, held in facts.get("data", {}).items()]
    if last := facts.get("last_run"):
        lines.append(("last run", f"{last['run_id']}: {last['outcome']}. {last['message_en']}"))
    if "data_error" in facts:
        lines.append(("data", f"cannot be read: {facts['data_error']}"))
    return lines


def _station_line(held: dict[str, Any]) -> str:
    observed, forecast = held["observations"], held["forecast"]
    parts = ["no observations"]
    if observed is not None:
        present, expected = observed["hours_present"], observed["hours_expected"]
        parts = [
            f"observations {observed['first_observation']} to {observed['last_observation']}, "
            f"{present} of {expected} hours"
        ]
    if forecast is None:
        parts.append("no forecast")
    else:
        parts.append(
            f"forecast from {forecast['origin']} ({forecast['status']}), issued {forecast['age_hours']} h ago"
        )
    return "; ".join(parts)
