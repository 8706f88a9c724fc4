"""Push subscriptions in the table: pk `PUSH`, sk `SUBSCRIPTION#<SHA-256 of the endpoint>`.

An item holds what a message needs and nothing about its owner. Whoever knows an endpoint may replace or
remove its subscription: the endpoint is a secret between browser, push service and Plantcast.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from pydantic import TypeAdapter

from plantcast.aws import Attr, Item, ItemTable
from plantcast.common.errors import CorruptDataError, RateLimitedError
from plantcast.common.logging import logger
from plantcast.common.schema import FIELD, PUSH_COUNT, PUSH_SENT, PUSH_SUBSCRIPTION

Language = Literal["ko", "en"]

PARTITION: Final = "PUSH"
PREFIX: Final = "SUBSCRIPTION#"
# An hour's function makes the plans of all that chose the hour; most choose the evening.
MAX_SUBSCRIPTIONS: Final = 500
# Not so few that a class or an office cannot subscribe together; filling the table takes a script ten hours.
MAX_NEW_AN_HOUR: Final = 50
# Of a browser in which the page was not opened for so long, and so not renewed: a year and some.
RETENTION: Final = timedelta(days=400)
_COUNT_SK: Final = "COUNT"
_CLAIM_RETENTION: Final = timedelta(days=2)


@dataclass(frozen=True)
class Subscription:
    """What a browser asked for: each day at `hour` (KST), in `lang`, what to do for `plants`.

    `plants` are as `plantcast.plants.care.parse_care` takes them; `p256dh` and `auth` the browser's keys
    (base64url).
    """

    endpoint: str
    p256dh: str
    auth: str
    station: str
    lang: Language
    hour: int
    plants: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its name in the table."""
        return key_of(self.endpoint)


def key_of(endpoint: str) -> str:
    """Return the name of an endpoint's subscription: the SHA-256 in hex."""
    return hashlib.sha256(endpoint.encode()).hexdigest()


_MODEL: Final = TypeAdapter(Subscription)


class Subscriptions:
    """The subscriptions of a deployment, of limited number."""

    def __init__(self, table: ItemTable) -> None:
        self._table = table

    def put(self, subscription: Subscription, now: datetime) -> None:
        """Store a subscription, or replace the one with its endpoint.

        Raises:
            RateLimitedError: the deployment has as many as it takes, or had so many new ones this hour.
        """
        item: Item = {
            "pk": PARTITION,
            "sk": PREFIX + subscription.key,
            FIELD: PUSH_SUBSCRIPTION.version,
            **_MODEL.dump_python(subscription, mode="json"),
            "updated_at": now.isoformat(timespec="seconds"),
            "expires_at": int((now + RETENTION).timestamp()),
        }
        if self._table.get(PARTITION, item["sk"]) is None:
            self._admit(now)
        self._table.put(item)

    def remove(self, endpoint: str) -> None:
        """Remove the subscription of an endpoint; nothing happens when there is none."""
        self._table.delete(PARTITION, PREFIX + key_of(endpoint))

    def all(self, now: datetime) -> list[Subscription]:
        """Return every subscription that has not expired, and count them anew.

        A damaged one is logged and left out. The count only grows when one is added: what was removed or has
        expired is subtracted here, unless one was added meanwhile.
        """
        found, stored = [], self._table.get(PARTITION, _COUNT_SK)
        items = self._table.query(PARTITION, sk_prefix=PREFIX)
        for item in items:
            if item.get("expires_at", 0) <= now.timestamp():
                continue
            try:
                found.append(PUSH_SUBSCRIPTION.parse(item, _MODEL))
            except CorruptDataError as error:
                # Not its fields, which are secret.
                logger.error("push subscription cannot be read", extra={"remedy": error.remedy})
        if stored is not None:
            counted = PUSH_COUNT.read(stored, f"{PARTITION}/{_COUNT_SK}")
            self._table.put_if({**counted, "count": len(items)}, Attr("count").eq(counted["count"]))
        return found

    def claim(self, subscription: Subscription, day: date, now: datetime) -> bool:
        """Return whether the caller is to send the message of `day`: True once."""
        token = uuid.uuid4().hex
        claim: Item = {
            "pk": PARTITION,
            "sk": f"SENT#{day.isoformat()}#{subscription.key}",
            FIELD: PUSH_SENT.version,
            "claimed_by": token,
            "expires_at": int((now + _CLAIM_RETENTION).timestamp()),
        }
        # The token: the client repeats a write whose reply was lost, and meets this call's own claim.
        return self._table.put_if(claim, Attr("pk").not_exists() | Attr("claimed_by").eq(token))

    def _admit(self, now: datetime) -> None:
        """Count a new subscription.

        Counted before it is stored: of callers at once none passes a limit. If storing then fails, `all` puts
        the count right.
        """
        hour = {FIELD: PUSH_COUNT.version, "expires_at": int((now + _CLAIM_RETENTION).timestamp())}
        sk = f"NEW#{now:%Y-%m-%dT%H}"
        if self._table.increment(PARTITION, sk, "count", limit=MAX_NEW_AN_HOUR, also=hour) is None:
            raise RateLimitedError(
                f"{MAX_NEW_AN_HOUR} browsers subscribed in this hour, and no more are taken.",
                remedy="Try again in the next hour.",
            )
        also = {FIELD: PUSH_COUNT.version}
        limit = MAX_SUBSCRIPTIONS
        if self._table.increment(PARTITION, _COUNT_SK, "count", limit=limit, also=also) is None:
            raise RateLimitedError(
                f"All {limit} subscriptions of this deployment are taken.",
                remedy="Use the calendar instead, or try again when others have unsubscribed.",
            )
