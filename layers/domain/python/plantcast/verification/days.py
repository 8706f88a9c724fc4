"""Issued forecasts and their shadows against observations, a day (KST) at a time.

Stored as pk `STATION#<station>`, sk `VERIFY#<day>`. An item depends only on forecasts, shadows and
observations, so verifying a day again writes the same item, or a better one when observations were late or
corrected.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import iso_hour, parse_hour
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.common.schema import FIELD, VERIFICATION
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasting.issued import Forecast
from plantcast.forecasting.path import TargetPath
from plantcast.forecasting.shadows import ShadowForecast
from plantcast.verification.sums import LeadSums, Pair, PairedSums

if TYPE_CHECKING:
    import pandas as pd

# Values by hour; an hour without a value is not in it.
Observed = Mapping[Target, Mapping[datetime, float]]


@dataclass(frozen=True)
class ShadowDay:
    """A target's shadow beside what was issued, over identical hours of one day.

    `versions` are the shadow's, `issued` those it is compared with (None: the damped anomaly), each in the
    order of their origins.
    """

    versions: tuple[str, ...]
    issued: tuple[str | None, ...]
    sums: PairedSums


@dataclass(frozen=True)
class DayVerification:
    """The forecasts valid on `day`, verified: sums of each target; `shadow` only of targets with a shadow."""

    station: str
    day: date
    source: str
    origins: tuple[datetime, ...]
    sums: Mapping[Target, LeadSums]
    shadow: Mapping[Target, ShadowDay]

    def to_item(self) -> Item:
        """Return the item as stored."""
        return {
            "pk": f"STATION#{self.station}",
            "sk": f"VERIFY#{self.day.isoformat()}",
            FIELD: VERIFICATION.version,
            "station": self.station,
            "day": self.day.isoformat(),
            "source": self.source,
            "origins": [iso_hour(origin) for origin in self.origins],
            "sums": {target: sums.to_item() for target, sums in self.sums.items()},
            "shadow": {
                target: {
                    "versions": list(shadow.versions),
                    "issued": list(shadow.issued),
                    "issued_sums": shadow.sums.issued.to_item(),
                    "shadow_sums": shadow.sums.shadow.to_item(),
                }
                for target, shadow in self.shadow.items()
            },
        }

    @classmethod
    def from_item(cls, item: Item) -> DayVerification:
        """Read a stored item.

        Raises:
            CorruptDataError: it cannot be read.
            SchemaVersionError: newer code wrote it.
        """
        where = f"{item.get('pk')}/{item.get('sk')}"
        try:
            item = VERIFICATION.read(item, where)
            return cls(
                station=str(item["station"]),
                day=date.fromisoformat(item["day"]),
                source=str(item["source"]),
                origins=tuple(parse_hour(origin, name="origin") for origin in item["origins"]),
                sums={target: LeadSums.from_item(sums) for target, sums in item["sums"].items()},
                shadow={
                    target: ShadowDay(
                        tuple(shadow["versions"]),
                        tuple(shadow["issued"]),
                        PairedSums(
                            LeadSums.from_item(shadow["issued_sums"]),
                            LeadSums.from_item(shadow["shadow_sums"]),
                        ),
                    )
                    for target, shadow in item["shadow"].items()
                },
            )
        except (KeyError, TypeError, ValueError, AttributeError, InvalidInputError) as error:
            raise CorruptDataError(
                f"The verification {where} cannot be read ({type(error).__name__}: {error}).",
                remedy="Remove the item; of the last week the next run writes it anew.",
            ) from error


def newest_days(table: ItemTable, station: str, n: int) -> list[DayVerification]:
    """Return up to `n` verified days, the newest ones, oldest first.

    Raises:
        CorruptDataError: a stored item cannot be read.
    """
    items = table.query(f"STATION#{station}", sk_prefix="VERIFY#", newest_first=True, limit=n)
    return [DayVerification.from_item(item) for item in reversed(items)]


def observed_from(frame: pd.DataFrame) -> Observed:
    """Take the targets out of a lake frame (see docs/contracts.md); missing values are left out."""
    hours = [hour.to_pydatetime() for hour in frame.index]
    return {
        target: {
            hour: value
            for hour, value in zip(hours, frame[target].astype(float).tolist(), strict=True)
            if math.isfinite(value)
        }
        for target in TARGETS
    }


def verify_day(
    forecasts: Sequence[Forecast],
    observed: Observed,
    day: date,
    shadows: Sequence[ShadowForecast] = (),
) -> DayVerification | None:
    """Score the hours of `day` (KST) in `forecasts` of one station; None when no such hour was observed."""
    used = [forecast for forecast in forecasts if any(hour.date() == day for hour in forecast.valid_at)]
    pairs = {
        target: [
            pair
            for forecast in used
            for pair in _pairs(forecast.path(target), forecast, observed[target], day)
        ]
        for target in TARGETS
    }
    sums = {target: LeadSums.of(found) for target, found in pairs.items() if found}
    if not sums:
        return None
    by_origin = {shadow.origin: shadow for shadow in shadows}
    compared = {target: _compare(used, by_origin, observed[target], target, day) for target in sums}
    return DayVerification(
        station=used[0].station,
        day=day,
        source=used[-1].source,
        origins=tuple(forecast.origin for forecast in used),
        sums=sums,
        shadow={target: shadow for target, shadow in compared.items() if shadow is not None},
    )


def _compare(
    forecasts: Sequence[Forecast],
    shadows: Mapping[datetime, ShadowForecast],
    observed: Mapping[datetime, float],
    target: Target,
    day: date,
) -> ShadowDay | None:
    versions: dict[str, None] = {}
    issued_versions: dict[str | None, None] = {}
    issued: list[Pair] = []
    shadowed: list[Pair] = []
    for forecast in forecasts:
        shadow = shadows.get(forecast.origin)
        one = None if shadow is None else shadow.paths.get(target)
        used = forecast.models[target].version
        # Issued again after a promotion, a forecast can have an older shadow of its own model.
        if one is None or one.version == used:
            continue
        pairs = list(_pairs(one.path, forecast, observed, day))
        if pairs:
            versions[one.version] = None
            issued_versions[used] = None
            shadowed += pairs
            issued += _pairs(forecast.path(target), forecast, observed, day)
    if not shadowed:
        return None
    sums = PairedSums(LeadSums.of(issued), LeadSums.of(shadowed))
    return ShadowDay(tuple(versions), tuple(issued_versions), sums)


def _pairs(
    path: TargetPath, forecast: Forecast, observed: Mapping[datetime, float], day: date
) -> Iterator[Pair]:
    for lead, valid_at in zip(range(1, LEADS + 1), forecast.valid_at, strict=True):
        if valid_at.date() != day or valid_at not in observed:
            continue
        # Whole days back until the hour is not after the origin: what persistence could know.
        known = valid_at - timedelta(days=-(-lead // 24))
        yield Pair(
            lead,
            path.mean[lead - 1],
            path.p10[lead - 1],
            path.p90[lead - 1],
            observed[valid_at],
            observed.get(known),
        )
