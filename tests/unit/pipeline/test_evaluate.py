"""`evaluate`: the matrix of champions, pointers lost and damaged, steps repeated, the registry's depth."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plantcast.common.errors import ConflictError, CorruptDataError, NotFoundError
from tests.support.evaluations import HOLDOUT_START, NOW, Evaluations
from tests.support.fakes import MemoryObjectStore
from tests.support.log_lines import capture

VERSIONS = "models/station=108/ta/versions"
POINTER_KEY = "models/station=108/ta/production.json"


@pytest.fixture
def runs() -> Evaluations:
    return Evaluations(MemoryObjectStore())


def failed(facts: dict[str, Any]) -> list[str]:
    return [gate["name"] for gate in facts["gates"] if not gate["passed"]]


def objects(runs: Evaluations) -> dict[str, bytes]:
    assert isinstance(runs.store, MemoryObjectStore)
    return dict(runs.store.objects)


# ------------------------------------------------------------------ the matrix


def test_given_no_champion_when_better_than_the_baselines_then_it_is_promoted_with_its_figures(
    runs: Evaluations,
) -> None:
    facts = runs.night("v1")

    assert facts["promoted"] is True
    assert runs.in_production() == ("v1", None)
    assert facts["scores"]["leads_1_48"] == {
        "challenger": 1.2,
        "champion": None,
        "persistence": 2.5,
        "climatology": 2.0,
        "damped_anomaly": 1.5,
    }
    assert (facts["scores"]["pairs"], facts["scores"]["coverage_80"]) == (4800, 0.8)
    assert facts["gates"][0] == {
        "name": "baseline_leads_1_48",
        "passed": True,
        "value": 1.2,
        "limit": 1.5,
        "reference": "damped_anomaly",
    }
    pointer = runs.registry.pointer("108", "ta")
    assert pointer is not None
    assert pointer.scores == facts["scores"] | {"gates": facts["gates"]}
    assert runs.registry.decision("108", "ta", "v1") == facts | {"run_id": "run of v1"}


@pytest.mark.parametrize(
    ("like", "promoted", "gates"),
    [
        ({"rmse": 1.1}, True, []),
        ({"rmse": 1.2}, True, []),
        ({"rmse": 1.22}, True, []),
        ({"rmse": 1.25}, False, ["champion"]),
        ({"rmse": 1.1, "bias": 0.9}, False, ["bias"]),
        ({"rmse": 1.1, "bias": -0.9}, False, ["bias"]),
        ({"rmse": 1.1, "coverage": 0.2}, False, ["coverage_80"]),
        ({"rmse": 1.1, "coverage": 1.0, "origins": tuple(range(700))}, False, ["coverage_80"]),
        ({"rmse": float("nan")}, False, ["baseline_leads_1_48", "champion", "bias"]),
        ({"origins": ()}, False, ["baseline_leads_1_48", "champion", "coverage_80", "bias"]),
    ],
)
def test_given_a_champion_when_challenged_then_every_gate_decides(
    runs: Evaluations, like: dict[str, Any], promoted: bool, gates: list[str]
) -> None:
    runs.night("v1", rmse=1.2, **({"origins": like["origins"]} if like.get("origins") else {}))
    facts = runs.night("v2", **like)

    assert facts["promoted"] is promoted, facts["reason_en"]
    assert set(gates) <= set(failed(facts))
    assert bool(failed(facts)) is not promoted
    assert runs.in_production() == (("v2", "v1") if promoted else ("v1", None))
    recorded = runs.registry.decision("108", "ta", "v2")
    assert recorded is not None
    assert (recorded["promoted"], recorded["gates"]) == (promoted, facts["gates"])


def test_given_a_champion_that_has_seen_the_hours_when_challenged_then_it_stays(runs: Evaluations) -> None:
    runs.night("v2", holdout_start=HOLDOUT_START + timedelta(days=1))

    facts = runs.night("v1", rmse=0.1)

    assert failed(facts) == ["champion"]
    assert "later observations" in facts["reason_en"]
    assert facts["scores"]["leads_1_48"]["champion"] is None


def lose_metadata(runs: Evaluations) -> None:
    runs.store.delete(f"{VERSIONS}/v1/metadata.json")


def damage_metadata(runs: Evaluations) -> None:
    runs.store.put(f"{VERSIONS}/v1/metadata.json", b"[]")


def lose_holdout(runs: Evaluations) -> None:
    runs.store.put(f"{VERSIONS}/v1/metadata.json", b'{"schema_version": 1, "version": "v1"}')


def damage_model(runs: Evaluations) -> None:
    runs.train("v1", problem="A stored model cannot be read.")


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lose_metadata, "no complete ta version 'v1'"),
        (damage_metadata, "is no JSON object"),
        (lose_holdout, "does not say what was held out"),
        (damage_model, "cannot be read"),
    ],
)
def test_given_a_corrupt_champion_when_challenged_then_the_baselines_decide_and_it_is_said(
    runs: Evaluations, harm: Any, message: str
) -> None:
    runs.night("v1", rmse=0.5)
    harm(runs)

    facts = runs.night("v2", rmse=1.4)

    assert facts["promoted"] is True
    assert "could not be scored" in facts["reason_en"]
    assert message in facts["reason_en"]
    assert runs.in_production() == ("v2", "v1")


def test_given_a_damaged_challenger_when_evaluated_then_it_is_a_fault_and_the_champion_stays(
    runs: Evaluations,
) -> None:
    runs.night("v1")
    runs.train("v2", problem="A stored model cannot be read.")

    with pytest.raises(CorruptDataError):
        runs.evaluate("v2")
    with pytest.raises(NotFoundError, match="v9"):
        runs.evaluate("v9")
    assert runs.in_production() == ("v1", None)


# ------------------------------------------------------------------ the pointer lost or damaged


def test_given_the_pointer_is_gone_while_versions_exist_then_the_next_run_promotes_anew(
    runs: Evaluations,
) -> None:
    runs.night("v1")
    runs.night("v2")
    runs.store.delete(POINTER_KEY)

    facts = runs.night("v3", rmse=1.4)

    assert facts["promoted"] is True
    assert runs.in_production() == ("v3", None)


def test_given_the_pointer_is_deleted_between_read_and_write_then_the_run_decides_again() -> None:
    class Deleted(MemoryObjectStore):
        armed = False

        def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = "") -> str:
            if self.armed and key == POINTER_KEY:
                self.armed = False
                self.objects.pop(key)
            return super().put_if(key, body, etag=etag)

    store = Deleted()
    runs = Evaluations(store)
    runs.night("v1")
    store.armed = True

    facts = runs.night("v2")

    assert facts["promoted"] is True
    assert runs.in_production() == ("v2", None)


def test_given_a_damaged_pointer_when_evaluated_then_it_is_an_error_and_nothing_changes(
    runs: Evaluations,
) -> None:
    runs.kept = 1
    runs.night("v1")
    runs.store.put(POINTER_KEY, b"{")

    with pytest.raises(CorruptDataError, match=r"production\.json"):
        runs.night("v2")
    assert runs.registry.versions("108", "ta") == ["v1", "v2"]


# ------------------------------------------------------------------ repeated


@pytest.mark.parametrize("like", [{"rmse": 1.1}, {"rmse": 1.4}])
def test_given_a_decision_when_the_step_is_repeated_then_nothing_changes(
    runs: Evaluations, like: dict[str, Any]
) -> None:
    runs.night("v1")
    facts = runs.night("v2", **like)
    before = objects(runs)

    assert runs.evaluate("v2") == facts
    assert objects(runs) == before


def test_given_a_rollback_since_when_the_step_is_repeated_then_it_is_not_undone(runs: Evaluations) -> None:
    runs.night("v1")
    facts = runs.night("v2")
    runs.registry.rollback("108", "ta", at=NOW, run_id="by hand")
    before = objects(runs)

    assert runs.evaluate("v2") == facts
    assert objects(runs) == before


# ------------------------------------------------------------------ depth and size


def test_given_many_nights_then_the_registry_stays_as_deep_as_told(runs: Evaluations) -> None:
    runs.kept = 3
    for night in range(1, 8):
        runs.night(f"v{night}", rmse=1.2 if night == 1 else 1.6)

    assert runs.registry.versions("108", "ta") == ["v1", "v5", "v6", "v7"]
    assert all(runs.registry.decision("108", "ta", f"v{night}") for night in range(1, 8))


def test_given_pruning_fails_then_the_decision_stands_and_an_error_is_logged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Refused(MemoryObjectStore):
        def delete(self, key: str) -> None:
            raise PermissionError("AccessDenied")

    runs = Evaluations(Refused(), kept=1)
    runs.night("v1")
    runs.night("v2")
    logged = capture(monkeypatch)

    facts = runs.night("v3")

    assert facts["promoted"] is True
    assert [line["level"] for line in logged("pruning failed")] == ["ERROR"]


def test_given_the_pointer_keeps_changing_then_it_is_a_fault_after_three_attempts() -> None:
    class Restless(MemoryObjectStore):
        attempts = 0

        def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = "") -> str:
            self.attempts += 1
            raise ConflictError("changed", remedy="again")

    store = Restless()
    runs = Evaluations(store)
    runs.train("v1")

    with pytest.raises(ConflictError):
        runs.evaluate("v1")
    assert store.attempts == 3
