"""One night of the pipeline, function by function, and how it went without faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.faults.conftest import FaultyDeployment
from tests.faults.proxy import Call
from tests.faults.world import World

Facts = dict[str, dict[str, Any]]
RUN, FAILED_RUN, BACKFILL_RUN = "night", "night-that-failed", "backfill"
STATION = "108"


@dataclass(frozen=True)
class Leg:
    """A function and its event, made from what those before it returned."""

    name: str
    function: str
    event: Callable[[FaultyDeployment, Facts], dict[str, Any]]


@dataclass(frozen=True)
class Passed:
    """A leg as it went: its event, its calls, what was stored before and after, what was published."""

    leg: Leg
    event: dict[str, Any]
    calls: list[Call]
    before: World
    after: World
    messages: int


def _features(_: FaultyDeployment, facts: Facts) -> dict[str, Any]:
    return {
        "run_id": RUN,
        "station": STATION,
        **{name: facts["features"][name] for name in ("features_key", "origin")},
    }


def _finished(deployment: FaultyDeployment, _: Facts) -> dict[str, Any]:
    return {
        "event": "finish",
        "run_id": RUN,
        "started_at": deployment.started_at,
        "as_of": deployment.today,
    }


def _failed(_: FaultyDeployment, facts: Facts) -> dict[str, Any]:
    return {name: facts["monitor-fail"][name] for name in ("run_id", "message_ko", "message_en")}


def _chunk(deployment: FaultyDeployment) -> dict[str, str]:
    """Days of two months, before those that the lake holds."""
    last = date.fromisoformat(deployment.today) - timedelta(days=50)
    assert last.day < 20
    return {"start": (last - timedelta(days=20)).isoformat(), "end": last.isoformat()}


LEGS = (
    Leg("prepare", "prepare", lambda d, _: {"run_id": RUN, "started_at": d.started_at, "input": {}}),
    Leg("ingest", "ingest", lambda d, _: {"run_id": RUN, "station": STATION, "as_of": d.today}),
    Leg("features", "features", lambda d, _: {"run_id": RUN, "station": STATION, "as_of": d.today}),
    Leg("train", "train", lambda d, f: _features(d, f) | {"target": "ta"}),
    Leg(
        "evaluate",
        "evaluate",
        lambda d, f: _features(d, f) | {"target": "ta", "version": f["train"]["version"]},
    ),
    Leg("predict", "predict", lambda d, f: _features(d, f)),
    Leg("monitor", "monitor", _finished),
    Leg("notify", "notify", lambda _, __: {"detail-type": "Scheduled Event", "source": "aws.events"}),
    Leg(
        "monitor-fail",
        "monitor",
        lambda d, _: {
            "event": "fail",
            "run_id": FAILED_RUN,
            "started_at": d.started_at,
            "error": {"Error": "Lambda.Unknown", "Cause": "The function ended."},
        },
    ),
    Leg("notify-fail", "notify", _failed),
    Leg(
        "backfill-plan",
        "backfill",
        lambda d, _: {
            "event": "plan",
            "run_id": BACKFILL_RUN,
            "started_at": d.started_at,
            "input": {"stations": [STATION], **_chunk(d)},
        },
    ),
    Leg("backfill-chunk", "ingest", lambda d, _: {"run_id": BACKFILL_RUN, "station": STATION, **_chunk(d)}),
    Leg(
        "backfill-failure",
        "backfill",
        lambda d, _: {
            "event": "failure",
            "run_id": BACKFILL_RUN,
            "station": STATION,
            "error": {"Error": "States.Timeout", "Cause": ""},
            **_chunk(d),
        },
    ),
    Leg(
        "backfill-report",
        "backfill",
        lambda _, f: (
            {"event": "report", "run_id": BACKFILL_RUN}
            | {name: f["backfill-plan"][name] for name in ("start", "end", "stations")}
        ),
    ),
)


@dataclass
class Journey:
    """Walks the legs in order, each once, undisturbed."""

    deployment: FaultyDeployment
    facts: Facts = field(default_factory=dict)
    passed: dict[str, Passed] = field(default_factory=dict)

    def reach(self, name: str) -> Passed:
        """Return how the leg went, after walking to it if need be."""
        for leg in LEGS:
            if leg.name not in self.passed:
                self.passed[leg.name] = self._walk(leg)
            if leg.name == name:
                return self.passed[name]
        raise KeyError(name)

    def known_sorts(self, name: str) -> set[tuple[str, str]]:
        """Return the sorts of calls that the same function makes in the legs before this one."""
        function, legs = self.passed[name].leg.function, list(self.passed)
        before = (self.passed[leg] for leg in legs[: legs.index(name)])
        return {call.sort for passed in before if passed.leg.function == function for call in passed.calls}

    def _walk(self, leg: Leg) -> Passed:
        event = leg.event(self.deployment, self.facts)
        if self.passed:
            self.deployment.storage.put_back(list(self.passed.values())[-1].after)
        before = self.deployment.storage.look()
        proxy = self.deployment.proxies[leg.function]
        self.deployment.messages()
        proxy.arm(None)
        reply = self.deployment.invoke(leg.function, event)
        calls = proxy.disarm()
        assert reply.error is None, f"{leg.name}: {reply.error}"
        # Twice, as a spoilt leg: a repeated call changes nothing.
        self.deployment.invoke(leg.function, event)
        self.facts[leg.name] = reply.facts
        return Passed(leg, event, calls, before, self.deployment.storage.look(), self.deployment.messages())
