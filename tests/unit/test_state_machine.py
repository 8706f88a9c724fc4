"""The state machine's rules that no validator knows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.local.localize import load_template

ROOT = Path(__file__).resolve().parents[2]
DEFINITION = (ROOT / "infra" / "pipeline.asl.json").read_text("utf-8")


def states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every state of a definition, those inside Map states included."""
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


ALL = dict(states(json.loads(DEFINITION)))
TASKS = {name: state for name, state in ALL.items() if state["Type"] == "Task"}


def test_every_task_retries_any_error_with_backoff_and_jitter() -> None:
    for name, task in TASKS.items():
        (retry,) = task["Retry"]
        assert retry["ErrorEquals"] == ["States.ALL"], name
        assert retry["BackoffRate"] > 1, name
        assert retry["JitterStrategy"] == "FULL", name


def test_every_task_and_map_catches_any_error() -> None:
    for name, state in ALL.items():
        if state["Type"] in {"Task", "Map"}:
            assert state["Catch"][0]["ErrorEquals"] == ["States.ALL"], name


def test_no_exception_is_matched_by_name() -> None:
    assert set(re.findall(r'"ErrorEquals": \[\s*"([^"]+)"', DEFINITION)) == {"States.ALL"}


def test_every_substitution_is_given_by_the_template_and_used() -> None:
    template = load_template(ROOT / "template.yaml")
    given = set(template["Resources"]["Pipeline"]["Properties"]["DefinitionSubstitutions"])
    assert set(re.findall(r"\$\{(\w+)\}", DEFINITION)) == given


def test_every_state_can_be_reached() -> None:
    text = json.loads(DEFINITION)

    def reachable(machine: dict[str, Any]) -> set[str]:
        found: set[str] = set()
        waiting = [machine["StartAt"]]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            state = machine["States"][name]
            waiting += [choice["Next"] for choice in [*state.get("Choices", []), *state.get("Catch", [])]]
            waiting += [state[key] for key in ("Next", "Default") if key in state]
        return found

    def check(machine: dict[str, Any]) -> None:
        assert reachable(machine) == set(machine["States"])
        for state in machine["States"].values():
            if "ItemProcessor" in state:
                check(state["ItemProcessor"])

    check(text)
