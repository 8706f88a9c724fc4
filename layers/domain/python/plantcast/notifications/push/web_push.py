"""Hands messages to browsers' push services: encrypted (RFC 8291) and signed with the VAPID key (RFC 8292).

The only module with cryptography, which `functions/push` alone brings.
"""

from __future__ import annotations

import base64
from typing import Final

import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid
from pywebpush import WebPushException, webpush

from plantcast.common.errors import InvalidInputError, NotFoundError, PlantcastError, TemporaryError
from plantcast.notifications.push.endpoints import checked_endpoint
from plantcast.notifications.push.messages import Message
from plantcast.notifications.push.subscriptions import Subscription

TTL_SECONDS: Final = 6 * 3600  # a phone that is off: what was to be done before the night is of use in it
TIMEOUT_SECONDS: Final = 10.0
_GONE: Final = frozenset({404, 410})  # RFC 8030, 7.3
_BUSY: Final = 429
_LONGEST_RETRY_AFTER: Final = 3600.0


def vapid_key(private: str, public: str, *, parameter: str) -> Vapid:
    """Return the key of a pair in base64url, as `npx web-push generate-vapid-keys` prints it.

    Raises:
        InvalidInputError: it is no such pair; the message names `parameter`, where `private` is from.
    """
    remedy = (
        f"Store the private key of a pair (npx web-push generate-vapid-keys) in the SSM parameter "
        f"{parameter}, and deploy with its public key as PushPublicKey."
    )
    try:
        key = Vapid.from_raw(private.strip().encode())
        point = key.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    except (ValueError, TypeError):
        raise InvalidInputError(f"{parameter} holds no VAPID private key.", remedy=remedy) from None
    if base64.urlsafe_b64encode(point).rstrip(b"=") != public.rstrip("=").encode():
        raise InvalidInputError(f"PushPublicKey is not that of the key in {parameter}.", remedy=remedy)
    return key


class WebPush:
    """Browsers' push services; `contact` (`mailto:` or `https:`) is whom they may ask about the sender."""

    def __init__(self, key: Vapid, contact: str, session: requests.Session | None = None) -> None:
        self._key = key
        self._contact = contact
        self._session = session or requests.Session()
        self._session.max_redirects = 0  # they would lead past the check of the host

    def send(self, subscription: Subscription, message: Message) -> None:
        """Hand over one message.

        Raises:
            NotFoundError: the browser no longer has the subscription.
            TemporaryError: the push service is busy or cannot be reached.
            InvalidInputError: it refuses the message.
        """
        endpoint = checked_endpoint(subscription.endpoint)
        try:
            webpush(
                {"endpoint": endpoint, "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth}},
                data=message.to_json(),
                vapid_private_key=self._key,
                vapid_claims={"sub": self._contact},
                ttl=TTL_SECONDS,
                timeout=TIMEOUT_SECONDS,
                # `high` wakes a phone that lies still: a warning of tonight is of no use in the morning.
                headers={"Urgency": "high"},
                requests_session=self._session,
            )
        except WebPushException as error:
            raise _refusal(error.status_code, error.retry_after) from None
        except requests.RequestException as error:
            # Not the error's own text, which has the address.
            raise TemporaryError(
                f"The push service cannot be reached ({type(error).__name__}).", remedy="Retry later."
            ) from None


def _refusal(status: int | None, retry_after: str | None) -> PlantcastError:
    if status in _GONE:
        return NotFoundError(
            f"The subscription has ended (HTTP {status}).", remedy="Subscribe again on the page."
        )
    if status == _BUSY or (status is not None and status >= 500):
        seconds = float(retry_after) if retry_after is not None and retry_after.isdigit() else None
        return TemporaryError(
            f"The push service is busy (HTTP {status}).",
            remedy="Retry later.",
            retry_after=None if seconds is None else min(seconds, _LONGEST_RETRY_AFTER),
        )
    return InvalidInputError(
        f"The push service refused the message (HTTP {status}).",
        remedy="401 and 403 mean another VAPID key than the one subscribed with, or an invalid PushContact.",
    )
