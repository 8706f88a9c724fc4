"""The KMA's one operation over HTTP, and `/_simulator/…` to watch and steer the simulator."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from infra.kma_simulator.contract import NO_SUCH_SERVICE, Refusal
from infra.kma_simulator.service import Behaviour, Reply, Simulator

SERVICE_PATH = "/1360000/AsosHourlyInfoService"


def create_app(simulator: Simulator) -> FastAPI:
    """Return the server for `simulator`."""
    app = FastAPI(title="KMA ASOS simulator", docs_url="/_simulator/docs", openapi_url="/_simulator/openapi")

    @app.get("/_simulator/health")
    async def health() -> dict[str, Any]:
        return {
            "status": "ok",
            "source": simulator.source.name,
            "now": simulator.clock.now().isoformat(),
            "calls": simulator.calls.count,
        }

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

    @app.get(f"{SERVICE_PATH}/getWthrDataList")
    async def get_wthr_data_list(request: Request) -> Response:
        simulator.calls.arrived += 1
        await asyncio.sleep(simulator.behaviour.delay_seconds)
        # Writing a page takes some milliseconds of pure computing: not on the event loop.
        return respond(await run_in_threadpool(simulator.call, dict(request.query_params)))

    @app.get("/{path:path}")
    async def no_such_service(path: str, request: Request) -> Response:
        return respond(simulator.refuse(Refusal(NO_SUCH_SERVICE), dict(request.query_params)))

    def respond(reply: Reply) -> Response:
        # As the KMA does: HTTP 200 also for a refusal.
        form = "xml" if reply.body.startswith("<") else "json"
        headers = {"X-Plantcast-Source": simulator.source.name}
        return Response(reply.body, media_type=f"application/{form};charset=UTF-8", headers=headers)

    return app
