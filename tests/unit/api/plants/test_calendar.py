"""`/api/plants/{profile}/calendar.ics`, read back by the package that calendars are read with."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar

from tests.support.api_data import ApiWorld
from tests.support.forecast_examples import ISSUED, forecast, path, with_hours
from tests.support.notify_setup import hot

TODAY = date(2025, 5, 30)


def read(world: ApiWorld, query: str = "", plant: str = "default") -> Calendar:
    with TestClient(world.app()) as client:
        reply = client.get(f"/api/plants/{plant}/calendar.ics{query}")
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].startswith("text/calendar")
    assert all(len(line) <= 75 for line in reply.content.split(b"\r\n"))  # RFC 5545, 3.1
    parsed = Calendar.from_ical(reply.content)
    assert isinstance(parsed, Calendar)
    return parsed


def events(calendar: Calendar) -> list[Any]:
    """Not typed: the package's type of a value is that of every kind of value there is."""
    return list(calendar.walk("VEVENT"))


def issue(world: ApiWorld, ta: dict[int, float] | None = None, hours: int = 1, **changes: Any) -> None:
    course = path(with_hours(20.0, ta or {}))
    world.forecasts.issue(forecast(ta=course, issued_at=ISSUED + timedelta(hours=hours), **changes))


def test_given_a_hot_tomorrow_when_read_then_it_is_one_all_day_event_with_a_reminder(world: ApiWorld) -> None:
    issue(world, {39: 33.0})

    (event,) = events(read(world))

    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (
        TODAY + timedelta(days=1),
        TODAY + timedelta(days=2),
    )
    assert event["UID"] == "20250531-default-108@plantcast"
    assert event["SUMMARY"] == "일반 화분 · 서울: 더위 피하기, 물 주기"
    assert event["STATUS"] == "TENTATIVE"
    assert event["TRANSP"] == "TRANSPARENT"
    assert event.decoded("DTSTAMP") == (ISSUED + timedelta(hours=1)).astimezone(UTC)
    (alarm,) = event.walk("VALARM")
    assert (alarm["ACTION"], alarm.decoded("TRIGGER")) == ("DISPLAY", timedelta(hours=8))
    text = str(event["DESCRIPTION"])
    assert "33도 안팎" in text
    assert "바깥 공기" in text
    assert text.endswith("2025-05-30 03:01 KST 예보 기준 · 합성 자료 (synthetic weather), not observations")


def test_given_nothing_to_do_when_read_then_there_is_no_event_and_the_calendar_is_valid(
    world: ApiWorld,
) -> None:
    calendar: Any = read(world)

    assert events(calendar) == []
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    assert calendar.decoded("REFRESH-INTERVAL") == timedelta(hours=12)
    assert calendar["X-PUBLISHED-TTL"] == "PT12H"
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == "Asia/Seoul"


def test_given_a_day_forecast_anew_when_read_then_the_event_is_the_same_with_a_higher_sequence(
    world: ApiWorld,
) -> None:
    issue(world, {39: 33.0})
    (first,) = events(read(world))
    issue(world, {39: 34.0}, hours=2)
    (second,) = events(read(world))
    world.now += timedelta(days=1)
    world.forecasts.issue(hot(1))
    (third,) = events(read(world))

    assert first["UID"] == second["UID"] == third["UID"]
    assert 0 <= first["SEQUENCE"] < second["SEQUENCE"] < third["SEQUENCE"] < 2**31
    assert "34도 안팎" in second["DESCRIPTION"]


@pytest.mark.parametrize(("language", "title"), [("ko", "예보가 오래되었어요"), ("en", "out of date")])
def test_given_a_stale_forecast_when_read_then_the_one_event_says_so_and_reminds_of_nothing(
    world: ApiWorld, language: str, title: str
) -> None:
    issue(world, {15: 33.0, 39: 33.0})
    advised = {str(event["UID"]): event for event in events(read(world))}
    world.now = ISSUED + timedelta(hours=37, seconds=1)

    (event,) = events(read(world, f"?lang={language}"))

    assert event.decoded("DTSTART") == TODAY + timedelta(days=1)
    assert title in event["SUMMARY"]
    assert event.walk("VALARM") == []
    assert event["SEQUENCE"] > advised[str(event["UID"])]["SEQUENCE"]
    assert ("조언을 드리지 않아요" if language == "ko" else "No advice") in event["DESCRIPTION"]
