"""The step `predict`: the 48-hour path of both targets from the newest origin, issued; shadows beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

import pandas as pd

from plantcast.aws import ObjectStore
from plantcast.common.clock import HOUR, KST, Clock, iso_hour, midnight, parse_hour
from plantcast.common.errors import CorruptDataError, NotFoundError, SchemaVersionError
from plantcast.common.logging import logger
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.features.origin import LOOKBACK as FEATURES_LOOKBACK
from plantcast.forecasting.features.origin import build_features
from plantcast.forecasting.features.pairs import References
from plantcast.forecasting.issued import HINDCAST, Forecast, ForecastStore, ModelUsed
from plantcast.forecasting.models.ensemble import LOOKBACK, FittedModel, baseline_paths
from plantcast.forecasting.path import TargetPath
from plantcast.forecasting.shadows import ShadowStore
from plantcast.observations.frame import hours_between
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.contracts.nightly import PredictResult
from plantcast.pipeline.features import MIN_HOURS, RECENT, newest_origin, read_features
from plantcast.pipeline.guided import Guidance
from plantcast.pipeline.learning import LearningStep
from plantcast.pipeline.published import RELEASED_AFTER, Published, PublishedForecasts
from plantcast.pipeline.shadow import shadow_paths, store_shadow
from plantcast.registry import ModelRegistry

# What is read of the lake where a target has no model: the years that a climatology needs.
_YEARS: Final = timedelta(days=3 * 365)
# The origin is yesterday 23:00 until tonight's run at 02:00 ends, so up to 27 h back is as fresh as it gets.
_STALE_AFTER: Final = timedelta(hours=30)
# Runs' own names for a forecast that no nightly run issued.
_RUN_ID_FROM_API: Final = "api"
_RUN_ID_FROM_UPDATE: Final = "update"
_NOT_A_RUN: Final = (_RUN_ID_FROM_API, _RUN_ID_FROM_UPDATE)
# What the features of the hours that a forecast looks back at rest on.
_NEEDED: Final = LOOKBACK + FEATURES_LOOKBACK


@dataclass(frozen=True)
class _Loaded:
    """The production model of a target, or why the damped anomaly must do."""

    used: ModelUsed
    model: FittedModel | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class PredictStep:
    """Issues forecasts. Models stay loaded for as long as this object lives, one per station and target."""

    store: ObjectStore
    lake: ObservationLake
    registry: ModelRegistry
    forecasts: ForecastStore
    shadows: ShadowStore
    published: PublishedForecasts
    learning: LearningStep
    clock: Clock
    _models: dict[tuple[str, Target], tuple[str, FittedModel]] = field(default_factory=dict, repr=False)

    def from_features(
        self, run_id: str, station: str, features_key: str, origin: datetime, reasons: Sequence[str]
    ) -> PredictResult:
        """Issue from the features of a run; Repeating it gives the same result.

        `status` is `unchanged` when another run has issued from this origin and issue of guidance already,
        and `hindcast` when `reasons` hold `HINDCAST`: that uses guidance released by its origin.

        Raises:
            NotFoundError: there are no such features.
            CorruptDataError: the features cannot be read or do not end at the origin.
        """
        frame = read_features(self.store, features_key, origin)
        loaded = {target: self._load(station, target) for target in TARGETS}
        hindcast = HINDCAST in reasons
        learnt = self.learning.run(station, frame, keep=not hindcast)
        now = origin + RELEASED_AFTER if hindcast else self.clock.now()
        found = self.published.newest(station, origin, now)
        guidance = None if found.issue is None else Guidance.at(origin, found.issue, learnt, frame)
        result = self._issue(run_id, station, frame, loaded, reasons, found, guidance)
        if result.status != "hindcast":
            paths = shadow_paths(self.registry, station, frame, origin)
            store_shadow(self.shadows, self.forecasts.at(station, origin), paths, guidance)
        return result

    def from_lake(self, station: str, *, force: bool, update: bool = False) -> PredictResult:
        """Issue from the newest observations in the lake and the newest published forecast, unless nothing
        has changed since the last time.

        `status` is `no_data` when the lake holds too little, `unchanged` when a forecast from this origin and
        issue is stored that is final, or (unless `force` is given) that rests on these models.

        Args:
            station: to forecast.
            force: issue although nothing has changed, where the stored forecast is not final.
            update: called by the hourly update, not by the API.
        """
        now = self.clock.now()
        loaded = {target: self._load(station, target) for target in TARGETS}
        observations, loaded = self._observations(station, now, loaded)
        origin, hours = newest_origin(observations)
        if origin is None or hours < MIN_HOURS:
            message = f"The lake holds {hours} recent hours of station {station}; {MIN_HOURS} are needed."
            return _result(station, "no_data", None, message)
        found = self.published.newest(station, origin, now)
        guidance = None
        if found.issue is not None:
            learnt = self.learning.stored(station)
            guidance = Guidance.at(origin, found.issue, learnt, observations)
        unchanged = self._unchanged(station, origin, loaded, guidance, force=force)
        if unchanged is not None:
            return unchanged
        reasons = []
        if now - origin > _STALE_AFTER:
            reasons.append("stale_observations")
        if not _day_is_whole(observations, origin, now):
            reasons.append("observations_incomplete")
        run_id = _RUN_ID_FROM_UPDATE if update else _RUN_ID_FROM_API
        frame = build_features(observations.loc[:origin])
        return self._issue(run_id, station, frame, loaded, reasons, found, guidance)

    def _observations(
        self, station: str, now: datetime, loaded: dict[Target, _Loaded]
    ) -> tuple[pd.DataFrame, dict[Target, _Loaded]]:
        """Return the observations needed, and the models that may forecast from the newest of them.

        A target without a model needs the years of a climatology; models need the last weeks.
        """
        last = now.replace(minute=0, second=0, microsecond=0)
        if all(entry.model is not None for entry in loaded.values()):
            recent = self.lake.read(station, last - RECENT, last)
            origin, hours = newest_origin(recent)
            if origin is not None and hours >= MIN_HOURS:
                usable = {target: _before(entry, origin) for target, entry in loaded.items()}
                if all(entry.model is not None for entry in usable.values()):
                    return recent.loc[origin - _NEEDED :], usable
        years = self.lake.read(station, last - _YEARS, last, needed_from=last - RECENT)
        origin, _ = newest_origin(years)
        if origin is not None:
            loaded = {target: _before(entry, origin) for target, entry in loaded.items()}
        return years, loaded

    def _unchanged(
        self,
        station: str,
        origin: datetime,
        loaded: dict[Target, _Loaded],
        guidance: Guidance | None,
        *,
        force: bool,
    ) -> PredictResult | None:
        """Return the answer where the stored forecast of this origin stays, None where a new one is due."""
        stored = self.forecasts.at(station, origin)
        if stored is None:
            return None
        issue = None if guidance is None else guidance.issue.issued_at
        known = None if stored.guidance is None else stored.guidance.issued_at
        if issue is not None and (known is None or issue > known):
            return None
        if issue != known or stored.valid_at[0] <= self.clock.now():
            return _final(stored)
        used = {target: entry.used for target, entry in loaded.items()}
        same_issue = guidance is None or guidance.is_used_by(stored)
        if force or dict(stored.models) != used or not same_issue:
            return None
        message = f"already issued from {iso_hour(origin)} with these models and published forecasts"
        return _result(station, "unchanged", stored, message)

    def _issue(
        self,
        run_id: str,
        station: str,
        frame: pd.DataFrame,
        loaded: dict[Target, _Loaded],
        reasons: Sequence[str],
        found: Published,
        guidance: Guidance | None,
    ) -> PredictResult:
        origin = frame.index[-1].to_pydatetime()
        loaded = {target: _before(entry, origin) for target, entry in loaded.items()}
        observed = int(frame[list(TARGETS)].notna().all(axis=1).sum())
        rests_on = [
            observed if entry.model is None else int(entry.model.information["hours"])
            for entry in loaded.values()
        ]
        every_reason = [*reasons, *(reason for entry in loaded.values() for reason in entry.reasons)]
        forecast = Forecast(
            station=station,
            origin=origin,
            issued_at=self.clock.now(),
            run_id=run_id,
            source=self.lake.source,
            degraded_reasons=tuple(dict.fromkeys(every_reason)),
            history_hours=min(rests_on),
            models={target: entry.used for target, entry in loaded.items()},
            ta=_path(frame, "ta", loaded["ta"].model),
            hm=_path(frame, "hm", loaded["hm"].model),
            guidance_reasons=found.reasons,
        )
        if guidance is not None:
            forecast = guidance.applied(forecast)
        if not self.forecasts.issue(forecast):
            stored = self.forecasts.at(station, origin)
            if stored is None or stored.run_id != run_id or run_id in _NOT_A_RUN:
                return _final(stored or forecast)
            forecast = stored  # this run's own, from an invocation that ended before it could return
        if forecast.is_hindcast:
            return _result(station, "hindcast", forecast, f"48 hours from {iso_hour(origin)}, after the fact")
        return _result(station, "issued", forecast, f"48 hours from {iso_hour(origin)}")

    def _load(self, station: str, target: Target) -> _Loaded:
        """Return the production model; a missing, damaged or newer one is a reason, not a failure."""
        try:
            pointer = self.registry.pointer(station, target)
            if pointer is None:
                return _baseline(f"baseline_only_{target}")
            held = self._models.get((station, target))
            if held is None or held[0] != pointer.version:
                files = self.registry.load_version(station, target, pointer.version, folder="serving")
                held = (pointer.version, FittedModel.from_files(files))
                self._models[station, target] = held
        except (CorruptDataError, NotFoundError, SchemaVersionError) as error:
            logger.warning("model_unreadable", station=station, target=target, error=str(error))
            return _baseline(f"baseline_only_{target}", f"model_unreadable_{target}")
        return _Loaded(ModelUsed(kind="lightgbm", version=held[0]), held[1])


def _day_is_whole(observations: pd.DataFrame, origin: datetime, now: datetime) -> bool:
    """Whether every hour of the origin's day was observed: up to the origin while that day lasts."""
    day = midnight(origin.astimezone(KST).date())
    last = origin if day + 24 * HOUR > now else day + 23 * HOUR
    return bool(hours_between(day, last).isin(observations.index).all())


