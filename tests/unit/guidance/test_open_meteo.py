"""Open-Meteo's present forecast: what is asked for, what is kept, and each fault as a state of the feed."""

from __future__ import annotations

import gzip
import json
import logging
import traceback
from datetime import datetime
from typing import Any

import pytest
import requests

from plantcast.common.clock import HOUR, KST, FixedClock
from plantcast.common.errors import InvalidInputError
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.open_meteo import OpenMeteo, OpenMeteoClient
from tests.support.asos_replies import Scripted
from tests.support.fakes import MemoryObjectStore
from tests.support.open_meteo import MODELS, OpenMeteoService, plain

NOW = datetime(2025, 5, 30, 17, 20, tzinfo=KST)
ISSUE = datetime(2025, 5, 30, 17, tzinfo=KST)
URL = "https://api.open-meteo.com"
KEY = "cust+omer/key"


class World:
    """A station's feed of Open-Meteo."""

    def __init__(self, *, models: tuple[str, ...] = MODELS, key: str = "", now: datetime = NOW) -> None:
        self.store = MemoryObjectStore()
        self.lake = GuidanceLake(self.store)
        self.service = OpenMeteoService(now)
        self.client = OpenMeteoClient(
            URL, models, key=key, session=self.service.session, sleep=lambda seconds: None
        )

    def update(self, now: datetime = NOW) -> Any:
        self.service.now = now
        return OpenMeteo(self.client, self.store, self.lake, FixedClock(now)).update("108")

    def issue(self, at: datetime = ISSUE) -> Any:
        return self.lake.read("open_meteo", "108", at, at).set_index("valid_at")

    def replies(self) -> list[bytes]:
        keys = self.store.list("raw/guidance/source=open_meteo/station=108/")
        return [gzip.decompress(self.store.objects[key]) for key in keys]


def test_the_mean_of_the_models_becomes_the_issue_of_this_hour() -> None:
    world = World()

    status = world.update()

    assert (status.feed, status.newest, status.checked_at) == ("open_meteo", ISSUE, NOW)
    assert (status.problem, status.message) == ("", "")
    issue = world.issue()
    assert issue.index[0] == ISSUE + HOUR
    assert issue.loc[datetime(2025, 5, 31, 5, tzinfo=KST), "ta"] == pytest.approx(11.0)
    assert issue["sky"].unique().tolist() == [3.0]  # of 60 % cloud
    assert issue["wd"].isna().all()
    [query] = world.service.queries
    assert (query["latitude"], query["longitude"]) == ("37.5714", "126.9658")
    assert (query["models"], query["timezone"]) == (",".join(MODELS), "Asia/Seoul")
    assert query["wind_speed_unit"] == "ms"
    assert "apikey" not in query


def test_the_reply_is_kept_as_received() -> None:
    world = World()
    world.update()
    [body] = world.replies()
    assert json.loads(body) == world.service.document(world.service.queries[0])


def test_one_model_has_plain_names() -> None:
    world = World(models=MODELS[:1])
    world.update()
    assert world.issue().loc[datetime(2025, 5, 31, 5, tzinfo=KST), "ta"] == pytest.approx(10.5)


def test_it_is_called_again_only_after_three_hours() -> None:
    world = World()
    for hours in range(3):
        assert world.update(NOW + hours * HOUR).newest == ISSUE
    assert len(world.service.urls) == 1
    assert world.update(NOW + 3 * HOUR).newest == ISSUE + 3 * HOUR
    assert len(world.service.urls) == 2


def test_late_in_the_evening_an_issue_still_has_the_hours_a_forecast_needs() -> None:
    world = World()
    assert world.update(NOW.replace(hour=23)).problem == ""
    assert world.issue(NOW.replace(hour=23, minute=0)).index[-1] >= ISSUE + 6 * HOUR + 60 * HOUR


def test_a_customer_key_goes_to_the_customers_host_and_nowhere_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(key=f" {KEY}\n")
    echo = json.dumps({"error": True, "reason": f"The key {KEY} is no API key."}).encode()
    world.service.faults.extend([requests.ConnectTimeout(f"https://x/?apikey={KEY}"), Scripted(echo, 400)])
    with caplog.at_level(logging.DEBUG):
        status = world.update()
    assert world.service.urls[0].startswith("https://customer-api.open-meteo.com/v1/forecast?")
    assert world.service.queries[0]["apikey"] == KEY
    assert status.problem == "refused"
    everything = [status.message, caplog.text, *(body.decode() for body in world.replies())]
    assert not any(KEY in text for text in everything)


