"""The step `update`: fetch new guidance and observations of today, name the stations to forecast anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from plantcast.aws import ItemTable
from plantcast.common.clock import HOUR, Clock, parse_hour
from plantcast.common.errors import InvalidInputError, KeyRejectedError, NotFoundError, PlantcastError
from plantcast.common.logging import logger
from plantcast.forecasting.issued import ForecastStore
from plantcast.guidance.status import SOURCES, Feed, FeedStatus, FeedStatuses, GuidanceSource, Problem
from plantcast.observations.status import read_status
from plantcast.pipeline.contracts.update import FeedSummary, UpdateOptions, UpdateResult
from plantcast.pipeline.published import LATE
from plantcast.pipeline.run_steps import shorten

# No station is begun with less time left: one whose services answer slowly takes about this long. Those left
# out come first in the next hour.
_SECONDS_OF_A_STATION: Final = 90.0


class StationFeed(Protocol):
    """A service that is asked for one station."""

    def update(self, station: str) -> FeedStatus:
        """Fetch and store what is new; a fault of the service is in the status, not raised."""


@dataclass(frozen=True)
class UnusableFeed:
    """A feed that could not be set up, because its key is missing for example."""

    error: PlantcastError

    def update(self, station: str) -> FeedStatus:
        """Raise the error."""
        raise self.error


@dataclass(frozen=True)
class _Outcome:
    station: str
    statuses: tuple[FeedStatus, ...]
    changed: bool


@dataclass(frozen=True)
class UpdateStep:
    """Asks every feed for every station. `feeds` are asked in their order."""

    feeds: Mapping[Feed, StationFeed]
    statuses: FeedStatuses
    forecasts: ForecastStore
    table: ItemTable
    clock: Clock

    def run(
        self,
        run_id: str,
        stations: Sequence[str],
        *,
        seconds_left: Callable[[], float] = lambda: float("inf"),
    ) -> UpdateResult:
        """Update the stations as far as the time allows; a station that fails does not stop the others.

        A station is `changed` when something new was stored, or when its newest forecast does not rest on the
        last observed hour and the newest usable issue: an execution that ended before its forecasts were
        issued is made good by the next.

        Raises:
            Exception: every station failed; the last one's error.
        """
        if not self.feeds:
            message = "No feed is configured (GuidanceSources, ApiHubKeyParameter)."
            return _result(run_id, (), (), message)
        outcomes: list[_Outcome] = []
        failed: dict[str, Exception] = {}
        waiting = self._longest_unasked_first(stations, failed)
        left = len(waiting)
        for station, before in waiting:
            if outcomes and seconds_left() < _SECONDS_OF_A_STATION:
                break
            left -= 1
            try:
                outcomes.append(self._station(station, before))
            except Exception as error:  # whatever the table raises
                logger.exception("station not updated", extra={"station": station})
                failed[station] = error
        if failed and not outcomes:
            raise list(failed.values())[-1]
        changed = tuple(one.station for one in outcomes if one.changed)
        feeds = tuple(_summaries(self.feeds, outcomes))
        return _result(run_id, changed, feeds, _message(changed, feeds, failed, left))

    def _longest_unasked_first(
        self, stations: Sequence[str], failed: dict[str, Exception]
    ) -> list[tuple[str, Mapping[Feed, FeedStatus]]]:
        found: list[tuple[str, Mapping[Feed, FeedStatus]]] = []
        for station in stations:
            try:
                found.append((station, self.statuses.of(station)))
            except Exception as error:  # whatever the table raises
                logger.exception("station not updated", extra={"station": station})
                failed[station] = error

        def asked(entry: tuple[str, Mapping[Feed, FeedStatus]]) -> tuple[bool, list[datetime]]:
            times = [status.checked_at for status in entry[1].values()]
            return bool(times), [min(times)] if times else []

        return sorted(found, key=asked)  # stable: as configured among those never asked

    def _station(self, station: str, before: Mapping[Feed, FeedStatus]) -> _Outcome:
        statuses = {name: self._ask(name, station, before.get(name)) for name in self.feeds}
        for status in statuses.values():
            self.statuses.put(status)
        news = any(_has_news(before.get(name), status) for name, status in statuses.items())
        changed = news or self._forecast_is_behind(station, statuses)
        return _Outcome(station, tuple(statuses.values()), changed)

    def _ask(self, name: Feed, station: str, before: FeedStatus | None) -> FeedStatus:
        """Return the state of a feed after asking it; an error of its own leaves what was stored before."""
        problem: Problem
        try:
            return self.feeds[name].update(station)
        except (InvalidInputError, KeyRejectedError, NotFoundError) as error:
            logger.warning("feed not set up", extra={"feed": name, "station": station, "error": str(error)})
            problem, message = "refused", str(error)
        except Exception as error:  # S3's or DynamoDB's; other feeds and stations go on
            logger.exception("feed failed", extra={"feed": name, "station": station})
            problem, message = "unavailable", f"{type(error).__name__}: {error}"
        newest = None if before is None else before.newest
        return FeedStatus(station, name, newest, self.clock.now(), problem, shorten(message))

    def _forecast_is_behind(self, station: str, statuses: Mapping[Feed, FeedStatus]) -> bool:
        observed = self._last_observed(station, statuses)
        if observed is None:
            return False  # nothing to forecast from
        forecast = self.forecasts.latest(station)
        if forecast is None or forecast.origin < observed:
            return True
        usable, used = self._usable_issue(statuses), forecast.guidance
        if usable is None:
            return False
        source, issued_at = usable
        return used is None or used.source != source or used.issued_at < issued_at

    def _last_observed(self, station: str, statuses: Mapping[Feed, FeedStatus]) -> datetime | None:
        stored = read_status(self.table, station) or {}
        live = statuses.get("api_hub")
        times = [
            parse_hour(text, name="last_observation") for text in [stored.get("last_observation")] if text
        ]
        if live is not None and live.newest is not None:
            times.append(live.newest)
        return max(times, default=None)

    def _usable_issue(self, statuses: Mapping[Feed, FeedStatus]) -> tuple[GuidanceSource, datetime] | None:
        """Return the newest issue of the preferred source that is not too old."""
        oldest = self.clock.now() - LATE
        for source in SOURCES:
            status = statuses.get(source)
            if status is not None and status.newest is not None and status.newest >= oldest:
                return source, status.newest
        return None


def stations_of(given: object, *, configured: tuple[str, ...]) -> tuple[str, ...]:
    """Return the stations of an execution's input; the `configured` ones where it names none.

    Raises:
        InvalidInputError: a field is unknown or a station does not exist.
    """
    scheduled = isinstance(given, Mapping) and "detail-type" in given
    return UpdateOptions.parse({} if given is None or scheduled else given).stations or configured


def _has_news(before: FeedStatus | None, after: FeedStatus) -> bool:
    if after.newest is None:
        return False
    if before is None or before.newest != after.newest:
        return True
    return before.problem == "partial" and after.problem == ""  # the rest of the same issue


def _summaries(feeds: Mapping[Feed, StationFeed], outcomes: Sequence[_Outcome]) -> Iterator[FeedSummary]:
    for name in feeds:
        of_feed = [status for one in outcomes for status in one.statuses if status.feed == name]
        failed = [status for status in of_feed if status.problem not in ("", "not_yet")]
        newest = [status.newest for status in of_feed if status.newest is not None]
        yield FeedSummary(
            feed=name,
            newest=min(newest, default=None),
            stations=len(of_feed),
            failed=len(failed),
            refused=any(status.problem == "refused" for status in failed),
            message=shorten(f"{failed[0].problem}: {failed[0].message}") if failed else "",
        )


def age_hours(summary: FeedSummary, now: datetime) -> float | None:
    """Return the hours since the newest issue or observation of the station furthest behind."""
    return None if summary.newest is None else (now - summary.newest) / HOUR


def _message(
    changed: Sequence[str], feeds: Sequence[FeedSummary], failed: Mapping[str, Exception], left: int
) -> str:
    parts = [f"Changed: {', '.join(changed)}." if changed else "Nothing new."]
    parts += [
        f"{one.feed} ({one.failed} of {one.stations} stations) {one.message}" for one in feeds if one.failed
    ]
    if failed:
        parts.append(f"Failed: {'; '.join(f'{station}: {error}' for station, error in failed.items())}")
    if left:
        parts.append(f"Left for the next hour: {left} of the stations.")
    return shorten(" ".join(parts))


def _result(
    run_id: str, changed: tuple[str, ...], feeds: tuple[FeedSummary, ...], message: str
) -> UpdateResult:
    return UpdateResult(
        status="changed" if changed else "unchanged",
        run_id=run_id,
        changed=changed,
        feeds=feeds,
        message=message,
    )
