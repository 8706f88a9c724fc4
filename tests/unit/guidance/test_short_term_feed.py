"""The feed of the KMA's short-term forecast: what it asks for, and what becomes of each fault."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from functools import cache

import pandas as pd
import pytest
import requests

from plantcast.common.clock import HOUR, KST, FixedClock
from plantcast.common.errors import InvalidInputError
from plantcast.guidance.kma_short_term import ShortTermClient, ShortTermForecasts
from plantcast.guidance.kma_short_term.issues import released_issues
from plantcast.guidance.kma_short_term.items import read_items
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.status import FeedStatus
from plantcast.kma_service.client import KeyParameter
from tests.support.asos_replies import Scripted, page_body, refusal_body
from tests.support.fakes import MemoryObjectStore
from tests.support.short_term import SEOUL, ShortTermService, items_of

NOW = datetime(2025, 5, 30, 17, 12, tzinfo=KST)
ISSUES = released_issues(NOW)
NEWEST = ISSUES[0]
KEY = "abc+def/ghi=="


@cache
def _stored(without: int) -> dict[str, bytes]:
    """Return the objects of a lake of all issues but the newest `without`."""
    store = MemoryObjectStore()
    tables = [read_items(items_of(issue), issue, SEOUL).table for issue in ISSUES[without:]]
    GuidanceLake(store).merge("kma", "108", pd.concat(tables))
    return store.objects


class Feed:
    """A feed with a service and a lake of its own; a clock that each call of the timer moves."""

    def __init__(self, now: datetime = NOW, *, ahead: timedelta = timedelta(0)) -> None:
        self.service = ShortTermService(now)
        self.store = MemoryObjectStore()
        self.lake = GuidanceLake(self.store)
        self.ahead = ahead
        self.elapsed = 0.0
        self.seconds_a_call = 0.0

    def fill(self, *, without: int = 1) -> None:
        """Store all issues but the newest `without`."""
        self.store.objects = dict(_stored(without))

    def update(self, *, at: datetime | None = None, key_parameter: KeyParameter = "serviceKey") -> FeedStatus:
        clock = FixedClock((at or self.service.now) + self.ahead)
        client = ShortTermClient(
            "https://kma.example/VilageFcstInfoService_2.0",
            KEY,
            clock=clock,
            key_parameter=key_parameter,
            session=self.service.session,
            sleep=self._sleep,
        )
        return ShortTermForecasts(client, self.store, self.lake, clock, timer=self._timer).update("108")

    def hours(self, issue: datetime = NEWEST) -> int:
        return len(self.lake.read("kma", "108", issue, issue))

    @property
    def issues(self) -> list[datetime]:
        return sorted(set(self.lake.read("kma", "108", ISSUES[-1], NEWEST)["issued_at"]), reverse=True)

    def raw(self) -> list[bytes]:
        return [gzip.decompress(body) for key, body in self.store.objects.items() if key.startswith("raw/")]

    def _sleep(self, seconds: float) -> None:
        self.elapsed += seconds

    def _timer(self) -> float:
        return self.elapsed + self.seconds_a_call * len(self.service.queries)


@pytest.fixture
def feed() -> Feed:
    """A feed that lacks the newest issue alone."""
    made = Feed()
    made.fill()
    return made


def test_all_issues_of_three_days_are_fetched_newest_first_for_the_station_s_cell() -> None:
    feed = Feed()

    status = feed.update()

    assert feed.service.asked == ISSUES
    assert feed.service.queries[0] == {
        "serviceKey": KEY,
        "dataType": "JSON",
        "base_date": "20250530",
        "base_time": "1700",
        "nx": "60",
        "ny": "127",
        "numOfRows": "1000",
        "pageNo": "1",
    }
    assert status == FeedStatus("108", "kma", NEWEST, NOW)
    assert feed.issues == ISSUES
    assert feed.hours() == 60


def test_what_is_whole_in_the_lake_is_not_asked_for_again(feed: Feed) -> None:
    feed.update()
    before = dict(feed.store.objects)
    feed.service.queries.clear()

    assert feed.update() == FeedStatus("108", "kma", NEWEST, NOW)

    assert (feed.service.queries, feed.store.objects) == ([], before)


def test_an_issue_missed_is_asked_for_as_long_as_the_service_has_it(feed: Feed) -> None:
    feed.update()
    day_later = NOW + timedelta(days=1)
    feed.service.now = day_later

    feed.update()

    assert feed.service.asked[1:] == released_issues(day_later)[:8]


def test_at_the_api_hub_the_key_has_another_name(feed: Feed) -> None:
    feed.update(key_parameter="authKey")
    assert feed.service.queries[0]["authKey"] == KEY
    assert "serviceKey" not in feed.service.queries[0]


def test_an_issue_of_more_than_a_page_is_paged_and_kept_as_received(feed: Feed) -> None:
    feed.service.items[NEWEST] = items_of(NEWEST, 105)

    assert feed.update().problem == ""

    assert [query["pageNo"] for query in feed.service.queries] == ["1", "2"]
    assert feed.hours() == 105
    keys = [key for key in feed.store.objects if key.startswith("raw/")]
    assert len(keys) == 2
    assert all(key.startswith("raw/guidance/source=kma/station=108/issue=20250530T17/") for key in keys)
    assert sum(len(json.loads(body)["response"]["body"]["items"]["item"]) for body in feed.raw()) == 1050


def test_an_issue_not_out_yet_is_no_problem_while_another_is_stored(feed: Feed) -> None:
    feed.service.faults[NEWEST] = [refusal_body("03")]

    assert feed.update() == FeedStatus("108", "kma", ISSUES[1], NOW)
    assert feed.update().newest == NEWEST  # out now


def test_before_anything_is_out_the_status_says_so() -> None:
    feed = Feed()
    feed.service.always = refusal_body("03")

    status = feed.update()

    assert (status.newest, status.problem) == (None, "not_yet")
    assert status.message


@pytest.mark.parametrize("hours", [1, 10, 40])
def test_a_clock_ahead_of_the_kma_s_loses_no_issue(hours: int) -> None:
    feed = Feed(ahead=timedelta(hours=hours))
    feed.fill()

    status = feed.update()
    assert (status.newest, status.problem) == (NEWEST, "")
    feed.service.now += 3 * HOUR

    assert feed.update().newest == NEWEST + 3 * HOUR


def test_issues_older_than_the_service_has_are_not_all_asked_for() -> None:
    feed = Feed()
    kept, gone = ISSUES[:5], ISSUES[5:]
    feed.service.faults = {issue: [refusal_body("03")] for issue in gone}

    feed.update()

    assert feed.issues == kept
    assert feed.service.asked == ISSUES[:7]


AWAY = {
    "connection": requests.ConnectionError("refused"),
    "slow": requests.ReadTimeout("slow"),
    "html": Scripted(b"<html><body>maintenance</body></html>"),
    "cut": page_body(items_of(NEWEST))[:-100],
    "error": Scripted(b"", 500),
    "application error": refusal_body("01"),
    "another issue": page_body(items_of(NEWEST - HOUR)),
}


@pytest.mark.parametrize("fault", AWAY.values(), ids=AWAY.keys())
def test_a_service_that_fails_is_unavailable_and_asked_again(
    feed: Feed, fault: Scripted | bytes | Exception
) -> None:
    feed.service.always = fault

    status = feed.update()

    assert (status.newest, status.problem) == (ISSUES[1], "unavailable")
    assert status.message
    if not isinstance(fault, Exception):
        assert feed.raw()  # what was received is kept
    feed.service.always = None
    assert feed.update() == FeedStatus("108", "kma", NEWEST, NOW)


def test_a_service_that_is_away_is_not_asked_for_every_issue() -> None:
    feed = Feed()
    feed.service.always = requests.ConnectionError("refused")

    assert feed.update().problem == "unavailable"

    assert feed.service.asked == [ISSUES[0]] * 2 + [ISSUES[1]] * 2


def test_a_fault_that_passes_is_repeated_at_once(feed: Feed) -> None:
    feed.service.faults[NEWEST] = [requests.ReadTimeout("slow")]
    assert feed.update() == FeedStatus("108", "kma", NEWEST, NOW)


def test_one_issue_that_cannot_be_read_does_not_keep_the_others_away() -> None:
    feed = Feed()
    feed.fill(without=6)
    feed.service.faults[ISSUES[3]] = [b'{"cut'] * 10

    status = feed.update()

    assert (status.newest, status.problem) == (NEWEST, "")
    assert feed.issues == [*ISSUES[:3], *ISSUES[4:]]


def test_half_an_issue_is_kept_named_and_asked_for_again(feed: Feed) -> None:
    feed.service.items[NEWEST] = items_of(NEWEST, 24)

    status = feed.update()

    assert (status.newest, status.problem) == (NEWEST, "partial")
    assert "24 of the first 48 hours" in status.message
    assert feed.hours() == 24
    del feed.service.items[NEWEST]
    assert feed.update().problem == ""
    assert feed.hours() == 60


def test_a_last_page_that_fails_leaves_what_came_before_it(feed: Feed) -> None:
    items = items_of(NEWEST, 105)[::-1]
    items.sort(key=lambda item: item["category"] == "TMP")
    feed.service.items[NEWEST] = items  # the second page has the temperatures of the first hours
    feed.service.faults[NEWEST] = [None, *[b'{"cut'] * 2]

    status = feed.update()

    assert (status.newest, status.problem) == (NEWEST, "partial")
    assert feed.hours() == 105
    assert feed.update().problem == ""


def test_an_issue_sent_twice_is_stored_once(feed: Feed) -> None:
    feed.service.items[NEWEST] = items_of(NEWEST, 60) * 2

    assert feed.update() == FeedStatus("108", "kma", NEWEST, NOW)
    assert feed.hours() == 60


def test_an_issue_that_changes_before_it_is_whole_counts_as_it_was_last(feed: Feed) -> None:
    feed.service.items[NEWEST] = items_of(NEWEST, 30)
    feed.update()
    feed.service.items[NEWEST] = items_of(NEWEST, 60, TMP="25")

    feed.update()

    table = feed.lake.read("kma", "108", NEWEST, NEWEST)
    assert (table["ta"] == 25.0).all()
    assert len(feed.raw()) == 2


REFUSALS = {
    "not applied for": (refusal_body("30", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR"), "refused", "15084084"),
    "no access": (refusal_body("20"), "refused", "15084084"),
    "forbidden": (Scripted(b"Forbidden", 403), "refused", "15084084"),
    "quota": (refusal_body("22"), "quota", "22"),
    "too many requests": (Scripted(b"API rate limit exceeded", 429), "quota", "429"),
    "hub quota": (
        Scripted('{"result":{"status":403,"message":"호출 한도를 초과"}}'.encode(), 403),
        "quota",
        "한도",
    ),
    "wrong address": (Scripted(b"not found", 404), "unavailable", "SHORT_TERM_BASE_URL"),
}


@pytest.mark.parametrize(("fault", "problem", "named"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_stops_the_calls_and_is_named(fault: Scripted | bytes, problem: str, named: str) -> None:
    feed = Feed()
    feed.fill(without=5)
    feed.service.always = fault

    status = feed.update()

    assert (status.newest, status.problem) == (ISSUES[5], problem)
    assert named in status.message
    assert set(feed.service.asked) == {NEWEST}
    feed.service.always = None
    assert feed.update().problem == ""
    assert feed.issues == ISSUES


def test_a_quota_used_up_on_older_issues_leaves_the_newest() -> None:
    feed = Feed()
    feed.service.faults[ISSUES[2]] = [refusal_body("22")]

    status = feed.update()

    assert (status.newest, status.problem) == (NEWEST, "quota")
    assert feed.issues == ISSUES[:2]


def test_the_time_of_one_call_is_limited_and_the_rest_comes_in_the_next() -> None:
    feed = Feed()
    feed.seconds_a_call = 4.0

    status = feed.update()

    assert (status.newest, status.problem) == (NEWEST, "")
    assert feed.issues == ISSUES[:5]  # 20 s
    feed.update()
    assert feed.issues == ISSUES[:10]


def test_a_slow_service_is_not_waited_for_longer(feed: Feed) -> None:
    feed.service.always = requests.ReadTimeout("slow")
    feed.seconds_a_call = 9.0

    assert feed.update().problem == "unavailable"
    assert len(feed.service.queries) == 2


def test_the_key_is_neither_in_raw_replies_nor_in_the_status(feed: Feed) -> None:
    feed.service.always = Scripted(f"<html>?serviceKey={KEY}&x</html>".encode(), 502)

    status = feed.update()

    assert KEY not in status.message
    assert KEY.encode() not in b"".join(feed.raw())
    assert any(key.endswith(".xml.gz") for key in feed.store.objects)


def test_an_unknown_station_is_refused() -> None:
    feed = Feed()
    client = ShortTermClient("https://kma.example", KEY, clock=FixedClock(NOW), session=feed.service.session)
    with pytest.raises(InvalidInputError, match="999"):
        ShortTermForecasts(client, feed.store, feed.lake, FixedClock(NOW)).update("999")
