"""Issued forecasts: the 48-hour path of both targets, one DynamoDB item for each station and origin.

Plain Python: the API reads these without numpy or pandas.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, PlainSerializer, TypeAdapter
from pydantic.dataclasses import dataclass

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import HOUR, KST, iso_hour
from plantcast.common.schema import FIELD, FORECAST
from plantcast.forecasting import LEADS, Target
from plantcast.forecasting.path import TargetPath
from plantcast.guidance.status import GuidanceSource
from plantcast.observations import ATTRIBUTION

# Reason of a forecast computed after the fact, by a run of a past day: kept apart, never verified.
HINDCAST: Final = "hindcast"

ModelKind = Literal["lightgbm", "damped_anomaly"]
Status = Literal["ok", "degraded"]

# Ten years, as long as the longest history a deployment trains on; at 24 items of 8 KB a day that is 70 MB a
# year and station. Not less: a replay demo runs years in the past, and its items must not be born expired.
RETENTION: Final = timedelta(days=3653)
# Its data are under CC BY 4.0, which asks for the name, a link and the licence.
OPEN_METEO_ATTRIBUTION: Final = "Weather data by Open-Meteo.com (https://open-meteo.com), CC BY 4.0"
# A run is due every night at 02:00 and may wait for observations until about 11:00. A forecast 36 hours old
# (14:00 on the next day) has outlived a whole night without a successor: nobody should act on it.
STALE_AFTER: Final = timedelta(hours=36)


@dataclass(frozen=True)
class ModelUsed:
    """The model of a target: a registered LightGBM `version`, or the damped anomaly (`version` None)."""

    kind: ModelKind
    version: str | None


def _full_hour(time: datetime) -> datetime:
    if (time.minute, time.second, time.microsecond) != (0, 0, 0):
        raise ValueError(f"{time.isoformat()} is not a full hour")
    return time.astimezone(KST)


FullHour = Annotated[AwareDatetime, AfterValidator(_full_hour), PlainSerializer(iso_hour)]
# Seconds are stored; truncated on creation, a forecast equals its stored self. One offset all year, so that
# the text orders as the time does (the condition of `issue`).
IssueTime = Annotated[
    AwareDatetime,
    AfterValidator(lambda time: time.astimezone(KST).replace(microsecond=0)),
    PlainSerializer(lambda time: time.isoformat(timespec="seconds")),
]


@dataclass(frozen=True)
class GuidanceUsed:
    """The issue of a published forecast that a forecast uses; columns have 48 entries, leads 1…48.

    `ta` (°C), `hm` (%), `sky` (1 clear, 3 mostly cloudy, 4 overcast) and `pop` (probability of precipitation,
    %) are as published, None where the issue has no value. `shares` are those of the guidance in the
    forecast, 0…1 (0: the station model alone).
    """

    source: GuidanceSource
    issued_at: FullHour
    ta: tuple[float | None, ...]
    hm: tuple[float | None, ...]
    sky: tuple[float | None, ...]
    pop: tuple[float | None, ...]
    shares: dict[Target, tuple[float, ...]]

    def published(self, target: Target) -> tuple[float | None, ...]:
        """Return what was published of one target."""
        return self.ta if target == "ta" else self.hm


@dataclass(frozen=True)
class Forecast:
    """One issued forecast. `origin` is the last observation used; lead = valid_at − origin in hours.

    `degraded_reasons` are codes of what was missing (empty: nothing).
    `history_hours` is how many observed hours the models could learn from. `guidance` is None where the
    station model stands alone; `guidance_reasons` are codes of why guidance or live observations are not or
    only partly used (`plantcast.guidance.status`): they do not make a forecast degraded.

    Raises:
        ValidationError: a time has no zone, or the origin is not a full hour.
    """

    station: str
    origin: FullHour
    issued_at: IssueTime
    run_id: str
    source: str
    degraded_reasons: tuple[str, ...]
    history_hours: int
    models: dict[Target, ModelUsed]
    ta: TargetPath
    hm: TargetPath
    guidance: GuidanceUsed | None = None
    guidance_reasons: tuple[str, ...] = ()

    @property
    def valid_at(self) -> tuple[datetime, ...]:
        """The 48 hours forecast, leads 1…48."""
        return tuple(self.origin + lead * HOUR for lead in range(1, LEADS + 1))

    @property
    def is_hindcast(self) -> bool:
        """Whether it was computed after the fact, by a run of a past day."""
        return HINDCAST in self.degraded_reasons

    @property
    def status(self) -> Status:
        """`degraded` when there is a degraded reason, otherwise `ok`."""
        return "degraded" if self.degraded_reasons else "ok"

    def is_stale(self, now: datetime) -> bool:
        """Whether it was issued more than `STALE_AFTER` before `now`, or no longer reaches `now`."""
        return now - self.issued_at > STALE_AFTER or now >= self.valid_at[-1] + HOUR

    @property
    def attribution(self) -> str:
        """The attribution to show with the forecast: of the observations, and of guidance by someone else."""
        own = attribution(self.source)
        if self.guidance is None:
            return own
        return "; ".join(dict.fromkeys([own, guidance_attribution(self.guidance.source, self.source)]))

    def path(self, target: Target) -> TargetPath:
        """Return the path of one target."""
        return self.ta if target == "ta" else self.hm


def attribution(source: str) -> str:
    """Return the attribution shown wherever a forecast made from this `source` is shown."""
    if source == "synthetic":
        return "합성 자료 (synthetic weather), not observations"
    if source == "replay":
        return f"{ATTRIBUTION} — 과거 관측 재생 (replay)"
    if source == "simulation":
        return "가상 재연 (simulation): 덥고 건조한 모의 날씨, not a real forecast"
    return ATTRIBUTION


def guidance_attribution(guidance: GuidanceSource, source: str) -> str:
    """Return the attribution of a published forecast; a simulator's is no one's but its own."""
    if guidance == "open_meteo" and source == "kma":
        return OPEN_METEO_ATTRIBUTION
    return attribution(source)


class ForecastStore:
    """Forecasts in the table: pk `STATION#<station>`, sk `ISSUE#<origin>` or `HINDCAST#<origin>`.

    With guidance, `#<issue time of the guidance>` follows an issued forecast's origin: an origin has a
    forecast for each issue that was used, and the newest counts.

    Reading raises CorruptDataError for an item that is not a forecast.
    """

    def __init__(self, table: ItemTable) -> None:
        self._table = table

    def issue(self, forecast: Forecast) -> bool:
        """Store the forecast; return False where the stored one of the same origin and issue stays.

        An issued forecast is final once its first hour has begun; before that, and among hindcasts, the one
        computed last is kept.
        """
        item = to_item(forecast)
        if forecast.is_hindcast or forecast.issued_at < forecast.valid_at[0]:
            return self._table.put_if_newer(item, attribute="issued_at")
        return self._table.put_if_absent(item)

    def latest(self, station: str) -> Forecast | None:
        """Return the forecast with the newest origin, and of that the newest issue, or None.

        One query for one item.
        """
        found = self.recent(station, 1)
        return found[0] if found else None

    def at(self, station: str, origin: datetime) -> Forecast | None:
        """Return the forecast issued from `origin` with the newest issue of guidance, or None."""
        return self._one(station, origin, newest_first=True)

    def first_at(self, station: str, origin: datetime) -> Forecast | None:
        """Return the first forecast issued from `origin`, the one that verification scores, or None."""
        return self._one(station, origin, newest_first=False)

    def _one(self, station: str, origin: datetime, *, newest_first: bool) -> Forecast | None:
        items = self._table.query(_pk(station), sk_prefix=_sk(origin), newest_first=newest_first, limit=1)
        return FORECAST.parse(items[0], _FORECAST) if items else None

    def hindcast(self, station: str, origin: datetime) -> Forecast | None:
        """Return the hindcast from `origin`, or None."""
        item = self._table.get(_pk(station), _hindcast_sk(origin))
        return None if item is None else FORECAST.parse(item, _FORECAST)

    def recent(self, station: str, n: int) -> list[Forecast]:
        """Return up to `n` forecasts, newest origin first, of one origin the newest issue first."""
        items = self._table.query(_pk(station), sk_prefix="ISSUE#", newest_first=True, limit=n)
        return [FORECAST.parse(item, _FORECAST) for item in items]

    def of_day(self, station: str, day: date) -> list[Forecast]:
        """Return the forecasts whose origin is on `day` (KST), oldest origin first, of one origin the oldest
        issue first.
        """
        items = self._table.query(_pk(station), sk_prefix=f"ISSUE#{day.isoformat()}")
        return [FORECAST.parse(item, _FORECAST) for item in items]


def _pk(station: str) -> str:
    return f"STATION#{station}"


def _sk(origin: datetime) -> str:
    return f"ISSUE#{iso_hour(origin)}"


def _issued_sk(forecast: Forecast) -> str:
    issue = "" if forecast.guidance is None else f"#{iso_hour(forecast.guidance.issued_at)}"
    return _sk(forecast.origin) + issue


def _hindcast_sk(origin: datetime) -> str:
    return f"HINDCAST#{iso_hour(origin)}"


_FORECAST: Final = TypeAdapter(Forecast)


def to_item(forecast: Forecast) -> Item:
    """Return the item as stored."""
    return {
        "pk": _pk(forecast.station),
        "sk": _hindcast_sk(forecast.origin) if forecast.is_hindcast else _issued_sk(forecast),
        FIELD: FORECAST.version,
        **_FORECAST.dump_python(forecast, mode="json"),
        "expires_at": int((forecast.issued_at + RETENTION).timestamp()),
    }
