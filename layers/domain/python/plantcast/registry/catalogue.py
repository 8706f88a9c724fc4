"""The versions of a target for people: training data, scores and decision of each.

Reads metadata and decisions only, two small objects a version, never a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from plantcast.common.errors import PlantcastError
from plantcast.forecasting import Target
from plantcast.registry.model_registry import ModelRegistry
from plantcast.registry.pointer import Pointer

# Under botocore's ten connections a client; 30 versions take four round trips instead of sixty.
_READERS: Final = 8


@dataclass(frozen=True)
class VersionEntry:
    """One version; what cannot be read is empty, and `problem` is the reason.

    `decision` is what `evaluate` recorded (docs/contracts.md), empty for a version not evaluated yet.
    """

    version: str
    in_production: bool
    metadata: Mapping[str, Any] = field(default_factory=dict)
    decision: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None

    @property
    def serving(self) -> Mapping[str, Any]:
        """What is known of the serving model: `first`, `last`, `hours`, `rows`, `trees`, …; may be empty."""
        models = self.metadata.get("models")
        serving = models.get("serving") if isinstance(models, Mapping) else None
        return serving if isinstance(serving, Mapping) else {}

    @property
    def trees(self) -> int | None:
        """How many trees its boosters have together."""
        trees = self.serving.get("trees")
        return sum(int(count) for count in trees.values()) if isinstance(trees, Mapping) else None

    @property
    def validation_rmse(self) -> float | None:
        """RMSE of the blend on the days that training kept to tune it, in the target's unit."""
        scores = self.serving.get("validation_rmse")
        value = scores.get("blend") if isinstance(scores, Mapping) else None
        return float(value) if isinstance(value, int | float) else None

    @property
    def promoted(self) -> bool | None:
        """Whether it was promoted when it was evaluated; None: not evaluated."""
        promoted = self.decision.get("promoted")
        return promoted if isinstance(promoted, bool) else None


@dataclass(frozen=True)
class Catalogue:
    """What is in production for one station and target, and its versions, newest first.

    `pointer_problem` is why a stored pointer cannot be read.
    """

    station: str
    target: Target
    pointer: Pointer | None
    pointer_problem: str | None
    versions: tuple[VersionEntry, ...]


def catalogue(registry: ModelRegistry, station: str, target: Target, *, limit: int) -> Catalogue:
    """Return the newest `limit` versions; champion, previous one and benchmark however old they are."""
    pointer, problem = None, None
    try:
        pointer = registry.pointer(station, target)
    except PlantcastError as error:
        problem = error.message
    complete = registry.versions(station, target)
    needed = set() if pointer is None else {pointer.version, pointer.previous, pointer.benchmark}
    shown = [v for v in complete if v in complete[-limit:] or v in needed][::-1]
    champion = None if pointer is None else pointer.version
    with ThreadPoolExecutor(max_workers=_READERS) as readers:
        entries = readers.map(lambda version: _entry(registry, station, target, version, champion), shown)
    return Catalogue(station, target, pointer, problem, tuple(entries))


def version_entry(registry: ModelRegistry, station: str, target: Target, version: str) -> VersionEntry:
    """Return one version.

    Raises:
        NotFoundError: there is no such complete version.
        CorruptDataError: its metadata or its decision cannot be read.
    """
    metadata = registry.metadata(station, target, version)
    pointer = registry.pointer(station, target)
    decision = registry.decision(station, target, version) or {}
    return VersionEntry(version, pointer is not None and pointer.version == version, metadata, decision)


def _entry(
    registry: ModelRegistry, station: str, target: Target, version: str, champion: str | None
) -> VersionEntry:
    metadata: Mapping[str, Any] = {}
    try:
        metadata = registry.metadata(station, target, version)
        decision = registry.decision(station, target, version) or {}
    except PlantcastError as error:
        return VersionEntry(version, version == champion, metadata, problem=error.message)
    return VersionEntry(version, version == champion, metadata, decision)
