"""Executions of the pipeline's state machine: which states they went through, when, and how each ended.

Step Functions tells it as a list of events, each naming the one before it (`previousEventId`): following
those back says in which iteration of which Map a state ran. The embedded emulator names neither previous
events nor what runs inside a Map; its events are taken one after the other, which gives the outer states.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from plantcast.clock import KST
from plantcast.errors import PlantcastError
from plantcast.forecasting import TARGETS
from plantcast.runs import Run
from plantcast.storage import Event, ExecutionRecords

StepStatus = Literal["running", "succeeded", "failed"]

# States that take no time of their own; showing them would hide those that do.
_SILENT: Final = ("Pass", "Choice", "Succeed", "Fail")
_SCHEDULED: Final = ("TaskScheduled", "LambdaFunctionScheduled")
_SUCCEEDED: Final = ("TaskSucceeded", "LambdaFunctionSucceeded")
_FAILED: Final = (
    "TaskFailed",
    "TaskTimedOut",
    "TaskStartFailed",
    "TaskSubmitFailed",
    "LambdaFunctionFailed",
    "LambdaFunctionTimedOut",
    "LambdaFunctionStartFailed",
    "LambdaFunctionScheduleFailed",
)
# What the pipeline's Map states go through, in the order of their items (infra/pipeline.asl.json).
_STATION_MAPS: Final = ("IngestStations", "ForecastStations")
_TARGET_MAP: Final = "TrainTargets"


@dataclass(eq=False)
class Step:
    """A state the execution entered; `left` is None while it is in it.

    `running` and `finished` count the tasks in it, those inside a Map included. `iteration` is None outside
    of Map states.
    """

    name: str
    kind: str
    entered: datetime
    left: datetime | None = None
    failed: bool = False
    running: int = 0
    finished: int = 0
    iteration: Iteration | None = None

    @property
    def shown(self) -> bool:
        """Whether it does anything a person would wait for."""
        return self.kind not in _SILENT

    @property
    def status(self) -> StepStatus:
        """How it ended."""
        if self.left is None:
            return "running"
        return "failed" if self.failed else "succeeded"

    def seconds(self, now: datetime) -> float:
        """How long it took, or has taken until `now`."""
        return ((self.left or now) - self.entered).total_seconds()

    def around(self) -> Iterator[Iteration]:
        """Yield the iterations it runs in, innermost first."""
        iteration = self.iteration
        while iteration is not None:
            yield iteration
            iteration = iteration.map.iteration


@dataclass(frozen=True, eq=False)
class Iteration:
    """One turn of a Map state: the `index`-th of its items."""

    map: Step
    index: int


@dataclass(frozen=True)
class _Place:
    """Where an event belongs: the state it is of, and the iteration that goes on after it."""

    step: Step | None = None
    iteration: Iteration | None = None

    def enclosing(self, name: str) -> Step | None:
        """Return the state called `name` that this place lies in."""
        if self.step is not None and self.step.name == name:
            return self.step
        iteration = self.iteration
        while iteration is not None:
            if iteration.map.name == name:
                return iteration.map
            iteration = iteration.map.iteration
        return None

    def outermost(self) -> Step | None:
        """Return the state outside of all Map states."""
        step, iteration = self.step, self.iteration
        while iteration is not None:
            step, iteration = iteration.map, iteration.map.iteration
        return step


@dataclass
class Timeline:
    """Steps, built up from an execution's events."""

    steps: list[Step] = field(default_factory=list)

    def read(self, events: Sequence[Event]) -> None:
        """Take all events so far, in order; what was read before is forgotten."""
        self.steps = []
        places: dict[int, _Place] = {}
        place = _Place()
        for event in events:
            place = self._follow(event, places.get(event.get("previousEventId", -1), place))
            if "id" in event:
                places[event["id"]] = place
        self._settle()

    def close(self, at: datetime) -> None:
        """Say that the execution ended: a state that was never exited failed, and ended with it."""
        for step in self.steps:
            if step.left is None:
                step.left, step.failed = at, True

    def _follow(self, event: Event, place: _Place) -> _Place:
        type_: str = event["type"]
        kind, _, what = type_.partition("State")
        if what == "Entered":
            details = event["stateEnteredEventDetails"]
            step = Step(details["name"], kind, event["timestamp"], iteration=place.iteration)
            self.steps.append(step)
            return _Place(step, place.iteration)
        if what == "Exited":
            return self._exit(event, place)
        if type_.startswith("MapIteration"):
            return self._iterate(event, place)
        if type_ in ("MapStateFailed", "MapStateAborted") and place.step is not None:
            place.step.failed = True
            return _Place(place.step, place.step.iteration)
        self._count(type_, place)
        return place

    def _exit(self, event: Event, place: _Place) -> _Place:
        name = event["stateExitedEventDetails"]["name"]
        step = place.enclosing(name)
        if step is None or step.left is not None:
            entered = (one for one in self.steps if one.name == name and one.left is None)
            step = next(entered, None)
        if step is None:
            return place
        step.left = event["timestamp"]
        return _Place(step, step.iteration)

    def _iterate(self, event: Event, place: _Place) -> _Place:
        what = str(event["type"]).removeprefix("MapIteration")
        details = event[f"mapIteration{what}EventDetails"]
        step = place.enclosing(details["name"])
        if step is None:
            return place
        if what == "Started":
            return _Place(step, Iteration(step, details["index"]))
        if what in ("Failed", "Aborted"):
            for one in self.steps:
                if one.left is None and one.iteration is place.iteration:
                    one.left, one.failed = event["timestamp"], True
        return _Place(step, step.iteration)

    def _count(self, type_: str, place: _Place) -> None:
        outer = place.outermost()
        if outer is None:
            return
        if type_ in _SCHEDULED:
            outer.running += 1
            self._attempt(place, failed=False)
        elif type_ in _SUCCEEDED:
            outer.running -= 1
            outer.finished += 1
        elif type_ in _FAILED:
            outer.running -= 1
            self._attempt(place, failed=True)

    def _attempt(self, place: _Place, *, failed: bool) -> None:
        # A task that failed inside a Map says nothing of the Map: it may have been caught there.
        if place.step is not None and place.step.kind == "Task":
            place.step.failed = failed

    def _settle(self) -> None:
        """A state that fails and is caught is not exited on every emulator: it ends when the next begins."""
        last: dict[Iteration | None, Step] = {}
        for step in self.steps:
            before = last.get(step.iteration)
            if before is not None and before.left is None:
                before.left, before.failed = step.entered, True
            last[step.iteration] = step


