"""Shadow forecasts: the path of each target's runner-up, stored beside a run's forecast, never shown.

Scored later on the same hours as the issued path, they say in service, not only on held-out days, whether
the model that was not chosen would have done better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import iso_hour, parse_hour
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.common.schema import FIELD, SHADOW
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.issued import RETENTION, Forecast
from plantcast.forecasting.path import TargetPath, path_from_item, path_to_item


@dataclass(frozen=True)
class ShadowPath:
    """One target's path for leads 1…48, in its unit, by a registered `version` that is not in production."""

    version: str
    path: TargetPath


@dataclass(frozen=True)
class ShadowForecast:
    """The runner-ups' paths from one origin: only of the targets that have a runner-up, at least one.

    `issued_at` and `run_id` are those of the issued forecast it stands beside.

    Raises:
        InvalidInputError: there is no path, or one of an unknown target.
    """

    station: str
    origin: datetime
    issued_at: datetime
    run_id: str
    source: str
    paths: Mapping[Target, ShadowPath]

    def __post_init__(self) -> None:
        if not self.paths or not set(self.paths) <= set(TARGETS):
            raise InvalidInputError(
                f"A shadow forecast has paths of {sorted(self.paths)}.",
                remedy=f"Give a path of at least one of {', '.join(TARGETS)}.",
            )

    @classmethod
    def beside(cls, forecast: Forecast, paths: Mapping[Target, ShadowPath]) -> ShadowForecast:
        """Return the shadow of an issued forecast."""
        return cls(
            forecast.station, forecast.origin, forecast.issued_at, forecast.run_id, forecast.source, paths
        )


class ShadowStore:
    """Shadow forecasts in the table: pk `STATION#<station>`, sk `SHADOW#<origin>`."""

    def __init__(self, table: ItemTable) -> None:
        self._table = table

    def issue(self, shadow: ShadowForecast) -> bool:
        """Store the shadow unless one issued later for the same origin is stored; say whether it was."""
        return self._table.put_if_newer(_to_item(shadow), attribute="issued_at")

    def at(self, station: str, origin: datetime) -> ShadowForecast | None:
        """Return the shadow issued from `origin`, or None.

        Raises:
            CorruptDataError: the stored item cannot be understood.
        """
        item = self._table.get(f"STATION#{station}", f"SHADOW#{iso_hour(origin)}")
        return None if item is None else _from_item(item)

    def of_day(self, station: str, day: date) -> list[ShadowForecast]:
        """Return the shadows whose origin lies on `day` (KST), oldest origin first.

        Raises:
            CorruptDataError: a stored item cannot be understood.
        """
        items = self._table.query(f"STATION#{station}", sk_prefix=f"SHADOW#{day.isoformat()}")
        return [_from_item(item) for item in items]


def _to_item(shadow: ShadowForecast) -> Item:
    return {
        "pk": f"STATION#{shadow.station}",
        "sk": f"SHADOW#{iso_hour(shadow.origin)}",
        FIELD: SHADOW.version,
        "station": shadow.station,
        "origin": iso_hour(shadow.origin),
        # As in the issued forecast: one offset all year, so that the text orders as the time does.
        "issued_at": shadow.issued_at.isoformat(timespec="seconds"),
        "run_id": shadow.run_id,
        "source": shadow.source,
        "models": {target: shadowed.version for target, shadowed in shadow.paths.items()},
        "paths": {target: path_to_item(shadowed.path) for target, shadowed in shadow.paths.items()},
        "expires_at": int((shadow.issued_at + RETENTION).timestamp()),
    }


def _from_item(item: Item) -> ShadowForecast:
    where = f"{item.get('pk')}/{item.get('sk')}"
    try:
        item = SHADOW.read(item, where)
        return ShadowForecast(
            station=str(item["station"]),
            origin=parse_hour(item["origin"], name="origin"),
            issued_at=datetime.fromisoformat(item["issued_at"]),
            run_id=str(item["run_id"]),
            source=str(item["source"]),
            paths={
                target: ShadowPath(str(item["models"][target]), path_from_item(path))
                for target, path in item["paths"].items()
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError, InvalidInputError) as error:
        raise CorruptDataError(
            f"The stored shadow forecast {where} cannot be read ({type(error).__name__}: {error}).",
            remedy="Remove the item: shadows are only compared, nothing depends on them.",
        ) from error
