"""Notify: tell people that plants changed state, or that a run failed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from plantcast.forecasts import ForecastStore
from plantcast.notices import Notifier
from plantcast.observability import logger, step
from plantcast.plants.profiles import profile
from plantcast.settings import ClockSettings, LakeSettings, TableSettings, TopicSettings
from plantcast.storage import DynamoTable, Topic


class Settings(ClockSettings, LakeSettings, TableSettings, TopicSettings):
    """The environment this function needs."""


@dataclass(frozen=True)
class _Wiring:
    notifier: Notifier
    source: str


@cache
def _wiring() -> _Wiring:
    settings = Settings.model_validate({})
    table = DynamoTable(settings.table_name)
    notifier = Notifier(
        table=table,
        forecasts=ForecastStore(table),
        topic=Topic(settings.alert_topic_arn),
        clock=settings.clock(),
        profile=profile(),
    )
    return _Wiring(notifier, settings.observation_source)


@step
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Publish what is due; return how many notices went out and how many had nothing new to say."""
    wiring = _wiring()
    run_id: str = event["run_id"]
    if event["outcome"] == "failed":
        sent = wiring.notifier.failure(
            run_id, wiring.source, event.get("message_ko") or "", event.get("message_en") or ""
        )
    else:
        sent = wiring.notifier.plant_changes(run_id, event.get("stations") or [])
    facts = {"published": sent.published, "suppressed": sent.suppressed}
    logger.info("notices", extra={"run_id": run_id, **facts})
    return facts
