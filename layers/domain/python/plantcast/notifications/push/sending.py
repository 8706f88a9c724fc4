"""Sends the messages of an hour: each once a day, to the browsers whose hour it is."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from plantcast.common.clock import Clock
from plantcast.common.errors import InvalidInputError, NotFoundError, TemporaryError
from plantcast.common.logging import logger
from plantcast.notifications.push.endpoints import host_of
from plantcast.notifications.push.messages import Message
from plantcast.notifications.push.subscriptions import Subscription, Subscriptions

_LONGEST_WAITS: Final = (2.0, 6.0)  # seconds before the second and the third attempt; random, up to these
_ALL_REFUSED: Final = "Look at the warnings before: HTTP 401 and 403 mean PushKeyParameter or PushContact."
# What one message may take: three attempts of 10 s, the waits, and the plans of 20 plants.
_SECONDS_EACH: Final = 45.0


class PushService(Protocol):
    """What delivers to a browser."""

    def send(self, subscription: Subscription, message: Message) -> None:
        """Hand over one message.

        Raises:
            NotFoundError: the browser no longer has the subscription.
            TemporaryError: the push service is busy or cannot be reached.
            InvalidInputError: it refuses the message.
        """


@dataclass(frozen=True)
class PushResult:
    """How many messages were sent, had nothing to say, failed; how many subscriptions had ended."""

    sent: int
    nothing: int
    failed: int
    removed: int


@dataclass
class PushSender:
    """Sends what `message_of` returns for each subscription (None: nothing to say)."""

    subscriptions: Subscriptions
    message_of: Callable[[Subscription], Message | None]
    service: PushService
    clock: Clock
    sleep: Callable[[float], None] = time.sleep
    _failing: set[str] = field(default_factory=set)
    _refused: bool = False

    def run(self, seconds_left: Callable[[], float]) -> PushResult:
        """Send the messages of this hour (KST).

        A message is claimed before it is sent, and not repeated if that fails: an evening's advice is of no
        use the next day, and the page has it.

        Raises:
            TemporaryError: the time is up; called again, it sends the rest.
        """
        now = self.clock.now()
        counts = dict.fromkeys(("sent", "nothing", "failed", "removed"), 0)
        due = [one for one in self.subscriptions.all(now) if one.hour == now.hour]
        for done, subscription in enumerate(due):
            if seconds_left() < _SECONDS_EACH:
                raise TemporaryError(
                    f"{len(due) - done} of {len(due)} push messages are left at the end of the time.",
                    remedy="Lambda calls again; if it lasts, look for a push service that does not answer.",
                )
            message = self.message_of(subscription)
            if message is None:
                counts["nothing"] += 1
            elif self.subscriptions.claim(subscription, now.date(), now):
                counts[self._deliver(subscription, message)] += 1
        if self._refused and not counts["sent"]:
            # One may be anybody's doing, who subscribed with another key; none at all is more likely ours.
            logger.error("push services refused every message", extra={"remedy": _ALL_REFUSED})
        return PushResult(**counts)

    def _deliver(self, subscription: Subscription, message: Message) -> str:
        """Return what became of it. Only the host is logged: the rest of an endpoint is a secret."""
        host = host_of(subscription.endpoint)
        try:
            self._send(subscription, message, host)
        except NotFoundError:
            self.subscriptions.remove(subscription.endpoint)
            return "removed"
        except TemporaryError as error:
            self._failing.add(host)
            logger.warning("push message not delivered", extra={"host": host, "reason": error.message})
            return "failed"
        except InvalidInputError as error:
            extra = {"host": host, "reason": error.message, "remedy": error.remedy}
            logger.warning("push message refused", extra=extra)
            self._refused = True
            return "failed"
        return "sent"

    def _send(self, subscription: Subscription, message: Message, host: str) -> None:
        # A service that failed three times in a row gets one attempt a message for the rest of the hour.
        waits = () if host in self._failing else _LONGEST_WAITS
        for longest_wait in waits:
            try:
                return self.service.send(subscription, message)
            except TemporaryError as error:
                # What the service asks for, if that is not too long.
                asked = min(error.retry_after or 0.0, longest_wait)
                self.sleep(max(asked, random.uniform(0, longest_wait)))  # noqa: S311 - jitter
        return self.service.send(subscription, message)