@dataclass(frozen=True)
class RunStep:
    """One step of a run on the deployment's clock; `seconds` is None while it runs."""

    name: str
    started_at: datetime
    seconds: float | None
    status: StepStatus
    station: str | None
    target: str | None


@dataclass(frozen=True)
class RunSteps:
    """The steps of a run by their start; `problem` says why there are none, or not all."""

    steps: tuple[RunStep, ...]
    problem: str | None = None


@dataclass(frozen=True)
class StepsOfRuns:
    """Steps of the runs of one state machine; `clock_offset` is that of the deployment's clock."""

    records: ExecutionRecords
    state_machine_arn: str
    clock_offset: timedelta = timedelta(0)

    def of(self, run: Run) -> RunSteps:
        """Return what a run went through; that its history cannot be read is a `problem`, not a fault."""
        try:
            history = self.records.history(execution_arn(self.state_machine_arn, run.run_id))
        except PlantcastError as error:
            return RunSteps((), str(error))
        timeline = Timeline()
        timeline.read(history.events)
        if history.stopped is not None and history.whole:
            timeline.close(history.stopped)
        steps = [
            self._step(step, run)
            for step in timeline.steps
            if step.shown and (history.whole or step.left is not None)
        ]
        problem = None if history.whole else f"Its history is too long: only the first {len(steps)} steps."
        return RunSteps(tuple(sorted(steps, key=lambda step: step.started_at)), problem)

    def _step(self, step: Step, run: Run) -> RunStep:
        places = {iteration.map.name: iteration.index for iteration in step.around()}
        station = next((_item(run.stations, places[name]) for name in _STATION_MAPS if name in places), None)
        return RunStep(
            name=step.name,
            started_at=(step.entered + self.clock_offset).astimezone(KST),
            seconds=None if step.left is None else round(step.seconds(step.left), 2),
            status=step.status,
            station=station,
            target=_item(TARGETS, places[_TARGET_MAP]) if _TARGET_MAP in places else None,
        )


def execution_arn(state_machine_arn: str, run_id: str) -> str:
    """Return the ARN of the execution called `run_id`, which its state machine's ARN determines."""
    return f"{state_machine_arn.replace(':stateMachine:', ':execution:', 1)}:{run_id}"


def _item(items: Sequence[str], index: int) -> str | None:
    return items[index] if 0 <= index < len(items) else None
