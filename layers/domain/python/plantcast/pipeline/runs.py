"""Pipeline runs in the table: pk `PIPELINE`, sk `RUN#<run_id>`; `STARTED#<started_at>#<run_id>` lists them.

Every write can be repeated: a run is started once, and finishing it again with the same outcome changes
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import KST
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


_MODEL: Final = TypeAdapter(Run)


class RunStore:
    """Runs in the table."""

    def __init__(self, table: ItemTable) -> None:
        self._table = table

    def start(self, run: Run) -> bool:
        """Record a run that begins; return whether it was new."""
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

    def get(self, run_id: str) -> Run | None:
        """Return one run, or None.

        Raises:
            CorruptDataError: the stored item cannot be understood.
        """
        item = self._table.get(PARTITION, _sk(run_id))
        return None if item is None else RUN.parse(item, _MODEL)

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
        return [RUN.parse(item, _MODEL) for item in items]

    def _entries(self, n: int) -> list[Item]:
        entries = self._table.query(PARTITION, sk_prefix="STARTED#", newest_first=True, limit=n)
        return [RUN_ENTRY.read(entry, f"{entry['pk']}/{entry['sk']}") for entry in entries]


def _sk(run_id: str) -> str:
    return f"RUN#{run_id}"


def _text(at: datetime) -> str:
    # Milliseconds and one offset, so that the text orders as the time does.
    return at.astimezone(KST).isoformat(timespec="milliseconds")


def _expires_at(run: Run) -> int:
    return int((run.started_at + RETENTION).timestamp())


def _index_item(run: Run) -> Item:
    return {
        FIELD: RUN_ENTRY.version,
        "pk": PARTITION,
        "sk": f"STARTED#{_text(run.started_at)}#{run.run_id}",
        "run_id": run.run_id,
        "hindcast": run.is_hindcast,
        "expires_at": _expires_at(run),
    }


def _to_item(run: Run) -> Item:
    return {
        "pk": PARTITION,
        "sk": _sk(run.run_id),
        FIELD: RUN.version,
        **_MODEL.dump_python(run, mode="json"),
        "updated_at": _text(run.finished_at or run.started_at),
        "expires_at": _expires_at(run),
    }
