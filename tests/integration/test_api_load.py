"""Fifty clients at once for a minute, through API Gateway: everything is answered."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.api_load import put_load_on

pytestmark = [pytest.mark.emulator, pytest.mark.network]

CLIENTS = 50
SECONDS = 60


def test_given_fifty_clients_for_a_minute_when_they_ask_then_there_is_no_error(
    live_stack: dict[str, str],
) -> None:
    # How long an answer takes says here only what else this machine does: none may be lost.
    report = put_load_on(live_stack["api_url"], clients=CLIENTS, seconds=SECONDS, timeout=240)

    print(report)
    assert not report.errors, Counter(report.errors).most_common(5)
    assert set(report.statuses) == {200, 304}
    # Each came, and asked more than once.
    assert len(report.seconds) > CLIENTS
