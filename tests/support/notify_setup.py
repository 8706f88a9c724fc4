"""`notify` with a table and a topic in memory, at a time that the test sets."""

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
from plantcast.notifications.sending import Sender
from plantcast.pipeline.notify import Notifier
from tests.support.fakes import MemoryTable
from tests.support.forecast_examples import ORIGIN, SetUpForecasts, forecast, path, with_hours

MORNING = datetime(2025, 5, 30, 7, tzinfo=KST)
DAY = timedelta(days=1)
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
    """A published message."""

    subject: str
    message: str
    by_protocol: Mapping[str, str]
    attributes: Mapping[str, str]

    @property
    def facts(self) -> dict[str, Any]:
        """The part for programs."""
        facts: dict[str, Any] = json.loads(self.by_protocol["https"])["plantcast"]
        return facts


@dataclass
class RecordingTopic:
    """Keeps published messages; calls `before` and `after` around the next one."""

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
class Notices:
    """`notify` with its table and topic in memory."""

    monkeypatch: pytest.MonkeyPatch
    table: MemoryTable = field(default_factory=MemoryTable)
    topic: RecordingTopic = field(default_factory=RecordingTopic)
    source: str = "synthetic"
    profiles: tuple[str, ...] = ("default",)
    stations: tuple[str, ...] = ("108",)

    def issue(self, issued: Forecast) -> None:
        """Store a forecast, as predict does."""
        SetUpForecasts(self.table).issue(issued)

    def morning(self, issued: Forecast | None = None, now: datetime = MORNING) -> Any:
        """Call notify by the schedule, after a forecast was issued."""
        if issued is not None:
            self.issue(issued)
        return self._call(SCHEDULED, now)

    def failed(self, run_id: str, now: datetime = MORNING) -> Any:
        """Call notify at the end of a run that failed."""
        return self._call({"run_id": run_id, "message_ko": "키 거부", "message_en": "key refused"}, now)

    def alert(self, profile: str = "default") -> dict[str, Any]:
        """Return the stored state of a plant."""
        return self.table.items["STATION#108", f"ALERT#{profile}"]

    def moods(self) -> list[str]:
        """Return the mood in each published message."""
        return [message.facts["mood"] for message in self.topic.messages]

    def _call(self, event: dict[str, Any], now: datetime) -> Any:
        clock = FixedClock(now)
        sender = Sender(self.table, self.topic, clock)
        notifier = Notifier(self.table, ForecastStore(self.table), sender, clock, self.profiles)
        wiring = notify._Wiring(notifier, self.source, self.stations)
        self.monkeypatch.setattr(notify, "_wiring", lambda: wiring)
        return notify.handler(event, None)


PUBLISHED = {"published": 1, "suppressed": 0}
SUPPRESSED = {"published": 0, "suppressed": 1}


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
