"""Notify: a change is told once, a failure once, whatever is repeated, killed or done at the same time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from plantcast.common.clock import iso_hour
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.common.settings import NoticeSettings, StationSettings
from plantcast.forecasting.issued import Forecast
from plantcast.notifications.states import active_before, alert_of
from plantcast.plants.advice import advise
from plantcast.plants.profiles import profile, profiles
from tests.forecast_examples import ISSUED, ORIGIN, forecast, path, with_hours
from tests.log_lines import capture
from tests.notice_room import NIGHT, Killed, NoticeRoom, borderline, counts, fail, hot, kill, mild

PUBLISHED = counts(published=1)
SUPPRESSED = counts(suppressed=1)
FAILED: dict[str, Any] = {
    "outcome": "failed",
    "stations": [],
    "message_ko": "열쇠 거부",
    "message_en": "key refused",
}


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> NoticeRoom:
    return NoticeRoom(monkeypatch)


def told(room: NoticeRoom) -> list[tuple[str, bool]]:
    """Return mood and need of water as they were told."""
    return [(message.facts["mood"], message.facts["needs_water"]) for message in room.topic.messages]


def test_given_a_first_mild_forecast_when_notified_then_nobody_is_told(room: NoticeRoom) -> None:
    assert room.run("run-1", mild()) == SUPPRESSED
    assert (room.alert()["mood"], room.alert()["needs_water"]) == ("happy", False)


def test_given_a_run_when_notified_then_every_plant_is_judged_and_only_the_chosen_ones_are_told(
    room: NoticeRoom,
) -> None:
    room.profiles = ("default", "monstera")
    room.run("run-1", hot(degrees=39.0))

    stored = {sk for _, sk in room.table.items if sk.startswith("ALERT#")}
    assert stored == {f"ALERT#{key}" for key in profiles()}
    for key in profiles():
        today = advise(hot(degrees=39.0), profile(key))[0]
        item = room.alert(key)
        assert (item["mood"], item["needs_water"], item["active"]) == (
            today.mood,
            today.needs_water,
            today.active,
        ), key
        assert (item["origin"], item["day"], item["run_id"]) == (iso_hour(ORIGIN), "2025-05-30", "run-1")
    assert {message.attributes["profile"] for message in room.topic.messages} == {"default", "monstera"}


def test_given_a_notice_sent_when_the_run_is_repeated_then_nothing_is_published(room: NoticeRoom) -> None:
    assert room.run("run-1", hot()) == PUBLISHED

    assert room.run("run-1") == SUPPRESSED
    assert room.run("run-1-again") == SUPPRESSED
    assert len(room.topic.messages) == 1


def test_given_two_hot_days_and_a_mild_one_when_notified_then_only_changes_are_told(room: NoticeRoom) -> None:
    for day, issued in enumerate((hot(0), hot(1), mild(2), mild(3), hot(4))):
        room.run(f"run-{day}", issued, NIGHT + timedelta(days=day))

    assert told(room) == [("hot", True), ("happy", False), ("hot", True)]
    assert [message.facts["before"] for message in room.topic.messages] == [
        None,
        {"mood": "hot", "needs_water": True},
        {"mood": "happy", "needs_water": False},
    ]


def test_given_an_active_limit_when_a_forecast_wavers_then_it_stays_and_the_same_forecast_says_the_same(
    room: NoticeRoom,
) -> None:
    room.run("run-0", mild(0))
    room.run("run-1", borderline(1), NIGHT + timedelta(days=1))
    assert room.alert()["active"]["hot"] is False

    room.run("run-2", hot(2), NIGHT + timedelta(days=2))
    for again in range(3):
        room.run(f"run-3-{again}", borderline(3), NIGHT + timedelta(days=3))
    assert room.alert()["active"]["hot"] is True
    assert told(room) == [("hot", True)]

    # The API starts from what notify started from, before and after notify has judged a forecast.
    alert = alert_of(room.table, "108", "default")
    for issued, held in ((borderline(3), True), (borderline(4), True)):
        before = active_before(alert, issued.origin)
        assert advise(issued, profile(), before)[0].active["hot"] is held


def test_given_a_state_that_lasts_when_notified_then_since_is_when_it_began(room: NoticeRoom) -> None:
    room.run("run-0", hot(0))
    room.run("run-1", hot(1), NIGHT + timedelta(days=1))

    assert room.alert()["since"] == NIGHT.isoformat(timespec="seconds")
    assert room.alert()["day"] == "2025-05-31"

    room.run("run-1", mild(1, issued_at=ISSUED + timedelta(days=2)), NIGHT + timedelta(days=1, hours=8))
    room.run("run-1", hot(1, issued_at=ISSUED + timedelta(days=3)), NIGHT + timedelta(days=1, hours=9))
    assert room.alert()["since"] == NIGHT.isoformat(timespec="seconds")


def test_given_forecasts_issued_anew_from_one_origin_when_notified_then_each_change_is_told(
    room: NoticeRoom,
) -> None:
    for hour, issued in enumerate((hot, mild, hot)):
        room.run(f"run-{hour}", issued(issued_at=ISSUED + timedelta(hours=hour)))
        room.run(f"run-{hour}-again")

    assert told(room) == [("hot", True), ("happy", False), ("hot", True)]
    assert len({notice["sk"] for notice in room.notices()}) == 3


def test_given_nothing_new_when_a_run_is_repeated_then_nothing_is_written(
    room: NoticeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.run("run-1", hot())
    room.run("run-2")  # here the notice is found published
    monkeypatch.setattr(room.table, "put", fail)
    monkeypatch.setattr(room.table, "put_if_newer", fail)

    assert room.run("run-3") == SUPPRESSED


def test_given_a_topic_that_fails_when_the_step_is_retried_then_the_notice_is_not_lost(
    room: NoticeRoom,
) -> None:
    room.topic.before = fail
    with pytest.raises(ConnectionError):
        room.run("run-1", hot())

    assert room.run("run-1") == PUBLISHED
    assert room.run("run-1") == SUPPRESSED


@pytest.mark.parametrize("other", ["run-1", "run-2"])
def test_given_two_deliveries_at_once_when_one_is_publishing_then_the_other_keeps_silent(
    room: NoticeRoom, other: str
) -> None:
    answers = []
    room.topic.before = lambda: answers.append(room.run(other))

    assert room.run("run-1", hot()) == PUBLISHED
    assert answers == [SUPPRESSED]
    assert len(room.topic.messages) == 1


def interrupt(
    room: NoticeRoom, monkeypatch: pytest.MonkeyPatch, step: str, *, before: bool, do: Callable[[], Any]
) -> None:
    """Let something else happen once, just before or after the next write of a kind."""
    original = getattr(room.table, step)

    def interrupted(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(room.table, step, original)
        if before:
            do()
            return original(*arguments, **named)
        answer = original(*arguments, **named)
        do()
        return answer

    monkeypatch.setattr(room.table, step, interrupted)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("step", ["put_if_newer", "put_if_absent", "count_up"])
def test_given_two_runs_at_once_when_one_overtakes_the_other_at_any_write_then_one_notice_goes_out(
    room: NoticeRoom, monkeypatch: pytest.MonkeyPatch, step: str, before: bool
) -> None:
    room.issue(hot())
    interrupt(room, monkeypatch, step, before=before, do=lambda: room.run("run-2"))

    room.run("run-1")
    room.run("run-3")
    assert told(room) == [("hot", True)]
    assert len(room.notices()) == 1


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("step", ["put_if_newer", "put_if_absent", "count_up"])
@pytest.mark.parametrize("quiet_hours", ["", "22:00-07:00"])
def test_given_a_run_overtaken_by_one_with_another_forecast_then_the_last_state_is_told_last(
    room: NoticeRoom, monkeypatch: pytest.MonkeyPatch, step: str, before: bool, quiet_hours: str
) -> None:
    room.quiet_hours = quiet_hours
    cold = hot(degrees=-20.0, issued_at=ISSUED + timedelta(hours=1))
    room.issue(hot())
    interrupt(room, monkeypatch, step, before=before, do=lambda: room.run("run-2", cold))

    room.run("run-1")
    room.run("run-3")
    room.deliver(NIGHT.replace(hour=7))
    room.run("run-4", now=NIGHT.replace(hour=8))
    assert told(room)[-1] == ("cold", False)
    assert all(one != next_one for one, next_one in pairwise(told(room)))


@pytest.mark.parametrize("step", ["put_if_newer", "put_if_absent"])
def test_given_a_run_overtaken_in_quiet_hours_then_the_newest_state_is_told_in_the_morning(
    room: NoticeRoom, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    room.quiet_hours = "22:00-07:00"
    cold = hot(degrees=-20.0, issued_at=ISSUED + timedelta(hours=1))
    room.issue(hot())
    interrupt(room, monkeypatch, step, before=True, do=lambda: room.run("run-2", cold))

    room.run("run-1")
    room.deliver(NIGHT.replace(hour=7))
    assert told(room) == [("cold", False)]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_given_a_run_killed_while_publishing_when_the_hour_strikes_then_the_notice_goes_out_or_is_repeated(
    room: NoticeRoom, moment: str
) -> None:
    setattr(room.topic, moment, kill)
    with pytest.raises(Killed):
        room.run("run-1", hot())
    assert room.run("run-1") == SUPPRESSED  # whether it went out is not known, and the run may still live

    assert room.deliver(NIGHT + timedelta(minutes=55)) == PUBLISHED
    assert room.deliver(NIGHT + timedelta(minutes=115)) == counts()
    # Killed between publishing and marking it is told twice: the only way that happens.
    assert len(room.topic.messages) == (1 if moment == "before" else 2)


@pytest.mark.parametrize("step", ["put_if_newer", "put_if_absent", "count_up"])
def test_given_a_run_killed_at_any_write_when_it_is_repeated_then_one_notice_goes_out(
    room: NoticeRoom, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    room.issue(hot())
    original = getattr(room.table, step)

    def done_and_killed(*arguments: Any, **named: Any) -> None:
        monkeypatch.setattr(room.table, step, original)
        original(*arguments, **named)
        raise Killed

    monkeypatch.setattr(room.table, step, done_and_killed)
    with pytest.raises(Killed):
        room.run("run-1")
    room.run("run-1")
    room.deliver(NIGHT + timedelta(minutes=55))
    room.run("run-2", hot(1), NIGHT + timedelta(days=1))

    assert told(room) == [("hot", True)]


def test_given_a_run_that_died_before_publishing_when_the_next_night_is_hot_too_then_that_is_told(
    room: NoticeRoom,
) -> None:
    room.topic.before = kill
    with pytest.raises(Killed):
        room.run("run-1", hot())

    assert room.run("run-2", hot(1), NIGHT + timedelta(days=1)) == counts(published=1, superseded=1)
    assert [message.facts["day"] for message in room.topic.messages] == ["2025-05-31"]
    assert room.deliver(NIGHT + timedelta(days=1, hours=1)) == counts()


def test_given_another_forecast_judged_at_the_same_time_when_both_tell_then_the_later_state_is_told_last(
    room: NoticeRoom,
) -> None:
    later = ISSUED + timedelta(hours=1)
    room.run("run-0", mild(-1), NIGHT - timedelta(days=1))
    room.topic.before = lambda: room.run("run-2", mild(issued_at=later)) and None

    assert room.run("run-1", hot()) == PUBLISHED
    assert room.run("run-3") == PUBLISHED
    assert told(room) == [("hot", True), ("happy", False)]


def hot_tomorrow(**changes: Any) -> Forecast:
    return forecast(ta=path(with_hours(20.0, {39: 31.2})), **changes)


def test_given_late_data_when_notified_then_the_day_that_is_still_covered_is_told(room: NoticeRoom) -> None:
    assert room.run("run-1", hot_tomorrow()) == SUPPRESSED  # today is mild

    assert room.run("run-2", now=NIGHT + timedelta(days=1)) == PUBLISHED
    assert room.run("run-2", now=NIGHT + timedelta(days=1, hours=1)) == SUPPRESSED

    (message,) = room.topic.messages
    assert (message.facts["day"], message.facts["mood"]) == ("2025-05-31", "hot")
    assert (room.alert()["day"], room.alert()["mood"]) == ("2025-05-31", "hot")
    (notice,) = room.notices()
    assert "오늘 2025-05-31:" in notice["text_ko"]
    assert "Today 2025-05-31:" in notice["text_en"]
    assert "2025-05-30:" not in notice["text_ko"] + notice["text_en"]
    assert "내일" not in notice["text_ko"]


def test_given_late_data_when_the_hot_day_is_over_then_it_is_said_to_be_fine_again(room: NoticeRoom) -> None:
    room.run("run-1", hot())
    room.run("run-2", now=NIGHT + timedelta(days=1))
    assert [(one.facts["day"], one.facts["mood"]) for one in room.topic.messages] == [
        ("2025-05-30", "hot"),
        ("2025-05-31", "happy"),
    ]


def test_given_a_notice_of_yesterday_that_waits_when_data_are_late_then_one_of_today_takes_its_place(
    room: NoticeRoom,
) -> None:
    both = forecast(ta=path(with_hours(20.0, {15: 31.2, 39: 31.2})))
    room.quiet_hours = "00:00-07:00"
    room.run("run-1", both)

    assert room.run("run-2", now=NIGHT + timedelta(days=1)) == counts(waiting=1, superseded=1)
    assert room.deliver(NIGHT + timedelta(days=1, hours=6)) == PUBLISHED
    assert [message.facts["day"] for message in room.topic.messages] == ["2025-05-31"]


def test_given_a_forecast_for_a_past_day_when_notified_then_nobody_is_told_and_the_state_stays(
    room: NoticeRoom,
) -> None:
    assert room.run("run-1", hot(), NIGHT + timedelta(days=2)) == SUPPRESSED
    assert ("STATION#108", "ALERT#default") not in room.table.items


def test_given_a_station_without_forecast_when_notified_then_the_others_are_told(room: NoticeRoom) -> None:
    answer = room.run("run-1", hot(), stations=["112", "108"], outcome="degraded")

    assert answer == counts(published=1, suppressed=1)


def test_given_a_station_whose_forecast_is_damaged_when_notified_then_the_others_are_told_and_it_fails(
    room: NoticeRoom,
) -> None:
    room.table.put({"pk": "STATION#112", "sk": "ISSUE#2025-05-29T23:00+09:00", "schema_version": 1})

    with pytest.raises(CorruptDataError, match="STATION#112"):
        room.run("run-1", hot(), stations=["112", "108"])
    assert told(room) == [("hot", True)]


def test_given_a_damaged_state_when_notified_then_it_is_logged_and_written_anew_and_the_others_are_served(
    room: NoticeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.run("run-1", mild())
    room.alert()["mood"] = "bored"
    logged = capture(monkeypatch)

    assert room.run("run-2", hot(1), NIGHT + timedelta(days=1)) == PUBLISHED

    (line,) = logged("plant's state could not be read")
    assert "STATION#108/ALERT#default" in line["exception"]
    assert line["remedy"] == "Delete the item: the next run makes it anew."
    assert room.alert()["mood"] == "hot"
    assert {room.alert(profile)["run_id"] for profile in profiles()} == {"run-2"}


def test_given_an_unknown_profile_when_notified_then_it_is_named_and_failures_are_still_told(
    room: NoticeRoom,
) -> None:
    room.profiles = ("default", "monstra")

    with pytest.raises(InvalidInputError, match=r"'monstra'.*Choose among default, "):
        room.run("run-1", hot())
    assert room.run("run-1", **FAILED) == PUBLISHED


@pytest.mark.parametrize(
    ("written", "read"),
    [(None, ("default",)), ("", ()), ("monstera", ("monstera",)), (" default, basil ", ("default", "basil"))],
)
def test_given_the_environment_when_settings_are_combined_then_stations_and_profiles_are_both_lists(
    monkeypatch: pytest.MonkeyPatch, written: str | None, read: tuple[str, ...]
) -> None:
    class Combined(StationSettings, NoticeSettings):
        pass

    monkeypatch.setenv("STATIONS", "108,112")
    if written is not None:
        monkeypatch.setenv("NOTIFY_PROFILES", written)

    settings = Combined.model_validate({})
    assert (settings.stations, settings.notify_profiles) == (("108", "112"), read)


def test_given_a_failed_run_when_notified_twice_then_one_notice_says_why(room: NoticeRoom) -> None:
    assert room.run("run-1", **FAILED) == PUBLISHED
    assert room.run("run-1", **FAILED) == SUPPRESSED
    assert room.run("run-2", **FAILED) == PUBLISHED

    message = room.topic.messages[0]
    assert message.subject == "[Plantcast] The forecast run failed (synthetic weather)"
    assert message.message.index("열쇠 거부") < message.message.index("key refused")
    assert "run-1" in message.message
    assert message.attributes == {"kind": "run_failed"}
    assert (message.facts["kind"], message.facts["run_id"]) == ("run_failed", "run-1")


def test_given_a_failed_run_killed_before_it_was_told_when_the_hour_strikes_then_it_is_told(
    room: NoticeRoom,
) -> None:
    room.quiet_hours = "22:00-07:00"
    room.topic.before = kill
    with pytest.raises(Killed):
        room.run("run-1", **FAILED)

    assert room.deliver(NIGHT + timedelta(minutes=55)) == PUBLISHED


def test_given_a_stale_forecast_when_a_run_ends_then_nobody_is_told_of_its_second_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = NoticeRoom(monkeypatch)
    issued = hot(0, ta=path(33.0))

    told = room.run("run-1", issued, issued.issued_at + timedelta(hours=36, seconds=1))

    assert (told, room.topic.messages) == (counts(suppressed=1), [])
