"""Issued forecasts use the newest published forecast that is out, and nothing that is known later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from plantcast.common.clock import HOUR
from plantcast.forecasting import TARGETS
from plantcast.forecasting.issued import Forecast, ForecastStore
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.status import FeedStatus
from tests.support.guided_setup import NUMBER, TODAY, GuidedStation, issue, weather

NOON = TODAY + 12 * HOUR
NOW = NOON + timedelta(minutes=20)
RELEASED = TODAY + 11 * HOUR


def station(last: datetime = NOON) -> GuidedStation:
    made = GuidedStation()
    made.observe(last)
    return made


def rmse(forecast: Forecast, made: GuidedStation, target: str, first_lead: int = 1) -> float:
    truth = made.truth[target].reindex(list(forecast.valid_at)).to_numpy()
    errors = np.array(forecast.path(target).mean) - truth  # type: ignore[arg-type]
    return float(np.sqrt(np.mean(errors[first_lead - 1 :] ** 2)))


def test_without_published_forecasts_the_forecast_is_the_model_s_and_no_reason_is_shown() -> None:
    made = station()

    made.update(NOW)

    found = made.newest()
    assert (found.guidance, found.guidance_reasons) == (None, ())
    assert ("STATION#108", "ISSUE#2025-05-24T12:00+09:00") in made.table.items


def test_the_newest_issue_is_combined_and_what_was_used_is_stored() -> None:
    made = station()
    made.update(NOW)
    alone = made.newest()
    made.publish(issue(TODAY + 8 * HOUR, made.truth, warmer=9.0), issue(RELEASED, made.truth))

    result = made.update(NOW)

    found = made.newest()
    assert result.status == "issued"
    assert found.run_id == "update"
    assert found.guidance is not None
    assert (found.guidance.source, found.guidance.issued_at) == ("kma", RELEASED)
    assert found.guidance.ta[0] == round(made.truth["ta"].loc[NOON + HOUR])
    assert set(found.guidance.sky) == {3.0}
    assert found.guidance_reasons == ()
    assert ("STATION#108", "ISSUE#2025-05-24T12:00+09:00#2025-05-24T11:00+09:00") in made.table.items
    shares = found.guidance.shares["ta"]
    assert 0.1 < shares[0] < 0.5 < 0.9 < shares[20] <= 1.0
    assert all(round(share, 2) == share for share in shares)
    assert rmse(found, made, "ta") < 0.5 * rmse(alone, made, "ta")
    for target in TARGETS:
        path = found.path(target)
        assert all(low <= mean <= high for low, mean, high in zip(path.p10, path.mean, path.p90, strict=True))


def test_an_issue_later_than_the_origin_counts_once_it_is_released() -> None:
    made = station(TODAY - HOUR)
    made.publish(issue(TODAY + 8 * HOUR, made.truth), issue(RELEASED, made.truth))

    made.update(RELEASED + timedelta(minutes=9))
    before = made.newest().guidance
    made.update(RELEASED + timedelta(minutes=10))
    after = made.newest().guidance

    assert before is not None
    assert after is not None
    assert (before.issued_at, after.issued_at) == (TODAY + 8 * HOUR, RELEASED)
    # Hours that have passed are the station model's.
    assert after.shares["ta"][:12] == (0.0,) * 12
    assert after.ta[:12] == (None,) * 12
    assert after.shares["ta"][12] > 0
    assert made.newest().guidance_reasons == ()


@pytest.mark.slow
def test_nothing_observed_or_published_later_changes_a_forecast() -> None:
    made, other = station(), GuidedStation()
    issues = [issue(TODAY - 5 * HOUR * back, made.truth) for back in range(4)]
    later = issue(TODAY + 14 * HOUR, made.truth, warmer=5.0)
    changed = weather(seed=2)
    changed.loc[:NOON] = made.truth.loc[:NOON]
    made.publish(*issues)
    other.publish(*issues, later)
    for each in (made, replace(other, truth=changed)):
        each.observe(NOON if each is made else NOON + 8 * HOUR)
        each.update(NOW)

    assert made.newest() == other.newest()
    other.update(NOW + 3 * HOUR)
    assert made.newest() != other.newest()


@pytest.mark.slow
def test_a_second_call_changes_nothing_and_a_new_issue_gives_a_new_forecast_from_the_same_origin() -> None:
    made = station()
    made.publish(issue(TODAY + 8 * HOUR, made.truth))
    first = made.update(NOW)

    assert [made.update(NOW + timedelta(minutes=n)).status for n in (0, 5)] == ["unchanged"] * 2
    made.publish(issue(RELEASED, made.truth))
    assert made.update(NOW + timedelta(minutes=10)).status == "issued"

    of_day = ForecastStore(made.table).of_day(NUMBER, TODAY.date())
    issues = [found.guidance.issued_at for found in of_day if found.guidance is not None]
    assert issues == [TODAY + 8 * HOUR, RELEASED]
    assert ForecastStore(made.table).at(NUMBER, NOON) == of_day[-1] == made.newest()
    assert first.status == "issued"


@pytest.mark.slow
def test_an_issue_completed_before_the_first_hour_replaces_the_forecast_and_later_it_stays() -> None:
    made = station()
    whole = issue(RELEASED, made.truth)
    made.publish(whole[:20])
    made.update(NOW)
    partial = made.newest()
    made.publish(whole)

    assert made.update(NOW + timedelta(minutes=5)).status == "issued"
    complete = made.newest()
    made.publish(issue(RELEASED, made.truth, warmer=3.0))
    assert made.update(NOW + HOUR).status == "unchanged"

    assert partial.guidance_reasons == ("guidance_partial",)
    assert partial.guidance is not None
    assert partial.guidance.shares["ta"][18:20] == (partial.guidance.shares["ta"][18], 0.0)
    assert complete.guidance_reasons == ()
    assert made.newest() == complete


def test_hours_that_an_issue_lacks_are_the_station_model_s() -> None:
    made = station()
    made.update(NOW)
    alone = made.newest()
    made.publish(issue(RELEASED, made.truth, last_lead=20))

    made.update(NOW)

    found = made.newest()
    assert found.ta.mean[19:] == alone.ta.mean[19:]
    assert found.ta.p90[19:] == alone.ta.p90[19:]
    assert found.ta.mean[:19] != alone.ta.mean[:19]


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        ("unavailable", "guidance_unavailable"),
        ("refused", "guidance_refused"),
        ("quota", "guidance_quota"),
        ("not_yet", "guidance_late"),
    ],
)
def test_guidance_older_than_12_hours_is_not_used_and_the_reason_is_shown(problem: str, reason: str) -> None:
    made = station()
    made.publish(issue(TODAY, made.truth))
    made.feed(FeedStatus(NUMBER, "kma", TODAY, NOW, problem, "…"))  # type: ignore[arg-type]

    made.update(NOW)

    assert (made.newest().guidance, made.newest().guidance_reasons) == (None, (reason,))
    assert not any("guidance" in code or "observ" in code for code in made.newest().degraded_reasons)


def test_a_service_that_is_away_leaves_the_issue_before_and_says_so() -> None:
    made = station()
    made.publish(issue(TODAY + 8 * HOUR, made.truth))
    made.feed(FeedStatus(NUMBER, "kma", TODAY + 8 * HOUR, NOW, "unavailable", "…"))

    made.update(NOW)

    found = made.newest()
    assert found.guidance is not None
    assert found.guidance_reasons == ("guidance_unavailable",)


@pytest.mark.parametrize(("hours", "reasons"), [(3, ()), (4, ("observations_late",))])
def test_live_observations_late_by_more_than_three_hours_are_a_reason(
    hours: int, reasons: tuple[str, ...]
) -> None:
    made = station(NOON - hours * HOUR + HOUR)
    made.feed(FeedStatus(NUMBER, "api_hub", NOON - hours * HOUR + HOUR, NOW))

    made.update(NOW)

    assert made.newest().guidance_reasons == reasons
    assert not any("guidance" in code or "observ" in code for code in made.newest().degraded_reasons)


def test_a_damaged_month_of_published_forecasts_leaves_the_station_model() -> None:
    made = station()
    made.publish(issue(RELEASED, made.truth))
    (key,) = (key for key in made.store.objects if key.startswith("guidance/"))
    made.store.objects[key] = b"no parquet"

    result = made.update(NOW)

    assert result.status == "issued"
    assert made.newest().guidance_reasons == ("guidance_unavailable",)


def test_another_source_counts_only_where_the_first_has_no_issue_of_the_last_12_hours() -> None:
    made = station()
    made.publish(issue(TODAY, made.truth))
    GuidanceLake(made.store).merge("open_meteo", NUMBER, issue(RELEASED, made.truth))

    made.update(TODAY + 11 * HOUR + timedelta(minutes=50))
    early = made.newest().guidance
    made.update(NOW)
    late = made.newest().guidance

    assert early is not None
    assert late is not None
    assert (early.source, late.source) == ("kma", "open_meteo")
