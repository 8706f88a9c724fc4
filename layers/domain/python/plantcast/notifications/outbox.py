"""The outbox: notices that are to go out, each exactly once.

A notice is an item of its own. Whoever wants to publish it, or to take it back, first changes it by its
`revision`: of all that try at once one succeeds. It is `waiting` until it is due, `claimed` by one invocation
while that publishes it, then `published`; or `superseded`, when the plant's state changed before it went out.
Beside it lies an entry under `OUTBOX`, ordered by when it is due, for the scheduled delivery.

A fault before publishing loses nothing: the notice waits again, or its claim is given up after
`CLAIM_LIFETIME`. Only a crash between publishing and marking, or an SNS that takes a message and fails to say
so, can repeat a notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import Clock
from plantcast.common.schema import FIELD
from plantcast.common.schema.kinds import NOTICE, OUTBOX_ENTRY
from plantcast.notifications.bodies import by_protocol, full_text

# Longer than an invocation of notify can last (template.yaml): a claim this old is nobody's any more.
CLAIM_LIFETIME: Final = timedelta(minutes=5)
# How far back the scheduled delivery looks for what is due: it runs every hour, so this outlasts a day of
# outages, after which a notice of that day is of no use.
LOOK_BACK: Final = timedelta(days=2)
RETENTION: Final = timedelta(days=3653)  # see plantcast.forecasting.issued.RETENTION
PARTITION: Final = "OUTBOX"

Outcome = Literal["published", "known", "claimed_by_another"]


class Publisher(Protocol):
    """Where notices go (`plantcast.aws.Topic`)."""

    def publish(
        self, *, subject: str, message: str, by_protocol: Mapping[str, str], attributes: Mapping[str, str]
    ) -> None:
        """Send one message; `subject` is ASCII under 100 characters."""


@dataclass(frozen=True)
class Outbox:
    """Keeps notices and publishes them."""

    table: ItemTable
    topic: Publisher
    clock: Clock

    def add(self, notice: Item, due_at: datetime) -> Item:
        """Store a notice unless one is stored under its keys; return what is stored.

        `notice` holds `pk`, `sk` and what `bodies` needs.
        """
        now = self.clock.now()
        due = due_at.isoformat(timespec="seconds")
        item: Item = {
            **notice,
            FIELD: NOTICE.version,
            "revision": 1,
            "status": "waiting",
            "created_at": now.isoformat(timespec="seconds"),
            "due_at": due,
            "claimed_at": None,
            "published_at": None,
            "expires_at": int((now + RETENTION).timestamp()),
        }
        # The entry first: one without a notice is passed over; without one, nobody looks for a notice.
        self.table.put(
            {
                FIELD: OUTBOX_ENTRY.version,
                "pk": PARTITION,
                "sk": f"{due}#{item['pk']}#{item['sk']}",
                "notice": [item["pk"], item["sk"]],
                "settled": False,
                "expires_at": item["expires_at"],
            }
        )
        if self.table.put_if_absent(item):
            return item
        stored = self.table.get(item["pk"], item["sk"])
        return item if stored is None else read_notice(stored)

    def due(self) -> list[tuple[Item, Item]]:
        """Return (entry, notice) of what should have gone out by now and has not, the oldest first."""
        now = self.clock.now()
        span = tuple(moment.isoformat(timespec="seconds") for moment in (now - LOOK_BACK, now))
        entries = [
            OUTBOX_ENTRY.read(entry, f"{entry['pk']}/{entry['sk']}")
            # "$" follows "#", which ends the time in a key.
            for entry in self.table.query(PARTITION, sk_between=(span[0], f"{span[1]}$"))
            if not entry["settled"]
        ]
        stored = self.table.get_many(list(dict.fromkeys((pk, sk) for pk, sk in map(_key, entries))))
        notices = {(notice["pk"], notice["sk"]): read_notice(notice) for notice in stored}
        return [(entry, notices[_key(entry)]) for entry in entries if _key(entry) in notices]

    def settle(self, entry: Item) -> None:
        """Never look at an entry again: its notice went out, or never will."""
        self.table.put({**entry, "settled": True})

    def publish(self, notice: Item) -> Outcome:
        """Publish a notice unless it was, was taken back, or somebody is at it.

        Raises:
            Exception: whatever the topic raised; the notice waits again.
        """
        if is_closed(notice):
            return "known"
        claim = None if self._held(notice) else self._change(notice, status="claimed", claimed_at=self._now())
        if claim is None:
            return "claimed_by_another"
        try:
            self.topic.publish(
                subject=claim["subject"],
                message=full_text(claim),
                by_protocol=by_protocol(claim),
                attributes=claim["attributes"],
            )
        except Exception:
            self._change(claim, status="waiting", claimed_at=None)
            raise
        self._change(claim, status="published", published_at=self._now())
        return "published"

    def supersede(self, notice: Item) -> bool:
        """Take back a notice that has not gone out; say whether that was still possible."""
        return not self._held(notice) and self._change(notice, status="superseded") is not None

    def _held(self, notice: Item) -> bool:
        """Is an invocation publishing it right now?"""
        if notice["status"] != "claimed":
            return False
        return self.clock.now() - datetime.fromisoformat(notice["claimed_at"]) <= CLAIM_LIFETIME

    def _change(self, notice: Item, **changes: str | int | None) -> Item | None:
        """Change a notice if nobody did since it was read; return it as it is then, or None."""
        revision = self.table.count_up(
            notice["pk"],
            notice["sk"],
            "revision",
            limit=notice["revision"] + 1,
            also=changes | {FIELD: NOTICE.version},
        )
        return None if revision is None else {**notice, **changes, "revision": revision}

    def _now(self) -> str:
        return self.clock.now().isoformat(timespec="seconds")


def read_notice(item: Item) -> Item:
    """Return a stored notice in today's form.

    Raises:
        SchemaVersionError: newer code wrote it.
    """
    return NOTICE.read(item, f"{item['pk']}/{item['sk']}")


def is_closed(notice: Item) -> bool:
    """Has it gone out, or was it taken back?"""
    return notice["status"] in {"published", "superseded"}


def _key(entry: Item) -> tuple[str, str]:
    pk, sk = entry["notice"]
    return pk, sk
