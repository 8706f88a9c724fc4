"""Executions of the pipeline's state machine: which states they went through, when, and how each ended.

The outer states come from Step Functions' history. The stations of a Map state are executions of their own;
their steps come from the results that they stored (`plantcast.pipeline.run_steps`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from plantcast.aws import Event, ExecutionRecords
from plantcast.common.clock import KST
from plantcast.common.errors import PlantcastError
from plantcast.pipeline.run_steps import RunSteps, StepResult
from plantcast.pipeline.runs import Run

StepStatus = Literal["running", "succeeded", "failed"]

# States that take no time of their own; showing them would hide those that do.
_SILENT: Final = ("Pass", "Choice", "Succeed", "Fail")
_SCHEDULED: Final = ("TaskScheduled", "LambdaFunctionScheduled")
_FAILED: Final = (
    "TaskFailed",
    "TaskTimedOut",
    "TaskStartFailed",
    "TaskSubmitFailed",
    "LambdaFunctionFailed",
    "LambdaFunctionTimedOut",
    "LambdaFunctionStartFailed",
    "LambdaFunctionScheduleFailed",
    "MapStateFailed",
    "MapStateAborted",
    "MapRunFailed",
    "MapRunAborted",
)


@dataclass(eq=False)
class Step:
    """A state the execution entered; `left` is None while it is in it."""

    name: str
    kind: str
    entered: datetime
    left: datetime | None = None
    failed: bool = False

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


@dataclass
class Timeline:
    """Steps, built up from an execution's events."""

    steps: list[Step] = field(default_factory=list)

    def read(self, events: Sequence[Event]) -> None:
        """Take all events so far, in order; what was read before is forgotten."""
        self.steps = []
        for event in events:
            self._follow(event)

    def close(self, at: datetime) -> None:
        """Say that the execution ended: a state that was never exited failed, and ended with it."""
        self._end_open(at)

    def _follow(self, event: Event) -> None:
        type_: str = event["type"]
        kind, _, what = type_.partition("State")
        if what == "Entered":
            # A state that fails and is caught is not exited on every emulator: it ends when the next begins.
            self._end_open(event["timestamp"])
            self.steps.append(Step(event["stateEnteredEventDetails"]["name"], kind, event["timestamp"]))
        elif not self.steps:
            return
        elif what == "Exited":
            self.steps[-1].left = event["timestamp"]
        elif type_ in _FAILED:
            self.steps[-1].failed = True
        elif type_ in _SCHEDULED:
            self.steps[-1].failed = False  # tried again

    def _end_open(self, at: datetime) -> None:
        if self.steps and self.steps[-1].left is None:
            self.steps[-1].left, self.steps[-1].failed = at, True


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
class StepsOfRun:
    """The steps of a run by their start; `problem` says why there are none, or not all."""

    steps: tuple[RunStep, ...]
    problem: str | None = None


@dataclass(frozen=True)
class StepsOfRuns:
    """Steps of the runs of one state machine; `clock_offset` is that of the deployment's clock."""

    records: ExecutionRecords
    results: RunSteps
    state_machine_arn: str
    clock_offset: timedelta = timedelta(0)

    def of(self, run: Run) -> StepsOfRun:
        """Return what a run went through; that its history cannot be read is a `problem`, not a fault."""
        inner = [_of_station(result) for result in self.results.of_run(run.run_id)]
        try:
            history = self.records.history(execution_arn(self.state_machine_arn, run.run_id))
        except PlantcastError as error:
            return StepsOfRun(_by_start(inner), str(error))
        timeline = Timeline()
        timeline.read(history.events)
        if history.stopped is not None and history.whole:
            timeline.close(history.stopped)
        outer = [
            self._step(step)
            for step in timeline.steps
            if step.shown and (history.whole or step.left is not None)
        ]
        problem = None if history.whole else f"Its history is too long: only the first {len(outer)} states."
        return StepsOfRun(_by_start([*outer, *inner]), problem)

    def _step(self, step: Step) -> RunStep:
        return RunStep(
            name=step.name,
            started_at=(step.entered + self.clock_offset).astimezone(KST),
            seconds=None if step.left is None else round(step.seconds(step.left), 2),
            status=step.status,
            station=None,
            target=None,
        )


def execution_arn(state_machine_arn: str, run_id: str) -> str:
    """Return the ARN of the execution called `run_id`, which its state machine's ARN determines."""
    return f"{state_machine_arn.replace(':stateMachine:', ':execution:', 1)}:{run_id}"


def _of_station(result: StepResult) -> RunStep:
    return RunStep(
        name=result.step.capitalize(),
        started_at=result.started_at,
        seconds=result.seconds,
        status="succeeded" if result.error is None else "failed",
        station=result.station,
        target=result.target,
    )


def _by_start(steps: Sequence[RunStep]) -> tuple[RunStep, ...]:
    return tuple(sorted(steps, key=lambda step: step.started_at))
