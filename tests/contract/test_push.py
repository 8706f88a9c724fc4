"""Push messages to a push service on this machine: signed, encrypted, once, and what its answers lead to."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag

from functions.push import handler as push
from plantcast.common.clock import KST, FixedClock
from plantcast.common.errors import InvalidInputError, TemporaryError
from plantcast.common.logging import logger
from plantcast.notifications.push.messages import Message
from plantcast.notifications.push.sending import PushResult, PushSender
from plantcast.notifications.push.subscriptions import Subscription, Subscriptions
from plantcast.notifications.push.web_push import WebPush, vapid_key
from tests.support.fakes import MemoryTable
from tests.support.forecast_examples import SetUpForecasts, forecast, path
from tests.support.notify_setup import SCHEDULED
from tests.support.push_service import FCM, Browser, KeyPair, PushServer, signed_claims

pytestmark = pytest.mark.network

EVENING = datetime(2025, 5, 30, 21, 0, 7, tzinfo=KST)
PAIR = KeyPair()
CONTACT = "mailto:gardener@example.org"
MESSAGE = Message("서울 식물 알림", "몬스테라 · 오늘 밤: 추우니 실내로 들여 주세요.", "/?plant=monstera")


@pytest.fixture
def server() -> Iterator[PushServer]:
    running = PushServer()
    yield running
    running.close()


class World:
    """A table of subscriptions, and the sender with its push service on this machine."""

    def __init__(self, server: PushServer) -> None:
        self.table = MemoryTable()
        self.subscriptions = Subscriptions(self.table)
        self.service = WebPush(
            vapid_key(PAIR.private, PAIR.public, parameter="/k"), CONTACT, server.session()
        )
        self.slept: list[float] = []

    def subscribe(self, name: str = "one", **changes: object) -> Browser:
        browser = Browser(f"{FCM}/fcm/send/{name}")
        self.subscriptions.put(browser.subscription(**changes), EVENING - timedelta(hours=3))
        return browser

    def send(self, now: datetime = EVENING, *, seconds_left: float = 600.0) -> PushResult:
        sender = PushSender(
            self.subscriptions, self._message, self.service, FixedClock(now), sleep=self.slept.append
        )
        return sender.run(lambda: seconds_left)

    def _message(self, subscription: Subscription) -> Message | None:
        return None if subscription.plants == ("cactus",) else MESSAGE


@pytest.fixture
def world(server: PushServer) -> World:
    return World(server)


def test_a_message_is_signed_and_only_its_browser_can_read_it(world: World, server: PushServer) -> None:
    browser = world.subscribe()

    assert world.send() == PushResult(sent=1, nothing=0, failed=0, removed=0)

    ((where, headers, body),) = server.requests
    assert where == "/fcm/send/one"
    assert json.loads(browser.decrypt(body)) == vars(MESSAGE)
    with pytest.raises(InvalidTag):
        Browser(browser.endpoint).decrypt(body)
    assert len(body) < 4096
    assert headers["Content-Encoding"] == "aes128gcm"
    assert int(headers["TTL"]) == 6 * 3600
    key, claims = signed_claims(headers["Authorization"])
    assert key == PAIR.public
    assert (claims["aud"], claims["sub"]) == (FCM, CONTACT)
    assert 0 < claims["exp"] - time.time() <= 24 * 3600  # RFC 8292, 2


def test_each_message_goes_once_at_its_hour_however_often_the_function_runs(
    world: World, server: PushServer
) -> None:
    for number in range(8):
        world.subscribe(f"evening-{number}")
    world.subscribe("morning", hour=7)
    world.subscribe("nothing-to-do", plants=("cactus",))

    with ThreadPoolExecutor(2) as pool:
        both = [run.result() for run in [pool.submit(world.send), pool.submit(world.send)]]
    again = world.send(EVENING + timedelta(minutes=20))

    assert sum(result.sent for result in both) == 8
    assert again == PushResult(sent=0, nothing=1, failed=0, removed=0)
    assert sorted(path for path, _, _ in server.requests) == [f"/fcm/send/evening-{n}" for n in range(8)]
    assert world.send(EVENING + timedelta(days=1)).sent == 8


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_ended_is_removed_and_the_others_are_served(
    world: World, server: PushServer, status: int
) -> None:
    world.subscribe("a")
    world.subscribe("b")
    server.answers = [(status, {})]

    assert world.send() == PushResult(sent=1, nothing=0, failed=0, removed=1)

    assert len(world.subscriptions.all(EVENING)) == 1


def test_a_busy_service_is_asked_again_and_given_up_after_three_attempts(
    world: World, server: PushServer
) -> None:
    world.subscribe("a")
    server.answers = [(429, {"Retry-After": "1"}), (503, {})]
    assert world.send().sent == 1
    assert len(world.slept) == 2
    assert world.slept[0] >= 1.0

    world.subscribe("b")
    server.requests.clear()
    server.answers = [(500, {})] * 4

    assert world.send(EVENING + timedelta(days=1)) == PushResult(sent=0, nothing=0, failed=2, removed=0)
    assert len(server.requests) == 4  # three for the first, one for the other at the same service
    assert world.send(EVENING + timedelta(days=1)).sent == 0  # not in the same evening again


@pytest.mark.parametrize("answer", [(400, {}), (403, {}), (302, {"Location": "http://169.254.169.254/"})])
def test_what_is_refused_is_logged_without_endpoint_or_keys(
    world: World, server: PushServer, answer: tuple[int, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = io.StringIO()
    monkeypatch.setattr(logger.handlers[0], "stream", lines)
    browser = world.subscribe("secret-token")
    server.answers = [answer] * 3

    assert world.send().failed == 1

    assert "fcm.googleapis.com" in lines.getvalue()
    assert ('"level":"ERROR"' in lines.getvalue()) == (answer[0] in {400, 403})  # nothing was accepted at all
    for secret in ("secret-token", browser.pair.public, browser.subscription().auth, PAIR.private):
        assert secret not in lines.getvalue()


def test_when_the_time_is_up_the_rest_is_left_to_the_next_call(world: World, server: PushServer) -> None:
    world.subscribe()
    with pytest.raises(TemporaryError, match="1 of 1 push messages"):
        world.send(seconds_left=5.0)
    assert server.requests == []
    assert world.send().sent == 1


def test_a_pair_that_is_none_is_refused_with_the_remedy_and_without_the_key() -> None:
    other = KeyPair()
    for private, public in ((other.private, PAIR.public), ("", PAIR.public), ("hunter2", PAIR.public)):
        with pytest.raises(InvalidInputError, match="generate-vapid-keys") as refused:
            vapid_key(private, public, parameter="/plantcast/vapid-key")
        assert "/plantcast/vapid-key" in str(refused.value)
        assert not private or private not in str(refused.value)


def test_the_function_sends_what_the_forecast_means_for_the_plants(
    world: World, server: PushServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    SetUpForecasts(world.table).issue(forecast(ta=path(2.0)))
    browser = world.subscribe(plants=("monstera;place=outdoor",))
    wiring = push._Wiring(world.table, world.service, FixedClock(EVENING))
    monkeypatch.setattr(push, "_wiring", lambda: wiring)

    assert push.handler(SCHEDULED, None) == {"sent": 1, "nothing": 0, "failed": 0, "removed": 0}

    message = json.loads(browser.decrypt(server.requests[0][2]))
    assert message["title"] == "[합성 자료] 서울 식물 알림"
    assert "몬스테라" in message["body"]
    assert message["url"] == "/?plant=monstera&station=108"
