"""What a forecast is combined from, as the API shows it."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from plantcast.common.clock import HOUR
from plantcast.forecasting import LEADS
from plantcast.guidance.status import REASONS
from plantcast.notifications.reasons import reason_texts
from tests.support.api_data import ApiWorld, get
from tests.support.forecast_examples import ORIGIN
from tests.support.guidance_examples import guidance, guided

KMA = "기상청 (KMA), data.go.kr"


@pytest.fixture
def real() -> ApiWorld:
    return ApiWorld(source="kma")


def answer(world: ApiWorld, query: str = "", **changes: Any) -> dict[str, Any]:
    world.forecasts.issue(guided(**{"source": world.source, **changes}))
    return get(world, f"/api/forecast?{query}")


def test_given_guidance_when_asked_then_both_sources_and_their_shares_are_named(real: ApiWorld) -> None:
    shares = {"ta": (0.1, 0.8004, *(0.9,) * 46), "hm": (0.5,) * 48}

    model, kma = answer(real, "hours=2", guidance=guidance(shares=shares))["sources"]

    assert model == {
        "name": "station_model",
        "issued_at": "2025-05-29T23:12:00+09:00",
        "attribution": KMA,
        "simulated": False,
        "share": {"ta": [0.9, 0.2], "hm": [0.5, 0.5]},
    }
    assert kma == {
        **model,
        "name": "kma",
        "issued_at": "2025-05-29T23:00:00+09:00",
        "share": {"ta": [0.1, 0.8], "hm": [0.5, 0.5]},
    }


def test_given_no_guidance_when_asked_then_the_model_stands_alone_and_the_reason_is_told(
    real: ApiWorld,
) -> None:
    body = answer(real, guidance=None, guidance_reasons=("guidance_refused",))

    (model,) = body["sources"]
    assert (model["name"], model["share"]["ta"]) == ("station_model", [1.0] * LEADS)
    assert (body["status"], body["guidance_reasons"]) == ("ok", ["guidance_refused"])
    assert body["hourly"]["sky"] == body["hourly"]["precipitation_probability"] == [None] * LEADS


def test_given_guidance_when_asked_then_sky_and_rain_are_hourly_columns_and_null_where_unknown(
    real: ApiWorld,
) -> None:
    used = guidance(sky=(1.0, 3.0, None, *(4.0,) * 45), pop=(0.0, None, 60.0, *(90.0,) * 45))

    hourly = answer(real, "hours=4", guidance=used)["hourly"]

    assert (hourly["sky"], hourly["precipitation_probability"]) == ([1, 3, None, 4], [0, None, 60, 90])
    with TestClient(real.app()) as client:
        names, *rows = client.get("/api/forecast.csv?hours=4").text.splitlines()[3:]
    assert names.endswith("sky,precipitation_probability (%)")
    assert [row.split(",")[-2:] for row in rows] == [["1", "0.0"], ["3", ""], ["", "60.0"], ["4", "90.0"]]


@pytest.mark.parametrize(
    "route", ["/api/forecast", "/api/latest", "/api/daily", "/api/plants/default/advice"]
)
def test_given_open_meteo_when_asked_then_its_licence_is_in_every_attribution(
    real: ApiWorld, route: str
) -> None:
    real.forecasts.issue(guided(source="kma", guidance=guidance(source="open_meteo")))

    shown = get(real, route)["attribution"]

    assert shown.startswith(f"{KMA}; ")
    assert "Open-Meteo.com" in shown
    assert "CC BY 4.0" in shown


def test_given_a_forecast_updated_by_newer_guidance_when_asked_then_the_newest_or_the_origin_s_first(
    real: ApiWorld,
) -> None:
    later = ORIGIN + 3 * HOUR
    answer(real)
    answer(real, guidance=guidance(issued_at=later), issued_at=later)

    newest = get(real, "/api/forecast")
    first = get(real, "/api/forecast?origin=2025-05-29T23:00")

    assert [body["sources"][1]["issued_at"][11:13] for body in (newest, first)] == ["02", "23"]


@pytest.mark.parametrize("source", ["synthetic", "replay"])
def test_given_a_simulator_when_asked_then_its_guidance_is_nobodys(source: str) -> None:
    body = answer(ApiWorld(source=source), guidance=guidance(source="open_meteo"))

    assert [one["simulated"] for one in body["sources"]] == [True, True]
    assert {body["attribution"], *(one["attribution"] for one in body["sources"])} == {body["attribution"]}
    assert "Open-Meteo" not in body["attribution"]


def test_given_a_hot_and_dry_simulation_when_asked_then_no_guidance_is_in_it(real: ApiWorld) -> None:
    body = answer(real, "simulate=hot_dry", guidance_reasons=("guidance_late",))

    assert [(one["name"], one["simulated"]) for one in body["sources"]] == [("station_model", True)]
    assert body["guidance_reasons"] == []
    assert set(body["hourly"]["sky"]) == {None}


def test_given_each_reason_then_it_has_words_in_both_languages() -> None:
    ko, en = reason_texts(REASONS)

    assert len({*ko, *en, *REASONS}) == 3 * len(REASONS)
