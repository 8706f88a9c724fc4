"""Issues made of Open-Meteo's previous runs: nothing in them was unknown when they are dated."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest
import requests

from plantcast.common.clock import HOUR, KST, FixedClock
from plantcast.common.errors import QuotaExhaustedError, TemporaryError
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.open_meteo import OpenMeteoClient, PreviousRuns
from plantcast.guidance.open_meteo.previous_runs import IssueCounts, day_of_lead
from plantcast.guidance.table import guidance_table
from tests.support.asos_replies import Scripted
from tests.support.fakes import MemoryObjectStore
from tests.support.open_meteo import MODELS, SERVED_AFTER, OpenMeteoService

NOW = datetime(2025, 6, 10, 9, 30, tzinfo=KST)
MAY = (date(2025, 5, 1), date(2025, 5, 31))
FIRST, LAST = datetime(2025, 5, 1, 3, tzinfo=KST), datetime(2025, 5, 31, 21, tzinfo=KST)
EPOCH = datetime(2025, 4, 1, tzinfo=KST)


def began(model: str, variable: str, run: datetime, valid_at: datetime) -> float:
    """Return when the run began, in hundreds of hours since April: a temperature that can be."""
    return (run - EPOCH) / HOUR / 100 if variable == "temperature_2m" else 50.0


class World:
    """A station's lake and the service."""

    def __init__(self, now: datetime = NOW) -> None:
        self.store = MemoryObjectStore()
        self.lake = GuidanceLake(self.store)
        self.service = OpenMeteoService(now, began)
        client = OpenMeteoClient(
            "https://previous-runs-api.open-meteo.com",
            MODELS,
            session=self.service.session,
            sleep=lambda seconds: None,
        )
        self.previous = PreviousRuns(client, self.store, self.lake, FixedClock(now))

    def issues(self) -> pd.DataFrame:
        return self.lake.read("open_meteo", "108", FIRST, LAST)


def test_every_value_was_served_before_the_issue_that_holds_it() -> None:
    world = World()
    world.previous.fetch("108", *MAY)
    table = world.issues()
    served = EPOCH + pd.to_timedelta((table["ta"] * 100).round(), unit="h") + SERVED_AFTER
    assert (served <= table["issued_at"]).all()
    # … and is no older than it has to be: at the longest lead of each day, by the six hours between runs.
    leads = (table["valid_at"] - table["issued_at"]).dt.total_seconds() / 3600
    age = (table["issued_at"] - served + SERVED_AFTER).dt.total_seconds() / 3600
    assert age[leads.isin((12, 36, 60))].between(12, 18).all()
    assert age.max() <= 12 + 23 + 6


def test_there_are_four_issues_a_day_of_sixty_hours() -> None:
    world = World()
    assert world.previous.fetch("108", *MAY) == IssueCounts(31 * 4, 31 * 4, 31 * 4)
    assert len(world.issues()) == 31 * 4 * 60
    table = world.issues()
    assert table["issued_at"].dt.hour.unique().tolist() == [3, 9, 15, 21]
    assert table["pop"].isna().all()
    assert [day_of_lead(lead) for lead in (1, 12, 13, 36, 37, 60)] == [1, 1, 2, 2, 3, 3]
    [query] = world.service.queries
    assert (query["start_date"], query["end_date"]) == ("2025-05-01", "2025-06-03")
    assert len(list(world.store.list("raw/guidance/source=open_meteo/station=108/"))) == 1


def test_a_whole_month_is_not_asked_for_again_and_a_part_is_completed() -> None:
    world = World()
    world.previous.fetch("108", date(2025, 5, 1), date(2025, 5, 20))
    assert world.previous.fetch("108", *MAY) == IssueCounts(31 * 4, 31 * 4, 11 * 4)
    assert world.service.queries[1]["start_date"] == "2025-05-21"
    assert world.previous.fetch("108", *MAY) == IssueCounts(31 * 4, 31 * 4, 0)
    assert len(world.service.urls) == 2


def test_an_issue_fetched_at_its_time_stays() -> None:
    world = World()
    live = pd.DataFrame({"issued_at": [FIRST], "valid_at": [FIRST + HOUR], "ta": [33.0], "hm": [44.0]})
    world.lake.merge("open_meteo", "108", guidance_table(live, "live"))
    world.previous.fetch("108", *MAY)
    assert world.lake.read("open_meteo", "108", FIRST, FIRST)["ta"].tolist() == [33.0]


def test_days_before_the_archive_bring_nothing() -> None:
    world = World()
    world.service.forecast = lambda *_: None
    assert world.previous.fetch("108", *MAY) == IssueCounts(31 * 4, 0, 0)
    assert world.issues().empty


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (requests.ConnectionError("refused"), TemporaryError),
        (Scripted(b'{"error":true,"reason":"Hourly API request limit exceeded."}', 429), QuotaExhaustedError),
    ],
)
def test_a_fault_is_raised_and_nothing_is_half_stored(
    fault: Scripted | Exception, error: type[Exception]
) -> None:
    world = World()
    world.service.faults.extend([fault] * 2)
    with pytest.raises(error):
        world.previous.fetch("108", *MAY)
    assert world.issues().empty


def test_no_issue_is_of_the_future() -> None:
    world = World(now=datetime(2025, 5, 31, 10, tzinfo=KST))
    world.previous.fetch("108", *MAY)
    assert world.issues()["issued_at"].max() == datetime(2025, 5, 31, 9, tzinfo=KST)
