"""Push: every hour, the messages of the browsers whose hour it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from plantcast.aws import DynamoTable, ItemTable, Parameters
from plantcast.common.clock import Clock
from plantcast.common.invocation import seconds_left
from plantcast.common.logging import step
from plantcast.common.settings import ClockSettings, PushSettings, TableSettings
from plantcast.notifications.push.advice import PlantMessages
from plantcast.notifications.push.sending import PushSender, PushService
from plantcast.notifications.push.subscriptions import Subscriptions
from plantcast.notifications.push.web_push import WebPush, vapid_key


class Settings(ClockSettings, TableSettings, PushSettings):
    """The environment this function needs."""


@dataclass(frozen=True)
class _Wiring:
    table: ItemTable
    service: PushService
    clock: Clock


@cache
def _wiring() -> _Wiring:
    settings = Settings.model_validate({})
    name = settings.push_key_parameter
    key = vapid_key(Parameters().get(name), settings.push_public_key, parameter=name)
    service = WebPush(key, settings.push_contact)
    return _Wiring(DynamoTable(settings.table_name), service, settings.clock())


@step
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Send the messages of this hour (KST), whatever the event; return their counts."""
    wiring = _wiring()
    sender = PushSender(
        Subscriptions(wiring.table), PlantMessages(wiring.table, wiring.clock), wiring.service, wiring.clock
    )
    return asdict(sender.run(seconds_left(context)))
