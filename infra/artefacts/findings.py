"""What is wrong with an artefact."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that would fail in Lambda: which artefact, and what, in one or two sentences."""

    artefact: str
    message: str

    def __str__(self) -> str:
        return f"{self.artefact}: {self.message}"
