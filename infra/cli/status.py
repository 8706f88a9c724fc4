"""What runs, where it answers, what it holds: gathered once, shown as text or JSON."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.emulator import ministack as emulator
from infra.emulator.processes import is_alive
from infra.emulator.state import LocalState, StateFolder
from infra.stack.deployed import LocalCloud
from infra.stack.outputs import Outputs
from plantcast.common.clock import hours_behind, parse_hour
from plantcast.common.errors import PlantcastError
from plantcast.common.schema import FIELD
from plantcast.forecasting import TARGETS
from plantcast.observations import VARIABLES
from plantcast.observations.status import read_newest_report, read_status
from plantcast.verification import read_track

# Kinds of masked values named in one line; the report lists all.
_KINDS_NAMED: Final = 4
_RECORD_DAYS: Final = 30


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
    try:
        outputs = Outputs.load(folder.outputs_file)
    except PlantcastError as error:
        return facts | {"data_error": str(error)}
    process = state.processes.get(emulator.NAME)
    if process is None or not is_alive(process, folder.owner):
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
        "backfill_state_machine": outputs.backfill_state_machine_arn,
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


def _data_facts(cloud: LocalCloud, state: LocalState) -> dict[str, Any]:
    try:
        stations = {station: _station_facts(cloud, station, state) for station in state.plan.stations}
        run = cloud.runs.last()
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


def _station_facts(cloud: LocalCloud, station: str, state: LocalState) -> dict[str, Any]:
    held = read_status(cloud.table, station) or {}
    issues = cloud.table.query(f"STATION#{station}", sk_prefix="ISSUE#", newest_first=True, limit=1)
    wanted = ("first_observation", "last_observation", "hours_present", "hours_expected", "updated_at")
    facts: dict[str, Any] = {
        "observations": {name: held.get(name) for name in wanted} if held else None,
        "quality": _quality_facts(cloud, station, held.get("last_observation"), state.plan.now()),
        "record": _record_facts(cloud, station),
    }
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


def _quality_facts(
    cloud: LocalCloud, station: str, last_observation: str | None, now: datetime
) -> dict[str, Any] | None:
    """Return the item of the newest quality report; `hours_behind` is that of now, not of the report."""
    item = read_newest_report(cloud.table, station)
    if item is None:
        return None
    facts = {name: value for name, value in item.items() if name not in ("pk", "sk", FIELD)}
    if last_observation is not None:
        facts["hours_behind"] = hours_behind(parse_hour(last_observation, name="last_observation"), now)
    return facts


def _record_facts(cloud: LocalCloud, station: str) -> dict[str, Any] | None:
    """Return the last 30 days of the track record, leads 1-48 of each target; None before the first."""
    track = read_track(cloud.table, station)
    if track is None:
        return None
    window = track["windows"][str(_RECORD_DAYS)]
    scores = {target: found["leads_1_48"] for target, found in window["targets"].items()}
    return {name: window[name] for name in ("from", "to", "days", "days_verified")} | {"scores": scores}


def status_lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the facts as (name, text), in the order a person wants them."""
    lines = [
        (
            name,
            f"pid {process['pid']}, {process['url']}"
            if process["alive"]
            else "not running; `./plantcast up` starts it again",
        )
        for name, process in facts["processes"].items()
    ]
    if "source" in facts:
        lines.append(("source", " ".join([f"{facts['source']}: {facts['source_label']}", *facts["replay"]])))
        lines.append(("clock", facts["clock"]))
    lines += [(name.replace("_", " "), url) for name, url in facts.get("urls", {}).items()]
    for station, held in facts.get("data", {}).items():
        lines.append((f"station {station}", _station_line(held)))
        lines.append((f"quality {station}", _quality_line(held["quality"])))
        if held["record"] is not None:
            lines.append((f"record {station}", _record_line(held["record"])))
    if last := facts.get("last_run"):
        lines.append(("last run", f"{last['run_id']}: {last['outcome']}. {last['message_en']}"))
    if "data_error" in facts:
        lines.append(("data", f"cannot be read: {facts['data_error']}"))
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
            f"forecast from {forecast['origin']} ({forecast['status']}), issued {forecast['age_hours']} h ago"
        )
    return "; ".join(parts)


def _quality_line(report: dict[str, Any] | None) -> str:
    if report is None:
        return "no report yet"
    days = f"{report['from'][:10]} to {report['to'][:10]}"
    if report["kind"] != "night":
        days += f", {report['kind']}"
    shares = [f"{target} {100 * report['completeness'][target]:.1f} %" for target in TARGETS]
    parts = [
        ", ".join([f"{report['hours_present']} of {report['hours_expected']} hours ({days})", *shares]),
        _masked_words(report["masked"]),
    ]
    if report["hours_behind"] is not None:
        behind = report["hours_behind"]
        parts.append(f"{behind} h behind" if behind else "up to date")
    return "; ".join(parts)


def _record_line(record: dict[str, Any]) -> str:
    parts = [f"{record['days_verified']} of {record['days']} days verified up to {record['to']}"]
    for target, scores in record["scores"].items():
        inside = f"{100 * scores['coverage_80']:.0f} % in range"
        skill = "" if scores["skill"] is None else f", skill over persistence {scores['skill']:+.2f}"
        parts.append(f"{target} RMSE {scores['rmse']:.1f} {VARIABLES[target]}{skill}, {inside}")
    return "; ".join(parts)


def _masked_words(counts: dict[str, int]) -> str:
    """Say how many values are not believed and why, the most frequent kinds first."""
    if not counts:
        return "every value believed"
    total = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    named = [f"{kind.replace(':', ' ')} {count}" for kind, count in ranked[:_KINDS_NAMED]]
    if len(ranked) > _KINDS_NAMED:
        named.append("…")
    return f"{total} value{'' if total == 1 else 's'} not believed ({', '.join(named)})"
