"""What bringing ten years once costs, besides the months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from infra.operations.cost.assumptions import Assumptions
from infra.operations.cost.measurements import FUNCTION_OF, Measurements
from infra.operations.cost.stack_facts import StackFacts
from infra.operations.cost.transitions import BACKFILL, definition, of_a_backfill
from infra.operations.cost.usage import GB, Invoked, calls, lambda_use

YEARS: Final = 10
# A chunk is a calendar year of a station: ten years from any day touch eleven.
CHUNKS: Final = YEARS + 1
_NETWORK: Final = 97


def backfill_quantities(
    stations: int, measured: Measurements, facts: StackFacts, assumed: Assumptions
) -> Mapping[str, float]:
    """Return what a backfill of ten years uses: a price's name → units."""
    used: defaultdict[str, float] = defaultdict(float)
    chunks = stations * CHUNKS
    # Plan and report were measured for the whole network; a smaller one takes no more.
    networks = max(1, -(-stations // _NETWORK))
    for name, times, new in (
        ("ingest, a backfilled chunk", chunks, min(chunks, 4)),
        ("backfill, plan of 97", 1, 1),
        ("backfill, report of 97", networks, networks),
    ):
        use = measured.uses[name]
        lambda_use(used, Invoked(name, times, new), use, facts.memory_mb[FUNCTION_OF[name]], assumed)
        calls(used, Invoked(name, times, new), use)
    used["states_transition"] = of_a_backfill(definition(BACKFILL), chunks=chunks)
    used["s3_gb_month"] = stations * sum(measured.lake_bytes.values()) / GB
    return dict(used)
