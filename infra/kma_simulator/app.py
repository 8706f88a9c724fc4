"""The KMA's one operation over HTTP, and `/_simulator/…` to watch and steer the simulator."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict

from infra.kma_simulator.codes import NO_SUCH_SERVICE, Refusal
from infra.kma_simulator.service import Behaviour, Reply, Simulator

SERVICE_PATH = "/1360000/AsosHourlyInfoService"
OPERATION_PATH = f"{SERVICE_PATH}/getWthrDataList"
SOURCE_HEADER = "X-Plantcast-Source"


class ClockSetting(BaseModel):
    """What the clock is set to; `now` without an offset is KST, null means real time."""

    model_config = ConfigDict(extra="forbid")

    now: datetime | None
    frozen: bool = False


def create_app(simulator: Simulator) -> FastAPI:
    """Return the server for `simulator`."""
    app = FastAPI(title="KMA ASOS simulator", docs_url="/_simulator/docs", openapi_url="/_simulator/openapi")
    _add_steering(app, simulator)
    _add_service(app, simulator)
    return app


def _add_service(app: FastAPI, simulator: Simulator) -> None:
    def respond(reply: Reply) -> Response:
        # As the KMA does: HTTP 200 also for a refusal.
        headers = {SOURCE_HEADER: simulator.source.name}
        return Response(reply.answer.body, media_type=reply.answer.media_type, headers=headers)

    @app.get(OPERATION_PATH)
    async def get_wthr_data_list(request: Request) -> Response:
        simulator.calls.arrived += 1
        parameters = dict(request.query_params)
        await asyncio.sleep(simulator.behaviour.delay_seconds)
        # Writing a page takes some milliseconds of pure computing: not on the event loop.
        return respond(await run_in_threadpool(simulator.call, parameters))

    @app.get("/{path:path}")
    async def no_such_service(path: str, request: Request) -> Response:
        return respond(simulator.refuse(Refusal(NO_SUCH_SERVICE), dict(request.query_params)))


def _add_steering(app: FastAPI, simulator: Simulator) -> None:
    @app.get("/_simulator/health")
    async def health() -> dict[str, Any]:
        return {
            "status": "ok",
            "source": simulator.source.name,
            "stations": sorted(simulator.source.stations),
            "now": simulator.clock.now().isoformat(),
            "calls": simulator.calls.count,
            "details": simulator.source.describe(),
        }

    @app.get("/_simulator/clock")
    async def read_clock() -> dict[str, Any]:
        return {"now": simulator.clock.now().isoformat(), "frozen": simulator.clock.frozen}

    @app.put("/_simulator/clock")
    async def set_clock(setting: ClockSetting) -> dict[str, Any]:
        if setting.now is None:
            simulator.clock.reset()
        else:
            simulator.clock.set(setting.now, frozen=setting.frozen)
        return await read_clock()

    @app.get("/_simulator/behaviour")
    async def read_behaviour() -> Behaviour:
        return simulator.behaviour

    @app.put("/_simulator/behaviour")
    async def set_behaviour(behaviour: Behaviour) -> Behaviour:
        simulator.behaviour = behaviour
        return behaviour

    @app.get("/_simulator/calls")
    async def read_calls(limit: Annotated[int, Query(ge=0, le=10_000)] = 100) -> dict[str, Any]:
        return {
            "count": simulator.calls.count,
            "used_today": simulator.calls.used(simulator.clock.now().date()),
            "calls": simulator.calls.latest(limit),
        }
