"""A notice is an item of its own, and published once: whoever publishes it claims it by a conditional write.

If SNS fails, the notice is marked `failed` and the repeated call sends it. If the function is killed, the
claim ends after `CLAIM_LIFETIME` and Lambda's next attempt sends it. Killed between SNS and the mark, it is
sent twice: SNS cannot be asked whether it has a message, and a notice twice is better than none.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from plantcast.aws import Attr, Item, ItemTable
from plantcast.common.clock import Clock
from plantcast.common.schema import FIELD, NOTICE
from plantcast.notifications.texts import by_protocol, full_text

# Longer than an invocation of notify can last (60 s), shorter than Lambda's two retries take (1 min + 2 min).
CLAIM_LIFETIME: Final = timedelta(seconds=90)
RETENTION: Final = timedelta(days=3653)  # see plantcast.forecasting.issued.RETENTION


class Publisher(Protocol):
    """Where notices go (`plantcast.aws.Topic`)."""

    def publish(
        self, *, subject: str, message: str, by_protocol: Mapping[str, str], attributes: Mapping[str, str]
    ) -> None:
        """Send one message; `subject` is ASCII under 100 characters."""


@dataclass(frozen=True)
class Sender:
    """Publishes notices to a topic, each once."""

    table: ItemTable
    topic: Publisher
    clock: Clock

    def send(self, notice: Item, *, claim_lifetime: timedelta = CLAIM_LIFETIME) -> bool:
        """Publish a notice and store it under its `pk` and `sk`; return False if that is done or under way.

        The claim of a call that ended without a result is respected for `claim_lifetime`: zero where calls
        never overlap.

        Raises:
            Exception: whatever the topic raised; the next call publishes the notice.
        """
        now, token = self.clock.now(), uuid.uuid4().hex
        item: Item = {
            **notice,
            FIELD: NOTICE.version,
            "status": "sending",
            "created_at": _seconds(now),
            "claimed_by": token,
            "published_at": None,
            "expires_at": int((now + RETENTION).timestamp()),
        }
        claim_ended = Attr("status").eq("sending") & Attr("created_at").lte(_seconds(now - claim_lifetime))
        free = Attr("pk").not_exists() | Attr("status").eq("failed") | claim_ended
        # The token: the client repeats a write whose reply was lost, and meets this call's own claim.
        if not self.table.put_if(item, free | Attr("claimed_by").eq(token)):
            return False
        try:
            self.topic.publish(
                subject=item["subject"],
                message=full_text(item),
                by_protocol=by_protocol(item),
                attributes=item["attributes"],
            )
        except Exception:
            self.table.put({**item, "status": "failed"})
            raise
        self.table.put({**item, "status": "published", "published_at": _seconds(self.clock.now())})
        return True


def _seconds(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
