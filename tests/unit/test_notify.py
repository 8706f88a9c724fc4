"""Notify: transitions are told once, failures once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.notify import handler as notify
from plantcast.clock import KST, FixedClock
from plantcast.forecasts import Forecast, ForecastStore
from plantcast.notices import Notifier
from plantcast.plants.profiles import profile
from tests.fakes import MemoryTable
from tests.forecast_examples import ORIGIN, forecast, path, with_hours

NOW = datetime(2025, 5, 30, 2, 5, tzinfo=KST)


@dataclass
class RecordingTopic:
    """Keeps what is published; fails as often as told."""

    messages: list[tuple[str, str]] = field(default_factory=list)
    failures: int = 0

    def publish(self, *, subject: str, message: str) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("SNS is away")
        self.messages.append((subject, message))


@dataclass
class World:
    monkeypatch: pytest.MonkeyPatch
    table: MemoryTable = field(default_factory=MemoryTable)
    topic: RecordingTopic = field(default_factory=RecordingTopic)
    source: str = "synthetic"

    def run(self, run_id: str, issued: Forecast | None = None, now: datetime = NOW, **event: Any) -> Any:
        forecasts = ForecastStore(self.table)
        if issued is not None:
            forecasts.issue(issued)
        notifier = Notifier(self.table, forecasts, self.topic, FixedClock(now), profile())
        wiring = notify._Wiring(notifier, self.source)
        self.monkeypatch.setattr(notify, "_wiring", lambda: wiring)
        base = {"run_id": run_id, "outcome": "succeeded", "stations": ["108"]}
        return notify.handler({**base, **event}, None)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def hot(days: int = 0, **changes: Any) -> Forecast:
    return forecast(origin=ORIGIN + timedelta(days=days), ta=path(with_hours(20.0, {15: 31.2})), **changes)


def mild(days: int = 0) -> Forecast:
    return forecast(origin=ORIGIN + timedelta(days=days))


def test_given_a_first_mild_forecast_when_notified_then_nobody_is_told(world: World) -> None:
    assert world.run("run-1", mild()) == {"published": 0, "suppressed": 1}
    assert world.table.items["STATION#108", "ALERT#default"]["state"] == "ok"


def test_given_a_hot_day_when_notified_then_one_notice_says_what_why_and_from_which_data(
    world: World,
) -> None:
    assert world.run("run-1", hot(degraded_reasons=("observations_incomplete",))) == {
        "published": 1,
        "suppressed": 0,
    }

    ((subject, message),) = world.topic.messages
    assert subject == "[Plantcast] Seoul: plants need water today (synthetic weather)"
    assert subject.isascii()
    korean, english = (
        message.index("서울: 오늘 물을 주세요."),
        message.index("Seoul: water your plants today."),
    )
    assert korean < english
    assert "최고 기온 31.2 °C (14:00), 30 °C 이상: 14:00" in message
    assert "Temperature reaches 31.2 °C at 14:00" in message
    assert "observations_incomplete" in message
    assert "합성 자료 (synthetic weather), not observations" in message


def test_given_a_notice_sent_when_the_run_is_repeated_then_nothing_is_published(world: World) -> None:
    world.run("run-1", hot())

    assert world.run("run-1") == {"published": 0, "suppressed": 1}
    assert world.run("run-1-again") == {"published": 0, "suppressed": 1}
    assert len(world.topic.messages) == 1


def test_given_two_hot_days_and_a_mild_one_when_notified_then_only_changes_are_told(world: World) -> None:
    for day, issued in enumerate((hot(0), hot(1), mild(2), mild(3), hot(4))):
        world.run(f"run-{day}", issued, NOW + timedelta(days=day))

    assert [subject.split(":")[1].split("(")[0].strip() for subject, _ in world.topic.messages] == [
        "plants need water today",
        "plants are fine again today",
        "plants need water today",
    ]


def test_given_a_topic_that_fails_when_the_step_is_retried_then_the_notice_is_not_lost(world: World) -> None:
    world.topic.failures = 1
    with pytest.raises(ConnectionError):
        world.run("run-1", hot())

    assert world.run("run-1") == {"published": 1, "suppressed": 0}
    assert world.run("run-1") == {"published": 0, "suppressed": 1}


def test_given_a_claim_of_another_run_when_notified_at_the_same_time_then_only_one_speaks(
    world: World,
) -> None:
    world.topic.failures = 1
    with pytest.raises(ConnectionError):
        world.run("run-1", hot())

    assert world.run("run-2") == {"published": 0, "suppressed": 1}
    assert world.run("run-1") == {"published": 1, "suppressed": 0}


def test_given_a_run_that_died_before_publishing_when_another_comes_later_then_it_speaks(
    world: World,
) -> None:
    world.topic.failures = 1
    with pytest.raises(ConnectionError):
        world.run("run-1", hot())
    world.run("run-2")

    assert world.run("run-3", now=NOW + timedelta(hours=1)) == {"published": 1, "suppressed": 0}
    assert world.run("run-4", now=NOW + timedelta(hours=2)) == {"published": 0, "suppressed": 1}


def test_given_a_forecast_for_a_past_day_when_notified_then_nobody_is_told_and_the_state_stays(
    world: World,
) -> None:
    assert world.run("run-1", hot(), NOW + timedelta(days=2)) == {"published": 0, "suppressed": 1}
    assert ("STATION#108", "ALERT#default") not in world.table.items


def test_given_a_station_without_forecast_when_notified_then_the_others_are_told(world: World) -> None:
    answer = world.run("run-1", hot(), stations=["112", "108"], outcome="degraded")

    assert answer == {"published": 1, "suppressed": 1}


def test_given_a_replay_when_notified_then_the_subject_says_so(world: World) -> None:
    world.run("run-1", hot(source="replay"))

    subject, message = world.topic.messages[0]
    assert "(replay of past observations)" in subject
    assert "과거 관측 재생" in message


def test_given_real_observations_when_notified_then_the_kma_is_named_and_nothing_marks_a_simulation(
    world: World,
) -> None:
    world.run("run-1", hot(source="kma"))

    subject, message = world.topic.messages[0]
    assert subject == "[Plantcast] Seoul: plants need water today"
    assert message.endswith("기상청 (KMA), data.go.kr")


def test_given_a_failed_run_when_notified_twice_then_one_notice_says_why(world: World) -> None:
    event: dict[str, Any] = {
        "outcome": "failed",
        "stations": [],
        "message_ko": "열쇠 거부",
        "message_en": "key refused",
    }

    assert world.run("run-1", **event) == {"published": 1, "suppressed": 0}
    assert world.run("run-1", **event) == {"published": 0, "suppressed": 1}
    assert world.run("run-2", **event) == {"published": 1, "suppressed": 0}

    subject, message = world.topic.messages[0]
    assert subject == "[Plantcast] The forecast run failed (synthetic weather)"
    assert message.index("열쇠 거부") < message.index("key refused")
    assert "run-1" in message
