"""The step `update`: which stations are forecast anew, and what a feed or station that fails leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from plantcast.common.clock import HOUR, KST, FixedClock, iso_hour
from plantcast.common.errors import InvalidInputError, NotFoundError
from plantcast.common.schema import FIELD, STATUS
from plantcast.forecasting.issued import GuidanceUsed
from plantcast.guidance.status import Feed, FeedStatus, FeedStatuses, Problem
from plantcast.pipeline.contracts.update import UpdateResult
from plantcast.pipeline.update import StationFeed, UnusableFeed, UpdateStep, age_hours, stations_of
from tests.support.fakes import MemoryTable
from tests.support.forecast_examples import SetUpForecasts, forecast

NOW = datetime(2025, 5, 31, 12, 16, tzinfo=KST)
ISSUE = NOW.replace(hour=11, minute=0)
OBSERVED = NOW.replace(minute=0)
YESTERDAY = NOW.replace(hour=23, minute=0) - timedelta(days=1)


class Answering:
    """A feed whose newest issue or observation is this; raises `error` instead where that is given."""

    def __init__(self, feed: Feed, newest: datetime | None, problem: Problem = "", error: Any = None) -> None:
        self.feed, self.newest, self.problem, self.error = feed, newest, problem, error
        self.asked: list[str] = []

    def update(self, station: str) -> FeedStatus:
        self.asked.append(station)
        if isinstance(self.error, Mapping) and station in self.error:
            raise self.error[station]
        if isinstance(self.error, Exception):
            raise self.error
        return FeedStatus(station, self.feed, self.newest, NOW, self.problem, self.problem and "it said so")


class Deployment:
    """Stores in memory, and the step on them."""

    def __init__(self) -> None:
        self.table = MemoryTable()
        self.statuses, self.forecasts = FeedStatuses(self.table), SetUpForecasts(self.table)

    def step(self, *feeds: Answering, **others: StationFeed) -> UpdateStep:
        named: dict[Any, StationFeed] = {feed.feed: feed for feed in feeds} | others
        return UpdateStep(named, self.statuses, self.forecasts, self.table, FixedClock(NOW))

    def run(self, *feeds: Answering, stations: tuple[str, ...] = ("108",)) -> UpdateResult:
        return self.step(*feeds).run("hour", stations)

    def observed_until(self, last: datetime, station: str = "108") -> None:
        keys = {"pk": f"STATION#{station}", "sk": "STATUS", FIELD: STATUS.version}
        self.table.put({**keys, "last_observation": iso_hour(last)})

    def issue(self, origin: datetime, issue: datetime | None, station: str = "108") -> None:
        guidance = _used(issue)
        self.forecasts.issue(forecast(station=station, origin=origin, issued_at=NOW, guidance=guidance))


def _used(issue: datetime | None) -> GuidanceUsed | None:
    if issue is None:
        return None
    column = (20.0,) * 48
    shares: Any = {"ta": (0.5,) * 48, "hm": (0.5,) * 48}
    return GuidanceUsed("kma", issue, column, column, column, column, shares)


@pytest.fixture
def deployment() -> Deployment:
    made = Deployment()
    made.observed_until(YESTERDAY)
    return made


def test_a_new_issue_changes_a_station_once(deployment: Deployment) -> None:
    deployment.issue(YESTERDAY, None)
    kma = Answering("kma", ISSUE)

    assert deployment.run(kma).changed == ("108",)
    deployment.issue(YESTERDAY + HOUR, ISSUE)  # what predict does then, from hours that came meanwhile

    again = deployment.run(kma)
    assert (again.status, again.changed) == ("unchanged", ())
    assert deployment.statuses.of("108")["kma"].newest == ISSUE


@pytest.mark.parametrize(
    ("origin", "issue"), [(OBSERVED, ISSUE - 3 * HOUR), (OBSERVED, None), (OBSERVED - HOUR, ISSUE)]
)
def test_a_station_whose_forecast_was_not_issued_is_changed_again(
    deployment: Deployment, origin: datetime, issue: datetime | None
) -> None:
    feeds = Answering("kma", ISSUE), Answering("api_hub", OBSERVED)
    deployment.run(*feeds)

    deployment.issue(origin, issue)
    assert deployment.run(*feeds).changed == ("108",)

    deployment.issue(OBSERVED + HOUR, ISSUE)
    assert deployment.run(*feeds).changed == ()


def test_the_rest_of_an_issue_that_was_partial_changes_a_station(deployment: Deployment) -> None:
    deployment.run(Answering("kma", ISSUE, "partial"))
    deployment.issue(YESTERDAY, ISSUE)

    assert deployment.run(Answering("kma", ISSUE, "partial")).changed == ()
    assert deployment.run(Answering("kma", ISSUE)).changed == ("108",)


def test_an_issue_older_than_half_a_day_is_not_waited_for(deployment: Deployment) -> None:
    old = Answering("kma", NOW - timedelta(hours=12, minutes=1), "unavailable")
    deployment.run(old)
    deployment.issue(YESTERDAY, None)

    assert deployment.run(old).changed == ()


def test_without_observations_there_is_nothing_to_forecast_from() -> None:
    deployment = Deployment()
    deployment.run(Answering("kma", ISSUE))

    assert deployment.run(Answering("kma", ISSUE)).changed == ()


@pytest.mark.parametrize("problem", ["unavailable", "refused", "quota", "partial"])
def test_a_feed_with_a_problem_leaves_the_others_alone_and_says_so(
    deployment: Deployment, problem: Problem
) -> None:
    result = deployment.run(Answering("kma", None, problem), Answering("api_hub", OBSERVED))

    assert result.changed == ("108",)
    kma, live = result.feeds
    assert (kma.failed, kma.refused, kma.message) == (1, problem == "refused", f"{problem}: it said so")
    assert (live.failed, live.newest) == (0, OBSERVED)
    assert problem in result.message
    assert deployment.statuses.of("108")["kma"].problem == problem


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (OSError("bucket away"), "unavailable"),
        (NotFoundError("There is no SSM parameter '/k'.", remedy="Create it."), "refused"),
    ],
)
def test_a_feed_that_raises_keeps_what_it_had_and_stops_no_other(
    deployment: Deployment, error: Exception, problem: Problem
) -> None:
    deployment.run(Answering("kma", ISSUE))

    deployment.run(Answering("kma", None, error=error), Answering("api_hub", OBSERVED))

    found = deployment.statuses.of("108")
    assert (found["kma"].newest, found["kma"].problem) == (ISSUE, problem)
    assert str(error) in found["kma"].message
    assert found["api_hub"].newest == OBSERVED


def test_a_feed_that_could_not_be_set_up_is_refused_for_every_station(deployment: Deployment) -> None:
    error = NotFoundError("There is no SSM parameter '/hub'.", remedy="Create it.")

    result = deployment.step(api_hub=UnusableFeed(error)).run("hour", ("108", "112"))

    assert [(one.failed, one.refused) for one in result.feeds] == [(2, True)]


class Broken(FeedStatuses):
    """Cannot read the states of some stations."""

    def __init__(self, table: MemoryTable, stations: set[str]) -> None:
        super().__init__(table)
        self.stations = stations

    def of(self, station: str) -> Mapping[Feed, FeedStatus]:
        if station in self.stations:
            raise OSError("table away")
        return super().of(station)


def test_a_station_that_fails_does_not_stop_the_others(deployment: Deployment) -> None:
    step = replace(deployment.step(Answering("kma", ISSUE)), statuses=Broken(deployment.table, {"108"}))

    result = step.run("hour", ("108", "112"))

    assert result.changed == ("112",)
    assert "108: table away" in result.message


def test_where_every_station_fails_the_step_does(deployment: Deployment) -> None:
    step = replace(deployment.step(Answering("kma", ISSUE)), statuses=Broken(deployment.table, {"108"}))

    with pytest.raises(OSError, match="table away"):
        step.run("hour", ("108",))


def left(*seconds: float) -> Callable[[], float]:
    values = iter(seconds)
    return lambda: next(values)


def test_what_the_time_does_not_suffice_for_comes_first_in_the_next_hour(deployment: Deployment) -> None:
    feed = Answering("kma", ISSUE)
    stations = ("108", "112", "119")

    first = deployment.step(feed).run("hour", stations, seconds_left=left(80))
    assert "Left for the next hour: 2" in first.message
    deployment.step(feed).run("hour", stations)

    assert feed.asked == ["108", "112", "119", "108"]


def test_without_a_feed_nothing_changes(deployment: Deployment) -> None:
    result = deployment.run()
    assert (result.status, result.feeds) == ("unchanged", ())
    assert "GuidanceSources" in result.message


def test_the_age_of_a_feed_is_that_of_the_station_furthest_behind(deployment: Deployment) -> None:
    deployment.run(Answering("kma", ISSUE - 3 * HOUR), stations=("112",))
    older = Answering("kma", ISSUE - 3 * HOUR)
    result = deployment.run(older, stations=("108", "112"))

    assert age_hours(result.feeds[0], NOW) == pytest.approx(4.27, abs=0.01)
    assert age_hours(result.feeds[0].model_copy(update={"newest": None}), NOW) is None


@pytest.mark.parametrize(
    ("given", "stations"),
    [
        (None, ("108",)),
        ({}, ("108",)),
        ({"stations": ["112", 119]}, ("112", "119")),
        ({"detail-type": "Scheduled Event", "source": "aws.events"}, ("108",)),
    ],
)
def test_stations_are_those_of_the_input_or_those_configured(
    given: object, stations: tuple[str, ...]
) -> None:
    assert stations_of(given, configured=("108",)) == stations


@pytest.mark.parametrize("given", [{"station": "108"}, {"stations": ["9999"]}, ["108"]])
def test_a_wrong_input_is_refused(given: object) -> None:
    with pytest.raises(InvalidInputError):
        stations_of(given, configured=("108",))
