"""Every kind of data that is stored, and its version: the one place where versions are counted.

docs/contracts.md says what the documents hold, and under "Schema versions" how a form is changed. The way
from one version to the next is in `plantcast.schema.upgrades`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from plantcast.schema.upgrades import (
    notice_version,
    notice_with_status,
    plant_with_mood,
    verification_with_sums,
)
from plantcast.schema.versions import Schema

# Items of the table. Those that are read without a number were stored without one until their first version
# was counted.
FORECAST: Final = Schema("forecast")
SHADOW: Final = Schema("shadow forecast")
OBSERVED_DAY: Final = Schema("observed day")
STATUS: Final = Schema("station's status", unversioned=1)
NEWEST_REPORT: Final = Schema("item on the newest quality report", unversioned=1)
VERIFICATION: Final = Schema(
    "verification", version=2, upgrades=MappingProxyType({1: verification_with_sums})
)
TRACK: Final = Schema("track record")
DRIFT: Final = Schema("drift")
SKILL_ALARM: Final = Schema("skill alarm")
PLANT: Final = Schema(
    "plant's state", version=2, unversioned=1, upgrades=MappingProxyType({1: plant_with_mood})
)
NOTICE: Final = Schema(
    "notice", version=2, unversioned=notice_version, upgrades=MappingProxyType({1: notice_with_status})
)
OUTBOX_ENTRY: Final = Schema("entry of the outbox", unversioned=1)
ANSWER: Final = Schema("last answer of predict", unversioned=1)
RUN: Final = Schema("run", unversioned=1)
RUN_ENTRY: Final = Schema("entry of the list of runs", unversioned=1)
CALLS: Final = Schema("count of calls to the KMA", unversioned=1)

# Objects of the data bucket. Raw responses have none: they are in the KMA's form, as received.
OBSERVATIONS: Final = Schema("observations file", version=3)
INVENTORY: Final = Schema("inventory")
REPORT: Final = Schema("quality report")
FEATURES: Final = Schema("features file", unversioned=1)
MODEL: Final = Schema(
    "model",
    version=2,
    oldest=2,
    # Version 1 had trees only; the linear part and the networks cannot be made without training.
    lost=MappingProxyType({1: "Train again, or roll back to a version that this code reads."}),
)
MODEL_METADATA: Final = Schema("metadata of a model", unversioned=1)
DECISION: Final = Schema("decision on a model", unversioned=1)
POINTER: Final = Schema("production pointer")
BACKFILL_FAILURE: Final = Schema("failure of a backfill", unversioned=1)
BACKFILL_REPORT: Final = Schema("report on a backfill")
