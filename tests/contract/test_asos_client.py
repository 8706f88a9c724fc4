"""The ASOS client over real HTTP against the simulator: pages, quota, keys and clock."""

from __future__ import annotations

import logging
from datetime import datetime
from urllib.parse import quote

import pandas as pd
import pytest

from plantcast.common.clock import HOUR, KST, FixedClock
from plantcast.common.errors import (
    KeyRejectedError,
)
from plantcast.observations.kma.client import AsosClient, Page
from plantcast.observations.lake.raw import Response
from plantcast.observations.rows import read_rows
from tests.contract.conftest import NOW
from tests.support.running_simulator import RunningSimulator

pytestmark = pytest.mark.network

MIDNIGHT = datetime(2025, 5, 30, tzinfo=KST)


def client_of(simulator: RunningSimulator, *, key: str | None = None, **options: object) -> AsosClient:
    options.setdefault("sleep", lambda seconds: None)
    return AsosClient(simulator.base_url, key or simulator.key, clock=FixedClock(NOW), **options)  # type: ignore[arg-type]


def fetch(simulator: RunningSimulator, hours: int = 24, **options: object) -> list[Page]:
    """Fetch the last hours up to yesterday 23:00."""
    client = client_of(simulator, **options)  # type: ignore[arg-type]
    return list(client.pages("108", MIDNIGHT - hours * HOUR, MIDNIGHT - HOUR))


def hours_in(pages: list[Page]) -> list[pd.Timestamp]:
    frames = [read_rows(page.rows, "108", start=page.start, end=page.end).frame for page in pages]
    return [time for frame in frames for time in frame.index]


def expected(hours: int) -> list[pd.Timestamp]:
    return list(pd.date_range(end=MIDNIGHT - HOUR, periods=hours, freq="h"))


def test_a_day_is_complete_and_declares_its_source(simulator: RunningSimulator) -> None:
    kept: list[Response] = []
    client = client_of(simulator)
    pages = list(client.pages("108", MIDNIGHT - 24 * HOUR, MIDNIGHT - HOUR, keep=kept.append))
    assert hours_in(pages) == expected(24)
    assert [response.declared_source for response in kept] == ["synthetic"]


@pytest.mark.parametrize("form", ["decoded", "encoded"])
def test_either_form_of_the_key_is_accepted(simulator: RunningSimulator, form: str) -> None:
    key = simulator.key if form == "decoded" else quote(simulator.key, safe="")
    assert hours_in(fetch(simulator, key=key)) == expected(24)


def test_a_wrong_key_says_what_to_do_and_shows_itself_nowhere(
    simulator: RunningSimulator, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(KeyRejectedError, match="code 30") as refused:
        fetch(simulator, key="secret+key/of==")
    shown = str(refused.value) + caplog.text + "".join(capfd.readouterr())
    for form in ("secret+key/of==", quote("secret+key/of==", safe=""), "secret"):
        assert form not in shown
