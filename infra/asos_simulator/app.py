"""The HTTP face: the KMA's one operation, and `/_simulator/…` to steer and watch the simulator."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict

from infra.asos_simulator.codes import NO_SUCH_SERVICE, Refusal
from infra.asos_simulator.faults import BAD_GATEWAY_HTML, Fault
from infra.asos_simulator.service import Behaviour, Reply, Simulator

SERVICE_PATH = "/1360000/AsosHourlyInfoService"
OPERATION_PATH = f"{SERVICE_PATH}/getWthrDataList"
SOURCE_HEADER = "X-Plantcast-Source"


class ClockSetting(BaseModel):
    """Where the clock is to stand; `now` without an offset is KST, null means real time."""

    model_config = ConfigDict(extra="forbid")

    now: datetime | None
    frozen: bool = False


def create_app(simulator: Simulator) -> FastAPI:
    """Return the server for `simulator`."""
    app = FastAPI(title="KMA ASOS simulator", docs_url="/_simulator/docs", openapi_url="/_simulator/openapi")

    @app.middleware("http")
    async def _name_source(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers[SOURCE_HEADER] = simulator.source.name
        return response

    _add_admin(app, simulator)
    _add_service(app, simulator)
    return app


def _add_service(app: FastAPI, simulator: Simulator) -> None:
    @app.get(OPERATION_PATH)
    async def get_wthr_data_list(request: Request) -> Response:
        parameters = dict(request.query_params)
        fault = simulator.faults.take(parameters)
        if fault and fault.delay_seconds:
            await asyncio.sleep(fault.delay_seconds)
        # Writing a page takes some milliseconds of pure computing: not on the event loop.
        reply, response = await run_in_threadpool(_respond, simulator, parameters, fault)
        simulator.calls.add(
            at=simulator.clock.now().isoformat(),
            path=request.url.path,
            parameters=parameters,
            status=response.status_code,
            code=reply.code if reply else None,
            rows=reply.rows if reply else 0,
            fault=fault.kind if fault else None,
        )
        return response

    @app.get("/{path:path}")
    async def no_such_service(path: str, request: Request) -> Response:
        return _send(simulator.refuse(Refusal(NO_SUCH_SERVICE), dict(request.query_params)))


def _respond(
    simulator: Simulator, parameters: dict[str, str], fault: Fault | None
) -> tuple[Reply | None, Response]:
    """Answer truthfully, or as `fault` has it; without a reply nothing of the service was reached."""
    if fault is None or fault.kind == "slow":
        reply = simulator.answer(parameters)
        return reply, _send(reply)
    if fault.kind == "error":
        reply = simulator.refuse(fault.refusal(), parameters, fault)
        return reply, _send(reply, fault.status or 200)
    if fault.kind == "http":
        body = BAD_GATEWAY_HTML if fault.body is None else fault.body
        return None, Response(body, fault.status or 502, media_type="text/html")
    reply = simulator.answer(parameters)
    whole = reply.answer.body.encode()
    cut = whole[: max(1, int(len(whole) * fault.keep_fraction))]
    return reply, Response(cut, fault.status or 200, media_type=reply.answer.media_type)


def _send(reply: Reply, status: int = 200) -> Response:
    """Send as the KMA does: HTTP 200 also for a refusal."""
    return Response(reply.answer.body, status, media_type=reply.answer.media_type)


def _add_admin(app: FastAPI, simulator: Simulator) -> None:
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

    @app.get("/_simulator/faults")
    async def read_faults() -> list[Fault]:
        return list(simulator.faults.waiting)

    @app.post("/_simulator/faults")
    async def add_faults(faults: list[Fault]) -> dict[str, int]:
        simulator.faults.add(faults)
        return {"waiting": len(simulator.faults.waiting)}

    @app.delete("/_simulator/faults")
    async def clear_faults() -> dict[str, int]:
        simulator.faults.clear()
        return {"waiting": 0}

    @app.get("/_simulator/calls")
    async def read_calls(limit: Annotated[int, Query(ge=0, le=10_000)] = 100) -> dict[str, Any]:
        return {
            "count": simulator.calls.count,
            "used_today": simulator.quota.used_today,
            "calls": simulator.calls.latest(limit),
        }

    @app.delete("/_simulator/calls")
    async def clear_calls() -> dict[str, int]:
        simulator.calls.clear()
        simulator.quota.reset()
        return {"count": 0}
