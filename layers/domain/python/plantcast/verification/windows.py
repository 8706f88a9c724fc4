"""The track record: rolling windows pooled from verified days, one item a station.

Stored as pk `STATION#<station>`, sk `TRACK`. A window ends with the newest verified day, whatever day a run
is of, so the item depends only on the days stored and pooling again writes the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Final

from plantcast.aws import Item, ItemTable
from plantcast.common.schema import FIELD, TRACK
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.verification.days import DayVerification
from plantcast.verification.decisions import pool
from plantcast.verification.sums import BLOCKS, LeadSums, PairedSums, PublishedSums, Sums

# A week to notice, a month to assess, a year to see every season once.
WINDOWS: Final = (7, 30, 365)


def track_of(days: Sequence[DayVerification]) -> Item | None:
    """Return the item of verified days of one station, oldest first; None when there is none."""
    if not days:
        return None
    newest = days[-1]
    return {
        "pk": f"STATION#{newest.station}",
        "sk": "TRACK",
        FIELD: TRACK.version,
        "station": newest.station,
        "source": newest.source,
        "windows": {str(length): window_of(days, last=newest.day, length=length) for length in WINDOWS},
    }


def read_track(table: ItemTable, station: str) -> Item | None:
    """Return the stored track record (see docs/contracts.md), None when nothing was verified yet.

    Raises:
        SchemaVersionError: newer code wrote it.
        CorruptDataError: it has no version.
    """
    item = table.get(f"STATION#{station}", "TRACK")
    return None if item is None else TRACK.read(item, f"STATION#{station}/TRACK")


def window_of(days: Sequence[DayVerification], *, last: date, length: int) -> dict[str, Any]:
    """Pool those of the days that are among the `length` days up to `last`."""
    first = last - timedelta(days=length - 1)
    within = [day for day in days if first <= day.day <= last]
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "days": length,
        "days_verified": len(within),
        "targets": {
            target: _target(within, target) for target in TARGETS if any(target in day.sums for day in within)
        },
        "decisions": pool([day.decisions for day in within]),
    }


def _target(days: Sequence[DayVerification], target: Target) -> dict[str, Any]:
    found = [day.sums[target] for day in days if target in day.sums]
    sums = LeadSums.pool(found)
    item: dict[str, Any] = {
        "days": len(found),
        **_scores(sums, ("hours", "rmse", "bias", "coverage_80", "skill")),
    }
    published = [day.published[target] for day in days if target in day.published]
    if published:
        item["published"] = {
            "days": len(published),
            **_scores(PublishedSums.pool(published), ("hours", "rmse", "ours")),
        }
    shadows = [day.shadow[target] for day in days if target in day.shadow]
    if shadows:
        paired = PairedSums.pool(one.sums for one in shadows)
        item["shadow"] = {
            "days": len(shadows),
            # How many models took part: the runner-up changes with each training.
            "versions": len({version for one in shadows for version in one.versions}),
            "issued_versions": len({version for one in shadows for version in one.issued}),
            **_scores(paired, ("hours", "rmse", "shadow_rmse")),
        }
    return item


def _scores(sums: Sums[Any], by_lead: Sequence[str]) -> dict[str, Any]:
    """Return the scores of each block, and 48 values of each name in `by_lead`.

    Of a lead of which nothing was verified `hours` is 0, anything else None.
    """
    leads = [sums.score([lead]) for lead in range(1, LEADS + 1)]
    nothing = {"hours": 0}
    return {
        **{name: asdict(one) for name, one in sums.blocks(BLOCKS).items()},
        "by_lead": {
            name: [nothing.get(name) if one is None else getattr(one, name) for one in leads]
            for name in by_lead
        },
    }
