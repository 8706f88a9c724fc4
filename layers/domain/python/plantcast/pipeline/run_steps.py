"""Results of a run's steps in the table: pk `RUN#<run_id>`, sk `<step>[#<station>[#<target>]]`.

Each step stores its own result, and the state machine carries station numbers only: its state holds 256 KB,
and the results of a hundred stations exceed that.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from plantcast.aws import DynamoTable, Item, ItemTable
from plantcast.common.clock import KST, Clock
from plantcast.common.errors import CorruptDataError
from plantcast.common.logging import Handler, logger
from plantcast.common.schema import FIELD, RUN_STEP
from plantcast.common.settings import ClockSettings, TableSettings
from plantcast.forecasting import TARGETS
from plantcast.pipeline.outcomes import shorten

StepName = Literal["prepare", "ingest", "features", "train", "evaluate", "predict", "monitor", "notify"]

# As long as Step Functions keeps an execution's history; the run's own item holds what is kept longer.
RETENTION: Final = timedelta(days=90)
# What is stored of a step's facts, where it has them: an item of at most some 2 KB.
_KEPT: Final = (
    "status", "message", "origin", "degraded_reasons", "version", "promoted", "reason_ko", "reason_en",
    "hours_new", "hours_corrected", "values_masked",
)  # fmt: skip
_NO_RESULT: Final = "no result reported: it was throttled, or ran out of time or memory (see its log)"


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


class RunSteps:
    """Step results in the table. A repeated step replaces its result."""

    def __init__(self, table: ItemTable) -> None:
        self._table = table

    def put(self, run_id: str, result: StepResult) -> None:
        """Store a result."""
        kept = {name: _short(result.facts[name]) for name in _KEPT if name in result.facts}
        self._table.put(
            {
                "pk": f"RUN#{run_id}",
                "sk": "#".join(filter(None, (result.step, result.station, result.target))),
                FIELD: RUN_STEP.version,
                "step": result.step,
                "station": result.station,
                "target": result.target,
                "started_at": result.started_at.astimezone(KST).isoformat(timespec="milliseconds"),
                "seconds": round(result.seconds, 2),
                "facts": kept,
                "error": result.error,
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
        return [_read(item) for item in self._table.query(f"RUN#{run_id}", sk_prefix=prefix)]

    def at(self, run_id: str, step: StepName, station: str) -> StepResult | None:
        """Return the result of one step for a station, or None.

        Raises:
            CorruptDataError: the stored item cannot be understood.
        """
        item = self._table.get(f"RUN#{run_id}", f"{step}#{station}")
        return None if item is None else _read(item)


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


def station_facts(
    results: Sequence[StepResult], *, stations: Sequence[str], retrain: bool
) -> list[dict[str, Any]]:
    """Return the results of each station of a run, for `plantcast.pipeline.outcomes.assess_stations`."""
    by_place = {(one.step, one.station, one.target): one for one in results}

    def facts(step: StepName, station: str, target: str | None = None) -> dict[str, Any]:
        found = by_place.get((step, station, target))
        if found is None or found.error is not None:
            why = _NO_RESULT if found is None else found.error
            return {"status": "failed", "message": why}
        return dict(found.facts)

    def model(station: str, target: str) -> dict[str, Any]:
        trained = facts("train", station, target)
        decided = facts("evaluate", station, target) if trained["status"] == "trained" else trained
        return {**decided, "target": target}

    def station_fact(station: str) -> dict[str, Any]:
        features = facts("features", station)
        fact: dict[str, Any] = {"station": station, "ingest": facts("ingest", station), "features": features}
        if features["status"] != "ready":
            return fact | {"status": features["status"]}
        models = [model(station, target) for target in TARGETS] if retrain else []
        forecast = facts("predict", station)
        status = "failed" if forecast["status"] == "failed" else "forecast"
        return fact | {"status": status, "models": models, "forecast": forecast}

    return [station_fact(station) for station in stations]


def _of_a_run(event: Mapping[str, Any]) -> bool:
    """Whether the event is of a nightly run, not of a backfill, an import or the API."""
    if "station" in event:
        return "run_id" in event and bool({"as_of", "features_key"} & event.keys())
    return "run_id" in event and "import_key" not in event


def _short(value: Any) -> Any:
    return shorten(value) if isinstance(value, str) else value


def _read(item: Item) -> StepResult:
    where = f"{item.get('pk')} / {item.get('sk')}"
    try:
        item = RUN_STEP.read(item, where)
        return StepResult(
            step=str(item["step"]),
            station=item["station"],
            target=item["target"],
            started_at=datetime.fromisoformat(item["started_at"]),
            seconds=float(item["seconds"]),
            facts=dict(item["facts"]),
            error=item["error"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptDataError(
            f"The step result {where} cannot be read ({type(error).__name__}: {error}).",
            remedy="Delete the item; the step writes it again.",
        ) from error
