"""Verified days in the table: pk `STATION#<station>`, sk `VERIFY#<day>`.

An item depends only on forecasts, shadows and observations, so verifying a day again writes the same item, or
a better one when observations were late or corrected. With one origin a day it takes some 5 KB.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import iso_hour, parse_hour
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.common.schema import FIELD, VERIFICATION
from plantcast.verification.days import DayVerification, ShadowDay
from plantcast.verification.sums import LeadSums, PairedSums, Scores, rounded


class VerificationStore:
    """Verified days in the table."""

    def __init__(self, table: ItemTable) -> None:
        self._table = table

    def put(self, verified: DayVerification) -> None:
        """Store a verified day in place of what is stored."""
        self._table.put(to_item(verified))

    def newest(self, station: str, n: int) -> list[DayVerification]:
        """Return up to `n` verified days, the newest ones, oldest first.

        Raises:
            CorruptDataError: a stored item cannot be understood.
        """
        items = self._table.query(f"STATION#{station}", sk_prefix="VERIFY#", newest_first=True, limit=n)
        return [from_item(item) for item in reversed(items)]


def to_item(verified: DayVerification) -> Item:
    """Return the item as stored."""
    return {
        "pk": f"STATION#{verified.station}",
        "sk": f"VERIFY#{verified.day.isoformat()}",
        FIELD: VERIFICATION.version,
        "station": verified.station,
        "day": verified.day.isoformat(),
        "source": verified.source,
        "origins": [iso_hour(origin) for origin in verified.origins],
        "scores": {
            target: {name: rounded(asdict(scores)) for name, scores in blocks.items()}
            for target, blocks in verified.scores.items()
        },
        "sums": {target: sums.to_item() for target, sums in verified.sums.items()},
        "shadow": {
            target: {
                "versions": list(shadow.versions),
                "issued": list(shadow.issued),
                "sums": shadow.sums.to_item(),
                **{name: rounded(asdict(compared)) for name, compared in shadow.blocks().items()},
            }
            for target, shadow in verified.shadow.items()
        },
    }


def from_item(item: Item) -> DayVerification:
    """Read an item of this schema version or the one before.

    Raises:
        CorruptDataError: it cannot be understood.
    """
    try:
        item = VERIFICATION.read(item, f"{item.get('pk')}/{item.get('sk')}")
        return DayVerification(
            station=str(item["station"]),
            day=date.fromisoformat(item["day"]),
            source=str(item["source"]),
            origins=tuple(parse_hour(origin, name="origin") for origin in item["origins"]),
            scores={
                target: {name: Scores(**scores) for name, scores in blocks.items()}
                for target, blocks in item["scores"].items()
            },
            sums={target: LeadSums.from_item(sums) for target, sums in item["sums"].items()},
            shadow={target: _shadow(shadow) for target, shadow in item["shadow"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError, InvalidInputError) as error:
        raise CorruptDataError(
            f"The verification {item.get('pk')}/{item.get('sk')} cannot be read "
            f"({type(error).__name__}: {error}).",
            remedy="Remove the item; of the last week the next run writes it anew.",
        ) from error


def _shadow(item: Mapping[str, Any]) -> ShadowDay:
    return ShadowDay(tuple(item["versions"]), tuple(item["issued"]), PairedSums.from_item(item["sums"]))