def _baseline(*reasons: str) -> _Loaded:
    return _Loaded(ModelUsed(kind="damped_anomaly", version=None), reasons=reasons)


def _before(entry: _Loaded, origin: datetime) -> _Loaded:
    """Refuse a model that was trained on hours after the origin: it would know what it forecasts."""
    if entry.model is None:
        return entry
    if parse_hour(entry.model.information["last"], name="last") <= origin:
        return entry
    target = entry.model.target
    return _baseline(f"baseline_only_{target}", f"model_newer_than_origin_{target}")


def _path(frame: pd.DataFrame, target: Target, model: FittedModel | None) -> TargetPath:
    if model is None:
        paths = baseline_paths(References.fit(frame, target), frame)
    else:
        paths = model.predict(frame.loc[frame.index[-1] - LOOKBACK :])
    return TargetPath.first_of(paths)


def _final(stored: Forecast) -> PredictResult:
    message = f"a forecast from {iso_hour(stored.origin)} was issued already; it is not replaced"
    return _result(stored.station, "unchanged", stored, message)


def _result(
    station: str,
    status: Literal["issued", "unchanged", "hindcast", "no_data"],
    forecast: Forecast | None,
    message: str,
) -> PredictResult:
    return PredictResult(
        station=station,
        status=status,
        origin=None if forecast is None else forecast.origin,
        issued_at=None if forecast is None else forecast.issued_at.isoformat(timespec="seconds"),
        models=None if forecast is None else dict(forecast.models),
        degraded_reasons=() if forecast is None else forecast.degraded_reasons,
        message=message,
    )
