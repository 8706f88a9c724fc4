"""Notify: a change and a failed run are published once, whatever is repeated, killed or concurrent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plantcast.common.clock import iso_hour
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.notifications.alerts import active_before, alert_of
from plantcast.plants.advice import advise
from plantcast.plants.placement import Placement, air_at
from plantcast.plants.profiles import profile, profiles
from tests.support.forecast_examples import ISSUED, ORIGIN, forecast, path, with_hours
from tests.support.log_lines import capture
from tests.support.notify_setup import (
    DAY,
    MORNING,
    PUBLISHED,
    SUPPRESSED,
    Killed,
    Notices,
    borderline,
    fail,
    hot,
    kill,
    mild,
)


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> Notices:
    return Notices(monkeypatch)


def test_given_a_morning_then_every_plant_has_a_state_and_only_the_chosen_ones_a_notice(
    notices: Notices,
) -> None:
    notices.profiles = ("default", "basil")
    issued = hot(degrees=39.0)
    notices.morning(issued)

    for key in profiles():
        there = air_at(issued, Placement.of(profile(key)))
        today, item = advise(there, profile(key))[0], notices.alert(key)
        assert (item["mood"], item["needs_water"], item["active"]) == (
            today.mood,
            today.needs_water,
            today.active,
        ), key
        assert (item["origin"], item["day"]) == (iso_hour(ORIGIN), "2025-05-30")
    assert {message.attributes["profile"] for message in notices.topic.messages} == {"default", "basil"}


def test_given_two_hot_days_and_a_mild_one_then_only_changes_are_published(notices: Notices) -> None:
    for day, issued in enumerate((hot(0), hot(1), mild(2), mild(3), hot(4))):
        notices.morning(issued, MORNING + day * DAY)

    assert notices.moods() == ["hot", "happy", "hot"]
    assert [message.facts["before"] for message in notices.topic.messages] == [
        None,
        {"mood": "hot", "needs_water": True},
        {"mood": "happy", "needs_water": False},
    ]
    assert notices.alert()["since"] == (MORNING + 4 * DAY).isoformat()


def test_given_an_active_limit_when_a_forecast_wavers_then_it_stays_and_the_api_finds_the_same(
    notices: Notices,
) -> None:
    notices.morning(mild(0))
    notices.morning(borderline(1), MORNING + DAY)
    assert notices.alert()["active"]["hot"] is False

    notices.morning(hot(2), MORNING + 2 * DAY)
    notices.morning(borderline(3), MORNING + 3 * DAY)
    assert notices.alert()["active"]["hot"] is True
    assert notices.moods() == ["hot"]

    alert = alert_of(notices.table, "108", "default")
    for issued in (borderline(3), borderline(4)):  # before and after the day's state is computed
        before = active_before(alert, issued.valid_at[0].date())
        assert advise(issued, profile(), before)[0].active["hot"] is True


def test_given_a_repeated_call_then_the_state_of_the_day_stays_and_nothing_is_published(
    notices: Notices,
) -> None:
    assert notices.morning(hot()) == PUBLISHED
    state = dict(notices.alert())

    assert notices.morning() == SUPPRESSED
    assert (
        notices.morning(mild(issued_at=ISSUED + timedelta(hours=9)), MORNING.replace(hour=12)) == SUPPRESSED
    )
    assert (notices.alert(), notices.moods()) == (state, ["hot"])


def test_given_two_calls_at_the_same_time_then_one_publishes(notices: Notices) -> None:
    second: list[Any] = []
    notices.topic.before = lambda: second.append(notices.morning())

    assert notices.morning(hot()) == PUBLISHED
    assert (second, notices.moods()) == ([SUPPRESSED], ["hot"])


def test_given_sns_that_fails_when_called_again_then_the_notice_is_published(notices: Notices) -> None:
    notices.topic.before = fail
    with pytest.raises(ConnectionError):
        notices.morning(hot())

    assert notices.morning() == PUBLISHED
    assert notices.morning() == SUPPRESSED


@pytest.mark.parametrize(("moment", "messages"), [("before", 1), ("after", 2)])
def test_given_a_kill_while_publishing_when_called_again_then_the_notice_is_published_or_repeated(
    notices: Notices, moment: str, messages: int
) -> None:
    setattr(notices.topic, moment, kill)
    with pytest.raises(Killed):
        notices.morning(hot())
    assert notices.morning(now=MORNING + timedelta(minutes=1)) == SUPPRESSED  # the first call may still run

    assert notices.morning(now=MORNING + timedelta(minutes=3)) == PUBLISHED
    assert len(notices.topic.messages) == messages


@pytest.mark.parametrize("write", ["put_if_newer", "put_if"])
def test_given_a_kill_after_any_write_when_called_again_then_one_notice_is_published(
    notices: Notices, monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    notices.issue(hot())
    original = getattr(notices.table, write)

    def done_and_killed(*arguments: Any, **named: Any) -> None:
        monkeypatch.setattr(notices.table, write, original)
        original(*arguments, **named)
        raise Killed

    monkeypatch.setattr(notices.table, write, done_and_killed)
    with pytest.raises(Killed):
        notices.morning()

    notices.morning(now=MORNING + timedelta(minutes=3))
    assert notices.moods() == ["hot"]


def test_given_late_data_then_the_notice_is_of_today_by_yesterdays_forecast(notices: Notices) -> None:
    assert notices.morning(forecast(ta=path(with_hours(20.0, {39: 31.2})))) == SUPPRESSED  # today is mild

    assert notices.morning(now=MORNING + DAY) == PUBLISHED

    (message,) = notices.topic.messages
    assert (message.facts["day"], message.facts["mood"]) == ("2025-05-31", "hot")
    assert "Today 2025-05-31:" in message.message
    assert "2025-05-30:" not in message.message


@pytest.mark.parametrize("late", [36 * timedelta(hours=1) + timedelta(seconds=1), 2 * DAY])
def test_given_a_stale_forecast_then_no_state_is_computed(notices: Notices, late: timedelta) -> None:
    issued = hot()

    assert notices.morning(issued, issued.issued_at + late) == SUPPRESSED
    assert ("STATION#108", "ALERT#default") not in notices.table.items


def test_given_stations_without_a_forecast_or_with_a_damaged_one_then_the_others_are_served(
    notices: Notices,
) -> None:
    notices.stations = ("112", "108")
    assert notices.morning(hot()) == {"published": 1, "suppressed": 1}

    notices.table.put({"pk": "STATION#112", "sk": "ISSUE#2025-05-29T23:00+09:00", "schema_version": 1})
    with pytest.raises(CorruptDataError, match="STATION#112"):
        notices.morning(mild(1), MORNING + DAY)
    assert notices.moods() == ["hot", "happy"]


def test_given_a_damaged_state_then_it_is_logged_and_computed_anew(
    notices: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices.morning(mild())
    notices.alert()["mood"] = "bored"
    logged = capture(monkeypatch)

    assert notices.morning(hot(1), MORNING + DAY) == PUBLISHED

    (line,) = logged("plant's state could not be read")
    assert "STATION#108/ALERT#default" in line["exception"]
    assert notices.alert()["mood"] == "hot"


def test_given_an_unknown_profile_then_it_is_named_and_failures_are_still_published(
    notices: Notices,
) -> None:
    notices.profiles = ("default", "monstra")

    with pytest.raises(InvalidInputError, match=r"'monstra'.*Choose among default, "):
        notices.morning(hot())
    assert notices.failed("run-1") == PUBLISHED


def test_given_a_failed_run_when_notified_twice_then_one_notice_gives_the_reason(
    notices: Notices, run_steps: Any
) -> None:
    assert notices.failed("run-1") == PUBLISHED
    assert notices.failed("run-1") == SUPPRESSED
    assert notices.failed("run-2") == PUBLISHED

    message = notices.topic.messages[0]
    assert message.subject == "[Plantcast] The forecast run failed (synthetic weather)"
    assert message.message.index("키 거부") < message.message.index("key refused")
    assert message.attributes == {"kind": "run_failed"}
    assert (message.facts["kind"], message.facts["run_id"]) == ("run_failed", "run-1")
    assert [step.step for step in run_steps.of_run("run-1")] == ["notify"]


def test_given_a_kill_before_a_failure_is_published_when_repeated_at_once_then_it_is_published(
    notices: Notices,
) -> None:
    notices.topic.before = kill
    with pytest.raises(Killed):
        notices.failed("run-1")

    assert notices.failed("run-1") == PUBLISHED


def test_given_a_claim_whose_answer_was_lost_when_the_client_repeats_it_then_the_notice_is_published(
    notices: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = notices.table.put_if

    def written_twice(*arguments: Any, **named: Any) -> bool:
        original(*arguments, **named)
        return original(*arguments, **named)

    monkeypatch.setattr(notices.table, "put_if", written_twice)
    assert notices.failed("run-1") == PUBLISHED
