"""Every kind of data that is stored, and its version: the one place where versions are counted.

docs/contracts.md describes the documents, and under "Schema versions" when a version is raised.
"""

from __future__ import annotations

from typing import Final

from plantcast.common.schema.versions import Schema

# Items of the table.
FORECAST: Final = Schema("forecast")
SHADOW: Final = Schema("shadow forecast")
OBSERVED_DAY: Final = Schema("observed day")
STATUS: Final = Schema("station's status")
NEWEST_REPORT: Final = Schema("item on the newest quality report")
VERIFICATION: Final = Schema("verification", version=2)
TRACK: Final = Schema("track record")
DRIFT: Final = Schema("drift")
SKILL_ALARM: Final = Schema("skill alarm")
PLANT: Final = Schema("plant's state", version=2)
NOTICE: Final = Schema("notice", version=2)
ANSWER: Final = Schema("last answer of predict")
RUN: Final = Schema("run")
RUN_ENTRY: Final = Schema("entry of the list of runs")
RUN_STEP: Final = Schema("result of a step")
CALLS: Final = Schema("count of calls to the KMA")

# Objects of the data bucket. Raw responses have none: they are in the KMA's form, as received.
OBSERVATIONS: Final = Schema("observations file", version=3)
REPORT: Final = Schema("quality report")
FEATURES: Final = Schema("features file")
MODEL: Final = Schema("model", version=2)
MODEL_METADATA: Final = Schema("metadata of a model")
DECISION: Final = Schema("decision on a model")
POINTER: Final = Schema("production pointer")
BACKFILL_FAILURE: Final = Schema("failure of a backfill")
BACKFILL_REPORT: Final = Schema("report on a backfill")
