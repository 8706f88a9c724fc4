"""The custom metrics that the code writes; a test compares them with the calls in the code.

None has a dimension of station, route or the like: then each would be one more paid metric a value.
"""

from __future__ import annotations

from typing import Final

CUSTOM_METRICS: Final = frozenset(
    {
        "HoursBehind",
        "NoticesPublished",
        "NoticesWaiting",
        "StationsDegraded",
        "StationsFailed",
        "StationsWithoutSkill",
    }
)
