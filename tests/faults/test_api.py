"""The API under faults, through API Gateway: never a wrong answer, and the right one when asked again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from infra.emulator.state import StateFolder
from tests.faults.conftest import FaultyDeployment
from tests.faults.machine import Death, dying
from tests.faults.proxy import Fault, Kind

pytestmark = pytest.mark.emulator

READS = (
    "/api/forecast",
    "/api/daily",
    "/api/latest",
    "/api/observations",
    "/api/quality",
    "/api/models",
    "/api/runs",
    "/api/alerts",
    "/api/plants/monstera/advice",
    "/predict",
)
SERVER_FAULT = {500, 502, 503}


def ask(faulty: FaultyDeployment, path: str) -> requests.Response:
    """Ask the API, past what a browser would have kept."""
    return requests.get(f"{faulty.outputs.api_url}{path}", timeout=40)


def content(reply: requests.Response) -> dict[str, Any]:
    """Return an answer without what is of the moment it was given."""
    body: dict[str, Any] = reply.json()
    return {name: value for name, value in body.items() if name not in {"valid_at", "time"}}


@pytest.mark.parametrize("path", READS)
def test_a_failing_call_gives_the_right_answer_or_a_clear_fault_and_then_the_right_one(
    path: str, faulty: FaultyDeployment, record_property: Callable[[str, object], None]
) -> None:
    ask(faulty, path)  # /predict remembers what it answered
    proxy = faulty.proxies["api"]
    proxy.arm(None)
    right = ask(faulty, path)
    calls = proxy.disarm()
    assert right.status_code == 200, right.text
    assert calls
    for at in range(len(calls)):
        proxy.arm(Fault(Kind.REFUSED, at))
        spoilt = ask(faulty, path)
        proxy.disarm()
        if spoilt.status_code == 200:
            assert content(spoilt) == content(right) or "problem" in spoilt.text, (at, calls[at])
        else:
            assert spoilt.status_code in SERVER_FAULT, (at, calls[at], spoilt.text)
            assert spoilt.headers["content-type"] == "application/problem+json"
            assert spoilt.json()["remedy"]
        assert content(ask(faulty, path)) == content(right), (at, calls[at])
    record_property("faults", len(calls))


@pytest.mark.parametrize("death", list(Death), ids=lambda death: death.value)
def test_when_the_function_dies_the_gateway_says_so_and_the_next_request_is_answered(
    death: Death, faulty: FaultyDeployment, record_property: Callable[[str, object], None]
) -> None:
    right = content(ask(faulty, "/api/forecast"))
    with dying(faulty, "api", death, timeout_seconds=4):
        reply = ask(faulty, "/api/forecast")
    assert reply.status_code >= 429, reply.text
    assert content(ask(faulty, "/api/forecast")) == right
    record_property("faults", 1)


def test_a_rollback_that_fails_at_any_call_moves_the_pointer_or_leaves_it_and_can_be_repeated(
    faulty: FaultyDeployment, record_property: Callable[[str, object], None]
) -> None:
    storage, proxy = faulty.storage, faulty.proxies["api"]
    key = StateFolder(faulty.deployment.state_dir).api_key()
    first, second = promoted(faulty), promoted(faulty)
    before = storage.look()

    def roll_back() -> requests.Response:
        return requests.post(
            f"{faulty.outputs.api_url}/api/models/rollback",
            headers={"X-Api-Key": key},
            json={"target": "ta", "version": first},
            timeout=40,
        )

    proxy.arm(None)
    assert roll_back().json()["champion"]["version"] == first
    calls = proxy.disarm()
    tried = 0
    for at, call in enumerate(calls):
        for kind in (Kind.REFUSED,) if call.reads else (Kind.REFUSED, Kind.UNANSWERED, Kind.KILLED):
            storage.put_back(before)
            proxy.arm(Fault(kind, at))
            roll_back()
            proxy.disarm()
            assert champion(faulty) in {first, second}, (kind, call)
            again = roll_back()
            assert again.status_code == 200, (kind, call, again.text)
            assert champion(faulty) == first, (kind, call)
            tried += 1
    storage.put_back(before)
    record_property("faults", tried)


def champion(faulty: FaultyDeployment) -> str:
    """Return the version in production of Seoul's temperature."""
    targets = ask(faulty, "/api/models").json()["targets"]
    return str(next(one["champion"]["version"] for one in targets if one["target"] == "ta"))


def promoted(faulty: FaultyDeployment) -> str:
    """Train a version of Seoul's temperature and put it into production."""
    run_id = f"rollback-{len(faulty.storage.look().objects)}"
    told_features = {"run_id": run_id, "station": "108", "as_of": faulty.today}
    features = faulty.invoke("features", told_features).facts
    training = {
        "run_id": run_id,
        "station": "108",
        "target": "ta",
        "features_key": features["features_key"],
        "origin": features["origin"],
    }
    version = faulty.invoke("train", training).facts["version"]
    reply = requests.post(
        f"{faulty.outputs.api_url}/api/models/rollback",
        headers={"X-Api-Key": StateFolder(faulty.deployment.state_dir).api_key()},
        json={"target": "ta", "version": version},
        timeout=40,
    )
    assert reply.status_code == 200, reply.text
    return str(version)
