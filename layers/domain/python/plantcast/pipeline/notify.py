"""What a run, or the hour, gives reason to tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import KST, Clock, iso_hour
from plantcast.common.errors import InvalidInputError
from plantcast.common.logging import logger
from plantcast.common.stations import STATIONS
from plantcast.forecasting.issued import Forecast, ForecastStore
from plantcast.notifications.outbox import Outbox, is_closed, read_notice
from plantcast.notifications.quiet import QuietHours
from plantcast.notifications.states import Alert, Judgement, State, alert_of, alerts_of
from plantcast.notifications.wording import plant_changed, run_failed
from plantcast.pipeline.runs import PARTITION
from plantcast.plants.advice import DayAdvice, advise
from plantcast.plants.profiles import Profile, profiles

T = TypeVar("T")


@dataclass(frozen=True)
class Sent:
    """How many notices went out, how many plants or runs had none to send, how many notices were left waiting
    for the end of the quiet hours, and how many were taken back before they went out."""

    published: int = 0
    suppressed: int = 0
    waiting: int = 0
    superseded: int = 0

    def __add__(self, other: Sent) -> Sent:
        return Sent(
            self.published + other.published,
            self.suppressed + other.suppressed,
            self.waiting + other.waiting,
            self.superseded + other.superseded,
        )


_NONE: Final = Sent(suppressed=1)


@dataclass(frozen=True)
class Notifier:
    """Judges every plant after a run and sends what there is to tell.

    `notify_profiles` and `quiet_hours` are the deployment's settings as written. They are read when plants
    are judged, so that a mistake in them keeps nobody from learning that runs fail.
    """

    table: ItemTable
    forecasts: ForecastStore
    outbox: Outbox
    clock: Clock
    notify_profiles: Sequence[str]
    quiet_hours: str

    def plant_changes(self, run_id: str, stations: Sequence[str]) -> Sent:
        """Judge every plant at each station; tell changes of the profiles notified of.

        The state is that of today by the newest forecast, also when that was made for an earlier day. The
        first state ever is told only if there is something to do, and nothing where no forecast covers today.

        Raises:
            InvalidInputError: a setting makes no sense.
            Exception: the first fault of a station, after all others were served.
        """
        notified, _ = self._notified(), self._quiet()
        return _each(stations, lambda station: self._station(run_id, station, notified))

    def deliver_due(self) -> Sent:
        """Send what waited for the end of the quiet hours, or was left over by a fault.

        A notice whose plant is in another state by now, or whose day is over, is taken back.

        Raises:
            InvalidInputError: a setting makes no sense.
            Exception: the first fault of a notice, after all others were served.
        """
        return _each(self.outbox.due(), lambda found: self._deliver(*found))

    def failure(self, run_id: str, source: str, message_ko: str, message_en: str) -> Sent:
        """Send the notice that a run failed, once, at whatever hour: it is for those who operate this."""
        wording = run_failed(run_id, source, message_ko, message_en)
        notice = self.outbox.add(
            {"pk": PARTITION, "sk": f"NOTICE#{run_id}", "run_id": run_id, **wording.to_item()},
            self.clock.now(),
        )
        return self._publish(notice)

    def _station(self, run_id: str, station: str, notified: frozenset[str]) -> Sent:
        forecast = self.forecasts.latest(station)
        now = self.clock.now().astimezone(KST)
        today = now.date()
        # Nobody can water yesterday, and what a notice says of today must be of today.
        if forecast is None or forecast.valid_at[0].date() > today or forecast.is_stale(now):
            return Sent(suppressed=len(notified))
        # A damaged state is judged and stored anew, so that it keeps no run from succeeding.
        alerts = alerts_of(self.table, station, skip_damaged=True)
        keys = [
            (f"STATION#{station}", alert.notice)
            for key, alert in alerts.items()
            if key in notified and alert.notice is not None
        ]
        newest = {item["sk"]: read_notice(item) for item in (self.table.get_many(keys) if keys else [])}
        sent = Sent()
        for key, profile in profiles().items():
            known = alerts.get(key)
            if known is not None and known.origin > iso_hour(forecast.origin):
                sent += _NONE if key in notified else Sent()
                continue
            before = None if known is None else known.standing_before(forecast.origin)
            advice = advise(forecast, profile, None if before is None else before.active)
            days = [day for day in advice if 0 <= (day.day - today).days <= 1]
            alert = self._judged(run_id, forecast, days[0], known, before)
            if key not in notified:
                self._store(alert, known)
                continue
            notice = newest.get(alert.notice or "")
            sent += self._tell(_Plant(run_id, forecast, days, profile), alert, known, notice)
        return sent

    def _judged(
        self,
        run_id: str,
        forecast: Forecast,
        today: DayAdvice,
        known: Alert | None,
        before: Judgement | None,
    ) -> Alert:
        """Return the plant's state by this forecast; what is known of it where nothing is new."""
        state = State(today.mood, today.needs_water)
        earlier = (before, None if known is None else known.now)
        alike = [one for one in earlier if one is not None and one.state == state]
        since = alike[0].since if alike else self.clock.now().isoformat(timespec="seconds")
        alert = Alert(
            station=forecast.station,
            profile=today.profile,
            origin=iso_hour(forecast.origin),
            day=today.day.isoformat(),
            run_id=run_id,
            now=Judgement(state, today.active, since),
            before=before,
        )
        if known is None:
            return alert
        alert = replace(alert, told=known.told, notice=known.notice, notices=known.notices)
        return known if replace(alert, run_id=known.run_id) == known else alert

    def _tell(self, plant: _Plant, alert: Alert, known: Alert | None, newest: Item | None) -> Sent:
        """Store `alert` where it differs from `known`, and tell a change. `newest` is the notice it names."""
        state, sent = alert.now.state, Sent()
        if newest is not None and newest["status"] == "published":
            alert = replace(alert, told=State.from_item(newest), notice=None)
        elif newest is not None and not is_closed(newest):
            same = newest["origin"] == alert.origin and newest["day"] == alert.day
            if same and State.from_item(newest) == state:
                # The same transition again: by a repeated run, or by another one at the same time.
                self._store(alert, known)
                return _NONE if self._quiet_until() else self._publish(newest)
            if not self.outbox.supersede(newest):
                # It is being published right now. The next run finds out, and tells what changed since.
                self._store(alert, known)
                return _NONE
            sent = Sent(superseded=1)
        if state == alert.told or (alert.told is None and state.is_fine):
            self._store(replace(alert, told=state, notice=None), known)
            return sent + _NONE
        number = alert.notices + 1
        if alert.notice is not None and newest is None:
            number = alert.notices  # announced by a run that died before it made the notice
        key = f"NOTICE#{alert.origin}#{alert.profile}#{number}"
        announced = replace(alert, notice=key, notices=number)
        # Before the notice is made, so that whoever comes after a crash makes it under the same key.
        if not self._store(announced, known):
            return sent + _NONE  # a newer forecast was judged meanwhile
        quiet_until = self._quiet_until()
        notice = self.outbox.add(plant.notice(announced), quiet_until or self.clock.now())
        if State.from_item(notice) != state:
            # Somebody made it at the same time, by another issue of the forecast: judge by the newest one.
            return sent + self._station(plant.run_id, alert.station, frozenset({alert.profile}))
        return sent + (Sent(waiting=1) if quiet_until else self._publish(notice))

    def _deliver(self, entry: Item, notice: Item) -> Sent:
        if is_closed(notice):
            self.outbox.settle(entry)
            return Sent()
        if "profile" in notice:
            if not self._is_current(notice):
                return Sent(superseded=1) if self.outbox.supersede(notice) else _NONE
            if self._quiet_until():
                return _NONE
        sent = self._publish(notice)
        if sent.published:
            self.outbox.settle(entry)
        return sent

    def _is_current(self, notice: Item) -> bool:
        if notice["profile"] not in self._notified() or notice["day"] < self.clock.now().date().isoformat():
            return False
        alert = alert_of(self.table, notice["station"], notice["profile"])
        if alert is None or alert.notice != notice["sk"]:
            return False
        return alert.now.state == State.from_item(notice)

    def _publish(self, notice: Item) -> Sent:
        return Sent(published=1) if self.outbox.publish(notice) == "published" else _NONE

    def _store(self, alert: Alert, known: Alert | None) -> bool:
        return alert == known or self.table.put_if_newer(alert.to_item(), attribute="origin")

    def _quiet_until(self) -> datetime | None:
        """Return when the quiet hours are over, None outside of them."""
        quiet, now = self._quiet(), self.clock.now()
        over = now if quiet is None else quiet.over_at(now)
        return over if over > now else None

    def _quiet(self) -> QuietHours | None:
        return QuietHours.parse(self.quiet_hours)

    def _notified(self) -> frozenset[str]:
        unknown = [key for key in self.notify_profiles if key not in profiles()]
        if unknown:
            raise InvalidInputError(
                f"NotifyProfiles names {', '.join(map(repr, unknown))}: there is no such plant profile.",
                remedy=f"Choose among {', '.join(profiles())}.",
            )
        return frozenset(self.notify_profiles)


@dataclass(frozen=True)
class _Plant:
    """One plant by one forecast, as a notice needs it."""

    run_id: str
    forecast: Forecast
    days: Sequence[DayAdvice]
    profile: Profile

    def notice(self, alert: Alert) -> Item:
        """Return the notice that `alert` announces."""
        station = STATIONS[alert.station]
        wording = plant_changed(
            self.run_id, self.forecast, self.days, self.profile, station, before=alert.told
        )
        return {
            "pk": f"STATION#{alert.station}",
            "sk": alert.notice,
            "station": alert.station,
            "profile": alert.profile,
            "origin": alert.origin,
            "day": alert.day,
            "run_id": self.run_id,
            **alert.now.state.to_item(),
            "before": alert.told and alert.told.to_item(),
            **wording.to_item(),
        }


def _each(things: Iterable[T], serve: Callable[[T], Sent]) -> Sent:
    """Serve all; one that fails must not keep the others from being told."""
    sent, fault = Sent(), None
    for thing in things:
        try:
            sent += serve(thing)
        except Exception as error:
            logger.exception("notices failed")
            fault = fault or error
    if fault is not None:
        raise fault
    return sent
