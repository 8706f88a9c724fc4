"""The registry's depth: versions older than the newest few are deleted, but for those that may be needed."""

from __future__ import annotations

from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import Target
from plantcast.registry.keys import METADATA, files_by_version, version_prefix, versions_prefix
from plantcast.registry.model_registry import ModelRegistry


def prune(registry: ModelRegistry, station: str, target: Target, *, keep: int) -> list[str]:
    """Delete what is older than the `keep` newest complete versions; return the names of the deleted.

    The champion, its `previous` and the benchmark stay however old they are, and so do all decisions.
    Metadata goes first: a version that is half deleted is not complete, and the next call deletes the rest.

    Raises:
        InvalidInputError: `keep` is less than one: the newest version is about to be needed.
        CorruptDataError: the pointer cannot be read.
    """
    if keep < 1:
        raise InvalidInputError(f"keep={keep} would delete the newest version.", remedy="Keep at least 1.")
    prefix = versions_prefix(station, target)
    found = files_by_version(registry.store.list(prefix), prefix)
    complete = [version for version, files in found.items() if METADATA in files]
    deleted = []
    for version in [version for version in found if complete and version < complete[-keep:][0]]:
        # Read again for each: somebody may be rolling back to it.
        pointer = registry.pointer(station, target)
        if pointer is not None and version in (pointer.version, pointer.previous, pointer.benchmark):
            continue
        for file in sorted(found[version], key=lambda file: file != METADATA):
            registry.store.delete(version_prefix(station, target, version) + file)
        deleted.append(version)
    return deleted