def test_the_key_is_in_no_trace() -> None:
    service = OpenMeteoService(NOW)
    service.faults.extend([requests.ConnectionError(f"https://x/?apikey={KEY}")] * 2)
    client = OpenMeteoClient(URL, MODELS, key=KEY, session=service.session, sleep=lambda _: None)
    with pytest.raises(Exception, match="could not be reached") as raised:
        client.hourly("108", ["temperature_2m"], span={}, keep=lambda _: None)
    assert KEY not in "".join(traceback.format_exception(raised.value))


CUT = json.dumps({"latitude": 37.5, "utc_offset_seconds": 32400, "hourly": {"time": ["2025-05-3"]}}).encode()
DAILY = b'{"error":true,"reason":"Daily API request limit exceeded. Please try again tomorrow."}'
MODEL = b'{"error":true,"reason":"Cannot initialize MultiDomains from invalid String value gfs_none"}'


@pytest.mark.parametrize(
    ("fault", "problem", "named", "calls"),
    [
        (requests.ConnectionError("refused"), "unavailable", "ConnectionError", 2),
        (requests.ReadTimeout("slow"), "unavailable", "ReadTimeout", 2),
        (Scripted(b"", 502), "unavailable", "HTTP 502", 2),
        (Scripted(b"<html>maintenance</html>", 200), "unavailable", "HTTP 200", 2),
        (Scripted(b"", 301, {"Location": "https://elsewhere.example"}), "unavailable", "HTTP 301", 2),
        (Scripted(b'{"hourly": {"time": ["2025', 200), "unavailable", "HTTP 200", 2),
        (Scripted(b'{"hourly": {"time": []}}', 200), "unavailable", "utc_offset_seconds=None", 1),
        (Scripted(CUT, 200), "unavailable", "2025-05-3", 1),
        (Scripted(DAILY, 429), "quota", "Daily API request limit exceeded", 1),
        (Scripted(MODEL, 400), "refused", "gfs_none", 1),
        (Scripted(b'{"error":true,"reason":"invalid API key"}', 400), "refused", "OpenMeteoKeyParameter", 1),
        (Scripted(b"<html>forbidden</html>", 403), "refused", "HTTP 403", 1),
    ],
)
def test_a_fault_is_a_state_with_its_reason_and_the_next_update_goes_on(
    fault: Scripted | Exception, problem: str, named: str, calls: int
) -> None:
    world = World()
    world.update(NOW - 6 * HOUR)
    world.service.faults.extend([fault] * calls)

    status = world.update()

    assert (status.problem, status.newest) == (problem, ISSUE - 6 * HOUR)
    assert named in status.message
    assert len(world.service.urls) == 1 + calls
    assert len(world.replies()) == 1 + (0 if isinstance(fault, Exception) else 1)
    assert world.update(NOW + HOUR).newest == ISSUE + HOUR


def test_a_fault_that_passes_is_asked_through() -> None:
    world = World()
    world.service.faults.append(Scripted(b"", 503))
    assert (world.update().problem, len(world.service.urls)) == ("", 2)


def test_a_model_without_values_is_named_and_the_others_count() -> None:
    world = World()
    world.service.forecast = lambda model, *what: None if model == MODELS[0] else plain(model, *what)
    status = world.update()
    assert (status.problem, status.newest) == ("partial", ISSUE)
    assert MODELS[0] in status.message
    assert MODELS[1] not in status.message
    assert world.issue().loc[datetime(2025, 5, 31, 5, tzinfo=KST), "ta"] == pytest.approx(11.5)


def test_an_issue_with_half_its_hours_is_kept_and_said_to_be_partial() -> None:
    world = World()
    world.service.forecast = lambda model, variable, run, hour: (
        None if hour > ISSUE + 30 * HOUR else plain(model, variable, run, hour)
    )
    for later in range(2):  # also when it is not called
        status = world.update(NOW + later * HOUR)
        assert (status.problem, status.newest) == ("partial", ISSUE)
        assert "30 of 60 hours" in status.message
    assert len(world.issue()) == 30


@pytest.mark.parametrize("impossible", [None, 99.0, -9999.0])
def test_a_forecast_without_one_possible_value_is_none(impossible: float | None) -> None:
    world = World()
    world.service.forecast = lambda *_: impossible
    status = world.update()
    assert (status.problem, status.newest) == ("unavailable", None)
    assert not list(world.store.list("guidance/"))


def test_a_wrong_setting_is_refused_naming_it() -> None:
    with pytest.raises(InvalidInputError, match="OPEN_METEO_MODELS"):
        OpenMeteoClient(URL, ())
    for url in ("", "api.open-meteo.com", "https://api.open-meteo.com/?a=b"):
        with pytest.raises(InvalidInputError, match="OPEN_METEO_BASE_URL"):
            OpenMeteoClient(url, MODELS)
