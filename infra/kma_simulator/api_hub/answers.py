"""The service without HTTP: parameters in, a finished reply out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from infra.kma_simulator.api_hub.text import document, first_hour_needed, rows_of
from infra.kma_simulator.calls import Reply
from infra.kma_simulator.service import Simulator
from plantcast.common.clock import KST

# An hour's observation is out a quarter of an hour later.
OUT_AFTER: Final = timedelta(minutes=15)
LATE: Final = timedelta(hours=3)
_LONGEST: Final = timedelta(days=31)
_ALL_STATIONS: Final = "0"


class _Refusal(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def answer(simulator: Simulator, parameters: Mapping[str, str]) -> Reply:
    """Answer one call with rows or a refusal, and log it."""
    try:
        reply = _rows(simulator, parameters)
    except _Refusal as refusal:
        result = {"result": {"status": refusal.status, "message": refusal.message}}
        reply = Reply(json.dumps(result, ensure_ascii=False), str(refusal.status), status=refusal.status)
    simulator.logs["api_hub"].add(simulator.clock.now(), parameters, reply)
    return reply


def _rows(simulator: Simulator, parameters: Mapping[str, str]) -> Reply:
    fault = simulator.behaviour.api_hub_fault
    if parameters.get("authKey") != simulator.hub_key:
        raise _Refusal(401, "유효한 인증키가 아닙니다.")
    if fault == "not_applied":
        raise _Refusal(403, "활용신청이 필요한 API 입니다.")
    if not simulator.spend("api_hub"):
        raise _Refusal(403, "일일 최대 호출 한도를 초과하였습니다.")
    start, end = _hour(parameters, "tm1"), _hour(parameters, "tm2")
    if end - start > _LONGEST:
        raise _Refusal(400, "tm1, tm2: 최대 31일")
    last = simulator.clock.now() - OUT_AFTER - (LATE if fault == "late" else timedelta(0))
    rows = []
    for station in _stations(simulator, parameters):
        observed = simulator.source.hours(station, first_hour_needed(start), min(end, last))
        rows += rows_of(observed, station, start)
    return Reply(document(sorted(rows)), "200", len(rows), media_type="text/plain;charset=UTF-8")


def _stations(simulator: Simulator, parameters: Mapping[str, str]) -> list[str]:
    wanted = parameters.get("stn") or _ALL_STATIONS
    return sorted(simulator.source.stations) if wanted == _ALL_STATIONS else wanted.split(":")


def _hour(parameters: Mapping[str, str], name: str) -> datetime:
    try:
        return datetime.strptime(parameters.get(name, ""), "%Y%m%d%H%M").replace(tzinfo=KST)
    except ValueError:
        raise _Refusal(400, f"{name}: YYYYMMDDHHMM") from None
