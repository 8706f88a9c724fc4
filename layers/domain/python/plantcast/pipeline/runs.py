"""Pipeline runs in the table: pk `PIPELINE`, sk `RUN#<run_id>`; `STARTED#<started_at>#<run_id>` lists them.

Every write can be repeated: a run is started once, and finishing it again with the same outcome changes
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, cast, get_args

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import KST
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.common.schema import FIELD, RUN, RUN_ENTRY

Outcome = Literal["running", "succeeded", "degraded", "failed"]

PARTITION: Final = "PIPELINE"
_LOOKED_THROUGH: Final = 100  # entries of some 200 bytes, to find a run among runs of past days
# As long as forecasts are kept (see `plantcast.forecasting.issued.RETENTION` for why not less).
RETENTION: Final = timedelta(days=3653)


@dataclass(frozen=True)
class Run:
    """One execution of the state machine. `finished_at` is None while it runs.

    `facts` holds one small dict a station, as recorded when the run was closed.
    """

    run_id: str
    started_at: datetime
    as_of: date | None
    stations: tuple[str, ...]
    retrain: bool | None
    outcome: Outcome = "running"
    finished_at: datetime | None = None
    facts: tuple[Mapping[str, Any], ...] = ()
    message_ko: str = ""
    message_en: str = ""

    @property
    def is_hindcast(self) -> bool:
        """Whether it stands at a day that was past when it started."""
        return self.as_of is not None and self.as_of < self.started_at.date()


class RunStore:
    """Runs in the table."""

    def __init__(self, table: ItemTable) -> None:
        self._table = table

    def start(self, run: Run) -> bool:
        """Record a run that begins; say whether it was new."""
        # The index entry first: one without its run is skipped when listing, a run without one would be lost.
        self._table.put(_index_item(run))
        return self._table.put_if_absent(_to_item(run))

    def finish(
        self,
        run_id: str,
        *,
        outcome: Outcome,
        finished_at: datetime,
        started_at: datetime,
        facts: Sequence[Mapping[str, Any]] = (),
        message_ko: str = "",
        message_en: str = "",
    ) -> Run:
        """Close a run and return it as stored.

        A run that was never recorded (preparing it failed) is recorded now, with `started_at`. Closing a
        run again with the same outcome leaves it as it is; a later, different outcome replaces it.
        """
        known = self.get(run_id)
        if known is not None and known.outcome == outcome:
            return known
        if known is None:
            known = Run(run_id=run_id, started_at=started_at, as_of=None, stations=(), retrain=None)
            self._table.put(_index_item(known))
        closed = replace(
            known,
            outcome=outcome,
            finished_at=max(finished_at, known.started_at),
            facts=tuple(facts) or known.facts,
            message_ko=message_ko,
            message_en=message_en,
        )
        if self._table.put_if_newer(_to_item(closed), attribute="updated_at"):
            return closed
        return self.get(run_id) or closed

    def fail(
        self, run_id: str, *, finished_at: datetime, started_at: datetime, message_ko: str, message_en: str
    ) -> Run:
        """Close a run as failed; what `finish` says of repetition holds."""
        return self.finish(
            run_id,
            outcome="failed",
            finished_at=finished_at,
            started_at=started_at,
            message_ko=message_ko,
            message_en=message_en,
        )

    def get(self, run_id: str) -> Run | None:
        """Return one run, or None.

        Raises:
            CorruptDataError: the stored item cannot be understood.
        """
        item = self._table.get(PARTITION, _sk(run_id))
        return None if item is None else _from_item(item)

    def last(self) -> Run | None:
        """Return the run started last that stands at its own day (among the last `_LOOKED_THROUGH`), or None.

        Raises:
            CorruptDataError: a stored item cannot be understood.
        """
        entries = self._entries(_LOOKED_THROUGH)
        found = next((entry for entry in entries if not entry.get("hindcast")), None)
        return None if found is None else self.get(str(found["run_id"]))

    def newest(self, n: int) -> list[Run]:
        """Return up to `n` runs, the one started last first.

        Raises:
            CorruptDataError: a stored item cannot be understood.
        """
        ids = dict.fromkeys(str(entry["run_id"]) for entry in self._entries(n))
        items = self._table.get_many([(PARTITION, _sk(run_id)) for run_id in ids])
        return [_from_item(item) for item in items]

    def _entries(self, n: int) -> list[Item]:
        entries = self._table.query(PARTITION, sk_prefix="STARTED#", newest_first=True, limit=n)
        return [RUN_ENTRY.read(entry, f"{entry['pk']}/{entry['sk']}") for entry in entries]


def parse_started_at(text: str, *, clock_offset: timedelta = timedelta(0)) -> datetime:
    """Read the start that Step Functions reports (its own clock, UTC) as a time on the deployment's clock.

    Raises:
        InvalidInputError: `text` is not a valid date-time with an offset.
    """
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidInputError(
            f"started_at={text!r} is not a valid date-time with an offset.",
            remedy="Pass $$.Execution.StartTime, for example 2025-05-29T17:00:00.000Z.",
        )
    return (moment + clock_offset).astimezone(KST)


def _sk(run_id: str) -> str:
    return f"RUN#{run_id}"


def _moment(moment: datetime) -> str:
    # Milliseconds and one offset, so that the text orders as the time does.
    return moment.astimezone(KST).isoformat(timespec="milliseconds")


def _expires_at(run: Run) -> int:
    return int((run.started_at + RETENTION).timestamp())


def _index_item(run: Run) -> Item:
    return {
        FIELD: RUN_ENTRY.version,
        "pk": PARTITION,
        "sk": f"STARTED#{_moment(run.started_at)}#{run.run_id}",
        "run_id": run.run_id,
        "hindcast": run.is_hindcast,
        "expires_at": _expires_at(run),
    }


def _to_item(run: Run) -> Item:
    finished = None if run.finished_at is None else _moment(run.finished_at)
    return {
        "pk": PARTITION,
        "sk": _sk(run.run_id),
        FIELD: RUN.version,
        "run_id": run.run_id,
        "started_at": _moment(run.started_at),
        "finished_at": finished,
        "updated_at": finished or _moment(run.started_at),
        "as_of": None if run.as_of is None else run.as_of.isoformat(),
        "stations": list(run.stations),
        "retrain": run.retrain,
        "outcome": run.outcome,
        "facts": [dict(fact) for fact in run.facts],
        "message_ko": run.message_ko,
        "message_en": run.message_en,
        "expires_at": _expires_at(run),
    }


def _from_item(item: Item) -> Run:
    try:
        item = RUN.read(item, f"{item.get('pk')}/{item.get('sk')}")
        return Run(
            run_id=str(item["run_id"]),
            started_at=datetime.fromisoformat(item["started_at"]),
            as_of=None if item["as_of"] is None else date.fromisoformat(item["as_of"]),
            stations=tuple(item["stations"]),
            retrain=item["retrain"],
            outcome=_outcome(item["outcome"]),
            finished_at=None if item["finished_at"] is None else datetime.fromisoformat(item["finished_at"]),
            facts=tuple(item["facts"]),
            message_ko=str(item["message_ko"]),
            message_en=str(item["message_en"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptDataError(
            f"The run {item.get('sk')!r} cannot be read ({type(error).__name__}: {error}).",
            remedy="Remove the item; runs are a record, nothing depends on it.",
        ) from error


def _outcome(text: object) -> Outcome:
    if text not in get_args(Outcome):
        raise ValueError(f"outcome {text!r}")
    return cast(Outcome, text)
