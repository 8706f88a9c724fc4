"""The routes on runs of the pipeline and their steps, as recorded in the table."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import ValidationError

from plantcast.common.errors import CorruptDataError, NotFoundError
from plantcast_api.http.parameters import FromApp
from plantcast_api.http.problems import documented
from plantcast_api.runs.models import RunResponse, RunsResponse

router = APIRouter(tags=["Operation"], responses=documented(404, 422, 500))

LimitQuery = Annotated[int, Query(ge=1, le=100, description="How many runs, from the newest.")]
RunIdPath = Annotated[
    str,
    Path(
        pattern=r"^[A-Za-z0-9._-]{1,80}$",  # as Step Functions names executions, without what a URL breaks
        description="Name of the execution.",
        examples=["manual-20250530T020000-0a1b2c"],
    ),
]


@router.get("/api/runs", summary="Runs of the pipeline")
async def runs(deps: FromApp, limit: LimitQuery = 20) -> RunsResponse:
    """The newest runs, how each went and how long it took."""
    return RunsResponse.model_validate({"runs": deps.runs.newest(limit)})


@router.get("/api/runs/{run_id}", summary="One run and its steps")
async def run(deps: FromApp, run_id: RunIdPath) -> RunResponse:
    """Its steps with their seconds and outcome, and the result of each station."""
    found = deps.runs.get(run_id)
    if found is None:
        raise NotFoundError(f"There is no run {run_id!r}.", remedy="GET /api/runs lists the newest ones.")
    steps = sorted(deps.steps.of_run(run_id), key=lambda step: step.started_at)
    try:
        return RunResponse.model_validate({**vars(found), "steps": steps})
    except ValidationError as error:
        raise CorruptDataError(
            f"The stored results of the run {run_id!r} are not valid ({error.error_count()} fields).",
            remedy="Remove its item PIPELINE / RUN#<run_id>; runs are a record, nothing depends on it.",
        ) from error
