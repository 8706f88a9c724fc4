"""Writes the OpenAPI document as it is published: `functions/api/openapi.json`, in the repository.

    PYTHONPATH=layers/domain/python:functions/api python -m plantcast_api.openapi

A test compares the file with the code.
"""

from __future__ import annotations

import json

from plantcast_api.app import routed
from plantcast_api.http.docs import OPENAPI


def text() -> str:
    """Return the document as written to its file."""
    return json.dumps(routed().openapi(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    OPENAPI.write_text(text(), "utf-8")
