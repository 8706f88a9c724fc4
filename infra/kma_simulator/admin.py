"""`/_simulator/…`: the endpoints that steer and watch the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Body, FastAPI, Query
from pydantic import BaseModel, ConfigDict

from infra.kma_simulator.fault_plans import FaultPlan
from infra.kma_simulator.faults import Fault
from infra.kma_simulator.service import Behaviour, Simulator


class ClockSetting(BaseModel):
    """Where the clock is to stand; `now` without an offset is KST, null means real time."""

    model_config = ConfigDict(extra="forbid")

    now: datetime | None
    frozen: bool = False


def add_admin(app: FastAPI, simulator: Simulator) -> None:
    """Add the endpoints; a setting that cannot be used is answered with 422 and `{"detail": one line}`."""
    _add_settings(app, simulator)
    _add_faults(app, simulator)
    _add_calls(app, simulator)


def _add_settings(app: FastAPI, simulator: Simulator) -> None:
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


def _add_faults(app: FastAPI, simulator: Simulator) -> None:
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

    @app.get("/_simulator/fault_plan")
    async def read_plan() -> Mapping[str, Any]:
        return simulator.plan.describe() if simulator.plan else {"plan": None, "calls": 0, "faults": 0}

    @app.put("/_simulator/fault_plan")
    async def set_plan(plan: Annotated[FaultPlan, Body()]) -> Mapping[str, Any]:
        simulator.set_fault_plan(plan)
        return await read_plan()

    @app.delete("/_simulator/fault_plan")
    async def clear_plan() -> Mapping[str, Any]:
        simulator.set_fault_plan(None)
        return await read_plan()


def _add_calls(app: FastAPI, simulator: Simulator) -> None:
    @app.get("/_simulator/calls")
    async def read_calls(limit: Annotated[int, Query(ge=0, le=10_000)] = 100) -> dict[str, Any]:
        quota, behaviour = simulator.quota, simulator.behaviour
        return {
            "count": simulator.calls.count,
            "used_today": quota.used_today,
            "limits": {
                "calls_per_day": behaviour.calls_per_day,
                "calls_per_second": behaviour.calls_per_second,
            },
            "days": {day.isoformat(): calls for day, calls in sorted(quota.days.items())},
            "busiest_second": quota.busiest_second,
            "calls": simulator.calls.latest(limit),
        }

    @app.delete("/_simulator/calls")
    async def clear_calls() -> dict[str, int]:
        simulator.calls.clear()
        simulator.quota.reset()
        return {"count": 0}
