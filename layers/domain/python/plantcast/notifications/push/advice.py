"""The messages of an hour: the plans of each subscription's plants, from what is stored of its station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from plantcast.aws import ItemTable
from plantcast.common.clock import KST, Clock
from plantcast.common.errors import PlantcastError
from plantcast.common.logging import logger
from plantcast.common.stations import STATIONS
from plantcast.forecasting.issued import Forecast, ForecastStore
from plantcast.notifications.alerts import Alert, alerts_of, plans_of
from plantcast.notifications.push.messages import Message, message_of
from plantcast.notifications.push.subscriptions import Subscription
from plantcast.observations.published import DAYS_PUBLISHED, ObservedDay, ObservedDays
from plantcast.plants.care import parse_care


@dataclass(frozen=True)
class _Weather:
    forecast: Forecast
    observed: Sequence[ObservedDay]
    alerts: Mapping[str, Alert]


@dataclass
class PlantMessages:
    """Makes messages; a station is read once, so that one of these serves one hour."""

    table: ItemTable
    clock: Clock
    _read: dict[str, _Weather | None] = field(default_factory=dict)

    def __call__(self, subscription: Subscription) -> Message | None:
        """Return the message of a subscription; None without anything to do, and where no plan can be made.

        What cannot be read is logged, so that it stops nobody else's message.
        """
        try:
            return self._message(subscription)
        except PlantcastError as error:
            extra = {"station": subscription.station, "reason": str(error)}
            logger.exception("push message could not be made", extra=extra)
            return None

    def _message(self, subscription: Subscription) -> Message | None:
        number, now = subscription.station, self.clock.now().astimezone(KST)
        if number not in self._read:
            self._read[number] = self._weather(number)
        weather = self._read[number]
        if weather is None:
            return None
        cares = [parse_care(text) for text in subscription.plants]
        plans = plans_of(weather.forecast, weather.observed, cares, weather.alerts, now)
        return message_of(plans, STATIONS[number], weather.forecast.source, subscription.lang, now)

    def _weather(self, station: str) -> _Weather | None:
        """Return what plans are made from; None without a forecast that reaches the present."""
        now = self.clock.now().astimezone(KST)
        forecast = ForecastStore(self.table).latest(station)
        if forecast is None or forecast.is_stale(now):
            return None
        observed = ObservedDays(self.table).newest(station, DAYS_PUBLISHED, until=now.date())
        return _Weather(forecast, observed, alerts_of(self.table, station, skip_damaged=True))
