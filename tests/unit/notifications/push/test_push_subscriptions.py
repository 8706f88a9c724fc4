"""Subscriptions in the table: how many there may be, how long they last, who sends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from moto import mock_aws

from plantcast.aws import DynamoTable
from plantcast.common.clock import KST
from plantcast.common.errors import RateLimitedError
from plantcast.notifications.push import subscriptions as module
from plantcast.notifications.push.subscriptions import RETENTION, Subscriptions
from tests.support.aws_tables import create_table
from tests.support.fakes import MemoryTable
from tests.support.push_service import FCM, Browser

NOW = datetime(2025, 5, 30, 18, 59, tzinfo=KST)
HOUR = timedelta(hours=1)
ONE = Browser(f"{FCM}/one")


@pytest.fixture
def table() -> MemoryTable:
    return MemoryTable()


@pytest.fixture
def kept(table: MemoryTable) -> Subscriptions:
    return Subscriptions(table)


def put(kept: Subscriptions, name: str, now: datetime = NOW) -> bool:
    subscription = ONE.subscription()
    try:
        kept.put(type(subscription)(**{**vars(subscription), "endpoint": f"{FCM}/{name}"}), now)
    except RateLimitedError:
        return False
    return True


def test_an_endpoint_has_one_subscription_the_last_and_nothing_else_is_kept(
    kept: Subscriptions, table: MemoryTable
) -> None:
    kept.put(ONE.subscription(hour=7), NOW)
    kept.put(ONE.subscription(hour=21, plants=("cactus", "monstera")), NOW + HOUR)

    assert kept.all(NOW) == [ONE.subscription(hour=21, plants=("cactus", "monstera"))]
    (item,) = (item for (_, sk), item in table.items.items() if sk.startswith("SUBSCRIPTION#"))
    assert item.keys() == {
        "pk", "sk", "schema_version", "endpoint", "p256dh", "auth", "station", "lang", "hour", "plants",
        "updated_at", "expires_at",
    }  # fmt: skip
    kept.remove(ONE.endpoint)
    kept.remove(ONE.endpoint)
    assert kept.all(NOW) == []


def test_one_that_is_not_renewed_ends(kept: Subscriptions) -> None:
    kept.put(ONE.subscription(), NOW)
    assert kept.all(NOW + RETENTION - HOUR) != []
    assert kept.all(NOW + RETENTION) == []


def test_of_many_new_ones_at_once_the_limits_let_in_no_more(
    kept: Subscriptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_NEW_AN_HOUR", 5)
    monkeypatch.setattr(module, "MAX_SUBSCRIPTIONS", 7)

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda number: put(kept, f"first-{number}"), range(20)))
    assert sum(taken) == 5
    assert put(kept, f"first-{taken.index(True)}"), "a renewal is not a new one"
    assert [put(kept, f"second-{number}", NOW + HOUR) for number in range(3)] == [True, True, False]

    kept.remove(f"{FCM}/second-0")
    assert not put(kept, "third", NOW + HOUR)
    assert len(kept.all(NOW + HOUR)) == 6  # each hour counts anew
    assert put(kept, "third", NOW + HOUR)
    assert not put(kept, "fourth", NOW + HOUR)


def test_one_added_while_they_are_counted_stays_counted(table: MemoryTable) -> None:
    class Meanwhile(MemoryTable):
        def query(self, pk: str, **how: object) -> list[dict[str, object]]:
            found = super().query(pk, **how)  # type: ignore[arg-type]
            put(Subscriptions(self), "meanwhile")
            return found

    busy = Meanwhile()
    put(Subscriptions(busy), "one")
    Subscriptions(busy).all(NOW)
    assert busy.items["PUSH", "COUNT"]["count"] == 2


def test_dynamodb_takes_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(module, "MAX_SUBSCRIPTIONS", 2)
    with mock_aws():
        create_table("plantcast")
        kept = Subscriptions(DynamoTable("plantcast"))
        assert [put(kept, name) for name in ("one", "two", "three", "one")] == [True, True, False, True]
        kept.remove(f"{FCM}/one")
        (left,) = kept.all(NOW)
        assert left == type(left)(**{**vars(ONE.subscription()), "endpoint": f"{FCM}/two"})
        assert put(kept, "three")
        assert [kept.claim(left, NOW.date(), NOW) for _ in range(2)] == [True, False]


def test_a_damaged_one_is_left_out(kept: Subscriptions, table: MemoryTable) -> None:
    put(kept, "one")
    put(kept, "two")
    first = next(item for (_, sk), item in table.items.items() if sk.startswith("SUBSCRIPTION#"))
    del first["hour"]
    assert len(kept.all(NOW)) == 1


def test_a_message_of_a_day_is_claimed_once(kept: Subscriptions) -> None:
    subscription = ONE.subscription()
    days = [NOW, NOW, NOW + timedelta(days=1)]
    assert [kept.claim(subscription, day.date(), day) for day in days] == [True, False, True]
