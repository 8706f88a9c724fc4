"""The production pointer: which version serves, since when, and why; its form in the object store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from plantcast.aws import StoredObject
from plantcast.common.clock import KST
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.common.schema import FIELD, POINTER
from plantcast.registry.keys import check_name, dumped, json_object


@dataclass(frozen=True)
class Pointer:
    """What is in production for one station and target, since when, and why.

    `previous` is the version it replaced: where `rollback` goes. `scores` are the numbers of the decision,
    its gates among them. `benchmark` is the version that a challenger may be worse than by no more than the
    tolerance: the last one promoted for its score and not within the tolerance. None: `version` itself, as
    after a rollback, which is a person's decision.
    `etag` is the stored pointer's; a change must name it.
    """

    version: str
    promoted_at: datetime
    run_id: str
    reason_ko: str
    reason_en: str
    previous: str | None = None
    scores: Mapping[str, Any] = field(default_factory=dict)
    benchmark: str | None = None
    etag: str | None = field(default=None, compare=False)

    def to_bytes(self) -> bytes:
        """Return what `from_stored` takes.

        Raises:
            InvalidInputError: `promoted_at` has no time zone.
        """
        if self.promoted_at.tzinfo is None:
            raise InvalidInputError(
                f"promoted_at={self.promoted_at.isoformat()} has no time zone.",
                remedy="Give it in KST.",
            )
        return dumped(
            {
                FIELD: POINTER.version,
                "version": self.version,
                "promoted_at": self.promoted_at.astimezone(KST).isoformat(timespec="seconds"),
                "run_id": self.run_id,
                "reason_ko": self.reason_ko,
                "reason_en": self.reason_en,
                "previous": self.previous,
                "scores": dict(self.scores),
                "benchmark": self.benchmark,
            }
        )

    def as_stored(self, etag: str) -> Pointer:
        """Return this pointer as `from_stored` will read it back: seconds in KST, with its ETag."""
        shown = self.promoted_at.astimezone(KST).replace(microsecond=0)
        return replace(self, promoted_at=shown, etag=etag)

    @classmethod
    def from_stored(cls, stored: StoredObject, key: str) -> Pointer:
        """Read what `to_bytes` wrote.

        Raises:
            CorruptDataError: it is damaged; the message names `key`.
            SchemaVersionError: newer code wrote it: it must not be replaced.
        """
        remedy = f"Restore the object's previous version in S3, or delete {key}: the next run promotes anew."
        data = json_object(stored.body, key, remedy)
        try:
            data = POINTER.read(data, key)
            previous, benchmark = data["previous"], data.get("benchmark")
            return cls(
                version=check_name(data["version"], "version"),
                promoted_at=datetime.fromisoformat(data["promoted_at"]).astimezone(KST),
                run_id=str(data["run_id"]),
                reason_ko=str(data["reason_ko"]),
                reason_en=str(data["reason_en"]),
                previous=None if previous is None else check_name(previous, "previous"),
                scores=dict(data["scores"]),
                benchmark=None if benchmark is None else check_name(benchmark, "benchmark"),
                etag=stored.etag,
            )
        except (KeyError, TypeError, ValueError, InvalidInputError) as error:
            raise CorruptDataError(
                f"The production pointer {key} cannot be read ({type(error).__name__}: {error}).",
                remedy=remedy,
            ) from error
