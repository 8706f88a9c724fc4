"""Notices to people: one for each change of a plant's state, one for each failed run, none twice.

A notice is claimed by a conditional write before it is published and marked afterwards. A repeated step of
the same run publishes what it had claimed and not marked, so a fault in between loses nothing; another run
finds the claim and keeps silent, unless the claim was abandoned. Only a crash between publishing and marking
can repeat a notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, Protocol

from plantcast.clock import Clock, iso_hour
from plantcast.forecasts import Forecast, ForecastStore, attribution
from plantcast.observations.stations import STATIONS, Station
from plantcast.plants.advice import DayAdvice, advise
from plantcast.plants.profiles import Profile
from plantcast.runs import PARTITION
from plantcast.storage import Item, ItemTable

# Longer than all tries of the notify step together: a claim this old that was not published never will be.
CLAIM_LIFETIME: Final = timedelta(minutes=15)
SUBJECT_LENGTH: Final = 99  # SNS refuses 100 and more
RETENTION: Final = timedelta(days=3653)  # see plantcast.forecasts.RETENTION


class Publisher(Protocol):
    """Where notices go (`plantcast.storage.Topic`)."""

    def publish(self, *, subject: str, message: str) -> None:
        """Send one message; `subject` is ASCII under 100 characters."""


@dataclass(frozen=True)
class Sent:
    """How many notices went out, and how many stations or runs had none to send."""

    published: int
    suppressed: int

    def __add__(self, other: Sent) -> Sent:
        return Sent(self.published + other.published, self.suppressed + other.suppressed)


_PUBLISHED: Final = Sent(1, 0)
_SUPPRESSED: Final = Sent(0, 1)
_Result = Literal["published", "known", "claimed_by_another"]


@dataclass(frozen=True)
class Notifier:
    """Sends the notices of a run."""

    table: ItemTable
    forecasts: ForecastStore
    topic: Publisher
    clock: Clock
    profile: Profile

    def plant_changes(self, run_id: str, stations: Sequence[str]) -> Sent:
        """Send a notice for each station whose plants changed state; the first `ok` ever is no change."""
        sent = Sent(0, 0)
        for station in stations:
            sent += self._plant_change(run_id, station)
        return sent

    def failure(self, run_id: str, source: str, message_ko: str, message_en: str) -> Sent:
        """Send the notice that a run failed, once."""
        claim: Item = {"pk": PARTITION, "sk": f"NOTICE#{run_id}"}
        text = (
            f"예보 실행이 실패했습니다: {message_ko}\n실행: {run_id}\n\n"
            f"The forecast run failed: {message_en}\nRun: {run_id}\n\n{attribution(source)}"
        )
        result = self._once(claim, run_id, _subject("The forecast run failed", source), text)
        return _PUBLISHED if result == "published" else _SUPPRESSED

    def _plant_change(self, run_id: str, station: str) -> Sent:
        forecast = self.forecasts.latest(station)
        if forecast is None:
            return _SUPPRESSED
        days = advise(forecast, self.profile)
        today = days[0]
        known = self.table.get(_pk(station), self._alert_sk)
        if known is not None and known["origin"] > iso_hour(forecast.origin):
            return _SUPPRESSED
        if today.day < self.clock.now().date():
            return _SUPPRESSED  # a run repeated for a past day: nobody can water yesterday
        before = None if known is None else known["state"]
        if before == today.state:
            return _SUPPRESSED
        first_and_fine = before is None and today.state == "ok"
        result: _Result = "known" if first_and_fine else self._tell(run_id, forecast, days)
        # A claim held by another run: that run records the state; if it died, a later run tells it.
        if result != "claimed_by_another":
            self.table.put_if_newer(self._alert(run_id, forecast, today), attribute="origin")
        return _PUBLISHED if result == "published" else _SUPPRESSED

    def _alert(self, run_id: str, forecast: Forecast, today: DayAdvice) -> Item:
        return {
            "pk": _pk(forecast.station),
            "sk": self._alert_sk,
            "state": today.state,
            "origin": iso_hour(forecast.origin),
            "day": today.day.isoformat(),
            "run_id": run_id,
            "changed_at": self.clock.now().isoformat(timespec="seconds"),
        }

    @property
    def _alert_sk(self) -> str:
        return f"ALERT#{self.profile.key}"

    def _tell(self, run_id: str, forecast: Forecast, days: Sequence[DayAdvice]) -> _Result:
        today = days[0]
        origin = iso_hour(forecast.origin)
        claim: Item = {
            "pk": _pk(forecast.station),
            "sk": f"NOTICE#{self.profile.key}#{origin}#{today.state}",
            "expires_at": int((forecast.issued_at + RETENTION).timestamp()),
        }
        station = STATIONS[forecast.station]
        need = "plants need water today" if today.state == "water" else "plants are fine again today"
        subject = _subject(f"{station.name_en}: {need}", forecast.source)
        return self._once(claim, run_id, subject, plant_message(forecast, days, station))

    def _once(self, claim: Item, run_id: str, subject: str, message: str) -> _Result:
        now = self.clock.now()
        claim = {**claim, "run_id": run_id, "published": False, "claimed_at": now.isoformat()}
        if not self.table.put_if_absent(claim):
            stored = self.table.get(claim["pk"], claim["sk"]) or claim
            if stored["published"]:
                return "known"
            abandoned = now - datetime.fromisoformat(stored["claimed_at"]) > CLAIM_LIFETIME
            if stored["run_id"] != run_id and not abandoned:
                return "claimed_by_another"
        self.topic.publish(subject=subject, message=message)
        self.table.put({**claim, "published": True})
        return "published"


def plant_message(forecast: Forecast, days: Sequence[DayAdvice], station: Station) -> str:
    """Return the notice's text: Korean, then English, then where the data comes from."""
    ko = [f"{station.name_ko}: {'오늘 물을 주세요.' if days[0].state == 'water' else '오늘은 괜찮습니다.'}"]
    en = [f"{station.name_en}: {'water your plants today.' if days[0].state == 'water' else 'fine today.'}"]
    for day in days:
        ko += [_heading(day.day, "오늘" if day.label == "today" else "내일")]
        ko += [f"- {reason}" for reason in day.reasons_ko]
        en += [_heading(day.day, day.label)]
        en += [f"- {reason}" for reason in day.reasons_en]
    if forecast.degraded_reasons:
        reasons = ", ".join(forecast.degraded_reasons)
        ko.append(f"제한된 예보입니다: {reasons}")
        en.append(f"The forecast is degraded: {reasons}")
    issued = f"{forecast.issued_at:%Y-%m-%d %H:%M} KST"
    return "\n".join([*ko, "", *en, "", f"{issued} · {attribution(forecast.source)}"])


def _heading(day: date, label: str) -> str:
    return f"{label} {day.isoformat()}:"


def _subject(text: str, source: str) -> str:
    label = {"synthetic": " (synthetic weather)", "replay": " (replay of past observations)"}.get(source, "")
    return f"[Plantcast] {text}{label}"[:SUBJECT_LENGTH]


def _pk(station: str) -> str:
    return f"STATION#{station}"
