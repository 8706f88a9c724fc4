"""Notify in quiet hours: what is found out at night is told in the morning, if it still holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from plantcast.common.clock import KST, FixedClock, iso_hour
from plantcast.common.errors import InvalidInputError
from plantcast.notifications.outbox import Outbox
from plantcast.notifications.quiet import QuietHours
from tests.forecast_examples import ISSUED, ORIGIN
from tests.monitor_room import metrics
from tests.notice_room import NIGHT, Killed, NoticeRoom, counts, fail, hot, kill, mild

MORNING = datetime(2025, 5, 30, 7, 0, tzinfo=KST)
FAILED: dict[str, Any] = {"outcome": "failed", "stations": [], "message_ko": "고장", "message_en": "broken"}


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> NoticeRoom:
    return NoticeRoom(monkeypatch, quiet_hours="22:00-07:00")


def test_given_quiet_hours_when_a_plant_changes_then_it_is_told_when_they_end(room: NoticeRoom) -> None:
    assert room.run("run-1", hot()) == counts(waiting=1)
    assert room.topic.messages == []
    (notice,) = room.notices()
    assert (notice["status"], notice["due_at"]) == ("waiting", "2025-05-30T07:00:00+09:00")

    assert room.deliver(MORNING - timedelta(hours=1)) == counts()
    assert room.deliver(MORNING) == counts(published=1)
    assert [entry["settled"] for entry in room.table.query("OUTBOX")] == [True]
    assert room.deliver(MORNING + timedelta(hours=1)) == counts()
    assert [message.facts["mood"] for message in room.topic.messages] == ["hot"]
    (notice,) = room.notices()
    assert (notice["status"], notice["published_at"]) == ("published", "2025-05-30T07:00:00+09:00")


def test_given_a_waiting_notice_when_the_run_is_repeated_then_it_waits_once(room: NoticeRoom) -> None:
    room.run("run-1", hot())

    assert room.run("run-1") == counts(suppressed=1)
    assert room.run("run-2") == counts(suppressed=1)
    assert room.deliver(MORNING) == counts(published=1)
    assert room.run("run-3", now=MORNING) == counts(suppressed=1)
    assert len(room.topic.messages) == 1


def test_given_a_waiting_notice_when_a_run_comes_after_the_quiet_hours_then_it_is_told_by_that(
    room: NoticeRoom,
) -> None:
    room.run("run-1", hot())

    assert room.run("run-2", now=MORNING + timedelta(minutes=20)) == counts(published=1)
    assert room.deliver(MORNING + timedelta(hours=1)) == counts()


def test_given_a_state_that_returns_to_what_was_told_when_morning_comes_then_nobody_is_told(
    room: NoticeRoom,
) -> None:
    room.run("run-0", mild(-1), NIGHT - timedelta(days=1))
    room.run("run-1", hot())

    again = mild(issued_at=ISSUED + timedelta(hours=1))
    assert room.run("run-2", again, NIGHT + timedelta(hours=1)) == counts(suppressed=1, superseded=1)
    assert room.deliver(MORNING) == counts()
    assert room.topic.messages == []
    assert [notice["status"] for notice in room.notices()] == ["superseded"]


def test_given_a_state_that_changes_further_when_morning_comes_then_only_the_last_one_is_told(
    room: NoticeRoom,
) -> None:
    room.run("run-0", hot(-1), NIGHT - timedelta(hours=14))  # at noon the day before
    room.run("run-1", mild())
    room.run("run-2", hot(issued_at=ISSUED + timedelta(hours=1)), NIGHT + timedelta(hours=1))
    room.run("run-3", mild(issued_at=ISSUED + timedelta(hours=2)), NIGHT + timedelta(hours=2))

    assert room.deliver(MORNING) == counts(published=1)
    assert [message.facts["mood"] for message in room.topic.messages] == ["hot", "happy"]
    assert [notice["status"] for notice in room.notices()] == ["published", "superseded", "published"]


@pytest.mark.parametrize("change", [{"mood": "cold"}, {"needs_water": False}, {"notice": "NOTICE#newer"}])
def test_given_a_state_that_another_writer_changed_when_due_then_the_notice_is_taken_back(
    room: NoticeRoom, change: dict[str, Any]
) -> None:
    room.run("run-1", hot())
    room.alert().update(change)

    assert room.deliver(MORNING) == counts(superseded=1)
    assert room.topic.messages == []


@pytest.mark.parametrize(
    ("late", "left"),
    [
        (timedelta(hours=15), "waiting"),  # 22:00, quiet again
        (timedelta(days=1), "superseded"),
        (timedelta(days=30), "waiting"),  # so old that nobody looks
    ],
)
def test_given_no_delivery_all_day_when_it_comes_at_last_then_yesterday_is_never_told(
    room: NoticeRoom, late: timedelta, left: str
) -> None:
    room.run("run-1", hot())

    room.deliver(MORNING + late)
    assert room.notices()[0]["status"] == left
    room.run("run-2", hot(40), NIGHT + timedelta(days=40))
    room.deliver(MORNING + timedelta(days=40))
    assert [message.facts["day"] for message in room.topic.messages] == ["2025-07-09"]
    assert room.notices()[0]["status"] == "superseded"


def test_given_a_profile_no_longer_notified_of_when_due_then_its_notice_is_taken_back(
    room: NoticeRoom,
) -> None:
    room.run("run-1", hot())
    room.profiles = ()

    assert room.deliver(MORNING) == counts(superseded=1)


def test_given_two_deliveries_at_once_when_due_then_one_speaks(room: NoticeRoom) -> None:
    room.run("run-1", hot())
    answers = []
    room.topic.before = lambda: answers.append(room.deliver(MORNING))

    assert room.deliver(MORNING) == counts(published=1)
    assert answers == [counts(suppressed=1)]
    assert len(room.topic.messages) == 1


def test_given_a_run_that_changes_the_state_while_it_is_being_told_then_the_change_is_told_after(
    room: NoticeRoom,
) -> None:
    room.run("run-1", hot())
    changed = mild(issued_at=ISSUED + timedelta(hours=6))
    answers = []
    room.topic.before = lambda: answers.append(room.run("run-2", changed, MORNING))

    assert room.deliver(MORNING) == counts(published=1)
    assert answers == [counts(suppressed=1)]
    assert room.run("run-3", now=MORNING) == counts(published=1)
    assert [message.facts["mood"] for message in room.topic.messages] == ["hot", "happy"]


def test_given_a_delivery_killed_or_failing_when_the_next_hour_comes_then_all_are_told(
    room: NoticeRoom,
) -> None:
    room.profiles = ("default", "monstera", "lettuce")
    room.run("run-1", hot(degrees=39.0))
    room.topic.before = fail
    with pytest.raises(ConnectionError):
        room.deliver(MORNING)
    assert len(room.topic.messages) == 2  # one that fails does not keep the others

    room.topic.before = kill
    with pytest.raises(Killed):
        room.deliver(MORNING + timedelta(hours=1))
    assert room.deliver(MORNING + timedelta(hours=1)) == counts(suppressed=1)
    assert room.deliver(MORNING + timedelta(hours=2)) == counts(published=1)
    assert sorted(one.attributes["profile"] for one in room.topic.messages) == [
        "default",
        "lettuce",
        "monstera",
    ]


def test_given_a_notice_read_before_another_changed_it_when_published_or_taken_back_then_neither_happens(
    room: NoticeRoom,
) -> None:
    room.run("run-1", hot())
    (notice,) = room.notices()
    outbox = Outbox(room.table, room.topic, FixedClock(MORNING))

    assert outbox.publish(notice) == "published"
    assert outbox.publish(notice) == "claimed_by_another"
    assert outbox.supersede(notice) is False
    assert [one["status"] for one in room.notices()] == ["published"]
    assert len(room.topic.messages) == 1


def test_given_a_newer_forecast_judged_and_gone_when_a_run_finds_an_older_one_then_nothing_changes(
    room: NoticeRoom,
) -> None:
    room.issue(mild())
    newer = hot(origin=ORIGIN + timedelta(hours=3))
    room.run("run-1", newer)
    del room.table.items["STATION#108", f"ISSUE#{iso_hour(newer.origin)}"]

    assert room.run("run-2") == counts(suppressed=1)
    assert room.deliver(MORNING) == counts(published=1)


def test_given_quiet_hours_when_a_run_fails_then_operators_are_told_at_once(room: NoticeRoom) -> None:
    assert room.run("run-1", **FAILED) == counts(published=1)


def test_given_what_happened_when_notified_then_metrics_count_it(
    room: NoticeRoom, capsys: pytest.CaptureFixture[str]
) -> None:
    room.run("run-1", hot())
    room.deliver(MORNING)

    values = {name: [line[name] for line in lines] for name, lines in metrics(capsys).items()}
    assert values == {
        "NoticesPublished": [[0], [1]],
        "NoticesWaiting": [[1], [0]],
    }


@pytest.mark.parametrize(
    ("hours", "now", "speaks"),
    [
        ("22:00-07:00", "2025-05-30T21:59", "2025-05-30T21:59"),
        ("22:00-07:00", "2025-05-30T22:00", "2025-05-31T07:00"),
        ("22:00-07:00", "2025-05-30T00:00", "2025-05-30T07:00"),
        ("22:00-07:00", "2025-05-30T06:59", "2025-05-30T07:00"),
        ("22:00-07:00", "2025-05-30T07:00", "2025-05-30T07:00"),
        ("22:00-07:00", "2025-12-31T23:30", "2026-01-01T07:00"),
        ("01:30-05:15", "2025-05-30T01:29", "2025-05-30T01:29"),
        ("01:30-05:15", "2025-05-30T05:14", "2025-05-30T05:15"),
        ("01:30-05:15", "2025-05-30T05:15", "2025-05-30T05:15"),
        ("22:00-00:00", "2025-05-30T23:00", "2025-05-31T00:00"),
        ("22:00-00:00", "2025-05-30T00:00", "2025-05-30T00:00"),
    ],
)
def test_given_quiet_hours_when_asked_then_they_end_when_they_should(
    hours: str, now: str, speaks: str
) -> None:
    quiet = QuietHours.parse(hours)
    assert quiet is not None

    at, expected = (datetime.fromisoformat(f"{text}+09:00") for text in (now, speaks))
    assert quiet.over_at(at) == expected


def test_given_no_quiet_hours_when_read_then_there_are_none() -> None:
    assert QuietHours.parse(" ") is None


@pytest.mark.parametrize("text", ["22:00", "22-7", "24:00-07:00", "22:60-07:00", "07:00-07:00", "10pm-7am"])
def test_given_quiet_hours_that_make_no_sense_when_a_run_ends_then_the_value_is_named_and_failures_are_told(
    room: NoticeRoom, text: str
) -> None:
    room.quiet_hours = text

    with pytest.raises(InvalidInputError, match=r"QuietHours='.*for example 22:00-07:00"):
        room.run("run-1", hot())
    assert room.run("run-1", **FAILED) == counts(published=1)
