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

from plantcast.aws import Item, ItemTable
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
        """Publish the notice stored under `pk` and `sk`, else this one; return False if it was published.

        A claim of another call is respected for `claim_lifetime`: zero where calls never overlap.

        Raises:
            SchemaVersionError: newer code wrote the stored notice.
            Exception: whatever the topic raised; the next call publishes it.
        """
        claimed = self._claim(notice, claim_lifetime)
        if claimed is None:
            return False
        try:
            self.topic.publish(
                subject=claimed["subject"],
                message=full_text(claimed),
                by_protocol=by_protocol(claimed),
                attributes=claimed["attributes"],
            )
        except Exception:
            self.table.put({**claimed, "status": "failed"})
            raise
        self.table.put({**claimed, "status": "published", "published_at": self._now()})
        return True

    def _claim(self, notice: Item, lifetime: timedelta) -> Item | None:
        # Of a write whose answer was lost, the client's repetition finds this call's own claim.
        token = uuid.uuid4().hex
        claim: Item = {"status": "sending", "claimed_at": self._now(), "claimed_by": token}
        item: Item = {
            **notice,
            **claim,
            FIELD: NOTICE.version,
            "attempts": 1,
            "created_at": self._now(),
            "published_at": None,
            "expires_at": int((self.clock.now() + RETENTION).timestamp()),
        }
        if self.table.put_if_absent(item):
            return item
        stored = self.table.get(item["pk"], item["sk"])
        if stored is None:
            return None
        stored = NOTICE.read(stored, f"{item['pk']}/{item['sk']}")
        if stored["claimed_by"] == token:
            return stored
        age = self.clock.now() - datetime.fromisoformat(stored["claimed_at"])
        if stored["status"] == "published" or (stored["status"] == "sending" and age < lifetime):
            return None
        attempts = self.table.count_up(
            item["pk"],
            item["sk"],
            "attempts",
            limit=stored["attempts"] + 1,
            also={**claim, FIELD: NOTICE.version},
        )
        if attempts is None:
            stored = self.table.get(item["pk"], item["sk"]) or {}
            return stored if stored.get("claimed_by") == token else None
        return {**stored, **claim, "attempts": attempts}

    def _now(self) -> str:
        return self.clock.now().isoformat(timespec="seconds")
