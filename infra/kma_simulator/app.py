"""The HTTP face of the KMA's one operation; `/_simulator/…` is in `admin`."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.kma_simulator.admin import add_admin
from infra.kma_simulator.codes import NO_SUCH_SERVICE, Refusal
from infra.kma_simulator.delivery import deliver, status_of
from infra.kma_simulator.faults import Fault, explain
from infra.kma_simulator.service import Reply, Simulator

SERVICE_PATH = "/1360000/AsosHourlyInfoService"
OPERATION_PATH = f"{SERVICE_PATH}/getWthrDataList"
SOURCE_HEADER = "X-Plantcast-Source"


def create_app(simulator: Simulator) -> FastAPI:
    """Return the server for `simulator`."""
    app = FastAPI(title="KMA ASOS simulator", docs_url="/_simulator/docs", openapi_url="/_simulator/openapi")
    app.add_middleware(_SourceNamed, simulator=simulator)

    @app.exception_handler(RequestValidationError)
    async def wrong_setting(request: Request, error: RequestValidationError) -> Response:
        return JSONResponse({"detail": explain(error.errors())}, 422)

    add_admin(app, simulator)
    _add_service(app, simulator)
    return app


class _SourceNamed:
    """Puts the source's name on every response; not on a connection that is broken without one."""

    def __init__(self, app: ASGIApp, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[SOURCE_HEADER] = self._simulator.source.name
            await send(message)

        await self._app(scope, receive, named)


def _add_service(app: FastAPI, simulator: Simulator) -> None:
    @app.get(OPERATION_PATH)
    async def get_wthr_data_list(request: Request) -> Response:
        parameters = dict(request.query_params)
        fault = simulator.receive(parameters)
        if fault and fault.delay_seconds and fault.kind != "drip":
            await asyncio.sleep(fault.delay_seconds)
        # Writing a page takes some milliseconds of pure computing: not on the event loop.
        reply, response = await run_in_threadpool(_respond, simulator, parameters, fault, str(request.url))
        simulator.calls.add(
            at=simulator.clock.now().isoformat(),
            path=request.url.path,
            parameters=parameters,
            status=status_of(response),
            code=reply.code if reply else None,
            rows=reply.rows if reply else 0,
            fault=fault.kind if fault else None,
        )
        return response

    @app.get("/{path:path}")
    async def no_such_service(path: str, request: Request) -> Response:
        return deliver(simulator.refuse(Refusal(NO_SUCH_SERVICE), dict(request.query_params)), None, "")


def _respond(
    simulator: Simulator, parameters: dict[str, str], fault: Fault | None, url: str
) -> tuple[Reply | None, Response]:
    reply = simulator.reply(parameters, fault)
    return reply, deliver(reply, fault, url)
