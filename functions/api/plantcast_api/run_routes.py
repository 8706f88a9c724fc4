"""The routes on runs of the pipeline and their steps, as recorded in the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import ValidationError

from plantcast.common.errors import CorruptDataError, NotFoundError
from plantcast.pipeline.run_steps import StepResult
from plantcast.pipeline.runs import Run
from plantcast_api.parameters import RUN_ID, FromApp
from plantcast_api.present import moment
from plantcast_api.problems import documented
from plantcast_api.run_models import RunEntry, RunResponse, RunsResponse, RunStepEntry, StationFacts

router = APIRouter()

LimitQuery = Annotated[int, Query(ge=1, le=100, description="How many runs, from the newest.")]
RunIdPath = Annotated[
    str,
    Path(pattern=RUN_ID, description="Name of the execution.", examples=["manual-20250530T020000-0a1b2c"]),
]


@router.get("/api/runs", summary="Runs of the pipeline", responses=documented(422, 500))
async def runs(deps: FromApp, limit: LimitQuery = 20) -> RunsResponse:
    """The newest runs, how each went and how long it took."""
    return RunsResponse(runs=[RunEntry(**_entry(run)) for run in deps.runs.newest(limit)])


@router.get("/api/runs/{run_id}", summary="One run and its steps", responses=documented(404, 422, 500))
async def run(deps: FromApp, run_id: RunIdPath) -> RunResponse:
    """Its steps with their seconds and outcome, and the result of each station."""
    found = deps.runs.get(run_id)
    if found is None:
        raise NotFoundError(f"There is no run {run_id!r}.", remedy="GET /api/runs lists the newest ones.")
    steps = sorted(deps.steps.of_run(run_id), key=lambda step: step.started_at)
    try:
        facts = [StationFacts.model_validate(_facts(fact)) for fact in found.facts]
    except ValidationError as error:
        raise CorruptDataError(
            f"The stored results of the run {run_id!r} are not valid ({error.error_count()} fields).",
            remedy="Remove its item PIPELINE / RUN#<run_id>; runs are a record, nothing depends on it.",
        ) from error
    return RunResponse(
        **_entry(found),
        steps=[_step(step) for step in steps],
        facts=facts,
    )


def _entry(run: Run) -> dict[str, Any]:
    finished = run.finished_at
    return {
        "run_id": run.run_id,
        "started_at": moment(run.started_at),
        "finished_at": None if finished is None else moment(finished),
        "seconds": None if finished is None else round((finished - run.started_at).total_seconds(), 1),
        "as_of": None if run.as_of is None else run.as_of.isoformat(),
        "stations": list(run.stations),
        "retrain": run.retrain,
        "outcome": run.outcome,
        "message_ko": run.message_ko,
        "message_en": run.message_en,
    }


def _step(step: StepResult) -> RunStepEntry:
    return RunStepEntry.model_validate(
        {
            "name": step.step.capitalize(),
            "started_at": moment(step.started_at),
            "seconds": step.seconds,
            "status": "succeeded" if step.error is None else "failed",
            "station": step.station,
            "target": step.target,
        }
    )


def _facts(fact: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "station": fact.get("station"),
        "status": fact.get("state"),
        "message": "; ".join(fact.get("reasons") or ()),
        "ingest": fact.get("ingest"),
        "models": fact.get("models") or [],
        "forecast": fact.get("forecast"),
    }
