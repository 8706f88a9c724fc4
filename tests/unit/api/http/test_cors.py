"""Which pages may read and write."""

from __future__ import annotations

from fastapi.testclient import TestClient

from tests.support.api_data import ApiWorld


def test_given_a_dashboards_origin_when_preflighted_then_only_it_is_allowed(world: ApiWorld) -> None:
    world.allowed_origins = ("http://dashboard.example",)
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    with TestClient(world.app()) as client:
        allowed = client.options("/predict", headers={"Origin": "http://dashboard.example", **ask})
        refused = client.options("/predict", headers={"Origin": "http://elsewhere.example", **ask})

    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "http://dashboard.example"
    assert {"x-api-key", "if-none-match"} <= {
        header.strip().lower() for header in allowed.headers["access-control-allow-headers"].split(",")
    }
    assert "access-control-allow-origin" not in refused.headers


def test_given_several_origins_when_they_write_then_each_is_named_alone(world: ApiWorld) -> None:
    world.allowed_origins = ("http://site.example", "https://bucket.example")
    with TestClient(world.app()) as client:
        for origin in world.allowed_origins:
            reply = client.post("/predict", headers={"Origin": origin})
            assert reply.headers["access-control-allow-origin"] == origin
            assert reply.headers["access-control-expose-headers"] == "ETag"
        reply = client.post("/predict", headers={"Origin": "http://elsewhere.example"})
        assert "access-control-allow-origin" not in reply.headers
        assert "Origin" in reply.headers["vary"]
