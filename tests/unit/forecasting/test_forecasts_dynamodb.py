"""Forecasts, runs and verifications on DynamoDB's own number and condition semantics (moto)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from moto import mock_aws

from plantcast.aws import DynamoTable
from plantcast.common.clock import HOUR, KST
from plantcast.forecasting.issued import ForecastStore
from plantcast.forecasting.shadows import ShadowForecast, ShadowPath, ShadowStore
from plantcast.pipeline.runs import Run, RunStore
from plantcast.verification.days import newest_days
from plantcast.verification.windows import track_of
from tests.support.aws_tables import create_table
from tests.support.forecast_examples import ISSUED, ORIGIN, forecast, path
from tests.support.verification_examples import verified_days


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoTable]:
    """An empty table as the template makes it."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-2")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield DynamoTable("plantcast", create_table("plantcast"))


def test_given_whole_numbers_when_stored_then_the_path_reads_back_as_floats_and_equal(
    table: DynamoTable,
) -> None:
    store = ForecastStore(table)
    given = forecast(ta=path(20.0), hm=path([60 + n / 7 for n in range(48)]))

    assert store.issue(given)
    assert not store.issue(forecast(issued_at=ISSUED - HOUR))
    assert not store.issue(forecast(issued_at=ISSUED + HOUR))

    read = store.latest("108")
    assert read is not None
    assert read.ta == given.ta
    assert all(isinstance(value, float) for value in read.ta.mean)
    assert read.hm.mean == tuple(round(value, 2) for value in given.hm.mean)
    assert store.at("108", ORIGIN) == read


def test_given_a_run_when_closed_twice_then_dynamodbs_conditions_keep_the_first(table: DynamoTable) -> None:
    runs = RunStore(table)
    started = datetime(2025, 5, 30, 2, tzinfo=KST)
    begun = Run("run-1", started, as_of=date(2025, 5, 30), stations=("108",), retrain=True)

    assert runs.start(begun)
    assert not runs.start(begun)
    closed = runs.finish("run-1", outcome="degraded", finished_at=started + HOUR, started_at=started)
    again = runs.finish(
        "run-1", outcome="degraded", finished_at=started + timedelta(days=1), started_at=started
    )

    assert closed == again == runs.newest(3)[0]


def test_given_a_shadow_when_stored_then_it_reads_back_and_an_older_one_does_not_replace_it(
    table: DynamoTable,
) -> None:
    store = ShadowStore(table)
    paths = {"hm": ShadowPath("v2", path([60 + n / 7 for n in range(48)]))}
    newest = ShadowForecast.beside(forecast(), paths)

    assert store.issue(newest)
    assert not store.issue(ShadowForecast.beside(forecast(issued_at=ISSUED - HOUR), paths))
    assert store.issue(newest)

    read = store.at("108", ORIGIN)
    assert read is not None
    assert (read.issued_at, read.run_id, set(read.paths)) == (ISSUED, "run-1", {"hm"})
    assert read.paths["hm"].path.mean == tuple(round(value, 2) for value in paths["hm"].path.mean)
    assert store.of_day("108", ORIGIN.date()) == [read]


def test_given_days_with_shadows_when_stored_then_the_pooled_record_is_the_same_as_before_storing(
    table: DynamoTable,
) -> None:
    days = verified_days(9, shadow_error=0.5)
    for day in days:
        table.put(day.to_item())

    assert newest_days(table, "108", 365) == days
    track = track_of(days)
    assert track is not None
    table.put(track)
    assert table.get("STATION#108", "TRACK") == track
