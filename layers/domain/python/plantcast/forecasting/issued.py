"""Issued forecasts: the 48-hour path of both targets, one DynamoDB item for each station and origin.

Plain Python: the API reads these without numpy or pandas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, cast, get_args

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import HOUR, KST, iso_hour, parse_hour
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.common.schema import FIELD, FORECAST
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasting.path import TargetPath, path_from_item, path_to_item
from plantcast.observations import ATTRIBUTION

# Reason of a forecast computed after the fact, by a run of a past day: kept apart, never verified.
HINDCAST: Final = "hindcast"

ModelKind = Literal["lightgbm", "damped_anomaly"]
Status = Literal["ok", "degraded"]

# Ten years, as long as the longest history a deployment trains on; at one 6 KB item a day that is 22 MB a
# station. Not less: a replay demo stands years in the past, and its items must not be born expired.
RETENTION: Final = timedelta(days=3653)
# A run is due every night at 02:00 and may wait for observations until about 11:00. A forecast 36 hours old
# (14:00 on the next day) has outlived a whole night without a successor: nobody should act on it.
STALE_AFTER: Final = timedelta(hours=36)


@dataclass(frozen=True)
class ModelUsed:
    """The model of a target: a registered LightGBM `version`, or the damped anomaly (`version` None)."""

    kind: ModelKind
    version: str | None


@dataclass(frozen=True)
class Forecast:
    """One issued forecast. `origin` is the last observation used; lead = valid_at − origin in hours.

    `degraded_reasons` are codes of what was missing (empty: nothing).
    `history_hours` is how many observed hours the models could learn from.

    Raises:
        InvalidInputError: a time has no zone, the origin is not a full hour, or a target has no model.
    """

    station: str
    origin: datetime
    issued_at: datetime
    run_id: str
    source: str
    degraded_reasons: tuple[str, ...]
    history_hours: int
    models: Mapping[str, ModelUsed]
    ta: TargetPath
    hm: TargetPath

    def __post_init__(self) -> None:
        for name in ("origin", "issued_at"):
            moment: datetime = getattr(self, name)
            if moment.tzinfo is None:
                raise InvalidInputError(
                    f"{name}={moment.isoformat()} has no time zone.", remedy="Give it in KST."
                )
            object.__setattr__(self, name, moment.astimezone(KST))
        if (self.origin.minute, self.origin.second, self.origin.microsecond) != (0, 0, 0):
            raise InvalidInputError(
                f"origin={self.origin.isoformat()} is not a full hour.",
                remedy="Use the hour of the last observation.",
            )
        # Second precision is what is stored; truncating here makes a forecast equal its stored self.
        object.__setattr__(self, "issued_at", self.issued_at.replace(microsecond=0))
        object.__setattr__(self, "degraded_reasons", tuple(self.degraded_reasons))
        if set(self.models) != set(TARGETS):
            raise InvalidInputError(
                f"models names {sorted(self.models)}, not {sorted(TARGETS)}.",
                remedy="Name the model used for each target.",
            )

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
        """`degraded` when there is a reason to say so, otherwise `ok`."""
        return "degraded" if self.degraded_reasons else "ok"

    def is_stale(self, now: datetime) -> bool:
        """Whether the forecast is too old to act on at `now`.

        It is when it was issued more than `STALE_AFTER` ago or no longer reaches the present hour.
        """
        return now - self.issued_at > STALE_AFTER or now >= self.valid_at[-1] + HOUR

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


class ForecastStore:
    """Forecasts in the table: pk `STATION#<station>`, sk `ISSUE#<origin>` or `HINDCAST#<origin>`.

    Reading raises CorruptDataError for an item that is not a forecast.
    """

    def __init__(self, table: ItemTable) -> None:
        self._table = table

    def issue(self, forecast: Forecast) -> bool:
        """Store the forecast; return False where the stored one of the same origin stays.

        An issued forecast is final once its first hour has begun; before that, and among hindcasts, the one
        computed last is kept.
        """
        item = _to_item(forecast)
        if forecast.is_hindcast or forecast.issued_at < forecast.valid_at[0]:
            return self._table.put_if_newer(item, attribute="issued_at")
        return self._table.put_if_absent(item)

    def latest(self, station: str) -> Forecast | None:
        """Return the forecast with the newest origin (one query for one item), or None."""
        found = self.recent(station, 1)
        return found[0] if found else None

    def at(self, station: str, origin: datetime) -> Forecast | None:
        """Return the forecast issued from `origin`, or None."""
        return self._get(station, _sk(origin))

    def hindcast(self, station: str, origin: datetime) -> Forecast | None:
        """Return the hindcast from `origin`, or None."""
        return self._get(station, _hindcast_sk(origin))

    def _get(self, station: str, sk: str) -> Forecast | None:
        item = self._table.get(_pk(station), sk)
        return None if item is None else _from_item(item)

    def recent(self, station: str, n: int) -> list[Forecast]:
        """Return up to `n` forecasts, newest origin first."""
        items = self._table.query(_pk(station), sk_prefix="ISSUE#", newest_first=True, limit=n)
        return [_from_item(item) for item in items]

    def of_day(self, station: str, day: date) -> list[Forecast]:
        """Return the forecasts whose origin lies on `day` (KST), oldest origin first."""
        items = self._table.query(_pk(station), sk_prefix=f"ISSUE#{day.isoformat()}")
        return [_from_item(item) for item in items]


def _pk(station: str) -> str:
    return f"STATION#{station}"


def _sk(origin: datetime) -> str:
    return f"ISSUE#{iso_hour(origin)}"


def _hindcast_sk(origin: datetime) -> str:
    return f"HINDCAST#{iso_hour(origin)}"


def _to_item(forecast: Forecast) -> Item:
    return {
        "pk": _pk(forecast.station),
        "sk": _hindcast_sk(forecast.origin) if forecast.is_hindcast else _sk(forecast.origin),
        FIELD: FORECAST.version,
        "station": forecast.station,
        "origin": iso_hour(forecast.origin),
        # One offset all year, so that the text orders as the time does (the condition of `issue`).
        "issued_at": forecast.issued_at.isoformat(timespec="seconds"),
        "run_id": forecast.run_id,
        "source": forecast.source,
        "status": forecast.status,
        "degraded_reasons": list(forecast.degraded_reasons),
        "history_hours": int(forecast.history_hours),
        "models": {
            target: {"kind": used.kind, "version": used.version} for target, used in forecast.models.items()
        },
        "valid_at": [iso_hour(moment) for moment in forecast.valid_at],
        "ta": path_to_item(forecast.ta),
        "hm": path_to_item(forecast.hm),
        "expires_at": int((forecast.issued_at + RETENTION).timestamp()),
    }


def _from_item(item: Item) -> Forecast:
    where = f"{item.get('pk')}/{item.get('sk')}"
    try:
        item = FORECAST.read(item, where)
        forecast = Forecast(
            station=str(item["station"]),
            origin=parse_hour(item["origin"], name="origin"),
            issued_at=datetime.fromisoformat(item["issued_at"]),
            run_id=str(item["run_id"]),
            source=str(item["source"]),
            degraded_reasons=tuple(str(reason) for reason in item["degraded_reasons"]),
            history_hours=int(item["history_hours"]),
            models={target: _model_from_item(used) for target, used in item["models"].items()},
            ta=path_from_item(item["ta"]),
            hm=path_from_item(item["hm"]),
        )
        hours = [parse_hour(text, name="valid_at") for text in item["valid_at"]]
    except (KeyError, TypeError, ValueError, AttributeError, InvalidInputError) as error:
        raise _corrupt(where, f"{type(error).__name__}: {error}") from error
    if tuple(hours) != forecast.valid_at:
        raise _corrupt(where, "valid_at is not the 48 hours after the origin")
    return forecast


def _model_from_item(item: Item) -> ModelUsed:
    kind = item["kind"]
    if kind not in get_args(ModelKind):
        raise ValueError(f"model kind {kind!r}")
    return ModelUsed(kind=cast(ModelKind, kind), version=item["version"])


def _corrupt(where: str, why: str) -> CorruptDataError:
    return CorruptDataError(
        f"The stored forecast {where} cannot be read ({why}).",
        remedy="Delete the item, then run the pipeline: what is stored is not overwritten.",
    )
