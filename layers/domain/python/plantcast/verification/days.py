"""Issued forecasts, their shadows and the KMA's own against observations, a day (KST) at a time.

Every origin counts once, those of the hourly updates like the nightly one. Of several paths from one origin
(guidance was renewed while observations were not) the first one issued is scored: so a lead stays a lead, and
updates do not change the scores of the night. A path that uses guidance is scored on the hours after it was
issued, since guidance may know what was observed until then; a path without knows nothing after its origin,
and is scored on every hour.

Stored as pk `STATION#<station>`, sk `VERIFY#<day>`. An item depends only on forecasts, shadows and
observations, so verifying a day again writes the same item, or a better one when observations were late or
corrected.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import HOUR, iso_hour, parse_hour
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.common.schema import FIELD, VERIFICATION
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.issued import Forecast
from plantcast.forecasting.path import TargetPath
from plantcast.forecasting.shadows import ShadowForecast
from plantcast.verification.decisions import Decision, DecisionName, decide_day
from plantcast.verification.sums import LeadSums, Pair, PairedSums, PublishedSums

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
    """The forecasts valid on `day`, verified: sums of each target, and `decisions` of the last one before it.

    `shadow` and `published` (the KMA's forecast beside ours) only of targets that have one.
    """

    station: str
    day: date
    source: str
    origins: tuple[datetime, ...]
    sums: Mapping[Target, LeadSums]
    shadow: Mapping[Target, ShadowDay]
    published: Mapping[Target, PublishedSums] = field(default_factory=dict)
    decisions: Mapping[DecisionName, Decision] = field(default_factory=dict)

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
            "published": {target: sums.to_item() for target, sums in self.published.items()},
            "decisions": {name: asdict(decision) for name, decision in self.decisions.items()},
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
                published={
                    target: PublishedSums.from_item(sums) for target, sums in item["published"].items()
                },
                decisions={name: Decision(**decision) for name, decision in item["decisions"].items()},
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
    scored = _scored_leads(forecasts, day)
    pairs = {
        target: [
            pair
            for forecast, leads in scored
            for pair in _pairs(
                forecast.path(target), forecast, observed[target], leads, _published(forecast, target)
            )
        ]
        for target in TARGETS
    }
    sums = {target: LeadSums.of(found) for target, found in pairs.items() if found}
    if not sums:
        return None
    # A shadow is compared with the very forecast it was computed beside: from the same hours and guidance.
    beside = {(shadow.origin, shadow.issued_at): shadow for shadow in shadows}
    compared = {target: _compare(scored, beside, observed[target], target) for target in sums}
    published = {target: PublishedSums.of(pairs[target]) for target in sums}
    newest = scored[-1][0]
    return DayVerification(
        station=newest.station,
        day=day,
        source=newest.source,
        origins=tuple(dict.fromkeys(forecast.origin for forecast, _ in scored)),
        sums=sums,
        published={target: one for target, one in published.items() if any(one.hours)},
        shadow={target: shadow for target, shadow in compared.items() if shadow is not None},
        decisions=decide_day(forecasts, observed, day),
    )


def _scored_leads(forecasts: Sequence[Forecast], day: date) -> list[tuple[Forecast, list[int]]]:
    """Return the first forecast of each origin, oldest first, with the leads it is scored at on `day`."""
    first: dict[datetime, Forecast] = {}
    for forecast in sorted(forecasts, key=lambda one: one.issued_at):
        first.setdefault(forecast.origin, forecast)
    found = [(first[origin], _leads_on(first[origin], day)) for origin in sorted(first)]
    return [(forecast, leads) for forecast, leads in found if leads]


def _leads_on(forecast: Forecast, day: date) -> list[int]:
    known = forecast.origin if forecast.guidance is None else forecast.issued_at
    hours = enumerate(forecast.valid_at, start=1)
    return [lead for lead, valid_at in hours if valid_at.date() == day and valid_at > known]


def _published(forecast: Forecast, target: Target) -> Sequence[float | None] | None:
    """Return the KMA's forecast of each lead that a forecast used, None where it used none of the KMA's."""
    guidance = forecast.guidance
    return guidance.published(target) if guidance is not None and guidance.source == "kma" else None


def _compare(
    scored: Sequence[tuple[Forecast, list[int]]],
    shadows: Mapping[tuple[datetime, datetime], ShadowForecast],
    observed: Mapping[datetime, float],
    target: Target,
) -> ShadowDay | None:
    versions: dict[str, None] = {}
    issued_versions: dict[str | None, None] = {}
    issued: list[Pair] = []
    shadowed: list[Pair] = []
    for forecast, leads in scored:
        shadow = shadows.get((forecast.origin, forecast.issued_at))
        one = None if shadow is None else shadow.paths.get(target)
        used = forecast.models[target].version
        # Issued before a promotion, a forecast rests on the model that is the runner-up since.
        if one is None or one.version == used:
            continue
        pairs = list(_pairs(one.path, forecast, observed, leads))
        if pairs:
            versions[one.version] = None
            issued_versions[used] = None
            shadowed += pairs
            issued += _pairs(forecast.path(target), forecast, observed, leads)
    if not shadowed:
        return None
    sums = PairedSums(LeadSums.of(issued), LeadSums.of(shadowed))
    return ShadowDay(tuple(versions), tuple(issued_versions), sums)


def _pairs(
    path: TargetPath,
    forecast: Forecast,
    observed: Mapping[datetime, float],
    leads: Iterable[int],
    published: Sequence[float | None] | None = None,
) -> Iterator[Pair]:
    for lead in leads:
        valid_at = forecast.origin + lead * HOUR
        if valid_at not in observed:
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
            None if published is None else published[lead - 1],
        )
