"""How many state transitions an execution takes, counted by walking the state machine's own definition.

A step executed is a transition (aws.amazon.com/step-functions/pricing): each state entered, of a Map those of
every item, and one more for the execution's start, since AWS's examples count the way from Start and to End.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from plantcast.errors import InvalidInputError

ROOT: Final = Path(__file__).resolve().parents[3]
PIPELINE: Final = ROOT / "infra/pipeline.asl.json"
BACKFILL: Final = ROOT / "infra/backfill.asl.json"

# Which way each Choice goes in a night that retrains and in which nothing fails, and what each Map is over.
_GOOD_NIGHT: Final[Mapping[str, str]] = {
    "Accepted?": "StartCounting",
    "Fresh?": "ForecastStations",
    "EnoughData?": "Retrain?",
    "Retrain?": "TrainTargets",
    "Trained?": "Evaluate",
    "Complete?": "NothingDegraded",
    "Outcome?": "Done",
}
_ITEMS: Final[Mapping[str, str]] = {
    "IngestStations": "stations",
    "ForecastStations": "stations",
    "TrainTargets": "targets",
    "BringChunks": "chunks",
}
# The same of a backfill within the day's quota.
_GOOD_BACKFILL: Final[Mapping[str, str]] = {
    "Accepted?": "BringChunks",
    "Stopped?": "Brought",
    "Outcome?": "Done",
}
_START: Final = 1


@dataclass(frozen=True)
class _Way:
    """How a machine is walked."""

    machine: Mapping[str, Any]
    choices: Mapping[str, str]
    sizes: Mapping[str, int]
    inner_start: int = 0  # of a Map whose items are executions of their own

    def length(self, name: str | None, *, within: Mapping[str, Any] | None = None, until: str = "") -> int:
        """Return how many states are entered from `name` to the end or to `until`."""
        states = (self.machine if within is None else within)["States"]
        passed = 0
        while name is not None and name != until:
            state = states[name]
            passed += 1
            if state["Type"] == "Map":
                inner = state["ItemProcessor"]
                one = self.inner_start + self.length(inner["StartAt"], within=inner)
                passed += self.sizes[_known(_ITEMS, name, "Map")] * one
            # Of a Choice, where this way takes it: its branches that fail are not walked.
            name = _known(self.choices, name, "Choice") if state["Type"] == "Choice" else state.get("Next")
        return passed


def definition(path: Path = PIPELINE) -> dict[str, Any]:
    """Return a state machine, by default the nightly one."""
    parsed: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return parsed


def of_a_night(machine: Mapping[str, Any], *, stations: int, targets: int = 2, waits: int = 0) -> int:
    """Return the transitions of a night; `waits` is how often it waits for an incomplete yesterday.

    Raises:
        InvalidInputError: the machine has a Choice or a Map that this does not know.
    """
    way = _Way(machine, _GOOD_NIGHT, {"stations": stations, "targets": targets})
    # From `Fresh?` back to it: what one more look at the observations takes.
    a_wait = way.length(machine["States"]["Fresh?"]["Default"], until="Fresh?") + 1
    return _START + way.length(machine["StartAt"]) + waits * a_wait


def of_a_backfill(machine: Mapping[str, Any], *, chunks: int) -> int:
    """Return the transitions of a backfill; each chunk is an execution of its own."""
    way = _Way(machine, _GOOD_BACKFILL, {"chunks": chunks}, inner_start=_START)
    return _START + way.length(machine["StartAt"])


def concurrency(machine: Mapping[str, Any], state: str) -> int:
    """Return how many items of an outer Map run at once."""
    return int(machine["States"][state]["MaxConcurrency"])


def _known(known: Mapping[str, str], name: str, kind: str) -> str:
    if name not in known:
        raise InvalidInputError(
            f"A state machine has the {kind} state {name!r}, whose way is not known.",
            remedy="Name it in infra/operations/cost/transitions.py.",
        )
    return known[name]
