"""The API on stores in memory, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from plantcast.common.clock import KST, FixedClock, iso_hour
from plantcast.forecasting import TARGETS
from plantcast.forecasting.issued import Forecast
from plantcast.observations.published import PUBLISHED, ObservedDay, ObservedDays
from plantcast.observations.report import store_report
from plantcast.pipeline.run_steps import RunSteps
from plantcast.pipeline.runs import Run, RunStore
from plantcast.registry import ModelRegistry, Pointer
from plantcast_api.app import create_app
from plantcast_api.dependencies import ApiKey, Deps
from tests.support.fakes import CountingTable, MemoryObjectStore
from tests.support.forecast_examples import ORIGIN, SetUpForecasts, forecast
from tests.support.quality_examples import quality_report, scope_of
from tests.support.registry_examples import version_files
from tests.support.verification_examples import store_verified, verified_days

NOW = datetime(2025, 5, 30, 9, 20, tzinfo=KST)
KEY = "a-secret-key-for-tests"
PROBLEM = "application/problem+json"


@dataclass
class PredictFunction:
    """Stands for the predict function: answers `facts`, or issues, or raises; counts its calls."""

    world: ApiWorld
    issues: Forecast | None = None
    facts: Mapping[str, Any] = field(default_factory=lambda: {"status": "unchanged", "message": ""})
    error: Exception | None = None
    calls: list[Mapping[str, Any]] = field(default_factory=list)

    def __call__(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        self.calls.append(payload)
        if self.error is not None:
            raise self.error
        if self.issues is not None:
            self.world.forecasts.issue(self.issues)
            return {"status": "issued", "message": "48 hours"}
        return self.facts


class ApiWorld:
    """Everything the API reaches, to be set up by a test before it makes the app."""

    def __init__(self, *, source: str = "synthetic", stations: tuple[str, ...] = ("108",)) -> None:
        self.now = NOW
        self.source = source
        self.stations = stations
        self.table = CountingTable()
        self.store = MemoryObjectStore()
        self.forecasts = SetUpForecasts(self.table)
        self.runs = RunStore(self.table)
        self.registry = ModelRegistry(self.store)
        self.predict = PredictFunction(self)
        self.key_reads = 0
        self.allowed_origins: tuple[str, ...] = ("*",)
        self.push_public_key = ""

    def observed_until(self, last: datetime, station: str = "108") -> None:
        """Write the STATUS item that ingest writes."""
        self.table.put(
            {
                "pk": f"STATION#{station}",
                "sk": "STATUS",
                "schema_version": 1,
                "last_observation": iso_hour(last),
            }
        )

    def published(self, days: Sequence[ObservedDay]) -> None:
        """Write the items of observed days that ingest writes."""
        for day in days:
            ObservedDays(self.table).put(day, read_at=NOW)

    def reported(self, report: dict[str, Any]) -> str:
        """Leave a quality report as ingest does; return its key."""
        return store_report(report, scope_of(report), self.store, self.table)

    def promote(self, version: str, at: datetime = NOW - timedelta(days=2)) -> None:
        """Train a version of both targets and put it into production."""
        for target in TARGETS:
            self.registry.save_version("108", target, version, version_files(version, target))
            pointer = Pointer(version, at, "run-1", "더 정확함", "more accurate")
            self.registry.promote("108", target, pointer, expected=self.registry.pointer("108", target))

    def all_well(self) -> None:
        """A night as it should be."""
        self.observed_until(ORIGIN)
        self.published([observed_day(ORIGIN.date() - timedelta(days=back)) for back in range(5)])
        self.reported(quality_report())
        self.forecasts.issue(forecast())
        self.promote("v1")
        store_verified(self.table, verified_days(3))
        started = datetime(2025, 5, 30, 2, 0, tzinfo=KST)
        self.runs.start(Run("run-1", started, date(2025, 5, 30), ("108",), retrain=True))
        self.runs.finish(
            "run-1", outcome="succeeded", finished_at=started + timedelta(minutes=2), started_at=started
        )

    def deps(self) -> Deps:
        def read_key() -> str:
            self.key_reads += 1
            return KEY

        return Deps(
            clock=FixedClock(self.now),
            table=self.table,
            store=self.store,
            forecasts=self.forecasts,
            runs=self.runs,
            steps=RunSteps(self.table),
            registry=self.registry,
            predict=self.predict,
            api_key=ApiKey(read_key),
            source=self.source,
            stations=self.stations,
            allowed_origins=self.allowed_origins,
            push_public_key=self.push_public_key,
        )

    def app(self) -> FastAPI:
        return create_app(self.deps())


def observed_day(day: date, **changes: Any) -> ObservedDay:
    """A mild day: values by name (one for all hours, or 24 of them), the rest as given."""
    values: dict[str, tuple[float | None, ...]] = {}
    for number, name in enumerate(PUBLISHED):
        given = changes.get(name, float(number))
        values[name] = tuple(given) if isinstance(given, list) else (given,) * 24
    source, masked = changes.get("source", "synthetic"), tuple(changes.get("masked", ()))
    return ObservedDay("108", day, source, values, masked, tuple(changes.get("provisional", ())))


def get(world: ApiWorld, url: str) -> dict[str, Any]:
    """Return the JSON of a successful GET."""
    with TestClient(world.app()) as client:
        reply = client.get(url)
    assert reply.status_code == 200, reply.text
    body: dict[str, Any] = reply.json()
    return body


def problem(client: TestClient, method: str, url: str, **more: Any) -> dict[str, Any]:
    """Call, check the answer is a complete problem document, and return it with its status."""
    reply = client.request(method, url, **more)
    body: dict[str, Any] = reply.json()
    assert reply.headers["content-type"] == PROBLEM
    assert body["status"] == reply.status_code
    assert str(body["type"]).startswith("urn:plantcast:problem:")
    assert body["title"]
    assert body["detail"]
    assert body["remedy"]
    assert body["instance"] == url.split("?")[0]
    return body
