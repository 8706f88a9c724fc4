"""How deep the registry is: versions older than the newest few go, but for those that may be needed."""

from __future__ import annotations

from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import Target
from plantcast.registry.keys import METADATA, files_by_version, version_prefix, versions_prefix
from plantcast.registry.model_registry import ModelRegistry


def prune(registry: ModelRegistry, station: str, target: Target, *, keep: int) -> list[str]:
    """Delete what is older than the `keep` newest complete versions; return the names of what went.

    The champion, its `previous` and the benchmark stay however old they are (without a pointer, the version
    last promoted), and so do all decisions. Of leftovers without metadata those of an older origin than the
    newest complete version's go; one of the same origin or a newer may be being written now. Metadata goes
    first: a version that is half deleted is not complete, and the next call takes the rest.

    Raises:
        InvalidInputError: `keep` is less than one: the newest version is about to be needed.
        CorruptDataError: the pointer cannot be read, so that nobody knows what must stay.
    """
    if keep < 1:
        raise InvalidInputError(f"keep={keep} would delete the newest version.", remedy="Keep at least 1.")
    prefix = versions_prefix(station, target)
    found = files_by_version(registry.store.list(prefix), prefix)
    complete = [version for version, files in found.items() if METADATA in files]
    if not complete:
        return []
    newest = _origin(complete[-1])
    leftovers = [v for v, files in found.items() if METADATA not in files and _origin(v) < newest]
    return [
        version
        for version in sorted([*complete[:-keep], *leftovers])
        # Read again for each: somebody may be rolling back to it.
        if version not in _needed(registry, station, target)
        and _delete(registry, station, target, version, found[version])
    ]


def _origin(version: str) -> str:
    """Return what a version's name begins with: two runs of one night share it."""
    return version.partition("-")[0]


def _needed(registry: ModelRegistry, station: str, target: Target) -> set[str | None]:
    pointer = registry.pointer(station, target)
    if pointer is None:
        return {registry.last_promoted(station, target, besides="")}
    return {pointer.version, pointer.previous, pointer.benchmark}


def _delete(registry: ModelRegistry, station: str, target: Target, version: str, files: list[str]) -> bool:
    prefix = version_prefix(station, target, version)
    if METADATA in files:
        registry.store.delete(prefix + METADATA)
    elif registry.store.etag(prefix + METADATA) is not None:
        return False  # complete since it was listed: it was being written after all
    for file in files:
        registry.store.delete(prefix + file)
    return True
