"""Schema versions: what is stored says in which form it is, and every reader checks that first.

One version a kind: any other, newer or older, is refused. The rules are in docs/contracts.md, "Schema
versions". Plain Python: the API reads items without numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from plantcast.common.errors import CorruptDataError, SchemaVersionError

FIELD: Final = "schema_version"
Document = Mapping[str, Any]
Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class Schema:
    """A kind of item, JSON object or Parquet file, called `what` in messages, and its `version`."""

    what: str
    version: int = 1

    def check(self, found: object, where: str) -> None:
        """Do nothing if `found` is this version; `where` names the document in messages.

        Raises:
            SchemaVersionError: it is newer, or no version at all; it must not be replaced.
            CorruptDataError: it is older, or the document has none; it may be replaced.
        """
        if type(found) is int and found == self.version:
            return
        if found is None:
            raise CorruptDataError(
                f"The {self.what} {where} has no schema version.",
                remedy="It is damaged: restore it from a backup, or let the next run replace it.",
            )
        message = f"The {self.what} {where} has schema version {found!r}; this code reads {self.version}."
        if type(found) is int and 0 < found < self.version:
            raise CorruptDataError(
                message, remedy="Deploy the release that wrote it, or let a run of this one replace it."
            )
        raise SchemaVersionError(message, remedy="Deploy the release that wrote it, or a newer one.")

    def read(self, document: Document, where: str) -> dict[str, Any]:
        """Return a copy of a document of this version; raises what `check` raises."""
        self.check(document.get(FIELD), where)
        return dict(document)

    def parse(self, item: Document, model: TypeAdapter[Parsed]) -> Parsed:
        """Return an item of the table as `model`.

        Raises:
            SchemaVersionError: it is newer.
            CorruptDataError: it is older, or its fields are not those of `model`.
        """
        where = f"{item.get('pk')}/{item.get('sk')}"
        try:
            return model.validate_python(self.read(item, where))
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise CorruptDataError(
                f"The {self.what} {where} is damaged ({wrong}).",
                remedy="Delete the item, or restore it from a backup.",
            ) from error


# Items of the table.
FORECAST: Final = Schema("forecast")
SHADOW: Final = Schema("shadow forecast")
OBSERVED_DAY: Final = Schema("observed day", version=2)
STATUS: Final = Schema("station's status")
FEED: Final = Schema("state of a feed")
NEWEST_REPORT: Final = Schema("item on the newest quality report")
VERIFICATION: Final = Schema("verification", version=3)
TRACK: Final = Schema("track record", version=2)
PLANT: Final = Schema("plant's state", version=2)
NOTICE: Final = Schema("notice", version=2)
ANSWER: Final = Schema("last answer of predict")
RUN: Final = Schema("run")
RUN_ENTRY: Final = Schema("entry of the list of runs")
RUN_STEP: Final = Schema("result of a step")
CALLS: Final = Schema("count of calls to the KMA")
PUSH_SUBSCRIPTION: Final = Schema("push subscription")
PUSH_COUNT: Final = Schema("count of push subscriptions")
PUSH_SENT: Final = Schema("claim of a push message")

# Objects of the data bucket. Raw responses have none (they are in the KMA's form), nor has what only the run
# that wrote it reads: features, a backfill's chunks and failures.
OBSERVATIONS: Final = Schema("observations file", version=4)
GUIDANCE: Final = Schema("guidance file")
REPORT: Final = Schema("quality report")
MODEL: Final = Schema("model", version=2)
MODEL_METADATA: Final = Schema("metadata of a model")
DECISION: Final = Schema("decision on a model")
POINTER: Final = Schema("production pointer")
COMBINATION: Final = Schema("combination with published forecasts")
BACKFILL_REPORT: Final = Schema("report on a backfill")
