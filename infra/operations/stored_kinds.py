"""Which kind of data lies under which key: docs/contracts.md as patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from plantcast.schema import Schema, kinds

Form = Literal["json", "months", "features", "raw", "parts"]


@dataclass(frozen=True)
class ItemKind:
    """Items whose keys `pk` and `sk` match."""

    name: str
    schema: Schema
    pk: re.Pattern[str]
    sk: re.Pattern[str]


@dataclass(frozen=True)
class ObjectKind:
    """Objects whose keys match; `schema` is None for what has no version of its own.

    Of those, `raw` is as received and `parts` belong to an object that says the version for them.
    """

    name: str
    schema: Schema | None
    key: re.Pattern[str]
    form: Form


def _item(name: str, schema: Schema, pk: str, sk: str) -> ItemKind:
    return ItemKind(name, schema, re.compile(pk), re.compile(sk))


def _object(name: str, schema: Schema | None, key: str, form: Form = "json") -> ObjectKind:
    return ObjectKind(name, schema, re.compile(key), form)


_STATION: Final = r"STATION#\d+"
_RUN: Final = r"run=[^/]+"
_TARGET: Final = r"models/station=\d+/(?:ta|hm)"

ITEMS: Final = (
    _item("ISSUE", kinds.FORECAST, _STATION, r"ISSUE#.+"),
    _item("SHADOW", kinds.SHADOW, _STATION, r"SHADOW#.+"),
    _item("OBS", kinds.OBSERVED_DAY, _STATION, r"OBS#.+"),
    _item("STATUS", kinds.STATUS, _STATION, "STATUS"),
    _item("QUALITY", kinds.NEWEST_REPORT, _STATION, "QUALITY"),
    _item("VERIFY", kinds.VERIFICATION, _STATION, r"VERIFY#.+"),
    _item("TRACK", kinds.TRACK, _STATION, "TRACK"),
    _item("DRIFT", kinds.DRIFT, _STATION, "DRIFT"),
    _item("ALARM", kinds.SKILL_ALARM, _STATION, r"ALARM#skill#.+"),
    _item("ALERT", kinds.PLANT, _STATION, r"ALERT#.+"),
    _item("NOTICE", kinds.NOTICE, rf"{_STATION}|PIPELINE", r"NOTICE#.+"),
    _item("OUTBOX", kinds.OUTBOX_ENTRY, "OUTBOX", r".+"),
    _item("PREDICT", kinds.ANSWER, "PREDICT", _STATION),
    _item("RUN", kinds.RUN, "PIPELINE", r"RUN#.+"),
    _item("STARTED", kinds.RUN_ENTRY, "PIPELINE", r"STARTED#.+"),
    _item("QUOTA", kinds.CALLS, "QUOTA", r"DAY#.+"),
)

OBJECTS: Final = (
    _object("raw", None, r"raw/.+", "raw"),
    _object("observations", kinds.OBSERVATIONS, r"observations/station=\d+/.+\.parquet", "months"),
    _object("inventory", kinds.INVENTORY, r"inventory/station=\d+\.json"),
    _object("quality", kinds.REPORT, r"quality/station=\d+/.+/report\.json"),
    _object("backfill chunks", None, rf"backfill/{_RUN}/chunks\.json", "parts"),
    _object("backfill failures", kinds.BACKFILL_FAILURE, rf"backfill/{_RUN}/failures/.+\.json"),
    _object("backfill report", kinds.BACKFILL_REPORT, rf"backfill/{_RUN}/report\.json"),
    _object("features", kinds.FEATURES, rf"features/{_RUN}/station=\d+/features\.parquet", "features"),
    _object("model", kinds.MODEL, rf"{_TARGET}/versions/[^/]+/(?:evaluation|serving)/model\.json"),
    _object("model metadata", kinds.MODEL_METADATA, rf"{_TARGET}/versions/[^/]+/metadata\.json"),
    _object("model parts", None, rf"{_TARGET}/versions/[^/]+/.+", "parts"),
    _object("decision", kinds.DECISION, rf"{_TARGET}/decisions/[^/]+\.json"),
    _object("pointer", kinds.POINTER, rf"{_TARGET}/production\.json"),
)


def item_kind(pk: str, sk: str) -> ItemKind | None:
    """Return the kind of an item, None for one that nothing here writes."""
    return next((kind for kind in ITEMS if kind.pk.fullmatch(pk) and kind.sk.fullmatch(sk)), None)


def object_kind(key: str) -> ObjectKind | None:
    """Return the kind of an object, None for one that nothing here writes."""
    return next((kind for kind in OBJECTS if kind.key.fullmatch(key)), None)
