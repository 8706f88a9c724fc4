"""Notify: tell people that plants changed state, or that a run failed; every hour, what was left waiting."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from plantcast.aws import DynamoTable, Topic
from plantcast.common.logging import step
from plantcast.common.settings import (
    ClockSettings,
    LakeSettings,
    NoticeSettings,
    TableSettings,
    TopicSettings,
)
from plantcast.forecasting.issued import ForecastStore
from plantcast.monitoring.emf import count
from plantcast.notifications.outbox import Outbox
from plantcast.pipeline.contracts import text, texts
from plantcast.pipeline.notify import Notifier, Sent
from plantcast.pipeline.run_steps import recorded


class Settings(ClockSettings, LakeSettings, TableSettings, TopicSettings, NoticeSettings):
    """The environment this function needs."""


@dataclass(frozen=True)
class _Wiring:
    notifier: Notifier
    source: str


@cache
def _wiring() -> _Wiring:
    settings = Settings.model_validate({})
    table, clock = DynamoTable(settings.table_name), settings.clock()
    notifier = Notifier(
        table=table,
        forecasts=ForecastStore(table),
        outbox=Outbox(table, Topic(settings.alert_topic_arn), clock),
        clock=clock,
        notify_profiles=settings.notify_profiles,
        quiet_hours=settings.quiet_hours,
    )
    return _Wiring(notifier, settings.observation_source)


@step
@recorded("notify")
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Send what there is to tell; return how many notices went out, wait or were taken back."""
    sent = _sent(event)
    count("NoticesPublished", sent.published)
    count("NoticesWaiting", sent.waiting)
    return asdict(sent)


def _sent(event: dict[str, Any]) -> Sent:
    wiring = _wiring()
    if "detail-type" in event:  # EventBridge's schedule, not a run
        return wiring.notifier.deliver_due()
    if event.get("hindcast") is True:  # a run of a past day: nobody can act on it
        return Sent(suppressed=len(event.get("stations") or []))
    run_id = text(event, "run_id")
    if text(event, "outcome") == "failed":
        told = event.get("message_ko") or "", event.get("message_en") or ""
        return wiring.notifier.failure(run_id, wiring.source, *told)
    return wiring.notifier.plant_changes(run_id, texts(event, "stations"))
