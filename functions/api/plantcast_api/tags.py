"""How the OpenAPI document, and with it `/docs`, groups the operations: by their paths, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# As /docs lists them. An operation belongs to the first one that has a path which its own begins with.
TAGS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "Forecast": (
        "Temperature and humidity of the next 48 hours.",
        ("/api/latest", "/api/forecast", "/api/daily", "/predict"),
    ),
    "Plants": (
        "What the weather ahead means for plants, and the notices sent.",
        ("/api/plants", "/api/alerts"),
    ),
    "Observations": (
        "What was measured, and how good it is.",
        ("/api/stations", "/api/observations", "/api/quality"),
    ),
    "Track record": ("Forecasts compared with observations.", ("/api/verification",)),
    "Models": ("What computes the forecasts, and the way back.", ("/api/models", "/reload_model")),
    "Operation": ("How this deployment is.", ("/api/runs", "/health", "/")),
}


def group(document: dict[str, Any]) -> dict[str, Any]:
    """Group the operations by `TAGS` and put the schemas in order, in place; return the document."""
    document["tags"] = [{"name": name, "description": text} for name, (text, _) in TAGS.items()]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation.setdefault("tags", [tag_of(path)])
    schemas = document["components"]["schemas"]
    document["components"]["schemas"] = {name: schemas[name] for name in sorted(schemas)}
    return document


def tag_of(path: str) -> str:
    """Return the tag of a path; a file's is that of the answer it holds."""
    path = path.removesuffix(".csv")
    return next(
        name
        for name, (_, beginnings) in TAGS.items()
        if any(path == begin or path.startswith(f"{begin.rstrip('/')}/") for begin in beginnings)
    )
