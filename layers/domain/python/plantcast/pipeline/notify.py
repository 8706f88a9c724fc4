"""Notices: once a day of plants whose state changed, at once of a run that failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from plantcast.aws import ItemTable
from plantcast.common.clock import KST, Clock, iso_hour
from plantcast.common.errors import InvalidInputError
from plantcast.common.logging import logger
from plantcast.common.stations import STATIONS
from plantcast.forecasting.issued import Forecast, ForecastStore
from plantcast.notifications.alerts import Alert, State, active_before, alerts_of
from plantcast.notifications.sending import CLAIM_LIFETIME, Sender
from plantcast.notifications.texts import plant_changed, run_failed
from plantcast.pipeline.runs import PARTITION
from plantcast.plants.advice import DayAdvice, advise
from plantcast.plants.placement import Placement, air_at
from plantcast.plants.profiles import profiles


@dataclass(frozen=True)
class Sent:
    """How many notices were published, and of how many plants or runs there was none to publish."""

    published: int = 0
    suppressed: int = 0

    def __add__(self, other: Sent) -> Sent:
        return Sent(self.published + other.published, self.suppressed + other.suppressed)


@dataclass(frozen=True)
class Notifier:
    """Computes the state of every plant once a day and sends the notices of changes.

    `notify_profiles` is the deployment's setting as written, and checked only where plants are concerned, so
    that a mistake in it does not keep the notice of a failed run.
    """

    table: ItemTable
    forecasts: ForecastStore
    sender: Sender
    clock: Clock
    notify_profiles: Sequence[str]

    def plants(self, stations: Sequence[str]) -> Sent:
        """Compute today's state of every plant at each station by the newest forecast; notify of changes.

        A state computed today is kept, so that a repeated call sends only what was not sent. Nothing is
        computed where no forecast covers today.

        Raises:
            InvalidInputError: an unknown profile is configured.
            Exception: the first fault of a station, after all others were served.
        """
        notified, sent, fault = self._notified(), Sent(), None
        for station in stations:
            try:
                sent += self._station(station, notified)
            except Exception as error:
                logger.exception("notices failed", extra={"station": station})
                fault = fault or error
        if fault is not None:
            raise fault
        return sent

    def failure(self, run_id: str, source: str, message_ko: str, message_en: str) -> Sent:
        """Send the notice that a run failed, once."""
        text = run_failed(run_id, source, message_ko, message_en)
        notice = {"pk": PARTITION, "sk": f"NOTICE#{run_id}", **text}
        # The state machine repeats a call only when the one before has ended, and within seconds.
        return self._send(notice, claim_lifetime=timedelta(0))

    def _station(self, station: str, notified: frozenset[str]) -> Sent:
        forecast, now = self.forecasts.latest(station), self.clock.now().astimezone(KST)
        if forecast is None or forecast.valid_at[0].date() > now.date() or forecast.is_stale(now):
            return Sent(suppressed=len(notified))
        # A damaged state is computed anew, so that it does not end notices for good.
        alerts, sent = alerts_of(self.table, station, skip_damaged=True), Sent()
        for key, profile in profiles().items():
            known = alerts.get(key)
            there = air_at(forecast, Placement.of(profile))
            days = advise(there, profile, active_before(known, forecast.valid_at[0].date()), now=now)[:2]
            alert = known
            if known is None or known.day != now.date().isoformat():
                alert = self._alert(forecast, days[0], known)
                self.table.put_if_newer(alert.to_item(), attribute="day")
            if key not in notified:
                continue
            # A forecast newer than the computed state may disagree with it; tomorrow's notices say so.
            agrees = alert is not None and alert.state == State(days[0].mood, days[0].needs_water)
            if alert is None or not agrees or not alert.is_change:
                sent += Sent(suppressed=1)
                continue
            text = plant_changed(forecast, days, profile, STATIONS[station], alert.before)
            item = {"profile": key, "day": alert.day, **alert.state.to_item()}
            item["before"] = alert.before and alert.before.to_item()
            sent += self._send(
                {"pk": f"STATION#{station}", "sk": f"NOTICE#{alert.day}#{key}", **item, **text}
            )
        return sent

    def _alert(self, forecast: Forecast, today: DayAdvice, known: Alert | None) -> Alert:
        alert = Alert(
            station=forecast.station,
            profile=today.profile,
            day=today.day.isoformat(),
            origin=iso_hour(forecast.origin),
            mood=today.mood,
            needs_water=today.needs_water,
            active=today.active,
            since=self.clock.now().isoformat(timespec="seconds"),
        )
        if known is None:
            return alert
        since = known.since if known.state == alert.state else alert.since
        return replace(alert, since=since, before=known.state, active_before=known.active)

    def _send(self, notice: dict[str, object], *, claim_lifetime: timedelta = CLAIM_LIFETIME) -> Sent:
        sent = self.sender.send(notice, claim_lifetime=claim_lifetime)
        return Sent(published=1) if sent else Sent(suppressed=1)

    def _notified(self) -> frozenset[str]:
        unknown = [key for key in self.notify_profiles if key not in profiles()]
        if unknown:
            raise InvalidInputError(
                f"NotifyProfiles names {', '.join(map(repr, unknown))}: there is no such plant profile.",
                remedy=f"Choose among {', '.join(profiles())}.",
            )
        return frozenset(self.notify_profiles)
