"""Sizes of artefacts against Lambda's limits and our own."""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Lambda's: a function with all its layers, unzipped; a zip sent with the request instead of through S3.
UNZIPPED_LIMIT: Final = 250 * 1024 * 1024
DIRECT_LIMIT: Final = 50 * 1024 * 1024
# Ours: the API starts cold in front of a person. Unzipped, with its layer.
OWN_LIMITS: Final = {"ApiFunction": 30 * 1024 * 1024}
_BIGGEST = 5


@dataclass(frozen=True)
class Size:
    """Bytes of a folder unzipped, of its zip, and of its biggest packages."""

    unzipped: int
    zipped: int
    packages: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Weight:
    """A function with its layers: bytes unzipped, bytes of its own zip, and the limit that holds for it."""

    function: str
    unzipped: int
    zipped: int
    limit: int
    packages: tuple[tuple[str, int], ...]


def size_of(folder: Path, archive: Path) -> Size:
    """Zip `folder` to `archive`, as `sam deploy` does, and measure both; the archive is removed again."""
    packages: Counter[str] = Counter()
    archive.parent.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as zipped:
            for path in sorted(_files(folder)):
                inside = path.relative_to(folder)
                zipped.write(path, inside)
                packages[_package(inside)] += path.stat().st_size
        return Size(sum(packages.values()), archive.stat().st_size, tuple(packages.most_common()))
    finally:
        archive.unlink(missing_ok=True)


def weigh(functions: Mapping[str, Iterable[str]], sizes: Mapping[str, Size]) -> list[Weight]:
    """Return each function's weight; `functions` names the layers of each, `sizes` has both by logical id."""
    weights = []
    for name, layers in functions.items():
        parts = [sizes[name], *(sizes[layer] for layer in layers)]
        packages: Counter[str] = Counter()
        for part in parts:
            packages.update(dict(part.packages))
        limit = min(UNZIPPED_LIMIT, OWN_LIMITS.get(name, UNZIPPED_LIMIT))
        total = sum(part.unzipped for part in parts)
        weights.append(Weight(name, total, sizes[name].zipped, limit, tuple(packages.most_common(_BIGGEST))))
    return weights


def check_weights(weights: Iterable[Weight]) -> list[str]:
    """Return what is too big: a function with its layers, or its zip."""
    found = []
    for weight in weights:
        biggest = ", ".join(f"{name} {megabytes(size)}" for name, size in weight.packages)
        if weight.unzipped >= weight.limit:
            said = (
                f"{megabytes(weight.unzipped)} unzipped with layers; the limit is {megabytes(weight.limit)}."
            )
            found.append(f"{weight.function}: {said} Biggest: {biggest}.")
        if weight.zipped >= DIRECT_LIMIT:
            said = f"its zip is {megabytes(weight.zipped)}; the limit is {megabytes(DIRECT_LIMIT)}."
            found.append(f"{weight.function}: {said} Biggest: {biggest}.")
    return found


def megabytes(size: int) -> str:
    """Write bytes as the MB that Lambda's limits are in (1,048,576 bytes)."""
    return f"{size / 1024**2:,.1f} MB"


def _files(folder: Path) -> Iterable[Path]:
    for root, _, names in os.walk(folder):
        for name in names:
            yield Path(root) / name


def _package(inside: Path) -> str:
    parts = inside.parts[1:] if inside.parts[0] == "python" and len(inside.parts) > 1 else inside.parts
    return parts[0]
