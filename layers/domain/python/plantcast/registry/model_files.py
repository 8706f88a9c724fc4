"""Whether a stored model file is whole, as far as that shows without LightGBM."""

from __future__ import annotations

import json


def is_whole(name: str, body: bytes) -> bool:
    """Say whether a file of a model, JSON or LightGBM's text, was stored to its end."""
    if name.endswith(".json"):
        try:
            json.loads(body)
        except ValueError:
            return False
    # LightGBM's text starts with `tree` and says where the trees end: a cut one does not.
    return bool(body) and (
        not name.endswith(".txt") or (body.startswith(b"tree") and b"end of trees" in body)
    )
