"""Schema versions: what readers do with older, newer and unknown data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from plantcast.aws import ItemTable
from plantcast.common.errors import CorruptDataError, SchemaVersionError
from plantcast.common.schema import Schema
from plantcast.forecasting.issued import ForecastStore
from plantcast.forecasting.shadows import ShadowStore
from plantcast.notifications.alerts import alert_of
from plantcast.observations.published import ObservedDays
from plantcast.observations.status import read_newest_report, read_status
from plantcast.pipeline.runs import RunStore
from plantcast.verification.days import newest_days
from plantcast.verification.windows import read_track
from tests.support.fakes import MemoryTable
from tests.support.forecast_examples import ORIGIN

STATION = "STATION#108"


THREE = Schema("thing", version=3)


# ------------------------------------------------------------------ one kind


def test_a_document_of_this_version_is_read_as_it_is() -> None:
    assert THREE.read({"schema_version": 3, "value": 5}, "here") == {"schema_version": 3, "value": 5}


@pytest.mark.parametrize(
    "stored", [{}, {"schema_version": None}, {"schema_version": 2}, {"schema_version": 1}]
)
def test_an_older_version_and_none_are_refused_with_the_remedy_and_may_be_replaced(
    stored: dict[str, Any],
) -> None:
    with pytest.raises(
        CorruptDataError, match=r"some/key has (no schema version|schema version [12]; this code)"
    ):
        THREE.read(stored, "some/key")


@pytest.mark.parametrize("found", [4, 0, -1, 2.0, True, "3", [3], {}])
def test_given_a_version_unknown_when_read_then_the_error_says_which_and_what_to_do(found: object) -> None:
    with pytest.raises(SchemaVersionError) as refused:
        THREE.read({"schema_version": found, "value": 5}, "some/key")

    assert f"some/key has schema version {found!r}; this code reads 3" in str(refused.value)


# ------------------------------------------------------------------ what a later release wrote

_READERS: list[tuple[str, str, Callable[[ItemTable], object]]] = [
    (STATION, "ISSUE#2025-05-29T23:00+09:00", lambda table: ForecastStore(table).latest("108")),
    (STATION, "SHADOW#2025-05-29T23:00+09:00", lambda table: ShadowStore(table).at("108", ORIGIN)),
    (STATION, "OBS#2025-05-29", lambda table: ObservedDays(table).newest("108", 1, until=date.max)),
    (
        STATION,
        "OBS#2025-05-29",
        lambda table: ObservedDays(table).readable("108", date(2025, 5, 29), date(2025, 5, 29)),
    ),
    (STATION, "STATUS", lambda table: read_status(table, "108")),
    (STATION, "QUALITY", lambda table: read_newest_report(table, "108")),
    (STATION, "VERIFY#2025-05-29", lambda table: newest_days(table, "108", 1)),
    (STATION, "TRACK", lambda table: read_track(table, "108")),
    (STATION, "ALERT#default", lambda table: alert_of(table, "108", "default")),
    ("PIPELINE", "RUN#run-1", lambda table: RunStore(table).get("run-1")),
    ("PIPELINE", "STARTED#2025", lambda table: RunStore(table).newest(1)),
]


@pytest.mark.parametrize(("pk", "sk", "read"), _READERS, ids=[sk for _, sk, _ in _READERS])
def test_given_a_newer_item_when_read_then_it_is_named_and_not_taken_for_damaged(
    pk: str, sk: str, read: Callable[[ItemTable], object]
) -> None:
    table = MemoryTable()
    table.put({"pk": pk, "sk": sk, "schema_version": 99})

    with pytest.raises(SchemaVersionError, match=r"has schema version 99; this code reads") as refused:
        read(table)
    assert f"{pk}/{sk}" in str(refused.value)
