"""Results of a run's steps in the table: pk `RUN#<run_id>`, sk `<step>[#<station>[#<target>]]`.

Each step stores its own result, and the state machine carries station numbers only: its state holds 256 KB,
and the results of a hundred stations exceed that.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from plantcast.aws import DynamoTable, ItemTable
from plantcast.common.clock import Clock
from plantcast.common.logging import Handler, logger
from plantcast.common.schema import FIELD, RUN_STEP
from plantcast.common.settings import ClockSettings, TableSettings

StepName = Literal["prepare", "ingest", "features", "train", "evaluate", "predict", "monitor", "notify"]

# As long as Step Functions keeps an execution's history; the run's own item holds what is kept longer.
RETENTION: Final = timedelta(days=90)
# What is stored of a step's facts, where it has them: an item of at most some 2 KB.
_KEPT: Final = (
    "status", "message", "origin", "degraded_reasons", "version", "promoted", "reason_ko", "reason_en",
    "hours_new", "hours_corrected", "values_masked",
)  # fmt: skip
# A cause can hold a whole traceback; the head says what happened. With up to seven texts of this length each
# (in UTF-8), a hundred stations stay under the 400 KB of an item.
REASON_BYTES: Final = 400


@dataclass(frozen=True)
class StepResult:
    """Result of a step, for a station (and target) where it has one: its facts, or the `error` it raised."""

    step: str
    station: str | None
    target: str | None
    started_at: datetime
    seconds: float
    facts: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None

    @property
    def status(self) -> str | None:
        """`failed` if it raised an error, else the `status` of its result."""
        return "failed" if self.error is not None else self.facts.get("status")

    @property
    def message(self) -> str:
        """The error, else the `message` of its result."""
        return self.error or str(self.facts.get("message") or "")


_MODEL: Final = TypeAdapter(StepResult)


class RunSteps:
    """Step results in the table. A repeated step replaces its result."""

    def __init__(self, table: ItemTable) -> None:
        self._table = table

    def put(self, run_id: str, result: StepResult) -> None:
        """Store a result."""
        kept = {name: result.facts[name] for name in _KEPT if name in result.facts}
        facts = {name: shorten(value) if isinstance(value, str) else value for name, value in kept.items()}
        stored = replace(result, seconds=round(result.seconds, 2), facts=facts)
        self._table.put(
            {
                "pk": f"RUN#{run_id}",
                "sk": "#".join(filter(None, (result.step, result.station, result.target))),
                FIELD: RUN_STEP.version,
                **_MODEL.dump_python(stored, mode="json"),
                # DynamoDB expires items by the real time, whatever the deployment's clock says.
                "expires_at": int(time.time() + RETENTION.total_seconds()),
            }
        )

    def of_run(self, run_id: str, step: StepName | None = None) -> list[StepResult]:
        """Return the results of a run, of one step only if it is named.

        Raises:
            CorruptDataError: a stored item cannot be understood.
        """
        prefix = "" if step is None else f"{step}#"
        return [RUN_STEP.parse(item, _MODEL) for item in self._table.query(f"RUN#{run_id}", sk_prefix=prefix)]

    def at(self, run_id: str, step: StepName, station: str) -> StepResult | None:
        """Return the result of one step for a station, or None.

        Raises:
            CorruptDataError: the stored item cannot be understood.
        """
        item = self._table.get(f"RUN#{run_id}", f"{step}#{station}")
        return None if item is None else RUN_STEP.parse(item, _MODEL)


@dataclass(frozen=True)
class Recorder:
    """Where and by which clock the running function records its steps."""

    steps: RunSteps
    clock: Clock


class _Settings(ClockSettings, TableSettings):
    """The environment a recorded function needs."""


@functools.cache
def recorder() -> Recorder:
    """Return the recorder of this function, from its environment."""
    settings = _Settings.model_validate({})
    return Recorder(RunSteps(DynamoTable(settings.table_name)), settings.clock())


def recorded(name: StepName) -> Callable[[Handler], Handler]:
    """Store the result of a handler, or the error it raised, as a step of a nightly run."""

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        def recording(event: dict[str, Any], context: object) -> dict[str, Any]:
            if not _of_a_run(event):
                return handler(event, context)
            to = recorder()
            started_at, began = to.clock.now(), time.monotonic()

            def record(**outcome: Any) -> None:
                seconds = time.monotonic() - began
                place = (name, event.get("station"), event.get("target"))
                to.steps.put(event["run_id"], StepResult(*place, started_at, seconds, **outcome))

            try:
                facts = handler(event, context)
            except Exception as error:
                try:
                    record(error=shorten(f"{type(error).__name__}: {error}"))
                except Exception:  # the step's own error says more than that of recording it
                    logger.exception("error not recorded")
                raise
            if facts.get("status") != "rejected":  # nothing was started: no run is recorded
                record(facts=facts)
            return facts

        return recording

    return decorate


def _of_a_run(event: Mapping[str, Any]) -> bool:
    """Whether the event is of a nightly run, not of a backfill, an import or the API."""
    if "station" in event:
        return "run_id" in event and bool({"as_of", "features_key"} & event.keys())
    return "run_id" in event and "import_key" not in event


def describe_error(error: object) -> str:
    """Return Step Functions' `{"Error", "Cause"}` as one line."""
    if not isinstance(error, Mapping):
        return shorten(str(error or "unknown error"))
    kind, text = str(error.get("Error") or ""), _cause(str(error.get("Cause") or ""))
    return shorten(": ".join(filter(None, (kind, text))) or "unknown error")


def shorten(text: str) -> str:
    """Return `text` as one line of at most `REASON_BYTES` bytes in UTF-8."""
    line = " ".join(text.split())
    encoded = line.encode()
    if len(encoded) <= REASON_BYTES:
        return line
    return encoded[: REASON_BYTES - len("…".encode())].decode(errors="ignore") + "…"


def _cause(text: str) -> str:
    """Return the `errorMessage` of a Lambda function's error, which is JSON; any other text as it is."""
    try:
        decoded = json.loads(text)
    except ValueError:
        return text
    return str(decoded.get("errorMessage") or text) if isinstance(decoded, Mapping) else text
