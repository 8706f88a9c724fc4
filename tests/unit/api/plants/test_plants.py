"""`/api/plants`, `/api/plants/{profile}` and its advice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from plantcast.plants.advice import advise, advise_hours
from plantcast.plants.hours import hours_of
from plantcast.plants.placement import Placement, air_at
from plantcast.plants.profiles import KINDS, profile, profiles
from plantcast.plants.simulation import hot_and_dry
from tests.support.api_data import ApiWorld, get, problem
from tests.support.forecast_examples import ISSUED, ORIGIN, forecast, path, with_hours
from tests.support.notify_setup import DAY, MORNING, Notices, borderline, hot

VARIABLES = {
    "ta": "temperature_2m",
    "hm": "relative_humidity_2m",
    "vpd": "vapour_pressure_deficit",
}


def test_given_the_data_file_when_plants_are_listed_then_all_are_there_with_units_and_sources(
    world: ApiWorld,
) -> None:
    body = get(world, "/api/plants")

    assert body["default"] == "default"
    assert [plant["id"] for plant in body["plants"]] == list(profiles())
    monstera = next(plant for plant in body["plants"] if plant["id"] == "monstera")
    known = profile("monstera")
    assert (monstera["name_ko"], monstera["place"]) == (known.name_ko, known.place)
    assert monstera["watering"]["interval_days"] == [7, 10]
    assert next(plant for plant in body["plants"] if plant["id"] == "lettuce")["watering"] is None
    assert [
        (one["kind"], one["variable"], one["comparison"], one["threshold"], one["unit"], one["waters"])
        for one in monstera["limits"]
    ] == [
        (one.kind, VARIABLES[one.variable], one.comparison, one.threshold, one.unit, one.waters)
        for one in known.limits
    ]
    assert [one["title"] for one in monstera["sources"]] == [one.title for one in known.sources]
    comfort = known.comfortable
    assert list(monstera["comfortable"].values()) == [
        None if band is None else list(band) for band in (comfort.ta, comfort.hm, comfort.vpd)
    ]


@pytest.mark.parametrize("path_", ["", "/advice", "/device", "/calendar.ics"])
def test_given_an_unknown_plant_when_asked_for_then_404_lists_those_there_are(
    client: TestClient, path_: str
) -> None:
    found = problem(client, "GET", f"/api/plants/triffid{path_}")

    assert found["status"] == 404
    assert "'triffid'" in found["detail"]
    assert all(key in found["remedy"] for key in profiles())


@pytest.mark.parametrize("key", ["default", "monstera", "stuckyi"])
def test_given_a_forecast_when_advice_is_asked_for_then_hours_and_days_are_those_of_the_domain(
    world: ApiWorld, key: str
) -> None:
    issued = hot(degrees=33.0, issued_at=ISSUED + timedelta(hours=1))
    world.forecasts.issue(issued)
    known = profile(key)

    body = get(world, f"/api/plants/{key}/advice?station=108")

    assert body["profile"] == {
        "id": key,
        "name_ko": known.name_ko,
        "name_en": known.name_en,
        "place": known.place,
    }
    assert (body["origin"], body["source"], body["stale"]) == (ORIGIN.isoformat(), "synthetic", False)
    there = air_at(issued, Placement.of(known))
    hours, hourly = (
        advise_hours(hours_of(there, known), known)[9:],
        body["hourly"],
    )  # it is 09:20: what is over is left out
    assert hourly["time"] == [hour.valid_at.isoformat() for hour in hours]
    for column, name in (("temperature_2m", "ta"), ("vapour_pressure_deficit", "vpd"), ("mood", "mood")):
        assert hourly[column] == [getattr(hour, name) for hour in hours]
    for kind in KINDS:
        column = hourly[f"probability_{kind}"]
        if known.limit(kind) is None:
            assert column == [None] * 39
        else:
            assert column == pytest.approx([hour.probability[kind] for hour in hours], abs=0.001)
    assert {len(column) for column in hourly.values()} == {39}
    assert set(body["hourly_units"]) == set(hourly) - {"mood"}
    same = ("mood", "needs_water", "advice_ko", "advice_en", "temperature_max")
    of_condition = ("kind", "active", "comparison", "threshold", "extreme", "extreme_likely", "reason_ko")
    assert [day["label"] for day in body["days"]] == ["today", "tomorrow"]
    for shown, day in zip(body["days"], advise(there, known, now=world.now), strict=True):
        assert {name: shown[name] for name in same} == {name: getattr(day, name) for name in same}
        assert shown["vapour_pressure_deficit_max"] == day.vpd_max
        for condition, expected in zip(shown["conditions"], day.conditions, strict=True):
            assert {name: condition[name] for name in of_condition} == {
                name: getattr(expected, name) for name in of_condition
            }
            assert condition["variable"] == VARIABLES[expected.variable]
            assert condition["extreme_at"] == expected.extreme_at.isoformat()


def test_given_the_state_of_notify_then_advice_is_the_same_before_and_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = ApiWorld()
    notices = Notices(monkeypatch, table=world.table)
    notices.morning(hot(-1), MORNING - DAY)
    world.forecasts.issue(borderline(issued_at=ISSUED + timedelta(hours=1)))

    def today() -> tuple[bool, str]:
        day = get(world, "/api/plants/default/advice")["days"][0]
        condition = next(one for one in day["conditions"] if one["kind"] == "hot")
        assert 0.3 <= condition["probability"] < 0.5
        return condition["active"], day["mood"]

    assert today() == (True, "hot")
    notices.morning()
    assert today() == (True, notices.alert()["mood"])


def test_given_a_probability_when_shown_then_it_is_never_rounded_up_over_a_limit(world: ApiWorld) -> None:
    # 29.99 °C is shown as 30.0 and is as likely above as below; 29.9 °C is a little less likely above.
    for mean in (29.9, 29.95, 29.99):
        world.forecasts.issue(
            forecast(
                ta=path(with_hours(20.0, {15: mean}), 100.0),
                issued_at=ISSUED + timedelta(minutes=round(mean * 100)),
            )
        )
        for condition in get(world, "/api/plants/default/advice")["days"][0]["conditions"]:
            assert condition["active"] == (condition["probability"] >= 0.5)


@pytest.mark.parametrize(
    ("source", "ko", "en"),
    [
        ("kma", "실내 공기", "Indoor air"),
        ("synthetic", "합성 자료", "synthetic weather"),
        ("replay", "과거의 관측", "replay of past observations"),
    ],
)
def test_given_a_source_when_advice_is_asked_for_then_the_notes_begin_with_it(
    world: ApiWorld, source: str, ko: str, en: str
) -> None:
    world.forecasts.issue(forecast(source=source, issued_at=ISSUED + timedelta(hours=1)))

    body = get(world, "/api/plants/monstera/advice")
    assert ko in body["notes_ko"][0]
    assert en in body["notes_en"][0]
    assert "실내 공기" in body["notes_ko"][-1]


def test_given_a_stale_forecast_when_advice_is_asked_for_then_none_is_given(world: ApiWorld) -> None:
    world.forecasts.issue(hot(issued_at=ISSUED + timedelta(hours=1)))
    world.now = ISSUED + timedelta(hours=37, seconds=1)

    body = get(world, "/api/plants/default/advice")

    assert set(body["hourly"]["mood"]) == {"unknown"}
    for day in body["days"]:
        assert (day["mood"], day["needs_water"], day["conditions"]) == ("unknown", None, [])
        assert "조언을 드리지 않아요" in day["advice_ko"]
        assert "no advice" in day["advice_en"]
    for route in ("/api/forecast", "/api/latest"):
        body = get(world, route)
        assert body["stale"] is True
        for day in body["days"]:
            plant = day["plant"]
            assert (plant["state"], plant["hours"]) == ("unknown", [])
            assert "no advice" in " ".join(plant["reasons_en"])


def test_given_a_simulation_when_advice_is_asked_for_then_it_is_hot_marked_and_leaves_no_trace(
    world: ApiWorld,
) -> None:
    before = dict(world.table.items)

    body = get(world, "/api/plants/default/advice?simulate=hot_dry")

    assert body["source"] == "simulation"
    assert "simulation" in body["attribution"]
    assert "실제 예보가 아니에요" in " ".join(body["notes_ko"])
    assert "not a real forecast" in " ".join(body["notes_en"])
    assert [(day["mood"], day["needs_water"]) for day in body["days"]] == [("hot", True), ("hot", True)]
    assert body["days"][0]["temperature_max"] == advise(hot_and_dry(forecast()), profile())[0].temperature_max
    assert world.table.items == before
    assert get(world, "/api/plants/default/advice")["days"][0]["mood"] == "happy"
