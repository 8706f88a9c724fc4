"""`/api/verification`: the track record, as monitor leaves it, through the API."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from plantcast.verification.days import verify_day
from tests.support.api_data import ApiWorld, get, problem
from tests.support.forecast_examples import ORIGIN
from tests.support.guidance_examples import guided
from tests.support.verification_examples import LAST, observed_until, store_verified, verified_days


@pytest.fixture
def verified() -> ApiWorld:
    """Forty days verified, each with a shadow."""
    world = ApiWorld()
    store_verified(world.table, verified_days(40, shadow_error=0.5))
    return world


def test_given_forty_days_when_asked_then_windows_and_days_arrive_as_stored(verified: ApiWorld) -> None:
    body = get(verified, "/api/verification?station=108")

    assert body["station"] == {"id": "108", "name_ko": "서울", "name_en": "Seoul"}
    assert (body["timezone"], body["source"]) == ("Asia/Seoul", "synthetic")
    assert body["units"] == {"ta": "°C", "hm": "%"}
    assert "not observations" in body["attribution"]
    assert body["alarms"] == []
    stored = verified.table.get("STATION#108", "TRACK")
    assert stored is not None
    for length, window in stored["windows"].items():
        answered = body["windows"][length]
        assert {name: answered[name] for name in ("from", "to", "days", "days_verified")} == {
            name: window[name] for name in ("from", "to", "days", "days_verified")
        }
        assert answered["targets"]["ta"] == {**window["targets"]["ta"], "published": None}
        assert answered["targets"]["hm"] == {**window["targets"]["hm"], "published": None, "shadow": None}
    assert [len(column) for column in body["windows"]["30"]["targets"]["ta"]["by_lead"].values()] == [48] * 5


def test_given_forty_days_when_asked_then_the_day_list_has_scores_and_shadows_and_no_sums(
    verified: ApiWorld,
) -> None:
    days = get(verified, "/api/verification")["days"]

    assert [day["day"] for day in days] == [str(LAST - timedelta(days=back)) for back in range(29, -1, -1)]
    newest = days[-1]
    assert set(newest) == {"day", "origins", "scores", "published", "shadow"}
    assert newest["published"] == {}
    assert newest["origins"] == ["2025-05-27T23:00:00+09:00", "2025-05-28T23:00:00+09:00"]
    assert newest["scores"]["hm"]["leads_1_24"] == {
        "hours": 24,
        "rmse": 1.0,
        "bias": 1.0,
        "coverage_80": 1.0,
        "persistence_hours": 24,
        "persistence_rmse": 2.0,
        "skill": 0.5,
    }
    shadow = newest["shadow"]["ta"]
    assert (shadow["versions"], shadow["issued"]) == (["v2"], ["v1"])
    assert shadow["leads_25_48"]["gain"] == 0.5
    assert "hm" not in newest["shadow"]


def test_given_the_kma_s_forecast_when_asked_then_it_is_beside_ours_by_window_lead_and_day() -> None:
    world = ApiWorld()
    day = verify_day(
        [guided()], observed_until(ORIGIN.date() + timedelta(days=1), 3), ORIGIN.date() + timedelta(days=1)
    )
    assert day is not None
    store_verified(world.table, [day])

    body = get(world, "/api/verification")

    record = body["windows"]["30"]["targets"]["ta"]["published"]
    scores = {"hours": 24, "rmse": 67.0, "bias": -67.0, "ours": 69.0}
    assert record["leads_1_24"] == record["leads_1_48"] == scores
    assert (record["days"], record["leads_25_48"]) == (1, None)
    assert record["by_lead"]["rmse"] == [67.0] * 24 + [None] * 24
    assert body["days"][0]["published"]["ta"] == {"leads_1_24": scores}


def test_given_a_gap_when_asked_then_days_before_the_span_do_not_fill_it() -> None:
    world = ApiWorld()
    gap = {date(2025, 5, 27), date(2025, 5, 26)}
    store_verified(world.table, [day for day in verified_days(20) if day.day not in gap])

    days = get(world, "/api/verification?days=5")["days"]
    assert [day["day"] for day in days] == ["2025-05-25", "2025-05-28", "2025-05-29"]


def test_given_a_lost_week_when_asked_then_its_alarms_are_shown(verified: ApiWorld) -> None:
    store_verified(verified.table, verified_days(7, error=3.0))

    alarm = get(verified, "/api/verification")["alarms"][0]

    assert (alarm["target"], alarm["from"], alarm["lost"]) == ("ta", "2025-05-23", ["leads_1_24"])
    assert "no better than persistence" in alarm["text_en"]


# ------------------------------------------------------------------ when there is none


def test_given_nothing_verified_yet_when_asked_then_the_record_is_empty() -> None:
    body = get(ApiWorld(source="replay"), "/api/verification")

    assert (body["windows"], body["days"], body["alarms"]) == ({}, [], [])
    assert (body["station"]["id"], body["source"]) == ("108", "replay")


@pytest.mark.parametrize(
    "damage", [{"source": 3, "windows": []}, {"windows": {"30": {}}}, {"windows": None}, {"source": None}]
)
def test_given_a_damaged_record_when_asked_then_it_is_a_fault_with_its_name_and_remedy(
    verified: ApiWorld, damage: dict[str, Any]
) -> None:
    track = verified.table.get("STATION#108", "TRACK")
    assert track is not None
    verified.table.put({**track, **damage})

    with TestClient(verified.app()) as client:
        body = problem(client, "GET", "/api/verification")

    assert body["status"] == 500
    assert "TRACK" in body["detail"]
    assert "writes it anew" in body["remedy"]
