"""Shadow forecasts: the path of each target's runner-up, stored beside a run's forecast, never shown.

Scored later on the same hours as the issued path, they show in service, not only on held-out days, whether
the model that was not chosen would have done better.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final

from pydantic import Field, TypeAdapter
from pydantic.dataclasses import dataclass

from plantcast.aws import ItemTable
from plantcast.common.clock import iso_hour
from plantcast.common.schema import FIELD, SHADOW
from plantcast.forecasting import Target
from plantcast.forecasting.issued import RETENTION, Forecast, FullHour, IssueTime
from plantcast.forecasting.path import TargetPath


@dataclass(frozen=True)
class ShadowPath:
    """One target's path for leads 1…48, in its unit, by a registered `version` that is not in production."""

    version: str
    path: TargetPath


@dataclass(frozen=True)
class ShadowForecast:
    """The runner-ups' paths from one origin: only of the targets that have a runner-up, at least one.

    `issued_at` and `run_id` are those of the issued forecast beside it.

    Raises:
        ValidationError: there is no path, or one of an unknown target.
    """

    station: str
    origin: FullHour
    issued_at: IssueTime
    run_id: str
    source: str
    paths: Annotated[dict[Target, ShadowPath], Field(min_length=1)]

    @classmethod
    def beside(cls, forecast: Forecast, paths: dict[Target, ShadowPath]) -> ShadowForecast:
        """Return the shadow of an issued forecast."""
        return cls(
            forecast.station, forecast.origin, forecast.issued_at, forecast.run_id, forecast.source, paths
        )


_SHADOW: Final = TypeAdapter(ShadowForecast)


class ShadowStore:
    """Shadow forecasts in the table: pk `STATION#<station>`, sk `SHADOW#<origin>`."""

    def __init__(self, table: ItemTable) -> None:
        self._table = table

    def issue(self, shadow: ShadowForecast) -> bool:
        """Store the shadow unless one issued later for the same origin is stored; return whether it was."""
        item = {
            "pk": f"STATION#{shadow.station}",
            "sk": f"SHADOW#{iso_hour(shadow.origin)}",
            FIELD: SHADOW.version,
            **_SHADOW.dump_python(shadow, mode="json"),
            "expires_at": int((shadow.issued_at + RETENTION).timestamp()),
        }
        return self._table.put_if_newer(item, attribute="issued_at")

    def at(self, station: str, origin: datetime) -> ShadowForecast | None:
        """Return the shadow issued from `origin`, or None.

        Raises:
            CorruptDataError: the stored item cannot be read.
        """
        item = self._table.get(f"STATION#{station}", f"SHADOW#{iso_hour(origin)}")
        return None if item is None else SHADOW.parse(item, _SHADOW)

    def of_day(self, station: str, day: date) -> list[ShadowForecast]:
        """Return the shadows whose origin is on `day` (KST), oldest origin first.

        Raises:
            CorruptDataError: a stored item cannot be read.
        """
        items = self._table.query(f"STATION#{station}", sk_prefix=f"SHADOW#{day.isoformat()}")
        return [SHADOW.parse(item, _SHADOW) for item in items]
