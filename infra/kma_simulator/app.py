"""The services over HTTP, and `/_simulator/…` to watch and steer the simulator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from infra.kma_simulator import asos
from infra.kma_simulator.api_hub import answers as api_hub
from infra.kma_simulator.behaviour import Behaviour, Service
from infra.kma_simulator.calls import Reply
from infra.kma_simulator.envelopes import refused
from infra.kma_simulator.open_meteo import answers as open_meteo
from infra.kma_simulator.portal import NO_SUCH_SERVICE, Refusal
from infra.kma_simulator.service import Simulator
from infra.kma_simulator.short_term import answers as short_term
from infra.kma_simulator.transport import response_to

SERVICE_PATH: Final = "/1360000/AsosHourlyInfoService"
SHORT_TERM_PATH: Final = "/1360000/VilageFcstInfoService_2.0"
API_HUB_PATH: Final = "/api/typ01/url/kma_sfctm3.php"
# Of its forecast service and of its previous-runs service.
OPEN_METEO_PATH: Final = "/v1/forecast"

Answer = Callable[[Simulator, Mapping[str, str]], Reply]


def create_app(simulator: Simulator) -> FastAPI:
    """Return the server for `simulator`."""
    app = FastAPI(title="KMA simulator", docs_url="/_simulator/docs", openapi_url="/_simulator/openapi")

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
    async def read_calls(
        limit: Annotated[int, Query(ge=0, le=10_000)] = 100, service: Service = "asos"
    ) -> dict[str, Any]:
        calls = simulator.logs[service]
        return {
            "count": calls.count,
            "used_today": calls.used(simulator.clock.now().date()),
            "calls": calls.latest(limit),
        }

    @app.get(f"{SERVICE_PATH}/getWthrDataList")
    async def get_wthr_data_list(request: Request) -> Response:
        simulator.calls.arrived += 1
        await asyncio.sleep(simulator.behaviour.delay_seconds)
        return await call("asos", asos.answer, request)

    @app.get(f"{SHORT_TERM_PATH}/getVilageFcst")
    async def get_vilage_fcst(request: Request) -> Response:
        return await call("short_term", short_term.answer, request)

    @app.get(API_HUB_PATH)
    async def kma_sfctm3(request: Request) -> Response:
        return await call("api_hub", api_hub.answer, request)

    @app.get(OPEN_METEO_PATH)
    async def open_meteo_forecast(request: Request) -> Response:
        return await call("open_meteo", open_meteo.answer, request)

    @app.get("/{path:path}")
    async def no_such_service(path: str, request: Request) -> Response:
        return response_to(
            refused(Refusal(NO_SUCH_SERVICE), request.query_params), source=simulator.source.name
        )

    async def call(service: Service, answer: Answer, request: Request) -> Response:
        fault = simulator.behaviour.fault(service)
        if fault == "slow":
            await asyncio.sleep(simulator.behaviour.slow_seconds)
        # Writing a page takes some milliseconds of pure computing: not on the event loop.
        reply = await run_in_threadpool(answer, simulator, dict(request.query_params))
        return response_to(reply, source=simulator.source.name, fault=fault)

    return app
