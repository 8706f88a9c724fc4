"""What a migration found and did, by kind and version."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from infra.operations.stored_kinds import ITEMS, OBJECTS

# `present`: of today's version, or without one; `outdated`: older, left by a dry run; `contested`: others
# kept changing it; `unreadable`: damaged, or too old; `unknown`: nothing here writes such a key.
Outcome = Literal["present", "outdated", "upgraded", "contested", "newer", "unreadable", "unknown"]
_TOLD: Final[tuple[Outcome, ...]] = (
    "upgraded", "outdated", "contested", "newer", "unreadable", "unknown",
)  # fmt: skip
_NAMED: Final = 50
_TODAY: Final = {("table", kind.name): kind.schema.version for kind in ITEMS} | {
    ("bucket", kind.name): kind.schema.version for kind in OBJECTS if kind.schema is not None
}


@dataclass(frozen=True)
class Piece:
    """One item or object: the version it was `found` in (None: none named), and what became of it."""

    store: str
    kind: str
    where: str
    found: object
    outcome: Outcome
    problem: str = ""


@dataclass
class MigrationReport:
    """Counts; `problems` names the first of what is not of today's version after the walk."""

    dry_run: bool
    versions: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    outcomes: dict[tuple[str, str], Counter[Outcome]] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        """Count one piece."""
        key = piece.store, piece.kind
        named = "none" if piece.found is None else str(piece.found)
        self.versions.setdefault(key, Counter())[named] += 1
        self.outcomes.setdefault(key, Counter())[piece.outcome] += 1
        if piece.problem and len(self.problems) < _NAMED:
            self.problems.append({"where": piece.where, "problem": piece.problem})

    def count(self, outcome: Outcome) -> int:
        """Return how many pieces came to this."""
        return sum(counts[outcome] for counts in self.outcomes.values())

    @property
    def status(self) -> Literal["complete", "partial"]:
        """`complete` when everything that has a version is of today's."""
        left: tuple[Outcome, ...] = ("outdated", "contested", "newer", "unreadable")
        return "partial" if any(self.count(outcome) for outcome in left) else "complete"

    def facts(self) -> dict[str, Any]:
        """Return the report as `plantcast migrate --json` prints it (docs/contracts.md)."""
        return {
            "status": self.status,
            "dry_run": self.dry_run,
            **{outcome: self.count(outcome) for outcome in _TOLD},
            "kinds": [
                {
                    "store": store,
                    "kind": kind,
                    "version": _TODAY.get((store, kind)),
                    "found": dict(sorted(self.versions[store, kind].items())),
                    "upgraded": self.outcomes[store, kind]["upgraded"],
                }
                for store, kind in sorted(self.versions, reverse=True)
            ],
            "problems": self.problems,
        }
