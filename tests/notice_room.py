"""`notify` over a table in memory and a topic that remembers, at a time that the test sets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.notify import handler as notify
from plantcast.common.clock import KST, FixedClock
from plantcast.forecasting.issued import Forecast, ForecastStore
from plantcast.notifications.outbox import Outbox
from plantcast.pipeline.notify import Notifier
from tests.fakes import MemoryTable
from tests.forecast_examples import ORIGIN, SetUpForecasts, forecast, path, with_hours

NIGHT = datetime(2025, 5, 30, 2, 5, tzinfo=KST)
SCHEDULED = {
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "time": "2025-05-29T22:00:00Z",
    "detail": {},
}


class Killed(BaseException):
    """The function ends here: nothing more runs, not even what handles faults."""


@dataclass(frozen=True)
class Message:
    """What was published."""

    subject: str
    message: str
    by_protocol: Mapping[str, str]
    attributes: Mapping[str, str]

    @property
    def facts(self) -> dict[str, Any]:
        """What programs read of it."""
        facts: dict[str, Any] = json.loads(self.by_protocol["https"])["plantcast"]
        return facts


@dataclass
class RecordingTopic:
    """Keeps what is published; does before or after it what it is told."""

    messages: list[Message] = field(default_factory=list)
    before: Callable[[], None] | None = None
    after: Callable[[], None] | None = None

    def publish(
        self, *, subject: str, message: str, by_protocol: Mapping[str, str], attributes: Mapping[str, str]
    ) -> None:
        # Once each, so that whoever publishes again gets through.
        before, self.before = self.before, None
        if before is not None:
            before()
        self.messages.append(Message(subject, message, by_protocol, attributes))
        after, self.after = self.after, None
        if after is not None:
            after()


def fail() -> None:
    """SNS is away."""
    raise ConnectionError("SNS is away")


def kill() -> None:
    """The function is killed."""
    raise Killed


@dataclass
class NoticeRoom:
    monkeypatch: pytest.MonkeyPatch
    table: MemoryTable = field(default_factory=MemoryTable)
    topic: RecordingTopic = field(default_factory=RecordingTopic)
    source: str = "synthetic"
    profiles: tuple[str, ...] = ("default",)
    quiet_hours: str = ""

    def issue(self, issued: Forecast) -> None:
        """Store a forecast, as predict does."""
        SetUpForecasts(self.table).issue(issued)

    def run(self, run_id: str, issued: Forecast | None = None, now: datetime = NIGHT, **event: Any) -> Any:
        """Call notify at the end of a run, after a forecast was issued."""
        if issued is not None:
            self.issue(issued)
        return self._call({"run_id": run_id, "outcome": "succeeded", "stations": ["108"], **event}, now)

    def deliver(self, now: datetime) -> Any:
        """Call notify by the schedule."""
        return self._call(SCHEDULED, now)

    def alert(self, profile: str = "default") -> dict[str, Any]:
        """Return what is stored of a plant."""
        return self.table.items["STATION#108", f"ALERT#{profile}"]

    def notices(self) -> list[dict[str, Any]]:
        """Return the stored notices of plants, the oldest first."""
        return self.table.query("STATION#108", sk_prefix="NOTICE#")

    def _call(self, event: dict[str, Any], now: datetime) -> Any:
        clock = FixedClock(now)
        outbox = Outbox(self.table, self.topic, clock)
        notifier = Notifier(
            self.table, ForecastStore(self.table), outbox, clock, self.profiles, self.quiet_hours
        )
        wiring = notify._Wiring(notifier, self.source)
        self.monkeypatch.setattr(notify, "_wiring", lambda: wiring)
        return notify.handler(event, None)


def counts(**some: int) -> dict[str, int]:
    """What notify returns, all zero but these."""
    return {"published": 0, "suppressed": 0, "waiting": 0, "superseded": 0, **some}


def hot(days: int = 0, *, degrees: float = 31.2, **changes: Any) -> Forecast:
    """Hot at 14:00: by default hotter than the default profile likes, so that it needs water."""
    course = path(with_hours(20.0, {15: degrees}))
    return forecast(**{"origin": ORIGIN + timedelta(days=days), "ta": course} | changes)


def mild(days: int = 0, **changes: Any) -> Forecast:
    """Nothing to do."""
    return forecast(origin=ORIGIN + timedelta(days=days), **changes)


def borderline(days: int = 0, **changes: Any) -> Forecast:
    """30 °C with a probability between 0.3 and 0.5, so that what was before decides."""
    return hot(days, degrees=29.6, **changes)
