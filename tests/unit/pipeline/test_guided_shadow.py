"""Shadows beside a forecast that uses a published one: only the model differs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from plantcast.common.clock import HOUR
from plantcast.forecasting.shadows import ShadowForecast, ShadowPath, ShadowStore
from plantcast.pipeline.guided import Guidance
from plantcast.pipeline.shadow import store_shadow
from tests.support.forecast_examples import path
from tests.support.guided_setup import NUMBER, TODAY, GuidedStation, issue

NOON = TODAY + 12 * HOUR
NOW = NOON + timedelta(minutes=20)
ISSUES = (TODAY + 8 * HOUR, TODAY + 11 * HOUR)


@pytest.fixture
def made() -> GuidedStation:
    """A forecast combined with the newer of two issues."""
    station = GuidedStation()
    station.observe(NOON)
    station.publish(*(issue(at, station.truth) for at in ISSUES))
    station.update(NOW)
    return station


def guidance(made: GuidedStation, now: datetime) -> Guidance:
    found = made.at(now).published.newest(NUMBER, NOON, now).issue
    assert found is not None
    return Guidance.at(NOON, found, None, made.truth.loc[:NOON])


def shadow(made: GuidedStation, used: Guidance | None) -> ShadowForecast | None:
    """What is stored of a runner-up that forecasts 20 °C throughout."""
    shadows = ShadowStore(made.table)
    store_shadow(shadows, made.newest(), {"ta": ShadowPath("v2", path(20.0))}, used)
    return shadows.at(NUMBER, NOON)


def test_other_guidance_than_the_forecast_s_or_none_leaves_no_shadow(made: GuidedStation) -> None:
    assert shadow(made, None) is None
    assert shadow(made, guidance(made, TODAY + 9 * HOUR)) is None


def test_the_runner_up_is_combined_with_the_same_issue_by_the_same_shares(made: GuidedStation) -> None:
    forecast = made.newest()
    used = guidance(made, NOW)

    found = shadow(made, used)

    assert found is not None
    assert found.issued_at == forecast.issued_at
    combined, shares = used.path("ta", path(20.0))
    assert found.paths["ta"].path.mean == pytest.approx(combined.mean, abs=0.005)
    assert forecast.guidance is not None
    assert shares == forecast.guidance.shares["ta"]
    assert found.paths["ta"].path.mean[0] != 20.0
