"""Packages that a function has twice, in its zip and in layers: /var/task wins over /opt/python."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from infra.artefacts.findings import Finding

_METADATA = re.compile(r"^(?P<name>.+)-(?P<version>[^-]+)\.dist-info$")
# Not importable: entry points.
_LEFT_OUT = {"bin"}


def check_precedence(artefact: str, roots: Sequence[tuple[str, Path]]) -> list[Finding]:
    """Return what two of the roots (name and folder, the first wins) have in different versions."""
    found: list[Finding] = []
    versions: dict[str, tuple[str, str]] = {}
    contents: dict[str, tuple[str, Path]] = {}
    for name, root in roots:
        for entry in sorted(root.iterdir()) if root.is_dir() else []:
            if match := _METADATA.match(entry.name):
                package = re.sub(r"[-_.]+", "-", match["name"]).lower()
                other, version = versions.setdefault(package, (name, match["version"]))
                if version != match["version"]:
                    said = (
                        f"{package} is {version} in {other} and {match['version']} in {name}; the first wins."
                    )
                    found.append(Finding(artefact, said))
            elif entry.name not in _LEFT_OUT and (entry.is_dir() or entry.suffix in {".py", ".so"}):
                other, there = contents.setdefault(entry.name, (name, entry))
                if there != entry and _digest(there) != _digest(entry):
                    said = f"{entry.name} differs in {other} and {name}; the first hides the second."
                    found.append(Finding(artefact, said))
    return found


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    for file in files:
        digest.update(str(file.relative_to(path.parent)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
