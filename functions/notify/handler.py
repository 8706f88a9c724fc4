"""Notify: once a day, of plants whose state changed; at once, of a run that failed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from plantcast.aws import DynamoTable, Topic
from plantcast.common.logging import step
from plantcast.common.settings import (
    ClockSettings,
    LakeSettings,
    NoticeSettings,
    StationSettings,
    TableSettings,
    TopicSettings,
)
from plantcast.forecasting.issued import ForecastStore
from plantcast.monitoring.emf import count
from plantcast.notifications.sending import Sender
from plantcast.pipeline.contracts.nightly import NotifyFailureEvent, NotifyResult
from plantcast.pipeline.notify import Notifier
from plantcast.pipeline.run_steps import recorded


class Settings(ClockSettings, LakeSettings, TableSettings, TopicSettings, NoticeSettings, StationSettings):
    """The environment this function needs."""


@dataclass(frozen=True)
class _Wiring:
    notifier: Notifier
    source: str
    stations: tuple[str, ...]


@cache
def _wiring() -> _Wiring:
    settings = Settings.model_validate({})
    table, clock = DynamoTable(settings.table_name), settings.clock()
    notifier = Notifier(
        table=table,
        forecasts=ForecastStore(table),
        sender=Sender(table, Topic(settings.alert_topic_arn), clock),
        clock=clock,
        notify_profiles=settings.notify_profiles,
    )
    return _Wiring(notifier, settings.observation_source, settings.stations)


@step
@recorded("notify")
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Send the notice of the failed run of a `NotifyFailureEvent`, else those of today's plants."""
    wiring = _wiring()
    if "run_id" in event:
        run = NotifyFailureEvent.parse(event)
        sent = wiring.notifier.failure(run.run_id, wiring.source, run.message_ko, run.message_en)
    else:
        sent = wiring.notifier.plants(wiring.stations)
    count("NoticesPublished", sent.published)
    return NotifyResult(published=sent.published, suppressed=sent.suppressed).to_json()
