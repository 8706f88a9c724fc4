"""The track record: rolling windows pooled from verified days, one item a station.

Stored as pk `STATION#<station>`, sk `TRACK`. A window ends with the newest verified day, whatever day a run
stands at, so the item depends only on the days stored and pooling again writes the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Final

from plantcast.aws import Item, ItemTable
from plantcast.common.schema import FIELD, TRACK
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.verification.days import DayVerification
from plantcast.verification.sums import BLOCKS, Comparison, LeadSums, PairedSums, Scores, rounded

# A week to notice, a month to judge, a year to see every season once.
WINDOWS: Final = (7, 30, 365)


@dataclass(frozen=True)
class ShadowWindow:
    """Issued paths beside their shadows over identical hours of `days` days.

    `versions` and `issued_versions` say how many models took part: the runner-up changes with each training.
    """

    days: int
    versions: int
    issued_versions: int
    sums: PairedSums


@dataclass(frozen=True)
class TargetWindow:
    """A target in a window: `days` is on how many days something was verified."""

    days: int
    sums: LeadSums
    shadow: ShadowWindow | None


@dataclass(frozen=True)
class Window:
    """`length` days that end with `last`; `days_verified` of them have scores, the others nothing."""

    length: int
    first: date
    last: date
    days_verified: int
    targets: Mapping[Target, TargetWindow]


@dataclass(frozen=True)
class Track:
    """The windows of a station, by their length in days."""

    station: str
    source: str
    windows: Mapping[int, Window]


def track_of(days: Sequence[DayVerification]) -> Track | None:
    """Pool verified days of one station, oldest first; None when none of them can be pooled.

    Days without sums are left out, and not counted in `days_verified`.
    """
    pooled = [day for day in days if day.sums]
    if not pooled:
        return None
    newest = pooled[-1]
    windows = {length: window_of(pooled, last=newest.day, length=length) for length in WINDOWS}
    return Track(newest.station, newest.source, windows)


def window_of(days: Sequence[DayVerification], *, last: date, length: int) -> Window:
    """Pool those of the days that lie in the `length` days up to `last`."""
    first = last - timedelta(days=length - 1)
    within = [day for day in days if first <= day.day <= last and day.sums]
    targets = {target: _target_window(within, target) for target in TARGETS}
    return Window(
        length=length,
        first=first,
        last=last,
        days_verified=len(within),
        targets={target: pooled for target, pooled in targets.items() if pooled.days},
    )


def store_track(table: ItemTable, track: Track) -> None:
    """Store the track record in place of the one before."""
    table.put(track_to_item(track))


def read_track(table: ItemTable, station: str) -> Item | None:
    """Return the stored track record (see docs/contracts.md), None when nothing was verified yet.

    Raises:
        SchemaVersionError: newer code wrote it.
        CorruptDataError: it does not say its version.
    """
    item = table.get(f"STATION#{station}", "TRACK")
    return None if item is None else TRACK.read(item, f"STATION#{station}/TRACK")


def track_to_item(track: Track) -> Item:
    """Return the item as stored: scores by lead block and by lead, not the sums."""
    return {
        "pk": f"STATION#{track.station}",
        "sk": "TRACK",
        FIELD: TRACK.version,
        "station": track.station,
        "source": track.source,
        "windows": {str(length): _window_item(window) for length, window in track.windows.items()},
    }


def _target_window(days: Sequence[DayVerification], target: Target) -> TargetWindow:
    sums = [day.sums[target] for day in days if target in day.sums]
    shadows = [day.shadow[target] for day in days if target in day.shadow]
    shadow = None
    if shadows:
        shadow = ShadowWindow(
            days=len(shadows),
            versions=len({version for one in shadows for version in one.versions}),
            issued_versions=len({version for one in shadows for version in one.issued}),
            sums=PairedSums.pool(one.sums for one in shadows),
        )
    return TargetWindow(days=len(sums), sums=LeadSums.pool(sums), shadow=shadow)


def _window_item(window: Window) -> dict[str, Any]:
    return {
        "from": window.first.isoformat(),
        "to": window.last.isoformat(),
        "days": window.length,
        "days_verified": window.days_verified,
        "targets": {target: _target_item(pooled) for target, pooled in window.targets.items()},
    }


def _target_item(pooled: TargetWindow) -> dict[str, Any]:
    by_lead = [pooled.sums.score([lead]) for lead in range(1, LEADS + 1)]
    item: dict[str, Any] = {
        "days": pooled.days,
        **{name: rounded(asdict(scores)) for name, scores in pooled.sums.blocks(BLOCKS).items()},
        "by_lead": _by_lead(by_lead, ("rmse", "bias", "coverage_80", "skill")),
    }
    if pooled.shadow is not None:
        shadow = pooled.shadow
        compared = [shadow.sums.compare([lead]) for lead in range(1, LEADS + 1)]
        item["shadow"] = {
            "days": shadow.days,
            "versions": shadow.versions,
            "issued_versions": shadow.issued_versions,
            **{name: rounded(asdict(one)) for name, one in shadow.sums.blocks(BLOCKS).items()},
            "by_lead": _by_lead(compared, ("rmse", "shadow_rmse")),
        }
    return item


def _by_lead(
    scores: Sequence[Scores | None] | Sequence[Comparison | None], names: Sequence[str]
) -> dict[str, list[Any]]:
    """Return 48 values a name: None for a lead of which nothing was verified, 0 hours."""
    columns: dict[str, list[Any]] = {"hours": [0 if one is None else one.hours for one in scores]}
    for name in names:
        values = [None if one is None else getattr(one, name) for one in scores]
        columns[name] = [None if value is None else round(value, 4) for value in values]
    return columns
