"""From a version to the next: plain documents in, plain documents out, nothing read from elsewhere.

Each function takes exactly what the release before wrote (the tests hold such documents as they were stored).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_MOODS: Final = {"water": "thirsty", "ok": "happy"}


def verification_with_sums(item: Mapping[str, Any]) -> dict[str, Any]:
    """Version 1 of a verification had scores only: it gets no sums, and so stays out of windows."""
    return {**item, "sums": {}, "shadow": {}}


def plant_with_mood(item: Mapping[str, Any]) -> dict[str, Any]:
    """Version 1 of a plant's state was `water` or `ok`, by the values shown, and written when it was told.

    Raises:
        KeyError: it has no state, or another one.
    """
    state = {"mood": _MOODS[item["state"]], "needs_water": item["state"] == "water"}
    kept = {name: value for name, value in item.items() if name not in {"state", "changed_at"}}
    return {
        **kept,
        "station": str(item["pk"]).removeprefix("STATION#"),
        "profile": str(item["sk"]).removeprefix("ALERT#"),
        **state,
        "active": {},
        "since": str(item["changed_at"]),
        "before": None,
        "told": state,
        "notice": None,
        "notices": 0,
    }


def notice_version(item: Mapping[str, Any]) -> int:
    """Return the version of a notice without a number: the second form, with a status, had none at first."""
    return 2 if "status" in item else 1


def notice_with_status(item: Mapping[str, Any]) -> dict[str, Any]:
    """Version 1 of a notice was a claim to publish one, without its text: it went out, or never will."""
    kept = {name: value for name, value in item.items() if name != "published"}
    return {
        **kept,
        "revision": 1,
        "status": "published" if item["published"] else "superseded",
        "created_at": item["claimed_at"],
        "due_at": item["claimed_at"],
        "published_at": item["claimed_at"] if item["published"] else None,
    }
